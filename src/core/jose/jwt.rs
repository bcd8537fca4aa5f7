//! A signed JWT of whatever kind (RFC 7519), read and not yet believed. What its claims must say, the file of its kind knows.

use super::jwks::Jwks;
use super::jws::{Algorithm, UntrustedJws};
use crate::core::base::json::Json;
use crate::core::base::time::{Now, SECOND_MS};

/// A JWT whose signature nobody has checked yet.
#[derive(Debug)]
pub struct UntrustedJwt {
    jws: UntrustedJws,
    claims: Json,
    algorithm: Algorithm,
}

/// What is wrong with a JWT before its claims are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// It is not a JWT in strict compact form, or one of another kind.
    Malformed,
    /// It is signed with another algorithm than registered.
    Algorithm,
    /// Its signature is wrong.
    Signature,
}

impl Flaw {
    /// What it is about, for [`crate::core::base::error::Error::about`].
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Malformed => "not a JWT",
            Self::Algorithm => "alg",
            Self::Signature => "signature",
        }
    }
}

impl UntrustedJwt {
    /// Reads a JWT signed with the algorithm registered for it; the token does not get to choose. `kinds` are the `typ`
    /// values it may have, an empty one for none: a token of another kind may be signed by the same issuer for the same
    /// client (RFC 8725, section 3.11).
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(token: &str, algorithm: Algorithm, kinds: &[&str]) -> Result<Self, Flaw> {
        Self::read_any(token, &[algorithm], kinds)
    }

    /// Reads a JWT as [`Self::read`] does, of a signer that has several algorithms.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read_any(token: &str, algorithms: &[Algorithm], kinds: &[&str]) -> Result<Self, Flaw> {
        let jws = UntrustedJws::parse(token).ok_or(Flaw::Malformed)?;
        let is_its_own = |algorithm: &&Algorithm| jws.algorithm.is_some_and(|found| found.is_same_as(**algorithm));
        let algorithm = *algorithms.iter().find(is_its_own).ok_or(Flaw::Algorithm)?;
        let kind = jws.kind.as_deref().unwrap_or_default();
        // A value without a slash stands for one with "application/" before it (RFC 7515, section 4.1.9).
        let is_kind = |name: &&str| {
            let (start, end) = kind.split_at_checked(kind.len().saturating_sub(name.len())).unwrap_or((kind, ""));
            end.eq_ignore_ascii_case(name)
                && (start.is_empty() || start.eq_ignore_ascii_case("application/") && !name.is_empty())
        };
        let claims = jws.claims().filter(|_| kinds.iter().any(is_kind)).ok_or(Flaw::Malformed)?;
        if jws.is_as_long_as(algorithm) { Ok(Self { jws, claims, algorithm }) } else { Err(Flaw::Signature) }
    }

    /// The algorithm to check the signature with.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The `kid` of the header.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.jws.key_id.as_deref()
    }

    /// The header, which is not to be believed either.
    #[must_use]
    pub const fn header(&self) -> &Json {
        &self.jws.header
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

    /// Gives the claims, once the signature was found `valid`.
    ///
    /// # Errors
    /// The signature is wrong.
    pub fn believe(self, valid: bool) -> Result<Json, Flaw> {
        if valid { Ok(self.claims) } else { Err(Flaw::Signature) }
    }
}

/// Who a JWT must be from and for.
#[derive(Clone, Copy, Debug)]
pub struct Addressed<'a> {
    /// The issuer, exactly.
    pub issuer: &'a str,
    /// This client, and nobody else.
    pub client_id: &'a str,
    /// Seconds of clock difference to forgive.
    pub tolerance_s: u64,
}

impl Addressed<'_> {
    /// Holds claims to be of this issuer, for this client, and for now. The times of these names must be there; others
    /// are looked at where they are.
    ///
    /// # Errors
    /// The claim that is not so.
    pub fn check(&self, claims: &Json, required: &[&str], now: Now) -> Result<(), &'static str> {
        if !claims.is("iss", self.issuer) {
            return Err("iss");
        }
        if claims.one_or_many("aud").unwrap_or_default() != [self.client_id] {
            return Err("aud");
        }
        check_times(claims, required, self.tolerance_s, now)
    }
}

/// Holds the times among claims to be numbers, and this to be between them. Those of these names must be there.
///
/// # Errors
/// The claim that is not so.
pub fn check_times(claims: &Json, required: &[&str], tolerance_s: u64, now: Now) -> Result<(), &'static str> {
    let now_s = now.wall_ms / SECOND_MS;
    for name in ["exp", "iat", "nbf"] {
        if !claims.has(name) && !required.contains(&name) {
            continue;
        }
        let time = claims.whole(name).ok_or(name)?;
        let passed = if name == "exp" {
            now_s < time.saturating_add(tolerance_s)
        } else {
            time <= now_s.saturating_add(tolerance_s)
        };
        if !passed {
            return Err(name);
        }
    }
    Ok(())
}
