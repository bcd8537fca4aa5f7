//! Requests and answers as the core sees them.

use super::given::{answer, json_answer, kind, test};
use tokenward::core::base::error::Kind;
use tokenward::core::base::http::{Request, Response, with_query};

#[test]
fn a_request_has_the_headers_it_was_given_in_order() {
    let request = Request::get("https://h/x".to_owned());
    assert!(request.headers.is_empty());
    let request = request.with_header("accept", "a".to_owned()).with_header("dpop", "b.c.d".to_owned());
    let headers: Vec<_> = request.headers.iter().map(|(name, value)| (*name, value.secret())).collect();
    assert_eq!(headers, [("accept", "a"), ("dpop", "b.c.d")]);
    let posted = Request::post("https://h/x", &[("a", "b")]).with_header("dpop", "e".to_owned());
    assert_eq!((posted.method(), posted.headers.len()), ("POST", 1));
    assert_eq!(posted.form.unwrap().secret(), "a=b", "the body is as it was");
    assert_eq!(Request::post("https://h/x", &[]).method(), "POST", "with nothing in it, too");
}

/// T16
#[test]
fn a_request_that_is_printed_shows_no_header() {
    let request = Request::get("https://h/x".to_owned()).with_header("authorization", "Bearer sentinel".to_owned());
    assert_eq!(format!("{request:?}"), "GET https://h/x");
    assert!(!format!("{:?}", request.clone().headers).contains("sentinel"));
}

#[test]
fn an_answer_starts_without_headers() {
    let Response { status, media_type, retry_after_s, dpop_nonce, date_ms, challenge, body } =
        answer(201, "Text/HTML; x", "b");
    assert_eq!((status, media_type.as_str(), body.secret()), (201, "text/html", "b"));
    assert_eq!((retry_after_s, dpop_nonce, date_ms, challenge), (None, None, None, None));
}

/// T08
#[test]
fn only_the_status_and_the_media_types_that_were_named_will_do() {
    let types = ["application/json", "application/jwk-set+json"];
    for (status, media_type, expected, is_read) in [
        (200, "application/json", 200, true),
        (201, "application/json", 201, true),
        (201, "APPLICATION/JWK-SET+JSON; x", 201, true),
        (200, "application/json", 201, false),
        (201, "application/json", 200, false),
        (204, "application/json", 200, false),
        (200, "application/jwt", 200, false),
        (200, "", 200, false),
    ] {
        let read = answer(status, media_type, r#"{"a":1}"#).json_object_of(expected, &types);
        assert_eq!(kind(&read), (!is_read).then_some(Kind::ResponseUnusable), "{status} {media_type} {expected}");
    }
    assert!(json_answer("{}").json_object_of(200, &[]).is_err(), "no media type will do");
}

/// R03, E01
#[test]
fn an_answer_that_will_not_do_says_its_status_and_how_long_to_wait() {
    for (status, kind_of_failure) in [
        (0, Kind::TokenRedirectRefused),
        (199, Kind::ResponseUnusable),
        (200, Kind::ResponseUnusable),
        (299, Kind::ResponseUnusable),
        (300, Kind::TokenRedirectRefused),
        (399, Kind::TokenRedirectRefused),
        (400, Kind::ResponseUnusable),
        (428, Kind::ResponseUnusable),
        (429, Kind::RateLimited),
        (430, Kind::ResponseUnusable),
        (499, Kind::ResponseUnusable),
        (500, Kind::ServerError),
        (999, Kind::ServerError),
    ] {
        let response = Response { retry_after_s: Some(7), ..answer(status, "", "") };
        let error = response.failure();
        assert_eq!((error.kind, error.status), (kind_of_failure, Some(status).filter(|status| *status > 0)));
        assert_eq!(error.retry_after_s, Some(7).filter(|_| status > 0));
    }
}

#[test]
fn a_query_is_added_to_whatever_there_is() {
    for (url, whole) in [
        ("https://h/x", "https://h/x?a=b+c&d=%26"),
        ("https://h/x?", "https://h/x?&a=b+c&d=%26"),
        ("https://h/x?y=z", "https://h/x?y=z&a=b+c&d=%26"),
    ] {
        assert_eq!(with_query(url, &[("a", "b c"), ("d", "&")]), whole);
    }
}
