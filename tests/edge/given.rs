//! A port that remembers what it was asked, keys and tokens that only look like some, and an end to waiting.

use std::cell::RefCell;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use tokenward::core::base::base64url::encode;
use tokenward::core::base::error::Result;
use tokenward::core::base::json::Json;
use tokenward::core::jose::jws::Algorithm;
use tokenward::ports::Crypto;

/// Algorithm, the key's `kid`, the signed text, the signature's length.
type Question = (Algorithm, Option<String>, String, usize);

/// Says of every signature what it was made to say.
pub(super) struct Judge {
    valid: bool,
    pub(super) asked: RefCell<Vec<Question>>,
}

impl Judge {
    pub(super) fn saying(valid: bool) -> Self {
        Self { valid, asked: RefCell::default() }
    }
}

impl Crypto for Judge {
    async fn digest(&self, _: u16, _: &str) -> Result<Vec<u8>> {
        panic!("nothing is hashed");
    }

    async fn verify(&self, algorithm: Algorithm, key: &Json, signed: &str, signature: &[u8]) -> bool {
        self.asked.borrow_mut().push((algorithm, key.text("kid"), signed.to_owned(), signature.len()));
        self.valid
    }
}

/// What the work gives; nothing here waits for anything.
pub(super) fn at_once<T>(work: impl Future<Output = T>) -> T {
    match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("it waits"),
    }
}

pub(super) fn json(text: &str) -> Json {
    Json::parse(text).unwrap_or_else(|| panic!("not JSON: {text}"))
}

/// A token with a signature of so many bytes.
pub(super) fn token(header: &str, payload: &[u8], signature_bytes: usize) -> String {
    [encode(header.as_bytes()), encode(payload), encode(&vec![7; signature_bytes])].join(".")
}

/// An Ed25519 key of this name, or of none.
pub(super) fn key(kid: Option<&str>) -> String {
    let kid = kid.map(|kid| format!(r#","kid":"{kid}""#)).unwrap_or_default();
    format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"{kid}}}"#)
}

pub(super) fn set(keys: &[String]) -> String {
    format!(r#"{{"keys":[{}]}}"#, keys.join(","))
}
