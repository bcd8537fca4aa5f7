//! Proof Key for Code Exchange (RFC 7636), method S256 only: the challenge is the SHA-256 digest of the verifier's
//! characters, in base64url.

use crate::core::base::base64url::encode;

/// Bytes of randomness in a verifier, a state and a nonce.
pub const RANDOM_BYTES: u32 = 32;

/// Random bytes as 43 unreserved characters: a verifier (RFC 7636, section 4.1), a state or a nonce.
#[must_use]
pub fn token_from(random: &[u8]) -> String {
    encode(random)
}
