//! The provider's metadata: where it is asked for, and when it is believed.

use super::given::{ISSUER, answer, fault, json_answer, kind, read_metadata, test};
use tokenward::core::base::error::Kind;
use tokenward::core::oauth::discovery::{
    build_discovery_request, build_oauth_discovery_request, check_discovery_response,
};

const ENDPOINTS: [&str; 5] =
    ["authorization_endpoint", "token_endpoint", "jwks_uri", "revocation_endpoint", "end_session_endpoint"];

/// D01
#[test]
fn well_known_url_follows_the_issuer_less_one_trailing_slash() {
    for (issuer, url) in [
        ("https://h", "https://h/.well-known/openid-configuration"),
        ("https://h/", "https://h/.well-known/openid-configuration"),
        ("https://h/t1", "https://h/t1/.well-known/openid-configuration"),
        ("https://h/t1/", "https://h/t1/.well-known/openid-configuration"),
        ("https://h:8443/a%20b/", "https://h:8443/a%20b/.well-known/openid-configuration"),
    ] {
        let request = build_discovery_request(issuer);
        assert_eq!(request.url, url);
        assert!(request.form.is_none(), "a GET");
    }
}

/// D02
#[test]
fn the_well_known_path_of_a_plain_oauth_server_is_between_host_and_path() {
    for (issuer, url) in [
        ("https://h", "https://h/.well-known/oauth-authorization-server"),
        ("https://h/", "https://h/.well-known/oauth-authorization-server"),
        ("https://h/t1", "https://h/.well-known/oauth-authorization-server/t1"),
        ("https://h/t1/", "https://h/.well-known/oauth-authorization-server/t1"),
        ("https://h:8443/a%20b/c/", "https://h:8443/.well-known/oauth-authorization-server/a%20b/c"),
        ("http://127.0.0.1:3900/t", "http://127.0.0.1:3900/.well-known/oauth-authorization-server/t"),
    ] {
        let request = build_oauth_discovery_request(issuer);
        assert_eq!(request.url, url);
        assert!(request.form.is_none(), "a GET");
    }
}

#[test]
fn metadata_of_the_issuer_is_believed() {
    let metadata = read_metadata(&[]).unwrap();
    assert_eq!(metadata.issuer, ISSUER);
    assert_eq!(metadata.authorization_endpoint, "https://op.example/authorize");
    assert_eq!(metadata.token_endpoint, "https://op.example/token");
    assert_eq!(metadata.jwks_uri, "https://op.example/jwks");
    assert_eq!(metadata.revocation_endpoint.as_deref(), Some("https://op.example/revoke"));
    assert_eq!(metadata.end_session_endpoint.as_deref(), Some("https://op.example/logout"));
    assert!(!metadata.iss_parameter_supported);
}

/// D03
#[test]
fn metadata_of_any_other_issuer_is_refused() {
    for issuer in [
        "",
        "null",
        "5",
        r#"["https://op.example"]"#,
        r#""https://op.example/""#,
        r#""https://OP.example""#,
        r#""https://op.example:443""#,
        r#""http://op.example""#,
        r#"" https://op.example""#,
        r#""https://op.example\u0000""#,
        r#""https://evil.example""#,
    ] {
        assert_eq!(kind(&read_metadata(&[("issuer", issuer)])), Some(Kind::MetadataIssuerMismatch), "{issuer}");
    }
}

/// A05
#[test]
fn a_provider_without_s256_is_refused() {
    for methods in ["[]", r#"["plain"]"#, r#"["s256"]"#, "\"plain\"", r#"["S256 "]"#] {
        let read = read_metadata(&[("code_challenge_methods_supported", methods)]);
        assert_eq!(kind(&read), Some(Kind::PkceUnsupported), "{methods}");
    }
}

/// A05; many providers support S256 without saying so, and the request always uses it.
#[test]
fn a_provider_silent_about_pkce_is_believed_to_support_it() {
    assert!(read_metadata(&[("code_challenge_methods_supported", "")]).is_ok());
}

/// D06
#[test]
fn required_members_are_required() {
    for name in ["authorization_endpoint", "token_endpoint", "jwks_uri"] {
        for value in
            ["", "null", "5", "\"\"", "[]", "{}", r#"["https://op.example/x"]"#, "\"/relative\"", "\"op.example\""]
        {
            assert_eq!(fault(&read_metadata(&[(name, value)])), Some((Kind::MetadataInvalid, name)), "{name}: {value}");
        }
    }
}

/// D06
#[test]
fn optional_members_may_be_absent_but_not_wrong() {
    for name in ["revocation_endpoint", "end_session_endpoint"] {
        let metadata = read_metadata(&[(name, "")]).unwrap();
        assert!(metadata.revocation_endpoint.is_none() || metadata.end_session_endpoint.is_none());
        for value in ["5", "\"\"", "[]", "\"/relative\""] {
            assert_eq!(fault(&read_metadata(&[(name, value)])), Some((Kind::MetadataInvalid, name)), "{name}: {value}");
        }
    }
}

/// A21, D08
#[test]
fn endpoints_must_be_https_beyond_this_machine() {
    for name in ENDPOINTS {
        for url in [
            "http://op.example/x",
            "ftp://op.example/x",
            "javascript:alert(1)",
            "data:,x",
            "http://localhost.evil.example/",
        ] {
            let read = read_metadata(&[(name, &format!("\"{url}\""))]);
            assert_eq!(fault(&read), Some((Kind::EndpointInsecure, name)), "{name}: {url}");
        }
        for url in ["http://localhost:3900/x", "http://127.0.0.1/x", "http://[::1]:1/x", "https://keys.example/x"] {
            assert!(read_metadata(&[(name, &format!("\"{url}\""))]).is_ok(), "{name}: {url}");
        }
    }
}

#[test]
fn endpoints_have_neither_userinfo_nor_fragment() {
    for name in ENDPOINTS {
        for url in ["https://user@op.example/x", "https://user:password@op.example/x", "https://op.example/x#top"] {
            let read = read_metadata(&[(name, &format!("\"{url}\""))]);
            assert_eq!(fault(&read), Some((Kind::MetadataInvalid, name)), "{name}: {url}");
        }
    }
}

#[test]
fn endpoints_are_kept_exactly_as_written() {
    let metadata = read_metadata(&[("token_endpoint", r#""https://OP.example:443/a/../token?x=1""#)]).unwrap();
    assert_eq!(metadata.token_endpoint, "https://OP.example:443/a/../token?x=1");
}

/// A12
#[test]
fn the_promise_to_name_the_issuer_is_read() {
    let metadata = read_metadata(&[("authorization_response_iss_parameter_supported", "true")]).unwrap();
    assert!(metadata.iss_parameter_supported);
}

/// D06
#[test]
fn unknown_members_are_ignored() {
    assert!(
        read_metadata(&[("x", "{}"), ("constructor", "5"), ("__proto__", "{}"), ("scopes_supported", "5")]).is_ok()
    );
}

/// D05
#[test]
fn only_a_json_object_in_a_200_is_metadata() {
    let document = r#"{"issuer":"https://op.example"}"#;
    for (response, kind_of_failure) in [
        (answer(200, "text/html", document), Kind::ResponseUnusable),
        (answer(200, "", document), Kind::ResponseUnusable),
        (answer(200, "application/json", ""), Kind::ResponseUnusable),
        (answer(200, "application/json", "[]"), Kind::ResponseUnusable),
        (answer(200, "application/json", "null"), Kind::ResponseUnusable),
        (answer(200, "application/json", "{"), Kind::ResponseUnusable),
        (answer(200, "application/json", "<html>"), Kind::ResponseUnusable),
        (answer(201, "application/json", document), Kind::ResponseUnusable),
        (answer(404, "application/json", document), Kind::ResponseUnusable),
        (answer(0, "", ""), Kind::TokenRedirectRefused),
        (answer(302, "application/json", document), Kind::TokenRedirectRefused),
        (answer(429, "application/json", document), Kind::RateLimited),
        (answer(503, "application/json", document), Kind::ServerError),
    ] {
        assert_eq!(kind(&check_discovery_response(&response, ISSUER)), Some(kind_of_failure), "{response:?}");
    }
}

/// D03
#[test]
fn another_issuer_needs_its_own_metadata() {
    let response = json_answer(r#"{"issuer":"https://op.example/"}"#);
    assert_eq!(kind(&check_discovery_response(&response, ISSUER)), Some(Kind::MetadataIssuerMismatch));
    assert_eq!(
        fault(&check_discovery_response(&response, "https://op.example/")),
        Some((Kind::MetadataInvalid, "authorization_endpoint"))
    );
}

/// RFC 6749, section 3.1; whatever is appended to such an endpoint lands in the fragment, which is never sent.
#[test]
fn an_empty_fragment_is_a_fragment() {
    for name in ENDPOINTS {
        let read = read_metadata(&[(name, "\"https://op.example/x#\"")]);
        assert_eq!(fault(&read), Some((Kind::MetadataInvalid, name)), "{name}");
    }
}

/// A05, D06
#[test]
fn methods_of_another_type_are_not_absent() {
    for methods in ["5", "true", "{}", r#"["plain",5]"#, "[null]"] {
        assert!(read_metadata(&[("code_challenge_methods_supported", methods)]).is_err(), "{methods}");
    }
}

/// A12, D06; or else the check of the issuer is off without a word.
#[test]
fn a_promise_of_another_type_is_not_absent() {
    for promise in ["\"true\"", "1", "[]", "{}"] {
        assert!(read_metadata(&[("authorization_response_iss_parameter_supported", promise)]).is_err(), "{promise}");
    }
}

const NEWER_ENDPOINTS: [&str; 2] = ["userinfo_endpoint", "pushed_authorization_request_endpoint"];

/// D06, A21
#[test]
fn the_endpoints_for_claims_and_pushed_requests_are_like_the_others() {
    let metadata = read_metadata(&[]).unwrap();
    assert!(metadata.userinfo_endpoint.is_none() && metadata.par_endpoint.is_none(), "and may be absent");
    let metadata = read_metadata(&NEWER_ENDPOINTS.map(|name| (name, r#""https://OTHER.example:443/x?y=1""#))).unwrap();
    for endpoint in [metadata.userinfo_endpoint, metadata.par_endpoint] {
        assert_eq!(endpoint.as_deref(), Some("https://OTHER.example:443/x?y=1"), "exactly as written");
    }
    for name in NEWER_ENDPOINTS {
        assert!(read_metadata(&[(name, "null")]).is_ok(), "{name}");
        for value in ["5", "true", "\"\"", "[]", "{}", r#"["https://op.example/x"]"#, "\"/relative\""] {
            assert_eq!(fault(&read_metadata(&[(name, value)])), Some((Kind::MetadataInvalid, name)), "{name}: {value}");
        }
        for value in ["https://op.example/x#", "https://op.example/x#y", "https://user@op.example/x"] {
            let read = read_metadata(&[(name, &format!("\"{value}\""))]);
            assert_eq!(fault(&read), Some((Kind::MetadataInvalid, name)), "{name}: {value}");
        }
        for value in ["http://op.example/x", "ftp://op.example/x", "javascript:alert(1)", "data:,x"] {
            let read = read_metadata(&[(name, &format!("\"{value}\""))]);
            assert_eq!(fault(&read), Some((Kind::EndpointInsecure, name)), "{name}: {value}");
        }
    }
}

/// X03, D06; or else a provider that demands pushed requests is sent others without a word.
#[test]
fn the_demand_for_pushed_requests_is_true_or_false() {
    let name = "require_pushed_authorization_requests";
    for (value, required) in [("", false), ("null", false), ("false", false), ("true", true)] {
        assert_eq!(read_metadata(&[(name, value)]).unwrap().par_required, required, "{value}");
    }
    for value in ["\"true\"", "\"\"", "1", "0", "[]", "[true]", "{}"] {
        assert_eq!(fault(&read_metadata(&[(name, value)])), Some((Kind::MetadataInvalid, name)), "{value}");
    }
}

/// P01, D06; RFC 9449, section 5.1.
#[test]
fn proofs_are_taken_where_our_algorithm_is_listed() {
    let offered = |value| read_metadata(&[("dpop_signing_alg_values_supported", value)]).unwrap().dpop;
    for silent in ["", "null"] {
        assert_eq!(offered(silent), None, "{silent}");
    }
    for value in [r#"["ES256"]"#, r#"["RS256","ES256","PS256"]"#, "\"ES256\""] {
        assert_eq!(offered(value), Some(true), "{value}");
    }
    for value in
        ["[]", r#"["RS256"]"#, r#"["es256"]"#, r#"["ES256K"]"#, r#"["ES256 "]"#, r#"["ES256",5]"#, "5", "true", "{}"]
    {
        assert_eq!(offered(value), Some(false), "{value}");
    }
}
