//! The token endpoint: answers that are no tokens (T07 to T09).

use super::given::{answer, kind, test};
use tokenward::core::base::error::{Class, Kind};
use tokenward::core::base::http::media_type;
use tokenward::core::oauth::token::check_token_response;

const TOKENS: &str = r#"{"access_token":"at","token_type":"Bearer"}"#;
const REFUSED: &str =
    r#"{"error":"invalid_grant","error_description":"used <b>before</b>","error_uri":"https://op.example/e"}"#;

/// T07
#[test]
fn an_error_in_json_is_surfaced_with_its_words() {
    for status in [400, 401, 403, 422] {
        let error = check_token_response(&answer(status, "application/json", REFUSED), false, None).unwrap_err();
        assert_eq!((error.kind, error.status), (Kind::InvalidGrant, Some(status)));
        assert!(!error.is_retryable());
        let oauth = error.oauth.clone().unwrap();
        assert_eq!(oauth.error, "invalid_grant");
        assert_eq!(oauth.description.as_deref(), Some("used <b>before</b>"));
        assert_eq!(oauth.uri.as_deref(), Some("https://op.example/e"));
        assert!(!error.message().contains('<'), "the provider's words stay out of the message");
    }
}

/// T07
#[test]
fn an_unknown_error_is_still_the_provider_s() {
    for (body, name) in [
        (r#"{"error":"invalid_client"}"#, "invalid_client"),
        (r#"{"error":"\u0000\"<script>","error_description":5,"error_uri":{}}"#, "\u{0}\"<script>"),
        (r#"{"error":""}"#, ""),
    ] {
        let error = check_token_response(&answer(400, "application/json", body), false, None).unwrap_err();
        assert_eq!((error.kind, error.kind.entry().class), (Kind::OauthError, Class::OAuth), "{body}");
        let oauth = error.oauth.clone().unwrap();
        assert_eq!((oauth.error.as_str(), oauth.description, oauth.uri), (name, None, None));
    }
}

/// R03
#[test]
fn an_error_that_says_it_may_pass_may_pass() {
    for name in ["temporarily_unavailable", "server_error"] {
        let body = format!("{{\"error\":\"{name}\"}}");
        let error = check_token_response(&answer(400, "application/json", &body), false, None).unwrap_err();
        assert!(error.is_retryable(), "{name}");
    }
}

/// T07
#[test]
fn a_refusal_that_is_no_json_error_is_not_the_provider_s() {
    for (status, media_type, body) in [
        (400, "text/html", "<h1>Bad request</h1>"),
        (400, "application/json", ""),
        (400, "application/json", "[]"),
        (400, "application/json", "{}"),
        (400, "application/json", r#"{"error":{"code":400}}"#),
        (400, "application/json", TOKENS),
        (401, "text/plain", "unauthorized"),
        (404, "text/html", ""),
    ] {
        let error = check_token_response(&answer(status, media_type, body), false, None).unwrap_err();
        assert_eq!((error.kind, error.status), (Kind::ResponseUnusable, Some(status)), "{status} {body}");
        assert!(error.is_retryable(), "a proxy or a captive portal ends no session");
    }
}

/// T07
#[test]
fn an_error_in_a_200_is_not_a_success_and_ends_no_session() {
    let checked = check_token_response(&answer(200, "application/json", REFUSED), false, None);
    assert_eq!(kind(&checked), Some(Kind::TokenResponseInvalid));
}

/// R03, T07
#[test]
fn a_broken_or_busy_server_is_that_whatever_its_body_says() {
    for (status, kind_of_failure) in [
        (429, Kind::RateLimited),
        (500, Kind::ServerError),
        (502, Kind::ServerError),
        (503, Kind::ServerError),
        (599, Kind::ServerError),
    ] {
        for body in [REFUSED, TOKENS, "", "<html>"] {
            let mut response = answer(status, "application/json", body);
            response.retry_after_s = Some(17);
            let error = check_token_response(&response, false, None).unwrap_err();
            assert_eq!((error.kind, error.status), (kind_of_failure, Some(status)));
            assert_eq!(error.retry_after_s, Some(17));
            assert!(error.is_retryable() && error.oauth.is_none());
        }
    }
}

/// T09
#[test]
fn a_redirect_is_refused() {
    for (status, seen) in [(0, None), (301, Some(301)), (302, Some(302)), (307, Some(307)), (308, Some(308))] {
        let error = check_token_response(&answer(status, "application/json", TOKENS), false, None).unwrap_err();
        assert_eq!((error.kind, error.status), (Kind::TokenRedirectRefused, seen));
        assert!(!error.is_retryable());
    }
}

/// T08
#[test]
fn only_json_in_a_200_is_a_success() {
    for (status, media_type, body) in [
        (200, "text/html", TOKENS),
        (200, "text/plain", TOKENS),
        (200, "", TOKENS),
        (200, "application/jsonp", TOKENS),
        (200, "application/x-www-form-urlencoded", "access_token=at&token_type=Bearer"),
        (200, "application/json", "access_token=at&token_type=Bearer"),
        (200, "application/json", ""),
        (200, "application/json", "null"),
        (200, "application/json", "\"at\""),
        (200, "application/json", r#"{"access_token":"at","token_type":"Bearer""#),
        (200, "application/json", r#"{"access_token":"at","token_type":"Bearer"}x"#),
        (200, "application/json", r"{'access_token':'at','token_type':'Bearer'}"),
        (200, "application/json", r#"[{"access_token":"at","token_type":"Bearer"}]"#),
        (201, "application/json", TOKENS),
        (204, "", ""),
    ] {
        let checked = check_token_response(&answer(status, media_type, body), false, None);
        assert_eq!(kind(&checked), Some(Kind::ResponseUnusable), "{status} {media_type} {body}");
    }
}

/// T08
#[test]
fn the_media_type_counts_without_case_and_parameters() {
    for (content_type, media) in [
        ("application/json", "application/json"),
        ("Application/JSON", "application/json"),
        ("application/json;charset=UTF-8", "application/json"),
        ("  application/json ; charset=\"utf-8\"; x", "application/json"),
        ("text/html", "text/html"),
        ("", ""),
        (";application/json", ""),
    ] {
        assert_eq!(media_type(content_type), media, "{content_type}");
    }
}
