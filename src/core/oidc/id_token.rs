//! ID tokens (OpenID Connect Core 1.0, sections 2, 3.1.3.7 and 12.2).

use crate::core::base::error::{Error, Kind, Result};
use crate::core::base::json::Json;
use crate::core::base::secret::{Nonce, RawIdToken, equal_in_constant_time};
use crate::core::base::time::{Now, SECOND_MS};
use crate::core::jose::jwks::Jwks;
use crate::core::jose::jws::{Algorithm, UntrustedJws};

/// The most characters of a subject (OpenID Connect Core 1.0, section 2).
const MAX_SUBJECT_CHARS: usize = 255;

/// An ID token that has been read and not yet believed.
#[derive(Debug)]
pub struct UntrustedIdToken {
    jws: UntrustedJws,
    algorithm: Algorithm,
}

/// What an ID token must say.
#[derive(Debug)]
pub struct Expected<'a> {
    /// The issuer, exactly.
    pub issuer: &'a str,
    /// This client.
    pub client_id: &'a str,
    /// What ties it to what came before.
    pub origin: Origin<'a>,
    /// Seconds of clock difference to forgive.
    pub tolerance_s: u64,
}

/// What an ID token answers.
#[derive(Debug)]
pub enum Origin<'a> {
    /// A sign-in with this nonce.
    SignIn {
        /// The nonce that was sent.
        nonce: &'a Nonce,
        /// The most seconds since the user authenticated, where that was asked for.
        max_age_s: Option<u64>,
    },
    /// A refresh of the session with these claims.
    Refresh(&'a Json),
}

impl UntrustedIdToken {
    /// Reads an ID token signed with the algorithm registered for this client; the token does not get to choose.
    ///
    /// # Errors
    /// `id_token_malformed` or `id_token_algorithm_unexpected`.
    pub fn read(token: &RawIdToken, algorithm: Algorithm) -> Result<Self> {
        let jws = UntrustedJws::parse(token.secret())?;
        if !jws.algorithm.is_some_and(|found| found.is_same_as(algorithm)) {
            return Err(Error::new(Kind::IdTokenAlgorithmUnexpected));
        }
        // A token of another kind may be signed by the same provider for the same client (RFC 8725, section 3.11).
        let is_jwt = |kind: &String| ["JWT", "application/JWT"].iter().any(|name| kind.eq_ignore_ascii_case(name));
        if !jws.kind.as_ref().is_none_or(is_jwt) {
            return Err(Error::new(Kind::IdTokenMalformed));
        }
        if algorithm.signature_bytes().is_some_and(|bytes| bytes != jws.signature.len()) {
            return Err(Error::new(Kind::IdTokenSignatureInvalid));
        }
        Ok(Self { jws, algorithm })
    }

    /// The algorithm to check the signature with.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The key to check the signature with, where the set has just one that fits.
    #[must_use]
    pub fn key<'a>(&self, keys: &'a Jwks) -> Option<&'a Json> {
        keys.key_for(&self.jws, self.algorithm)
    }

    /// What the signature is over.
    #[must_use]
    pub fn signing_input(&self) -> &str {
        &self.jws.signing_input
    }

    /// The signature.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.jws.signature
    }

    /// Gives the claims, once the signature was found `valid` and everything they say is as expected.
    ///
    /// # Errors
    /// The `id_token_*` error of the first rule that is broken.
    pub fn check(self, valid: bool, expected: &Expected<'_>, now: Now) -> Result<Json> {
        if !valid {
            return Err(Error::new(Kind::IdTokenSignatureInvalid));
        }
        let claims = self.jws.payload;
        check_parties(&claims, expected)?;
        check_times(&claims, expected, now)?;
        check_subject(&claims)?;
        match &expected.origin {
            Origin::SignIn { nonce, max_age_s } => {
                if !has_nonce(&claims, nonce.secret()) {
                    return Err(Error::new(Kind::IdTokenNonceMismatch));
                }
                check_authenticated(&claims, *max_age_s, expected.tolerance_s, now)?;
            }
            Origin::Refresh(before) => check_continuity(&claims, before)?,
        }
        Ok(claims)
    }
}

fn check_parties(claims: &Json, expected: &Expected<'_>) -> Result<()> {
    if !claims.is("iss", expected.issuer) {
        return Err(Error::new(Kind::IdTokenIssuerMismatch));
    }
    // A second audience is somebody this client does not know, so there must be none.
    let audience = claims.one_or_many("aud").unwrap_or_default();
    if audience != [expected.client_id] || !claims.is_or_lacks("azp", expected.client_id) {
        return Err(Error::new(Kind::IdTokenAudienceMismatch));
    }
    Ok(())
}

fn check_times(claims: &Json, expected: &Expected<'_>, now: Now) -> Result<()> {
    let now_s = now.wall_ms / SECOND_MS;
    let time = |name: &'static str| claims.whole(name).ok_or_else(|| Error::about(Kind::IdTokenTimeInvalid, name));
    if now_s >= time("exp")?.saturating_add(expected.tolerance_s) {
        return Err(Error::new(Kind::IdTokenExpired));
    }
    let latest = now_s.saturating_add(expected.tolerance_s);
    if time("iat")? > latest {
        return Err(Error::about(Kind::IdTokenTimeInvalid, "iat"));
    }
    if claims.has("nbf") && time("nbf")? > latest {
        return Err(Error::about(Kind::IdTokenTimeInvalid, "nbf"));
    }
    Ok(())
}

fn check_subject(claims: &Json) -> Result<()> {
    let subject = claims.text("sub").unwrap_or_default();
    if subject.is_empty() || subject.len() > MAX_SUBJECT_CHARS || !subject.is_ascii() {
        return Err(Error::new(Kind::IdTokenSubjectInvalid));
    }
    Ok(())
}

fn has_nonce(claims: &Json, nonce: &str) -> bool {
    claims.text("nonce").is_some_and(|found| equal_in_constant_time(&found, nonce))
}

fn check_authenticated(claims: &Json, max_age_s: Option<u64>, tolerance_s: u64, now: Now) -> Result<()> {
    let Some(max_age_s) = max_age_s else {
        return Ok(());
    };
    let invalid = || Error::about(Kind::IdTokenTimeInvalid, "auth_time");
    let authenticated_s = claims.whole("auth_time").ok_or_else(invalid)?;
    let oldest_s = (now.wall_ms / SECOND_MS).saturating_sub(max_age_s).saturating_sub(tolerance_s);
    if authenticated_s < oldest_s { Err(invalid()) } else { Ok(()) }
}

/// A refreshed ID token is of the same user and the same sign-in (OpenID Connect Core 1.0, section 12.2).
fn check_continuity(claims: &Json, before: &Json) -> Result<()> {
    if claims.text("sub") != before.text("sub") {
        return Err(Error::new(Kind::IdTokenSubjectChanged));
    }
    if claims.has("nonce") && claims.text("nonce") != before.text("nonce") {
        return Err(Error::new(Kind::IdTokenNonceMismatch));
    }
    if claims.has("auth_time") && claims.number("auth_time") != before.number("auth_time") {
        return Err(Error::about(Kind::IdTokenTimeInvalid, "auth_time"));
    }
    Ok(())
}

/// The claims of an ID token that this client checked when it stored it. Not for a token from anywhere else.
#[must_use]
pub fn claims_of_stored(token: &RawIdToken) -> Option<Json> {
    UntrustedJws::parse(token.secret()).ok().map(|jws| jws.payload)
}
