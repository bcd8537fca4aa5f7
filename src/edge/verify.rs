//! Verifies a compact JWS (RFC 7515, section 5.2) with keys and algorithms that the caller names, not the token.

use crate::core::base::error::{Error, Kind, Result};
use crate::core::base::json::Json;
use crate::core::jose::jwks::Jwks;
use crate::core::jose::jws::{Algorithm, UntrustedJws};
use crate::core::options::Options;
use crate::ports::Crypto;

/// What was signed.
#[derive(Debug)]
pub struct Verified {
    /// The header.
    pub header: Json,
    /// The payload, of whatever kind.
    pub payload: Vec<u8>,
}

/// Verifies a token with a key or a key set, by one of the algorithms that the options name.
///
/// # Errors
/// `invalid_option`, `jws_malformed`, `jws_algorithm_unexpected`, `jws_key_unknown` or `jws_signature_invalid`.
pub async fn verify_jws(crypto: &impl Crypto, token: &str, keys: &Json, options: &Json) -> Result<Verified> {
    let allowed = read_algorithms(options)?;
    let set = Jwks::given(keys).ok_or_else(|| Error::about(Kind::InvalidOption, "jwkOrSet"))?;
    let mut jws = UntrustedJws::parse(token).ok_or_else(|| Error::new(Kind::JwsMalformed))?;
    let payload = jws.payload().ok_or_else(|| Error::new(Kind::JwsMalformed))?;
    let allows = |algorithm: &Algorithm| jws.algorithm.is_some_and(|found| found.is_same_as(*algorithm));
    let algorithm = allowed.into_iter().find(allows).ok_or_else(|| Error::new(Kind::JwsAlgorithmUnexpected))?;
    // Whoever gives one key without a name means that key, whatever the token calls it.
    if keys.has("kty") && !keys.has("kid") {
        jws.key_id = None;
    }
    let key = set.key_for(&jws, algorithm).ok_or_else(|| Error::new(Kind::JwsKeyUnknown))?;
    let valid = jws.is_as_long_as(algorithm) && crypto.verify(algorithm, key, &jws.signing_input, &jws.signature).await;
    if valid { Ok(Verified { header: jws.header, payload }) } else { Err(Error::new(Kind::JwsSignatureInvalid)) }
}

/// The algorithms that the caller allows. HMAC and `none` are none of ours, so nobody can allow them.
fn read_algorithms(object: &Json) -> Result<Vec<Algorithm>> {
    let mut options = Options::new(object, "algorithms");
    let named = object.get("algorithms").and_then(|names| names.items()).unwrap_or_default();
    let known: Vec<Algorithm> =
        named.iter().filter_map(|name| Algorithm::from_name(&name.as_str().unwrap_or_default())).collect();
    if known.is_empty() || known.len() != named.len() {
        options.refuse("algorithms");
    }
    options.finish(known)
}
