//! Proof Key for Code Exchange (RFC 7636), method S256 only.

use base64ct::{Base64UrlUnpadded, Encoding as _};

/// Bytes of randomness in a verifier, a state and a nonce.
pub const RANDOM_BYTES: u32 = 32;

/// Random bytes as 43 unreserved characters: a verifier (RFC 7636, section 4.1), a state or a nonce.
#[must_use]
pub fn token_from(random: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(random)
}

/// The challenge, given the SHA-256 digest of the verifier's characters (RFC 7636, section 4.2).
#[must_use]
pub fn challenge_from(verifier_sha256: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(verifier_sha256)
}
