//! Sealing with WebCrypto: `sealing.js` beside this file, which holds the keys. Nothing here ever sees one.

use super::plumbing;
use super::tasks::Answer;
use crate::core::base::error::{Error, Kind, Result};
use crate::ports::{Aead, platform_failure};
use js_sys::Function;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen(module = "/src/web/sealing.js")]
extern "C" {
    #[wasm_bindgen(js_name = createKeys)]
    fn create_keys(secrets: &JsValue) -> JsValue;
    #[wasm_bindgen(js_name = beginIds)]
    fn begin_ids(answer: &Function, ticket: u32, keys: &JsValue);
    #[wasm_bindgen(js_name = beginSeal)]
    fn begin_seal(
        answer: &Function,
        ticket: u32,
        keys: &JsValue,
        id: &str,
        nonce: &[u8],
        associated: &str,
        plain: &[u8],
    );
    #[wasm_bindgen(js_name = beginOpen)]
    fn begin_open(
        answer: &Function,
        ticket: u32,
        keys: &JsValue,
        id: &str,
        nonce: &[u8],
        associated: &str,
        sealed: &[u8],
    );
    fn strings(value: &JsValue) -> Option<Vec<String>>;
}

/// The keys that are made of the secrets that the app gave.
pub struct SealingKeys(JsValue);

impl core::fmt::Debug for SealingKeys {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("SealingKeys")
    }
}

impl SealingKeys {
    /// The keys of these secrets, each of 32 bytes or more in base64url.
    ///
    /// # Errors
    /// `invalid_option`.
    pub fn new(secrets: &JsValue) -> Result<Self> {
        let keys = create_keys(secrets);
        if keys.is_undefined() { Err(Error::about(Kind::InvalidOption, "keys")) } else { Ok(Self(keys)) }
    }
}

impl Aead for SealingKeys {
    async fn key_ids(&self) -> Result<Vec<String>> {
        let ids = Answer::to(|answer, ticket| begin_ids(answer, ticket, &self.0)).await;
        strings(&ids).ok_or_else(platform_failure)
    }

    async fn seal(&self, key_id: &str, nonce: &[u8], associated: &str, plain: &[u8]) -> Result<Vec<u8>> {
        let sealed =
            Answer::to(|answer, ticket| begin_seal(answer, ticket, &self.0, key_id, nonce, associated, plain)).await;
        plumbing::bytes(&sealed).ok_or_else(platform_failure)
    }

    async fn open(&self, key_id: &str, nonce: &[u8], associated: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let plain =
            Answer::to(|answer, ticket| begin_open(answer, ticket, &self.0, key_id, nonce, associated, sealed)).await;
        plumbing::bytes(&plain)
    }
}
