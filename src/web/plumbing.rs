//! The JavaScript that the ports stand on: `plumbing.js` beside this file, where a line costs less than in wasm.

use js_sys::Function;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[cfg(feature = "edge")]
#[wasm_bindgen(module = "/src/web/plumbing.js")]
extern "C" {
    pub(super) async fn digest(bits: u16, text: &str) -> JsValue;
    pub(super) async fn verify(algorithm: &str, key: &JsValue, signed: &str, signature: Vec<u8>) -> JsValue;
    #[wasm_bindgen(js_name = checkSignature)]
    pub(super) fn check_signature(keys: &js_sys::Map, number: u32, signed: &[u8], signature: &[u8]) -> JsValue;
    #[wasm_bindgen(js_name = importAndCheck)]
    pub(super) fn import_and_check(
        keys: &js_sys::Map,
        number: u32,
        algorithm: &str,
        key: &JsValue,
        signed: &[u8],
        signature: &[u8],
    ) -> JsValue;
}

#[wasm_bindgen(module = "/src/web/plumbing.js")]
extern "C" {
    pub(super) fn bytes(value: &JsValue) -> Option<Vec<u8>>;
}

// What takes its time is answered under a ticket.
#[wasm_bindgen(module = "/src/web/plumbing.js")]
extern "C" {
    #[wasm_bindgen(js_name = beginSend)]
    pub(super) fn begin_send(
        answer: &Function,
        ticket: u32,
        fetch: &Function,
        url: &str,
        form: Option<&str>,
        headers: Vec<String>,
        most_bytes: u32,
        patience_ms: u32,
    );
    #[wasm_bindgen(js_name = beginAsk)]
    pub(super) fn begin_ask(answer: &Function, ticket: u32, host: &Function, operation: &str, name: &str, text: &str);
    #[wasm_bindgen(js_name = beginDigest)]
    pub(super) fn begin_digest(answer: &Function, ticket: u32, bits: u16, text: &str);
    #[wasm_bindgen(js_name = beginVerify)]
    pub(super) fn begin_verify(
        answer: &Function,
        ticket: u32,
        algorithm: &str,
        key: &JsValue,
        signed: &str,
        signature: Vec<u8>,
    );
    pub(super) fn random(bytes: u32) -> Option<Vec<u8>>;

    #[wasm_bindgen(js_name = wallClock)]
    pub(super) fn wall_clock() -> f64;
    #[wasm_bindgen(js_name = monotonicClock)]
    pub(super) fn monotonic_clock() -> f64;
}

#[cfg(any(feature = "page", feature = "edge"))]
#[wasm_bindgen(module = "/src/web/plumbing.js")]
extern "C" {
    pub(super) fn tell(host: &Function, operation: &str, name: &str, text: &str);
}

#[cfg(feature = "page")]
#[wasm_bindgen]
extern "C" {
    /// The tab around a session: its store and its address. `tab.js` beside this file is that of a page.
    #[derive(Clone, Debug)]
    pub type Tab;

    #[wasm_bindgen(method, catch)]
    pub(super) fn load(this: &Tab, name: &str) -> Result<Option<String>, JsValue>;
    #[wasm_bindgen(method)]
    pub(super) fn save(this: &Tab, name: &str, value: &str) -> bool;
    #[wasm_bindgen(method)]
    pub(super) fn remove(this: &Tab, name: &str) -> bool;
    #[wasm_bindgen(method)]
    pub(super) fn names(this: &Tab, prefix: &str) -> Option<Vec<String>>;

    #[wasm_bindgen(method)]
    pub(super) fn url(this: &Tab) -> String;
    #[wasm_bindgen(method, js_name = replaceUrl)]
    pub(super) fn replace_url(this: &Tab, url: &str);
    #[wasm_bindgen(method)]
    pub(super) fn navigate(this: &Tab, url: &str) -> bool;
}
