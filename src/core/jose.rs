//! Signed JSON: tokens (RFC 7515) and the keys that check them (RFC 7517).

pub mod jwks;
pub mod jws;
pub mod jwt;
pub mod sound;
