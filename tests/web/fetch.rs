//! Requests to the provider: what leaves, and what comes back.

use super::fakes::{answering, answering_bytes, is_abort_signal, redirecting, web_with};
use js_sys::{Array, Function};
use tokenward::core::base::error::Result;
use tokenward::core::base::http::{MAX_BODY_BYTES, Request, Response};
use tokenward::core::base::json::Json;
use tokenward::ports::Fetch as _;
use wasm_bindgen_test::wasm_bindgen_test as test;

async fn get(fetch: Function) -> Result<Response> {
    web_with(fetch).send(Request::get("https://op.example/x".to_owned())).await
}

/// Sends, and gives the URL and the options that `fetch` was called with.
async fn sent(request: Request) -> (String, Json) {
    let calls = Array::new();
    web_with(answering(&calls, 200, "{}", Some(""))).send(request).await.unwrap();
    assert_eq!(calls.length(), 1, "one request, one call");
    let call: Array = calls.get(0).into();
    assert_eq!(call.length(), 2);
    (call.get(0).as_string().unwrap(), Json::from_js(call.get(1)).unwrap())
}

/// T09, T16, T17
#[test]
async fn every_request_is_without_cookies_cache_and_redirects_and_ends_some_time() {
    for request in [Request::get("https://op.example/x?y#z".to_owned()), Request::post("https://op.example/x?y#z", &[])]
    {
        let (url, init) = sent(request).await;
        assert_eq!(url, "https://op.example/x?y#z", "the URL as it is");
        for (name, value) in [("redirect", "manual"), ("cache", "no-store"), ("credentials", "omit")] {
            assert!(init.is(name, value), "{name}");
        }
        assert!(is_abort_signal(init.get("signal").unwrap().as_js()));
        assert!(init.has_only("method body headers redirect cache credentials signal"));
    }
}

#[test]
async fn a_get_has_no_body() {
    let (_, init) = sent(Request::get("https://op.example/x".to_owned())).await;
    assert!(init.is("method", "GET"));
    assert!(!init.has("body"));
    let headers = init.get("headers").unwrap();
    assert!(headers.is("accept", "application/json") && headers.has_only("accept"));
}

/// T01
#[test]
async fn a_post_has_a_form_as_its_body() {
    let (_, init) = sent(Request::post("https://op.example/x", &[("a b", "c+d&é"), ("e", "")])).await;
    assert!(init.is("method", "POST"));
    assert!(init.is("body", "a+b=c%2Bd%26%C3%A9&e="));
    let headers = init.get("headers").unwrap();
    assert!(headers.is("content-type", "application/x-www-form-urlencoded;charset=UTF-8"));
    assert!(headers.is("accept", "application/json") && headers.has_only("accept content-type"));
}

#[test]
async fn an_answer_is_status_type_and_text() {
    let headers = r#"{"content-type":"Application/JSON; charset=\"utf-8\""}"#;
    let answer = get(answering(&Array::new(), 400, headers, Some("{\"error\":\"é😀\"}"))).await.unwrap();
    assert_eq!((answer.status, answer.media_type.as_str(), answer.retry_after_s), (400, "application/json", None));
    assert_eq!(answer.body.secret(), "{\"error\":\"é😀\"}");
}

#[test]
async fn an_answer_without_body_or_type_is_empty() {
    let answer = get(answering(&Array::new(), 204, "{}", None)).await.unwrap();
    assert_eq!((answer.status, answer.media_type.as_str(), answer.body.secret()), (204, "", ""));
}

/// T09
#[test]
async fn a_redirect_that_was_not_followed_has_status_0() {
    let answer = get(redirecting()).await.unwrap();
    assert_eq!((answer.status, answer.media_type.as_str(), answer.body.secret()), (0, "", ""));
}

/// R03
#[test]
async fn seconds_to_wait_are_read() {
    for (header, seconds) in [
        ("0", Some(0)),
        ("120", Some(120)),
        (" 7 ", Some(7)),
        ("-1", None),
        ("", None),
        ("soon", None),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
        ("99999999999", None),
    ] {
        let headers = format!("{{\"retry-after\":\"{header}\"}}");
        let answer = get(answering(&Array::new(), 503, &headers, Some(""))).await.unwrap();
        assert_eq!(answer.retry_after_s, seconds, "{header}");
    }
}

/// T17
#[test]
async fn the_largest_body_is_still_read_whole() {
    let size = usize::try_from(MAX_BODY_BYTES).unwrap();
    let answer = get(answering_bytes(vec![b' '; size])).await.unwrap();
    assert_eq!(answer.body.secret().len(), size);
}

#[test]
async fn a_byte_order_mark_does_not_hide_json() {
    let answer = get(answering_bytes(b"\xef\xbb\xbf{\"a\":1}".to_vec())).await.unwrap();
    assert!(answer.json_object().is_ok());
}
