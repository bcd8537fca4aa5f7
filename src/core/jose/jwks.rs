//! The provider's key set (RFC 7517, section 5), and which of its keys may check a signature.

use super::jws::{Algorithm, UntrustedJws};
use super::sound::is_sound;
use crate::core::base::error::{Error, Kind, Result};
use crate::core::base::http::{Request, Response};
use crate::core::base::json::Json;
use crate::core::base::time::Now;
use std::rc::Rc;

/// The most keys that are looked at.
const MAX_KEYS: usize = 256;

/// How long a set is believed without another look, in milliseconds.
const LIFETIME_MS: u64 = 60 * 60 * 1000;

/// How long no unknown key has the set fetched again after one did, in milliseconds.
const COOLDOWN_MS: u64 = 60 * 1000;

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
    let keys = response.json_object_of(200, &["application/json", "application/jwk-set+json"])?.get("keys");
    let keys = keys.and_then(|keys| keys.items()).filter(|keys| keys.len() <= MAX_KEYS);
    keys.map(Jwks).ok_or_else(|| Error::new(Kind::JwksInvalid))
}

impl Jwks {
    /// The keys that a caller names: a set, or one key. `None` where it is neither.
    #[must_use]
    pub fn given(value: &Json) -> Option<Self> {
        let keys = if value.has("kty") { Some(vec![value.clone()]) } else { value.get("keys")?.items() };
        keys.filter(|keys| keys.len() <= MAX_KEYS).map(Self)
    }

    /// The text of all keys, by which two sets are told apart.
    #[must_use]
    pub fn to_text(&self) -> String {
        self.0.iter().map(Json::to_text).collect::<Vec<_>>().join(",")
    }

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
    if key_id.is_some_and(|id| !key.is("kid", id)) {
        return false;
    }
    // A private or symmetric member in a public set says that something is badly wrong with the key.
    let public = !key.has("d") && !key.has("k");
    let shape = key.is("kty", algorithm.key_type())
        && algorithm.curve().is_none_or(|curve| key.is("crv", curve))
        && is_sound(key, algorithm);
    let operations =
        !key.has("key_ops") || key.one_or_many("key_ops").is_some_and(|all| all.iter().any(|one| one == "verify"));
    let own_algorithm = !key.has("alg")
        || key.text("alg").and_then(|name| Algorithm::from_name(&name)).is_some_and(|own| own.is_same_as(algorithm));
    public && shape && key.is_or_lacks("use", "sig") && operations && own_algorithm
}

/// The last set that was fetched, and when it may be fetched again.
#[derive(Debug, Default)]
pub struct KeyCache {
    held: Option<(Rc<Jwks>, Now)>,
    looked_again: Option<Now>,
}

impl KeyCache {
    /// The set, while it needs no other look.
    #[must_use]
    pub fn fresh(&self, now: Now) -> Option<Rc<Jwks>> {
        self.held.as_ref().filter(|(_, since)| now.since(*since) < LIFETIME_MS).map(|(keys, _)| Rc::clone(keys))
    }

    /// Keeps a set.
    pub fn keep(&mut self, keys: &Rc<Jwks>, now: Now) {
        self.held = Some((Rc::clone(keys), now));
    }

    /// Whether a token with an unknown key may have the set fetched again: the provider may have changed its keys, but
    /// tokens that name random keys must not make it a target (OpenID Connect Core 1.0, section 10.1.1). Says so once
    /// in a while.
    #[must_use]
    pub fn may_look_again(&mut self, now: Now) -> bool {
        let rested = self.looked_again.is_none_or(|last| now.since(last) >= COOLDOWN_MS);
        if rested {
            self.looked_again = Some(now);
        }
        rested
    }

    /// The look that [`Self::may_look_again`] allowed saw nothing. It does not count: the next try would take a key that
    /// could not be fetched for one that is unknown.
    pub fn take_look_back(&mut self) {
        self.looked_again = None;
    }
}
