//! The provider's key set (RFC 7517, section 5), and which of its keys may check a signature.

use super::jws::{Algorithm, UntrustedJws};
use crate::core::base::error::{Error, Kind, Result};
use crate::core::base::http::{Request, Response};
use crate::core::base::json::Json;

/// The characters of an RSA modulus of 2048 bits in base64url, the least there may be (RFC 7518, section 3.3).
const MIN_MODULUS_CHARS: usize = 342;

/// The public keys of one issuer. A key of another issuer is never in it.
#[derive(Clone, Debug)]
pub struct Jwks(Vec<Json>);

/// Asks for the key set.
#[must_use]
pub fn build_jwks_request(jwks_uri: &str) -> Request {
    Request::get(jwks_uri.to_owned())
}

/// Reads a key set. Keys of unknown kinds are left for [`Jwks::key_for`] to pass over.
///
/// # Errors
/// `jwks_invalid`, or what [`Response::json_object`] gives.
pub fn check_jwks_response(response: &Response) -> Result<Jwks> {
    let keys = response.json_object_of(&["application/json", "application/jwk-set+json"])?.get("keys");
    keys.and_then(|keys| keys.items()).map(Jwks).ok_or_else(|| Error::new(Kind::JwksInvalid))
}

impl Jwks {
    /// The one key that fits the header; `None` where none does, or several do and the header does not choose.
    #[must_use]
    pub fn key_for(&self, jws: &UntrustedJws, algorithm: Algorithm) -> Option<&Json> {
        let mut fitting = self.0.iter().filter(|key| fits(key, jws.key_id.as_deref(), algorithm));
        let first = fitting.next();
        if fitting.next().is_some() { None } else { first }
    }
}

/// Whether a key may check a signature of this algorithm: one key, one algorithm, one use (RFC 8725, section 3.1).
fn fits(key: &Json, key_id: Option<&str>, algorithm: Algorithm) -> bool {
    // A private or symmetric member in a public set says that something is badly wrong with the key.
    let public = !key.has("d") && !key.has("k");
    let shape = key.is("kty", algorithm.key_type())
        && match algorithm.curve() {
            Some(curve) => key.is("crv", curve),
            None => key.text("n").is_some_and(|modulus| modulus.len() >= MIN_MODULUS_CHARS),
        };
    let operations =
        !key.has("key_ops") || key.one_or_many("key_ops").is_some_and(|all| all.iter().any(|one| one == "verify"));
    let own_algorithm = !key.has("alg")
        || key.text("alg").and_then(|name| Algorithm::from_name(&name)).is_some_and(|own| own.is_same_as(algorithm));
    let named = key_id.is_none_or(|id| key.is("kid", id));
    public && shape && key.is_or_lacks("use", "sig") && operations && own_algorithm && named
}
