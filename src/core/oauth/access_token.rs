//! JWT access tokens as a resource server takes them (RFC 9068, section 4), and what it lets pass only where the app says so.

use crate::core::base::error::{Error, Kind, Result};
use crate::core::base::json::{Json, Writer};
use crate::core::base::time::{Now, SECOND_MS};
use crate::core::jose::jws::Algorithm;
use crate::core::jose::jwt::{Flaw, UntrustedJwt, check_times};
use crate::core::verifier::credentials::Scheme;
use crate::core::verifier::need::Need;

/// The claims that each token must have (RFC 9068, section 2.2); `iss` and `exp` whatever the app says.
pub const REQUIRED: [&str; 7] = ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"];

/// What a token must say.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The issuer, exactly.
    pub issuer: String,
    /// The names of this resource server: one of them must be in `aud`.
    pub audience: Vec<String>,
    /// What the issuer signs with.
    pub algorithms: Vec<Algorithm>,
    /// The `typ` values that are taken, an empty one for none.
    pub kinds: Vec<String>,
    /// Claims that may be missing.
    pub may_lack: Vec<String>,
    /// The claim that names the client.
    pub client_claim: String,
    /// The claim that has the scopes: a text of words, or a list.
    pub scope_claim: String,
    /// Claims that must be there with one of these values.
    pub held_to: Vec<(String, Vec<String>)>,
    /// Seconds of clock difference to forgive.
    pub tolerance_s: u64,
}

/// An access token that has been read and not yet believed.
#[derive(Debug)]
pub struct UntrustedAccessToken(UntrustedJwt);

/// What a valid token says.
#[derive(Debug)]
pub struct AccessTokenClaims {
    /// All of it.
    claims: Json,
    header: Json,
    client_id: Option<String>,
    scopes: Vec<String>,
    /// The thumbprint of the key that the token is bound to (RFC 9449, section 6.1).
    pub jkt: Option<String>,
    /// Milliseconds since the epoch until which the same would be said of the token.
    pub until_ms: u64,
}

impl UntrustedAccessToken {
    /// Reads a token of one of the policy's kinds, signed with one of its algorithms.
    ///
    /// # Errors
    /// `jws_malformed`, `jws_algorithm_unexpected`, `jws_signature_invalid`, or `access_token_invalid` where it is of
    /// another kind.
    pub fn read(token: &str, policy: &Policy) -> Result<Self> {
        let kinds: Vec<&str> = policy.kinds.iter().map(String::as_str).collect();
        match UntrustedJwt::read_any(token, &policy.algorithms, &kinds) {
            Ok(jwt) => Ok(Self(jwt)),
            Err(Flaw::Malformed) if is_jwt(token, policy) => Err(invalid("typ")),
            Err(flaw) => Err(refused(flaw)),
        }
    }

    /// The JWT, for the check of its signature.
    #[must_use]
    pub const fn jwt(&self) -> &UntrustedJwt {
        &self.0
    }

    /// Gives what the token says, once the signature was found `valid` and everything is as it must be.
    ///
    /// # Errors
    /// `jws_signature_invalid`, `access_token_expired`, `access_token_invalid` naming the claim, `insufficient_scope` or
    /// `insufficient_user_authentication`.
    pub fn check(
        self,
        valid: bool,
        policy: &Policy,
        scheme: Scheme,
        need: &Need,
        now: Now,
    ) -> Result<AccessTokenClaims> {
        let header = self.0.header().clone();
        let claims = self.0.believe(valid).map_err(refused)?;
        policy.check(&claims, now)?;
        let jkt = binding(&claims)?;
        if jkt.is_some() != (scheme == Scheme::Dpop) {
            return Err(invalid("cnf"));
        }
        let scopes = scopes(&claims, &policy.scope_claim);
        let until_ms = need.check(&claims, &scopes, policy.tolerance_s, now)?;
        let client_id = claims.text(&policy.client_claim);
        Ok(AccessTokenClaims { claims, header, client_id, scopes, jkt, until_ms })
    }
}

impl Policy {
    fn check(&self, claims: &Json, now: Now) -> Result<()> {
        if !claims.is("iss", &self.issuer) {
            return Err(invalid("iss"));
        }
        let audience = claims.one_or_many("aud");
        let is_meant = audience.as_ref().is_some_and(|all| all.iter().any(|one| self.audience.contains(one)));
        if !is_meant && (claims.has("aud") || !self.lets_lack("aud")) {
            return Err(invalid("aud"));
        }
        let times: &[&str] = if self.lets_lack("iat") { &["exp"] } else { &["exp", "iat"] };
        check_times(claims, times, self.tolerance_s, now).map_err(|name| {
            let has_passed = name == "exp" && claims.whole(name).is_some();
            if has_passed { Error::new(Kind::AccessTokenExpired) } else { invalid(name) }
        })?;
        for (name, said) in [("sub", "sub"), ("client_id", self.client_claim.as_str()), ("jti", "jti")] {
            let text = claims.text(said).filter(|text| !text.is_empty());
            if text.is_none() && (claims.has(said) || !self.lets_lack(name)) {
                return Err(invalid(name));
            }
        }
        for (name, values) in &self.held_to {
            let said = claims.one_or_many(name).unwrap_or_default();
            if !said.iter().any(|one| values.contains(one)) {
                return Err(invalid("a claim of requireClaims"));
            }
        }
        Ok(())
    }

    fn lets_lack(&self, name: &str) -> bool {
        self.may_lack.iter().any(|claim| claim == name)
    }
}

impl Need {
    /// Holds the token to what one endpoint asks for; gives until when that is so.
    fn check(&self, claims: &Json, scopes: &[String], tolerance_s: u64, now: Now) -> Result<u64> {
        if !self.scopes.iter().all(|scope| scopes.contains(scope)) {
            return Err(Error::new(Kind::InsufficientScope));
        }
        let has_class = self.acr_values.is_empty() || self.acr_values.iter().any(|class| claims.is("acr", class));
        let mut until_s = claims.whole("exp").unwrap_or_default();
        let mut is_recent = true;
        if let Some(max_age_s) = self.max_age_s {
            let since_s = claims
                .whole("auth_time")
                .filter(|since_s| *since_s <= (now.wall_ms / SECOND_MS).saturating_add(tolerance_s));
            let old_at_s = since_s.map(|since_s| since_s.saturating_add(max_age_s).saturating_add(tolerance_s));
            is_recent = old_at_s.is_some_and(|old_at_s| now.wall_ms / SECOND_MS <= old_at_s);
            until_s = until_s.min(old_at_s.unwrap_or_default());
        }
        if !has_class || !is_recent {
            return Err(Error::new(Kind::InsufficientUserAuthentication));
        }
        Ok(until_s.saturating_mul(SECOND_MS))
    }
}

impl AccessTokenClaims {
    /// All of it as JSON text.
    #[must_use]
    pub fn write(&self) -> Writer {
        Writer::default()
            .json("claims", &self.claims.to_text())
            .json("header", &self.header.to_text())
            .optional("clientId", self.client_id.as_deref())
            .texts("scopes", self.scopes.iter().map(String::as_str))
            .truth("isBound", self.jkt.is_some())
            .whole("until", self.until_ms)
    }
}

/// The thumbprint of the key that a token is bound to. A binding of a kind that is not known is not taken for none, nor is one
/// of two kinds, of which a proof shows one.
fn binding(claims: &Json) -> Result<Option<String>> {
    if !claims.mentions("cnf") {
        return Ok(None);
    }
    let confirmation = claims.get("cnf").filter(|confirmation| confirmation.has_only("jkt"));
    let jkt = confirmation.and_then(|confirmation| confirmation.text("jkt")).filter(|jkt| !jkt.is_empty());
    jkt.map(Some).ok_or_else(|| invalid("cnf"))
}

fn scopes(claims: &Json, name: &str) -> Vec<String> {
    let all = claims.one_or_many(name).unwrap_or_default();
    all.iter().flat_map(|words| words.split(' ')).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Whether it is a JWT at all.
fn is_jwt(token: &str, policy: &Policy) -> bool {
    let jws = crate::core::jose::jws::UntrustedJws::parse(token);
    jws.is_some_and(|jws| {
        jws.claims().is_some()
            && jws.algorithm.is_some_and(|found| policy.algorithms.iter().any(|own| own.is_same_as(found)))
    })
}

fn invalid(detail: &'static str) -> Error {
    Error::about(Kind::AccessTokenInvalid, detail)
}

fn refused(flaw: Flaw) -> Error {
    Error::new(match flaw {
        Flaw::Malformed => Kind::JwsMalformed,
        Flaw::Algorithm => Kind::JwsAlgorithmUnexpected,
        Flaw::Signature => Kind::JwsSignatureInvalid,
    })
}
