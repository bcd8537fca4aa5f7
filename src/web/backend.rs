//! A server or a worker around a backend for front ends: what a client for itself has there, keys that seal, and a host, which
//! has the store, the clock to wait by, and the log.

use super::plumbing;
use super::sealing::SealingKeys;
use super::server::Server;
use super::tasks::Answer;
use crate::core::base::error::{Error, Kind, Result};
use crate::core::base::http::{Request, Response};
use crate::core::base::json::{Json, Writer};
use crate::core::base::time::{Now, digits};
use crate::core::jose::jws::SigningKey;
use crate::ports::{Aead, Clock, Expected, Fetch, Journal, Pause, Random, Shared, Signer, Stored};
use core::future::Future;
use js_sys::Function;

/// A server or a worker, with the keys of the app's ring and whoever performs what is not the platform's own.
pub struct Backend {
    server: Server,
    keys: SealingKeys,
    host: Function,
}

impl core::fmt::Debug for Backend {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Backend")
    }
}

impl Backend {
    /// The server with these.
    #[must_use]
    pub fn new(server: Server, keys: SealingKeys, host: Function) -> Self {
        Self { server, keys, host }
    }

    /// What the host gives; `None` where it fails.
    async fn ask(&self, operation: &str, name: &str, text: &str) -> Option<Json> {
        let answer =
            Answer::to(|answer, ticket| plumbing::begin_ask(answer, ticket, &self.host, operation, name, text)).await;
        Json::from_js(answer)
    }
}

fn store_failed() -> Error {
    Error::new(Kind::StoreFailed)
}

impl Shared for Backend {
    async fn read(&self, keys: &[String]) -> Result<Vec<Option<Stored>>> {
        let question = Writer::default().texts("keys", keys.iter().map(String::as_str)).finish();
        let found = self.ask("read", "", &question).await.and_then(|found| found.items());
        // What cannot be read is not nothing: it may say that a session is over.
        let read = |found: &Json| match (found.text("value"), found.text("version")) {
            _ if found.as_js().is_null() => Ok(None),
            (Some(value), Some(version)) => Ok(Some(Stored { value, version })),
            _ => Err(store_failed()),
        };
        found.ok_or_else(store_failed)?.iter().map(read).collect()
    }

    async fn write(
        &self,
        key: &str,
        value: &str,
        expected: Expected<'_>,
        expires_at_ms: u64,
    ) -> Result<Option<String>> {
        let question = Writer::default().text("value", value).whole("expiresAt", expires_at_ms);
        let question = match expected {
            Expected::Anything => question,
            Expected::Nothing => question.json("expected", "null"),
            Expected::Version(version) => question.text("expected", version),
        };
        let written = self.ask("write", key, &question.finish()).await.ok_or_else(store_failed)?;
        if written.as_js().is_null() { Ok(None) } else { written.as_str().map(Some).ok_or_else(store_failed) }
    }

    async fn remove(&self, key: &str) -> Result<()> {
        self.ask("remove", key, "").await.map(drop).ok_or_else(store_failed)
    }
}

impl Pause for Backend {
    async fn pause(&self, milliseconds: u64) {
        self.ask("pause", "", &digits(milliseconds)).await;
    }
}

impl Journal for Backend {
    fn note(&self, event: &'static str, error: Option<&Error>) {
        let code = error.map_or("", |error| error.kind.entry().code);
        plumbing::tell(&self.host, "note", event, code);
    }
}

impl Fetch for Backend {
    fn send(&self, request: Request) -> impl Future<Output = Result<Response>> {
        self.server.send(request)
    }
}

impl Clock for Backend {
    fn now(&self) -> Now {
        self.server.now()
    }
}

impl Random for Backend {
    fn bytes(&self, count: u32) -> Result<Vec<u8>> {
        self.server.bytes(count)
    }
}

impl Signer for Backend {
    fn sign_with(&self, key: &SigningKey, text: &str) -> impl Future<Output = Result<Vec<u8>>> {
        self.server.sign_with(key, text)
    }
}

impl Aead for Backend {
    fn key_ids(&self) -> impl Future<Output = Result<Vec<String>>> {
        self.keys.key_ids()
    }

    fn seal(
        &self,
        key_id: &str,
        nonce: &[u8],
        associated: &str,
        plain: &[u8],
    ) -> impl Future<Output = Result<Vec<u8>>> {
        self.keys.seal(key_id, nonce, associated, plain)
    }

    fn open(
        &self,
        key_id: &str,
        nonce: &[u8],
        associated: &str,
        sealed: &[u8],
    ) -> impl Future<Output = Option<Vec<u8>>> {
        self.keys.open(key_id, nonce, associated, sealed)
    }
}
