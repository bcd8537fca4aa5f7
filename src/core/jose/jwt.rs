//! A signed JWT of whatever kind (RFC 7519), read and not yet believed. What its claims must say, the file of its kind knows.

use super::jwks::Jwks;
use super::jws::{Algorithm, UntrustedJws};
use crate::core::base::json::Json;

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

impl UntrustedJwt {
    /// Reads a JWT signed with the algorithm registered for it; the token does not get to choose. `kinds` are the `typ`
    /// values it may have, an empty one for none: a token of another kind may be signed by the same issuer for the same
    /// client (RFC 8725, section 3.11).
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(token: &str, algorithm: Algorithm, kinds: &[&str]) -> Result<Self, Flaw> {
        let jws = UntrustedJws::parse(token).ok_or(Flaw::Malformed)?;
        if !jws.algorithm.is_some_and(|found| found.is_same_as(algorithm)) {
            return Err(Flaw::Algorithm);
        }
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
