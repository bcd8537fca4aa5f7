//! A server or a worker around one client for itself.

use super::plumbing;
use super::tasks::Answer;
use crate::core::base::error::Result;
use crate::core::jose::jws::SigningKey;
use crate::ports::{Random, Signer, platform_failure};
use js_sys::Function;

/// A server or a worker, with the `fetch` to use and what signs with the key that the app gave.
pub struct Server {
    pub(super) fetch: Function,
    pub(super) signer: Function,
}

impl core::fmt::Debug for Server {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Server")
    }
}

impl Server {
    /// The server with these.
    #[must_use]
    pub fn new(fetch: Function, signer: Function) -> Self {
        Self { fetch, signer }
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
            Answer::to(|answer, ticket| plumbing::begin_ask(answer, ticket, &self.signer, "sign", &key.name, text));
        plumbing::bytes(&signed.await).ok_or_else(platform_failure)
    }
}
