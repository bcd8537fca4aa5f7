//! Token revocation (RFC 7009).

use super::given::{answer, kind, test};
use tokenward::core::base::error::Kind;
use tokenward::core::base::form::values;
use tokenward::core::oauth::revocation::{build_revocation_request, check_revocation_response};

/// E01, T01
#[test]
fn the_token_is_named_in_the_body_only() {
    let request = build_revocation_request("https://op.example/revoke", "web", "r t&+", "refresh_token");
    assert_eq!(request.url, "https://op.example/revoke");
    let form = request.form.unwrap();
    for (name, value) in [("token", "r t&+"), ("token_type_hint", "refresh_token"), ("client_id", "web")] {
        assert_eq!(values(form.secret(), name), [value], "{name}");
    }
    assert_eq!(form.secret().split('&').count(), 3, "and nothing else");
}

/// E01
#[test]
fn a_200_means_gone_whatever_it_says() {
    for (media_type, body) in [("", ""), ("text/html", "<html>"), ("application/json", r#"{"error":"x"}"#)] {
        assert!(check_revocation_response(&answer(200, media_type, body)).is_ok(), "{body}");
    }
}

/// E01
#[test]
fn a_refusal_is_surfaced() {
    let refused = answer(400, "application/json", r#"{"error":"unsupported_token_type"}"#);
    let error = check_revocation_response(&refused).unwrap_err();
    assert_eq!((error.kind, error.status), (Kind::OauthError, Some(400)));
    assert_eq!(error.oauth.as_ref().map(|oauth| oauth.error.as_str()), Some("unsupported_token_type"));
}

/// E01
#[test]
fn a_failure_is_that_of_its_status() {
    for (status, kind_of_failure) in [
        (0, Kind::TokenRedirectRefused),
        (302, Kind::TokenRedirectRefused),
        (400, Kind::ResponseUnusable),
        (404, Kind::ResponseUnusable),
        (429, Kind::RateLimited),
        (500, Kind::ServerError),
        (503, Kind::ServerError),
    ] {
        let checked = check_revocation_response(&answer(status, "text/html", "<html>"));
        assert_eq!(kind(&checked), Some(kind_of_failure), "{status}");
    }
}

/// E01
#[test]
fn a_busy_provider_says_when_to_come_back() {
    let mut busy = answer(503, "", "");
    busy.retry_after_s = Some(5);
    assert_eq!(check_revocation_response(&busy).unwrap_err().retry_after_s, Some(5));
}

/// T17, E02
#[test]
fn signing_out_does_not_wait_for_a_slow_provider() {
    let revocation = build_revocation_request("https://op.example/revoke", "web", "t", "refresh_token");
    assert_eq!(revocation.patience_ms, 3_000);
    assert_eq!(tokenward::core::base::http::Request::post("https://op.example/token", &[]).patience_ms, 30_000);
}
