//! What the endpoint of API keys may answer.

use tokenward::core::base::error::Kind;
use tokenward::core::base::http::Response;
use tokenward::core::base::json::Json;
use tokenward::core::machine::api_key::{
    check_created_response, check_listed_response, check_revoked_response, is_key,
};
use tokenward::core::machine::config::read_key_apis;

const CREATED: &str = r#"{"id":"key_abc123","name":"Production API Key","key":"sk_live_xyz789","scopes":["read:resources"],"created_at":"2025-02-22T10:00:00Z"}"#;

fn json(status: u16, body: &str) -> Response {
    Response::new(status, "application/json; charset=utf-8", body.to_owned())
}

/// S3
#[test]
fn a_key_comes_with_what_is_known_of_it() {
    for status in [200, 201] {
        let created = check_created_response(&json(status, CREATED)).unwrap();
        assert_eq!(created.text("key").as_deref(), Some("sk_live_xyz789"));
    }
}

#[test]
fn what_is_no_such_answer_is_refused_by_its_member() {
    for (from, to, member) in [
        ("\"key_abc123\"", "5", "id"),
        ("\"key_abc123\"", "\"\"", "id"),
        ("\"sk_live_xyz789\"", "null", "key"),
        ("\"sk_live_xyz789\"", "\"\"", "key"),
        ("\"sk_live_xyz789\"", "\"sk live\"", "key"),
        ("\"sk_live_xyz789\"", "\"sk\\nlive\"", "key"),
        ("[\"read:resources\"]", "[5]", "scopes"),
        ("\"Production API Key\"", "{}", "name"),
        ("\"2025-02-22T10:00:00Z\"", "5", "created_at"),
    ] {
        let error = check_created_response(&json(201, &CREATED.replace(from, to))).unwrap_err();
        assert_eq!((error.kind, error.detail), (Kind::ApiKeyResponseInvalid, member), "{to}");
        assert!(!format!("{error:?} {error}").contains("sk_live"));
    }
    assert_eq!(check_created_response(&json(201, "[]")).unwrap_err().detail, "object");
    assert_eq!(
        check_created_response(&Response::new(200, "text/html", CREATED.to_owned())).unwrap_err().kind,
        Kind::ResponseUnusable
    );
}

#[test]
fn what_the_service_says_against_it_is_said() {
    let refused = json(403, r#"{"error":"forbidden","error_description":"not yours"}"#);
    let error = check_created_response(&refused).unwrap_err();
    assert_eq!((error.oauth.as_ref().unwrap().error.as_str(), error.status), ("forbidden", Some(403)));
    for (status, kind) in [(500, Kind::ServerError), (429, Kind::RateLimited), (404, Kind::ResponseUnusable)] {
        assert_eq!(check_created_response(&json(status, "")).unwrap_err().kind, kind);
    }
}

#[test]
fn a_list_is_bare_or_the_array_of_an_object() {
    let entry = CREATED.replace(r#""key":"sk_live_xyz789","#, "");
    for body in [format!("[{entry}]"), format!(r#"{{"data":[{entry}]}}"#), format!(r#"{{"keys":[{entry}]}}"#)] {
        assert_eq!(check_listed_response(&json(200, &body)).unwrap().len(), 1, "{body}");
    }
    for body in ["{}", "[{}]", "[5]", "5"] {
        assert_eq!(check_listed_response(&json(200, body)).unwrap_err().kind, Kind::ApiKeyResponseInvalid, "{body}");
    }
}

#[test]
fn a_key_that_is_gone_has_ended() {
    for status in [200, 202, 204, 404, 410] {
        assert!(check_revoked_response(&json(status, "")).is_ok(), "{status}");
    }
    for status in [400, 401, 403, 409, 500, 302] {
        assert!(check_revoked_response(&json(status, "")).is_err(), "{status}");
    }
}

#[test]
fn a_key_fits_into_a_header() {
    for key in ["a", "sk_live_xyz789...", "a~!", &"k".repeat(4096)] {
        assert!(is_key(key), "{key}");
    }
    for key in ["", " ", "a b", "a\n", "\u{e9}", "a\0", &"k".repeat(4097)] {
        assert!(!is_key(key), "{key:?}");
    }
}

#[test]
fn a_key_goes_only_where_it_is_listed() {
    let apis = |text: &str| read_key_apis(&Json::parse(text).unwrap());
    assert!(apis(r#"{"apis":["https://api.example/v1"]}"#).unwrap().may_receive_token("https://api.example/v1/x"));
    assert!(!apis(r#"{"apis":["https://api.example/v1"]}"#).unwrap().may_receive_token("https://api.example/v2"));
    for options in
        ["{}", r#"{"apis":null}"#, r#"{"apis":[]}"#, r#"{"apis":"https://api.example"}"#, r#"{"apis":["*"]}"#]
    {
        assert_eq!(apis(options).unwrap_err().detail, "apis", "{options}");
    }
}
