//! The JavaScript that the ports stand on: `plumbing.js` beside this file, where a line costs less than in wasm.

use js_sys::Function;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen(module = "/src/web/plumbing.js")]
extern "C" {
    pub(super) async fn send(
        fetch: &Function,
        url: &str,
        form: Option<&str>,
        headers: Vec<String>,
        most_bytes: u32,
        patience_ms: u32,
    ) -> JsValue;
    pub(super) async fn digest(bits: u16, text: &str) -> JsValue;
    pub(super) async fn verify(algorithm: &str, key: &JsValue, signed: &str, signature: Vec<u8>) -> JsValue;
    pub(super) fn bytes(value: &JsValue) -> Option<Vec<u8>>;
    pub(super) async fn ask(host: &Function, operation: &str, name: &str, text: &str) -> JsValue;
    #[wasm_bindgen(js_name = ask)]
    pub(super) fn tell(host: &Function, operation: &str, name: &str, text: &str);
    pub(super) fn random(bytes: u32) -> Option<Vec<u8>>;

    #[wasm_bindgen(catch)]
    pub(super) fn load(name: &str) -> Result<Option<String>, JsValue>;
    pub(super) fn save(name: &str, value: &str) -> bool;
    pub(super) fn remove(name: &str) -> bool;
    pub(super) fn names(prefix: &str) -> Option<Vec<String>>;

    #[wasm_bindgen(js_name = wallClock)]
    pub(super) fn wall_clock() -> f64;
    #[wasm_bindgen(js_name = monotonicClock)]
    pub(super) fn monotonic_clock() -> f64;

    #[wasm_bindgen(js_name = pageUrl)]
    pub(super) fn page_url() -> String;
    #[wasm_bindgen(js_name = replaceUrl)]
    pub(super) fn replace_url(url: &str);
    pub(super) fn navigate(url: &str) -> bool;
}
