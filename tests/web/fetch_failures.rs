//! Requests to the provider that get no usable answer.

use super::fakes::{answering, answering_bytes, answering_for_ever, breaking_off, failing, sleep, throwing, web_with};
use js_sys::{Array, Function};
use tokenward::core::base::error::Kind;
use tokenward::core::base::http::{MAX_BODY_BYTES, Request};
use tokenward::ports::Fetch as _;
use wasm_bindgen_test::wasm_bindgen_test as test;

async fn failure(fetch: Function) -> Kind {
    let request = Request::post("https://op.example/token", &[("code", "sentinel")]);
    let error = web_with(fetch).send(request).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("sentinel"), "T16");
    error.kind
}

/// T16
#[test]
async fn no_answer_is_a_failure_of_the_network() {
    for name in ["TypeError", "AbortError", "NetworkError", "NotAllowedError"] {
        assert_eq!(failure(failing(name)).await, Kind::NetworkFailed, "{name}");
    }
    assert_eq!(failure(throwing()).await, Kind::NetworkFailed);
}

/// T17
#[test]
async fn no_answer_in_time_is_said_so() {
    assert_eq!(failure(failing("TimeoutError")).await, Kind::TimedOut);
}

#[test]
async fn an_answer_that_breaks_off_is_a_failure_of_the_network() {
    assert_eq!(failure(breaking_off()).await, Kind::NetworkFailed);
}

#[test]
async fn an_answer_that_is_none_is_a_failure() {
    for body in ["return undefined", "return {}", "return Promise.resolve(null)", "return 'text'"] {
        assert_eq!(failure(Function::new_no_args(body)).await, Kind::NetworkFailed, "{body}");
    }
}

/// T17
#[test]
async fn a_body_of_one_byte_too_much_is_refused() {
    let size = usize::try_from(MAX_BODY_BYTES).unwrap();
    assert_eq!(failure(answering_bytes(vec![b' '; size + 1])).await, Kind::ResponseTooLarge);
}

/// T17; what counts is what arrives, not what was announced.
#[test]
async fn a_body_without_end_is_refused_and_read_no_further() {
    let cancelled = Array::new();
    assert_eq!(failure(answering_for_ever(&cancelled)).await, Kind::ResponseTooLarge);
    sleep(10).await;
    assert_eq!(cancelled.length(), 1);
}

/// A text of replacement characters would be another text than the one that was sent.
#[test]
async fn a_body_that_is_no_utf_8_is_no_answer() {
    for bytes in [&b"{\"a\":\"\xff\"}"[..], b"\xc3", b"{\"a\":1}\xe2\x82"] {
        let web = web_with(answering_bytes(bytes.to_vec()));
        let answer = web.send(Request::get("https://op.example/x".to_owned())).await.unwrap();
        assert_eq!(answer.json_object().err().map(|error| error.kind), Some(Kind::ResponseUnusable), "{bytes:?}");
    }
}

#[test]
async fn a_failure_leaves_nothing_behind_for_the_next_request() {
    let calls = Array::new();
    assert_eq!(failure(failing("TypeError")).await, Kind::NetworkFailed);
    let web = web_with(answering(&calls, 200, "{}", Some("x")));
    for _ in 0..3 {
        let answer = web.send(Request::get("https://op.example/x".to_owned())).await.unwrap();
        assert_eq!(answer.body.secret(), "x");
    }
    assert_eq!(calls.length(), 3);
}
