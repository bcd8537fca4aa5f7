//! What the tests hand to the ports in place of the outside: `fakes.js` beside this file, and the `Web` over it.

use js_sys::{Array, Function};
use tokenward::core::base::json::Json;
use tokenward::web::tasks::{answer, answer_with};
use tokenward::web::{Tab, Web};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast as _, JsValue};

#[wasm_bindgen(module = "/tests/web/fakes.js")]
extern "C" {
    pub(super) async fn sleep(ms: u32);

    pub(super) fn answering(calls: &Array, status: u16, headers: &str, body: Option<&str>) -> Function;
    #[wasm_bindgen(js_name = answeringBytes)]
    pub(super) fn answering_bytes(bytes: Vec<u8>) -> Function;
    #[wasm_bindgen(js_name = answeringForEver)]
    pub(super) fn answering_for_ever(cancelled: &Array) -> Function;
    #[wasm_bindgen(js_name = breakingOff)]
    pub(super) fn breaking_off() -> Function;
    pub(super) fn redirecting() -> Function;
    pub(super) fn failing(name: &str) -> Function;
    pub(super) fn throwing() -> Function;

    #[wasm_bindgen(js_name = isAbortSignal)]
    pub(super) fn is_abort_signal(value: &JsValue) -> bool;
    #[wasm_bindgen(js_name = historyLength)]
    pub(super) fn history_length() -> u32;

    #[wasm_bindgen(js_name = storedKeys)]
    async fn stored_names() -> JsValue;
    #[wasm_bindgen(js_name = extracting)]
    async fn extracting_as_js(name: &str) -> JsValue;

    #[wasm_bindgen(js_name = hostTold)]
    pub(super) fn host_told(told: &Array) -> Function;
    #[wasm_bindgen(js_name = hostOfTabs)]
    pub(super) fn host_of_tabs(name: &str, heard: &Array) -> Function;

    #[wasm_bindgen(js_name = watchDerivedKeys)]
    pub(super) fn watch_derived_keys() -> Array;

    pub(super) async fn signed(parameters: &str, text: &str) -> JsValue;
}

#[wasm_bindgen(module = "/src/web/keys.js")]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_name = perform)]
    static PERFORM: Function;
}

#[wasm_bindgen(module = "/src/web/tab.js")]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_name = tab)]
    static TAB: Tab;
}

// What the modules above import has to be there beside them.
#[wasm_bindgen(module = "/src/web/database.js")]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_name = transactOn)]
    static TRANSACT_ON: Function;
}

#[wasm_bindgen(module = "/src/web/tabs.js")]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_name = joinTabs)]
    static JOIN_TABS: Function;
}

/// The names of the keys that are stored.
pub(super) async fn stored_keys() -> Vec<String> {
    Array::from(&stored_names().await).iter().filter_map(|name| name.as_string()).collect()
}

/// Whether the private key of this name says it can be extracted, and how an attempt fails in two formats.
pub(super) async fn extracting(name: &str) -> String {
    extracting_as_js(name).await.as_string().unwrap()
}

/// The real keys of the browser.
pub(super) fn keys() -> Function {
    PERFORM.with(Clone::clone)
}

/// The browser, with this `fetch`.
pub(super) fn web_with(fetch: Function) -> Web {
    web_of(fetch, keys())
}

/// The browser, with this around it, where no request is sent.
pub(super) fn web_around(host: Function) -> Web {
    web_of(throwing(), host)
}

fn web_of(fetch: Function, host: Function) -> Web {
    assert!(TRANSACT_ON.with(|function| function.is_function()) && JOIN_TABS.with(|function| function.is_function()));
    take_answers();
    Web::new(fetch, host, TAB.with(Clone::clone), Box::new(|_| {}), Box::new(|_| {}))
}

/// Has what is asked of JavaScript answered.
pub(super) fn take_answers() {
    answer_with(Closure::<dyn FnMut(u32, JsValue)>::new(answer).into_js_value().unchecked_into());
}

/// The browser, where no request is sent.
pub(super) fn web() -> Web {
    web_with(throwing())
}

pub(super) fn json(text: &str) -> Json {
    Json::parse(text).unwrap()
}
