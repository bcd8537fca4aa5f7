//! The token endpoint: what is sent to it, and which answers are tokens.

use super::given::{Members, config, fault, json_answer, kind, object, read_config, test, transaction};
use tokenward::core::base::error::{Kind, Result};
use tokenward::core::base::form::values;
use tokenward::core::base::secret::{AccessToken, AuthorizationCode, RawIdToken, RefreshToken};
use tokenward::core::oauth::token::{
    MAX_LIFETIME_S, TokenResponse, build_code_request, build_refresh_request, check_token_response,
};

const ANSWER: Members<'_> = &[
    ("access_token", "\"at\""),
    ("token_type", "\"Bearer\""),
    ("expires_in", "3600"),
    ("refresh_token", "\"rt\""),
    ("id_token", "\"it\""),
    ("scope", "\"openid\""),
];

fn check(changes: Members<'_>) -> Result<TokenResponse> {
    check_token_response(&json_answer(&object(ANSWER, changes)), false, None)
}

/// A16, T01, T11, T12
#[test]
fn a_code_is_exchanged_in_the_body_of_a_post() {
    let code = AuthorizationCode::new("a b+&=%é".to_owned());
    let request = build_code_request(&config(), &transaction(&[]), &code);
    assert_eq!(request.url, "https://op.example/token");
    let form = request.form.unwrap();
    let expected = [
        ("grant_type", "authorization_code"),
        ("code", "a b+&=%é"),
        ("redirect_uri", "https://app.example/callback"),
        ("client_id", "web"),
        ("code_verifier", "the-verifier"),
    ];
    for (name, value) in expected {
        assert_eq!(values(form.secret(), name), [value], "{name}");
    }
    assert_eq!(form.secret().split('&').count(), expected.len(), "and nothing else");
    assert!(form.secret().contains("code=a+b%2B%26%3D%25%C3%A9&"), "as a form writes it");
}

/// A14, A16; what the code was asked with, not what the options say by now.
#[test]
fn a_code_goes_to_the_provider_and_client_of_its_transaction() {
    let config = read_config(&[
        ("issuer", "\"https://other.example\""),
        ("clientId", "\"other\""),
        ("redirectUri", "\"https://app.example/other\""),
    ]);
    let request = build_code_request(&config.unwrap(), &transaction(&[]), &AuthorizationCode::new("c".to_owned()));
    assert_eq!(request.url, "https://op.example/token");
    assert!(!request.form.unwrap().secret().contains("other"));
}

/// R04, R06, T12
#[test]
fn a_refresh_asks_for_the_scope_it_has() {
    let request = build_refresh_request(&config(), "https://op.example/token", &RefreshToken::new("r t".to_owned()));
    assert_eq!(request.url, "https://op.example/token");
    assert_eq!(request.form.unwrap().secret(), "grant_type=refresh_token&refresh_token=r+t&client_id=web");
}

/// X10
#[test]
fn resources_are_named_to_the_token_endpoint() {
    let config = read_config(&[("resource", r#"["urn:a","urn:b"]"#)]).unwrap();
    let code = build_code_request(&config, &transaction(&[]), &AuthorizationCode::new("c".to_owned()));
    let refresh = build_refresh_request(&config, "https://op.example/token", &RefreshToken::new("r".to_owned()));
    for request in [code, refresh] {
        assert_eq!(values(request.form.unwrap().secret(), "resource"), ["urn:a", "urn:b"]);
    }
}

/// T05
#[test]
fn a_whole_answer_is_read() {
    let answer = check(&[]).unwrap();
    assert_eq!(answer.access_token.secret(), "at");
    assert_eq!(answer.refresh_token.as_ref().map(RefreshToken::secret), Some("rt"));
    assert_eq!(answer.id_token.as_ref().map(RawIdToken::secret), Some("it"));
    assert_eq!(answer.lifetime_s, Some(3600));
    assert_eq!(answer.scope.as_deref(), Some("openid"));
}

/// R01, T04, T05
#[test]
fn what_may_be_absent_may_be_null() {
    for nothing in ["", "null"] {
        let names = ["expires_in", "refresh_token", "id_token", "scope"];
        let answer = check(&names.map(|name| (name, nothing))).unwrap();
        assert!(answer.lifetime_s.is_none() && answer.scope.is_none());
        assert!(answer.refresh_token.is_none() && answer.id_token.is_none());
    }
}

/// T02
#[test]
fn access_token_and_token_type_must_be_there() {
    for name in ["access_token", "token_type"] {
        for value in ["", "null", "\"\"", "5", "true", "[]", "{}", r#"["Bearer"]"#] {
            let checked = check(&[(name, value)]);
            assert_eq!(fault(&checked), Some((Kind::TokenResponseInvalid, name)), "{name}: {value}");
        }
    }
}

/// T02
#[test]
fn other_members_must_not_be_of_another_type() {
    for name in ["refresh_token", "id_token", "scope"] {
        for value in ["\"\"", "5", "false", "[]", "{}"] {
            let checked = check(&[(name, value)]);
            assert_eq!(fault(&checked), Some((Kind::TokenResponseInvalid, name)), "{name}: {value}");
        }
    }
}

/// T03
#[test]
fn bearer_is_bearer_in_any_case_and_nothing_else_is() {
    for token_type in ["\"Bearer\"", "\"bearer\"", "\"bEARER\"", "\"BEARER\""] {
        assert!(check(&[("token_type", token_type)]).is_ok(), "{token_type}");
    }
    for token_type in ["\"mac\"", "\"DPoP\"", "\"N_A\"", "\"Bearer \"", "\"Bearer token\"", "\"Bea\\u0000rer\""] {
        let checked = check(&[("token_type", token_type)]);
        assert_eq!(kind(&checked), Some(Kind::TokenTypeUnsupported), "{token_type}");
    }
}

/// T04
#[test]
fn expires_in_is_seconds_as_a_number_or_as_digits() {
    for (value, lifetime_s) in [
        ("", None),
        ("null", None),
        ("3600", Some(3600)),
        ("3600.0", Some(3600)),
        ("3599.9", Some(3599)),
        ("36e2", Some(3600)),
        ("1", Some(1)),
        ("\"3600\"", Some(3600)),
        ("\"0003600\"", Some(3600)),
        ("1e12", Some(MAX_LIFETIME_S)),
        ("1e300", Some(MAX_LIFETIME_S)),
        ("\"999999999999\"", Some(MAX_LIFETIME_S)),
    ] {
        assert_eq!(check(&[("expires_in", value)]).unwrap().lifetime_s, lifetime_s, "{value}");
    }
}

/// T04
#[test]
fn expires_in_that_is_no_time_to_live_is_refused() {
    for value in [
        "0",
        "0.5",
        "-0",
        "-1",
        "-1e300",
        "true",
        "[]",
        "{}",
        "[3600]",
        "\"\"",
        "\"0\"",
        "\" 3600\"",
        "\"3600 \"",
        "\"3600s\"",
        "\"+3600\"",
        "\"-3600\"",
        "\"3.6e3\"",
        "\"3600.0\"",
        "\"0x10\"",
        "\"NaN\"",
        "\"Infinity\"",
        "\"٣٦٠٠\"",
    ] {
        let checked = check(&[("expires_in", value)]);
        assert_eq!(fault(&checked), Some((Kind::TokenResponseInvalid, "expires_in")), "{value}");
    }
}

/// T06
#[test]
fn unknown_members_are_ignored() {
    let answer = check(&[("refresh_expires_in", "0"), ("x", "{}"), ("__proto__", "5"), ("error", "null")]);
    assert_eq!(answer.unwrap().access_token.secret(), "at");
}

/// T02; what a prototype has is not in the answer.
#[test]
fn members_of_a_prototype_are_not_members() {
    let inherited = r#"{"__proto__":{"access_token":"at","token_type":"Bearer"}}"#;
    let checked = check_token_response(&json_answer(inherited), false, None);
    assert_eq!(fault(&checked), Some((Kind::TokenResponseInvalid, "access_token")));
}

/// T16
#[test]
fn no_error_repeats_what_the_answer_said() {
    for name in ["token_type", "expires_in"] {
        let error = check(&[("access_token", "\"sentinel\""), (name, "\"sentinel\"")]).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("sentinel"), "{error:?}");
    }
}

/// An access token is opaque: whatever characters it has are kept.
#[test]
fn tokens_are_kept_as_they_are() {
    let answer = check(&[("access_token", r#""a.b\/c\u003d\u003d \u00e9""#)]).unwrap();
    assert_eq!(AccessToken::secret(&answer.access_token), "a.b/c== é");
}
