//! An app's own login: what is sent to its endpoints, and what is believed of their answers.

use super::given::{answer, json, kind, now, test};
use tokenward::core::base::error::Kind;
use tokenward::core::base::http::Request;
use tokenward::core::base::json::Json;
use tokenward::core::base::secret::{AccessToken, CsrfToken, RawIdToken, RefreshToken};
use tokenward::core::login::config::LoginConfig;
use tokenward::core::login::cookies::{
    build_logout_request as build_cookie_logout_request, check_login_response as check_cookie_login_response,
    check_logout_response, check_user_response, with_csrf,
};
use tokenward::core::login::csrf::check_csrf_response;
use tokenward::core::login::logout::build_logout_request;
use tokenward::core::login::profile::{build_profile_request, check_profile_response, has_permission};
use tokenward::core::login::record::{read_record, write_record};
use tokenward::core::login::refresh::{build_refresh_request, check_refresh_response};
use tokenward::core::login::sign_in::{build_login_request, check_login_response};
use tokenward::core::session::tokens::TokenSet;

const LOGIN: &str = "https://api.example/auth/login";
const JSON: &str = "application/json";
const TOKENS: &str =
    r#"{"access_token":"at","refresh_token":"rt","token_type":"Bearer","expires_in":3600,"user":{"id":123}}"#;

fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.secret())
}

fn body(request: &Request) -> &str {
    request.form.as_ref().unwrap().secret()
}

fn access_token() -> AccessToken {
    AccessToken::new("at".to_owned())
}

fn read(options: &str) -> tokenward::core::base::error::Result<LoginConfig> {
    LoginConfig::read(&json(options), "https://app.example/page?x#y")
}

#[test]
fn credentials_are_sent_as_the_object_they_are() {
    let credentials = json(r#"{"email":"a@example.com","password":"p\"ss","remember":true}"#);
    let request = build_login_request(LOGIN, Some(&credentials)).unwrap();
    assert_eq!((request.url.as_str(), request.method()), (LOGIN, "POST"));
    assert_eq!(header(&request, "content-type"), Some(JSON));
    assert!(Json::parse(body(&request)).unwrap().is("password", "p\"ss"));
    assert!(!format!("{request:?}").contains("ss"), "no credential in what is printed");
    for wrong in ["[]", "\"text\"", "5", "null"] {
        assert_eq!(kind(&build_login_request(LOGIN, Some(&json(wrong)))), Some(Kind::InvalidOption), "{wrong}");
    }
    assert_eq!(kind(&build_login_request(LOGIN, None)), Some(Kind::InvalidOption));
}

#[test]
fn a_login_gives_tokens_and_the_user() {
    let (tokens, user) = check_login_response(&answer(200, JSON, TOKENS)).unwrap();
    assert_eq!((tokens.access_token.secret(), tokens.lifetime_s), ("at", Some(3600)));
    assert_eq!(tokens.refresh_token.as_ref().map(RefreshToken::secret), Some("rt"));
    assert_eq!(user.whole("id"), Some(123));
    let bare = r#"{"access_token":"at","token_type":"bearer"}"#;
    for status in [200, 201] {
        let (tokens, user) = check_login_response(&answer(status, JSON, bare)).unwrap();
        assert!(tokens.refresh_token.is_none() && tokens.lifetime_s.is_none() && user.to_text() == "{}");
    }
    let (_, user) = check_login_response(&answer(200, JSON, &bare.replace('}', r#","user":"bob"}"#))).unwrap();
    assert_eq!(user.to_text(), "{}", "a user is an object");
}

#[test]
fn an_answer_to_a_login_that_breaks_a_rule_is_refused() {
    let mac = TOKENS.replace("Bearer", "mac");
    let never = TOKENS.replace("3600", "0");
    for (status, media_type, body, expected) in [
        (200, JSON, "{}", Kind::TokenResponseInvalid),
        (200, JSON, mac.as_str(), Kind::TokenTypeUnsupported),
        (200, JSON, never.as_str(), Kind::TokenResponseInvalid),
        (200, "text/html", TOKENS, Kind::ResponseUnusable),
        (200, JSON, "[]", Kind::ResponseUnusable),
        (0, "", "", Kind::TokenRedirectRefused),
        (302, "", "", Kind::TokenRedirectRefused),
        (401, "text/html", "<html>", Kind::InvalidCredentials),
        (403, "", "", Kind::InvalidCredentials),
        (404, "text/html", "<html>", Kind::ResponseUnusable),
        (422, JSON, r#"{"error":"email_missing"}"#, Kind::OauthError),
        (429, JSON, r#"{"error":"invalid_credentials"}"#, Kind::RateLimited),
        (500, JSON, r#"{"error":"invalid_credentials"}"#, Kind::ServerError),
    ] {
        assert_eq!(kind(&check_login_response(&answer(status, media_type, body))), Some(expected), "{status} {body}");
    }
}

/// Only a build with own logins, or a native one, knows their codes by name.
#[cfg(not(target_arch = "wasm32"))]
#[test]
fn a_refused_login_carries_both_strings() {
    let refused = answer(401, JSON, r#"{"error":"invalid_credentials","message":"Invalid email or password"}"#);
    let error = check_login_response(&refused).unwrap_err();
    assert_eq!((error.kind, error.status, error.is_retryable()), (Kind::InvalidCredentials, Some(401), false));
    let words = error.oauth.as_ref().unwrap();
    assert_eq!(
        (words.error.as_str(), words.description.as_deref()),
        ("invalid_credentials", Some("Invalid email or password"))
    );
}

#[test]
fn a_refresh_sends_the_refresh_token_and_nothing_else() {
    let request = build_refresh_request("https://api.example/auth/refresh", &RefreshToken::new("r\"t".to_owned()));
    assert_eq!(body(&request), r#"{"refresh_token":"r\"t"}"#);
    assert_eq!((header(&request, "content-type"), header(&request, "authorization")), (Some(JSON), None));
}

#[test]
fn a_refresh_may_bring_no_new_refresh_token() {
    let tokens =
        check_refresh_response(&answer(200, JSON, r#"{"access_token":"at2","token_type":"Bearer","expires_in":3600}"#));
    assert!(tokens.unwrap().refresh_token.is_none());
    assert!(check_refresh_response(&answer(200, JSON, TOKENS)).unwrap().refresh_token.is_some());
}

#[test]
fn a_refused_refresh_token_is_over_in_whatever_words() {
    for (status, body) in [
        (401, ""),
        (401, "<html>"),
        (400, r#"{"error":"invalid_grant"}"#),
        (403, r#"{"error":"temporarily_unavailable"}"#),
    ] {
        let error = check_refresh_response(&answer(status, JSON, body)).unwrap_err();
        assert_eq!(
            (error.kind, error.status, error.is_retryable()),
            (Kind::InvalidGrant, Some(status), false),
            "{body}"
        );
    }
    for status in [0, 404, 408, 425, 429, 500, 503] {
        let error = check_refresh_response(&answer(status, JSON, r#"{"message":"x"}"#)).unwrap_err();
        assert_ne!(error.kind, Kind::InvalidGrant, "{status}");
    }
}

#[test]
fn a_sign_out_is_a_post_with_the_token_and_without_a_body() {
    let request = build_logout_request("https://api.example/auth/logout", &access_token());
    assert!(request.patience_ms <= 3_000, "who signs out does not wait long");
    assert_eq!((request.method(), body(&request)), ("POST", ""));
    assert_eq!(header(&request, "authorization"), Some("Bearer at"));
    assert_eq!(header(&request, "content-type"), None);
}

#[test]
fn a_profile_is_an_object_and_permissions_are_strings_of_a_list() {
    let request = build_profile_request("https://api.example/auth/profile", &access_token());
    assert_eq!((request.method(), header(&request, "authorization")), ("GET", Some("Bearer at")));
    let profile =
        check_profile_response(&answer(200, JSON, r#"{"permissions":["read:students","write:grades",7,null]}"#))
            .unwrap();
    for (permission, expected) in
        [("write:grades", true), ("read:students", true), ("write", false), ("7", false), ("", false)]
    {
        assert_eq!(has_permission(&profile, permission), expected, "{permission}");
    }
    for other in [
        "{}",
        r#"{"permissions":"write:grades"}"#,
        r#"{"permissions":{"write:grades":true}}"#,
        r#"{"permissions":null}"#,
    ] {
        assert!(!has_permission(&json(other), "write:grades"), "{other}");
    }
    assert_eq!(kind(&check_profile_response(&answer(200, JSON, "[]"))), Some(Kind::ResponseUnusable));
}

#[test]
fn a_record_comes_back_as_it_was_written_and_only_to_its_login() {
    let tokens = TokenSet {
        access_token: access_token(),
        refresh_token: Some(RefreshToken::new("rt".to_owned())),
        id_token: RawIdToken::new(String::new()),
        claims: json(r#"{"id":123,"name":"J\"D"}"#),
        scope: String::new(),
        authorization_details: None,
        dpop_key: None,
        received: now(),
        lifetime_s: Some(3600),
    };
    let written = write_record(&tokens, LOGIN, 7);
    let record = read_record(&json(&written), LOGIN, now()).unwrap();
    assert_eq!(record.generation, 7);
    assert_eq!(write_record(&record.tokens, LOGIN, 7), written);
    assert!(read_record(&json(&written), "https://api.example/other", now()).is_none());
    for member in ["access_token", "user", "received", "login"] {
        let without = json(&written.replace(&format!("\"{member}\":"), "\"gone\":"));
        assert!(read_record(&without, LOGIN, now()).is_none(), "{member}");
    }
}

#[test]
fn options_are_completed_with_the_page_and_read_strictly() {
    let config = read(r#"{"loginUrl":"/auth/login","refreshUrl":"refresh","apis":["https://api.example"]}"#).unwrap();
    assert_eq!(config.login_url, "https://app.example/auth/login");
    assert_eq!(config.refresh_url.as_deref(), Some("https://app.example/refresh"));
    assert_eq!((config.logout_url, config.profile_url, config.before_expiry_s), (None, None, 300));
    let config = read(r#"{"loginUrl":"https://api.example/auth/login"}"#).unwrap();
    assert!(config.apis.may_receive_token("https://api.example/students"), "the origin that gives the token");
    assert!(!config.apis.may_receive_token("https://app.example/students"));
    for (wrong, expected) in [
        (r#"{"refreshUrl":"/r"}"#, Kind::InvalidOption),
        (r#"{"loginUrl":""}"#, Kind::InvalidOption),
        (r#"{"loginUrl":"http://api.example/login"}"#, Kind::EndpointInsecure),
        (r#"{"loginUrl":"/l","logoutUrl":"http://api.example/"}"#, Kind::EndpointInsecure),
        (r#"{"loginUrl":"/l","profileUrl":"/p#x"}"#, Kind::InvalidOption),
        (r#"{"loginUrl":"/l","storage":"worker"}"#, Kind::InvalidOption),
        (r#"{"loginUrl":"/l","userUrl":"/u"}"#, Kind::InvalidOption),
        (r#"{"loginUrl":"/l","scope":"openid"}"#, Kind::InvalidOption),
        (r#"{"loginUrl":"/l","cookies":true,"storage":"memory"}"#, Kind::InvalidOption),
        (r#"{"loginUrl":"/l","cookies":true,"refreshUrl":"/r"}"#, Kind::InvalidOption),
    ] {
        assert_eq!(kind(&read(wrong)), Some(expected), "{wrong}");
    }
}

#[test]
fn a_csrf_token_is_in_one_place_and_has_a_header_of_its_own() {
    let with = |csrf: &str| read(&format!(r#"{{"loginUrl":"/l","cookies":true,"csrf":{csrf}}}"#));
    let at_endpoint = with(r#"{"url":"/csrf","header":"X-CSRF-Token"}"#).unwrap().cookies.unwrap();
    assert_eq!(at_endpoint.csrf_url.as_deref(), Some("https://app.example/csrf"));
    let in_cookie = with(r#"{"cookie":"XSRF-TOKEN","header":"X-XSRF-TOKEN"}"#).unwrap().cookies.unwrap();
    assert_eq!(in_cookie.csrf_url, None);
    for wrong in [
        "{}",
        r#"{"header":"X"}"#,
        r#"{"cookie":"c"}"#,
        r#"{"cookie":"c","url":"/u","header":"X"}"#,
        r#"{"cookie":"c","header":"X Y"}"#,
        r#"{"cookie":"c","header":"cookie"}"#,
        r#"{"url":"/u","header":"AUTHORIZATION"}"#,
        r#"{"url":"http://api.example/","header":"X"}"#,
        r#"{"url":"/u","header":"X","method":"POST"}"#,
    ] {
        assert_eq!(kind(&with(wrong)), Some(Kind::InvalidOption), "{wrong}");
    }
}

#[test]
fn a_csrf_token_is_read_from_the_usual_members_and_sent_only_where_there_is_one() {
    for body in [r#"{"csrf_token":"t"}"#, r#"{"csrfToken":"t"}"#, r#"{"token":"t","other":1}"#] {
        assert_eq!(check_csrf_response(&answer(200, JSON, body)).unwrap().secret(), "t", "{body}");
    }
    for body in ["{}", r#"{"csrf_token":""}"#, r#"{"csrf_token":5}"#] {
        assert_eq!(kind(&check_csrf_response(&answer(200, JSON, body))), Some(Kind::CsrfTokenMissing), "{body}");
    }
    let csrf = CsrfToken::new("t".to_owned());
    let request = build_cookie_logout_request("https://api.example/logout", &csrf);
    assert_eq!((header(&request, "csrf"), body(&request)), (Some("t"), ""));
    assert!(with_csrf(Request::get(LOGIN.to_owned()), &CsrfToken::new(String::new())).headers.is_empty());
    assert_eq!(format!("{csrf:?}"), "CsrfToken(redacted)");
}

#[test]
fn a_session_with_a_cookie_begins_and_ends_by_the_status_alone() {
    assert!(check_cookie_login_response(&answer(204, "", "")).unwrap().is_none());
    assert!(check_cookie_login_response(&answer(200, "text/plain", "ok")).unwrap().is_none());
    let named = check_cookie_login_response(&answer(200, JSON, r#"{"user":{"id":1}}"#)).unwrap();
    assert_eq!(named.unwrap().whole("id"), Some(1));
    assert_eq!(kind(&check_cookie_login_response(&answer(401, "", ""))), Some(Kind::InvalidCredentials));
    for status in [200, 204, 401] {
        assert!(check_logout_response(&answer(status, "", "")).is_ok(), "{status}");
    }
    for status in [0, 403, 404, 500] {
        assert!(check_logout_response(&answer(status, "", "")).is_err(), "{status}");
    }
}

#[test]
fn only_a_401_says_that_nobody_is_signed_in() {
    let error = check_user_response(&answer(401, JSON, r#"{"error":"not_signed_in","message":"There is no session"}"#))
        .unwrap_err();
    assert_eq!((error.kind, error.status), (Kind::NotSignedIn, Some(401)));
    assert_eq!(error.oauth.as_ref().map(|words| words.error.as_str()), Some("not_signed_in"));
    for (status, body) in [(404, "<html>"), (429, ""), (500, ""), (200, "[]"), (0, "")] {
        assert_ne!(kind(&check_user_response(&answer(status, JSON, body))), Some(Kind::NotSignedIn), "{status}");
    }
    assert_eq!(check_user_response(&answer(200, JSON, r#"{"id":1}"#)).unwrap().whole("id"), Some(1));
}
