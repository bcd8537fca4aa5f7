//! A server or a worker around one client for itself.

use super::plumbing;
use super::tasks::Answer;
use crate::core::base::error::{Error, Kind, Result};
use crate::core::base::json::Json;
use crate::core::base::time::digits;
use crate::core::jose::jws::{Algorithm, SigningKey};
use crate::ports::{Random, ReplayStore, Signer, platform_failure};
use js_sys::{Function, Map};
use wasm_bindgen::JsValue;

/// A server or a worker, with the `fetch` to use and what the app does with its key or its store.
pub struct Server {
    pub(super) fetch: Function,
    pub(super) host: Function,
}

impl core::fmt::Debug for Server {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Server")
    }
}

impl Server {
    /// The server with these.
    #[must_use]
    pub fn new(fetch: Function, host: Function) -> Self {
        Self { fetch, host }
    }
}

impl Random for Server {
    fn bytes(&self, count: u32) -> Result<Vec<u8>> {
        plumbing::random(count).ok_or_else(platform_failure)
    }
}

impl Signer for Server {
    async fn sign_with(&self, key: &SigningKey, text: &str) -> Result<Vec<u8>> {
        let signed =
            Answer::to(|answer, ticket| plumbing::begin_ask(answer, ticket, &self.host, "sign", &key.name, text));
        plumbing::bytes(&signed.await).ok_or_else(platform_failure)
    }
}

impl ReplayStore for Server {
    async fn insert_if_absent(&self, name: &str, until_s: u64) -> Option<Result<bool>> {
        let until = digits(until_s);
        let kept = Answer::to(|answer, ticket| {
            plumbing::begin_ask(answer, ticket, &self.host, "insert", name, &until);
        });
        let kept = kept.await;
        // Null says that there is no store, nothing that it failed.
        if kept.is_null() {
            return None;
        }
        Some(kept.as_bool().ok_or_else(|| Error::new(Kind::ReplayStoreFailed)))
    }
}

/// Keys of one issuer as the platform has imported them.
pub struct Imported(Map);

impl core::fmt::Debug for Imported {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Imported")
    }
}

impl Default for Imported {
    fn default() -> Self {
        Self(Map::new())
    }
}

impl Imported {
    /// Has the key of this number check a signature; a promise of whether it is valid.
    #[must_use]
    pub fn check(&self, number: u32, algorithm: Algorithm, key: &Json, signed: &str, signature: &[u8]) -> JsValue {
        let (signed, name) = (signed.as_bytes(), algorithm.name());
        let checking = plumbing::check_signature(&self.0, number, signed, signature);
        if checking.is_undefined() {
            return plumbing::import_and_check(&self.0, number, name, key.as_js(), signed, signature);
        }
        checking
    }
}
