//! Pushed authorization requests: what is pushed, what is believed of the answer, and what the browser takes along.

use super::given::{Members, answer, fault, kind, object, test};
use tokenward::core::base::error::{Kind, Phase, Result};
use tokenward::core::base::form::values;
use tokenward::core::base::url::Url;
use tokenward::core::oauth::par::{build_pushed_authorization_url, build_pushed_request, check_pushed_response};

const ENDPOINT: &str = "https://op.example/par";

const ANSWER: Members<'_> = &[("request_uri", "\"urn:ietf:params:oauth:request_uri:bwc4JK\""), ("expires_in", "60")];

fn check(changes: Members<'_>) -> Result<String> {
    check_pushed_response(&answer(201, "application/json", &object(ANSWER, changes)))
}

/// X01, T01
#[test]
fn the_request_is_pushed_in_the_body_of_a_post() {
    let parameters = [("response_type", "code"), ("client_id", "web"), ("scope", "a b+&=%é"), ("resource", "urn:a")];
    let request = build_pushed_request(ENDPOINT, &[&parameters[..], &[("resource", "urn:b")]].concat());
    assert_eq!(request.url, ENDPOINT, "nothing in the URL");
    assert_eq!(request.method(), "POST");
    assert!(request.headers.is_empty(), "a public client has nothing to authenticate with");
    let form = request.form.unwrap();
    for (name, value) in &parameters[..3] {
        assert_eq!(values(form.secret(), name), [*value], "{name}");
    }
    assert_eq!(values(form.secret(), "resource"), ["urn:a", "urn:b"]);
    assert_eq!(form.secret().split('&').count(), 5, "and nothing else");
}

/// X01
#[test]
fn a_pushed_request_has_a_name() {
    for uri in ["urn:ietf:params:oauth:request_uri:bwc4JK", "https://op.example/r?x=1&y#z", " ", "é\""] {
        assert_eq!(check(&[("request_uri", &format!("{uri:?}"))]).unwrap(), uri);
    }
    assert!(check(&[("more", "{}"), ("error", "\"x\""), ("request", "null")]).is_ok(), "what is unknown is ignored");
}

/// X01
#[test]
fn an_answer_without_a_name_is_refused() {
    for value in ["", "null", "\"\"", "5", "true", "[]", "{}", r#"["urn:a"]"#] {
        assert_eq!(
            fault(&check(&[("request_uri", value)])),
            Some((Kind::ParResponseInvalid, "request_uri")),
            "{value}"
        );
    }
}

/// X01, X02
#[test]
fn a_name_that_is_good_for_no_time_is_refused() {
    for value in ["1", "60", "60.5", "1e9", "1e300"] {
        assert!(check(&[("expires_in", value)]).is_ok(), "{value}");
    }
    for value in ["", "null", "0", "0.5", "-1", "-1e300", "\"60\"", "\"\"", "true", "[]", "[60]", "{}"] {
        assert_eq!(fault(&check(&[("expires_in", value)])), Some((Kind::ParResponseInvalid, "expires_in")), "{value}");
    }
}

/// X01; RFC 9126, section 2.2.
#[test]
fn only_a_json_object_in_a_201_is_a_name() {
    let body = object(ANSWER, &[]);
    for (status, media_type, body, kind_of_failure) in [
        (200, "application/json", body.as_str(), Kind::ResponseUnusable),
        (202, "application/json", &body, Kind::ResponseUnusable),
        (204, "", "", Kind::ResponseUnusable),
        (201, "text/html", &body, Kind::ResponseUnusable),
        (201, "", &body, Kind::ResponseUnusable),
        (201, "application/json", "", Kind::ResponseUnusable),
        (201, "application/json", "[]", Kind::ResponseUnusable),
        (201, "application/json", "null", Kind::ResponseUnusable),
        (201, "application/json", "\"urn:a\"", Kind::ResponseUnusable),
        (201, "application/json", "{", Kind::ResponseUnusable),
        (201, "application/json", "request_uri=urn:a&expires_in=60", Kind::ResponseUnusable),
        (400, "application/json", &body, Kind::ResponseUnusable),
        (404, "text/html", "<html>", Kind::ResponseUnusable),
        (0, "", "", Kind::TokenRedirectRefused),
        (302, "application/json", &body, Kind::TokenRedirectRefused),
        (307, "application/json", &body, Kind::TokenRedirectRefused),
        (429, "application/json", &body, Kind::RateLimited),
        (500, "application/json", &body, Kind::ServerError),
        (503, "application/json", r#"{"error":"invalid_request"}"#, Kind::ServerError),
    ] {
        let error = check_pushed_response(&answer(status, media_type, body)).unwrap_err();
        assert_eq!((error.kind, error.phase), (kind_of_failure, Phase::Authorize), "{status} {media_type} {body}");
    }
    assert!(check_pushed_response(&answer(201, "Application/JSON; charset=utf-8", &body)).is_ok());
}

/// X01, T07
#[test]
fn a_refusal_is_surfaced_with_its_words() {
    for (name, kind_of_failure) in [
        ("invalid_request", Kind::OauthError),
        ("invalid_client", Kind::OauthError),
        ("invalid_target", Kind::InvalidTarget),
        ("invalid_authorization_details", Kind::InvalidAuthorizationDetails),
        ("invalid_dpop_proof", Kind::InvalidDpopProof),
        ("temporarily_unavailable", Kind::ServerError),
    ] {
        for status in [400, 401, 403, 413] {
            let body = format!(r#"{{"error":"{name}","error_description":"Because","request_uri":"urn:a"}}"#);
            let error = check_pushed_response(&answer(status, "application/json", &body)).unwrap_err();
            assert_eq!((error.kind, error.status, error.phase), (kind_of_failure, Some(status), Phase::Authorize));
            let oauth = error.oauth.clone().unwrap();
            assert_eq!((oauth.error.as_str(), oauth.description.as_deref()), (name, Some("Because")));
        }
    }
}

/// X01, A07
#[test]
fn the_browser_takes_client_and_name_along_and_nothing_else() {
    let uri = "urn:ietf:params:oauth:request_uri:a+b &c=é";
    for (endpoint, kept) in [
        ("https://op.example/authorize", 0),
        ("https://op.example/authorize?", 1),
        ("https://op.example/authorize?tenant=1", 1),
    ] {
        let url = build_pushed_authorization_url(endpoint, "web&x=y", uri);
        assert!(url.starts_with(endpoint), "{url}");
        let query = Url::parse(&url).unwrap().query();
        assert_eq!(values(&query, "client_id"), ["web&x=y"]);
        assert_eq!(values(&query, "request_uri"), [uri]);
        assert_eq!(query.split('&').count(), 2 + kept, "{url}");
    }
}

#[test]
fn a_refusal_that_is_no_answer_of_a_provider_may_pass() {
    let error = check_pushed_response(&answer(400, "text/html", "<html>")).unwrap_err();
    assert!(error.is_retryable());
    assert_eq!(kind(&check(&[])), None);
}
