//! How a resource server says no (RFC 6750, section 3; RFC 9449, section 7.1; RFC 9470, section 3).

use super::config::VerifierConfig;
use super::credentials::Scheme;
use super::need::Need;
use crate::core::base::error::{Error, Kind};
use crate::core::base::text::concat;
use crate::core::base::time::digits;

/// Seconds after which to try again what could not be judged, where nobody says more.
const RETRY_AFTER_S: u32 = 1;

/// An answer to who is not let in.
#[derive(Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The status.
    pub status: u16,
    /// The value of `WWW-Authenticate`; `None` where other credentials would change nothing.
    pub challenge: Option<String>,
    /// The `error` of the challenge; empty where there is none.
    pub error: &'static str,
    /// The value of `Retry-After`.
    pub retry_after_s: Option<u32>,
}

impl Refusal {
    /// The answer that this error has; `scheme` is the one that was used.
    #[must_use]
    pub fn of(error: &Error, config: &VerifierConfig, scheme: Option<Scheme>, need: &Need) -> Self {
        let (status, code) = match error.kind {
            Kind::AccessTokenMissing => (401, ""),
            Kind::AuthorizationMalformed => (400, "invalid_request"),
            Kind::AccessTokenInvalid
            | Kind::AccessTokenExpired
            | Kind::JwsMalformed
            | Kind::JwsAlgorithmUnexpected
            | Kind::JwsKeyUnknown
            | Kind::JwsSignatureInvalid => (401, "invalid_token"),
            Kind::DpopProofInvalid | Kind::DpopProofReplayed => (401, "invalid_dpop_proof"),
            Kind::DpopNonceRequired => (401, "use_dpop_nonce"),
            Kind::InsufficientScope => (403, "insufficient_scope"),
            Kind::InsufficientUserAuthentication => (401, "insufficient_user_authentication"),
            Kind::InvalidOption | Kind::Disposed | Kind::Internal => {
                return Self { status: 500, challenge: None, error: "", retry_after_s: None };
            }
            _ => {
                let retry_after_s = Some(error.retry_after_s.unwrap_or(RETRY_AFTER_S));
                return Self { status: 503, challenge: None, error: "", retry_after_s };
            }
        };
        let challenge = challenges(error, code, config, scheme, need);
        Self { status, challenge: Some(challenge), error: code, retry_after_s: None }
    }
}

/// One challenge for each scheme that is taken, that of the scheme in use first, which says what is wrong.
fn challenges(error: &Error, code: &str, config: &VerifierConfig, scheme: Option<Scheme>, need: &Need) -> String {
    let takes_bearer = config.proofs.as_ref().is_none_or(|proofs| !proofs.is_required);
    let mut taken = Vec::new();
    if takes_bearer {
        taken.push(Scheme::Bearer);
    }
    if config.proofs.is_some() {
        taken.push(Scheme::Dpop);
    }
    if scheme == Some(Scheme::Dpop) {
        taken.reverse();
    }
    let realm = config.policy.audience.first().unwrap_or(&config.policy.issuer);
    let mut all = String::new();
    for (place, one) in taken.into_iter().enumerate() {
        if place > 0 {
            all.push_str(", ");
        }
        all.push_str(one.name());
        add(&mut all, " ", "realm", realm);
        if place == 0 && !code.is_empty() {
            add(&mut all, ", ", "error", code);
            add(&mut all, ", ", "error_description", &error.message());
            if error.kind == Kind::InsufficientUserAuthentication {
                if !need.acr_values.is_empty() {
                    add(&mut all, ", ", "acr_values", &need.acr_values.join(" "));
                }
                if let Some(seconds) = need.max_age_s {
                    all.push_str(&concat(&[", max_age=", &digits(seconds)]));
                }
            }
        }
        if !need.scopes.is_empty() && error.kind != Kind::InsufficientUserAuthentication {
            add(&mut all, ", ", "scope", &need.scopes.join(" "));
        }
        if let Some(proofs) = config.proofs.as_ref().filter(|_| one == Scheme::Dpop) {
            let names: Vec<_> = proofs.algorithms.iter().map(|algorithm| algorithm.name()).collect();
            add(&mut all, ", ", "algs", &names.join(" "));
        }
    }
    all
}

/// Adds a parameter in quotes. What no header can hold is left out.
fn add(to: &mut String, before: &str, name: &str, value: &str) {
    to.push_str(&concat(&[before, name, "=\""]));
    for c in value.chars().filter(|c| matches!(c, ' '..='~')) {
        if matches!(c, '"' | '\\') {
            to.push('\\');
        }
        to.push(c);
    }
    to.push('"');
}
