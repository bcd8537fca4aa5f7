//! The exports of the edge entry.

use super::convert::thrown;
use crate::core::base::error::{Error, Kind, Result};
use crate::core::base::json::Json;
use crate::core::jose::jws::MAX_TOKEN_CHARS;
use crate::edge::verify::{Verified, verify_jws as verify};
use crate::web::Worker;
use js_sys::{Array, JsString, Promise, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::future_to_promise;

/// Verifies a compact JWS. Resolves with its header and its payload; rejects with the members of an `AuthError`.
#[wasm_bindgen(js_name = verifyJws)]
pub fn verify_jws(token: JsValue, keys: JsValue, options: JsValue) -> Promise {
    future_to_promise(async move {
        let Verified { header, payload } = verify_given(&token, keys, options).await.map_err(thrown)?;
        Ok(Array::of2(header.as_js(), &Uint8Array::from(payload.as_slice())).into())
    })
}

async fn verify_given(token: &JsValue, keys: JsValue, options: JsValue) -> Result<Verified> {
    let given = |value, name| Json::from_js(value).ok_or_else(|| Error::about(Kind::InvalidOption, name));
    let (keys, options) = (given(keys, "jwkOrSet")?, given(options, "options")?);
    let token = text(token).ok_or_else(|| Error::new(Kind::JwsMalformed))?;
    verify(&Worker, &token, &keys, &options).await
}

/// The string, where it is one that may be a token: what is longer is not copied, as the memory would never shrink again.
fn text(value: &JsValue) -> Option<String> {
    let string = value.dyn_ref::<JsString>()?;
    let short = usize::try_from(string.length()).is_ok_and(|length| length <= MAX_TOKEN_CHARS);
    if short { string.as_string() } else { None }
}
