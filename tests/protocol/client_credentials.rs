//! Tokens for the client itself.

use super::given::{
    Members, answer, confidential_client, credential, fault, json_answer, kind, object, public_client, test,
};
use tokenward::core::base::error::{Kind, Result};
use tokenward::core::base::form::values;
use tokenward::core::base::http::Request;
use tokenward::core::oauth::client_credentials::{
    ClientCredentials, build_client_credentials_request, check_client_credentials_response,
};
use tokenward::core::oauth::token::TokenResponse;

const ANSWER: Members<'_> =
    &[("access_token", "\"at\""), ("token_type", "\"Bearer\""), ("expires_in", "3600"), ("scope", "\"api:read\"")];

fn build(wanted: &ClientCredentials) -> Result<Request> {
    let client = confidential_client();
    build_client_credentials_request(credential(&client), "https://op.example/token", wanted)
}

fn check(changes: Members<'_>) -> Result<TokenResponse> {
    check_client_credentials_response(&json_answer(&object(ANSWER, changes)), false)
}

/// T14
#[test]
fn a_confidential_client_asks_for_itself() {
    let request = build(&ClientCredentials::default()).unwrap();
    assert_eq!(request.url, "https://op.example/token");
    assert_eq!(request.form.unwrap().secret(), "grant_type=client_credentials");
    assert_eq!(request.headers.len(), 1);
}

/// T14, X10
#[test]
fn what_the_token_is_for_is_named() {
    let wanted = ClientCredentials {
        scope: Some("api:read api:write".to_owned()),
        audience: Some("https://api.example".to_owned()),
        resource: vec!["urn:a".to_owned(), "urn:b".to_owned()],
    };
    let form = build(&wanted).unwrap().form.unwrap();
    for (name, expected) in [
        ("scope", &["api:read api:write"][..]),
        ("audience", &["https://api.example"]),
        ("resource", &["urn:a", "urn:b"]),
    ] {
        assert_eq!(values(form.secret(), name), expected, "{name}");
    }
}

/// T14
#[test]
fn a_public_client_has_nothing_to_ask_with() {
    let client = public_client();
    let built = build_client_credentials_request(
        credential(&client),
        "https://op.example/token",
        &ClientCredentials::default(),
    );
    assert_eq!(fault(&built), Some((Kind::InvalidOption, "clientSecret")));
}

/// T14
#[test]
fn what_a_client_for_itself_has_no_use_for_is_left() {
    let token = check(&[("refresh_token", "\"rt\""), ("id_token", "\"it\"")]).unwrap();
    assert!(token.refresh_token.is_none() && token.id_token.is_none());
    assert_eq!((token.access_token.secret(), token.lifetime_s), ("at", Some(3600)));
    assert_eq!(token.scope.as_deref(), Some("api:read"));
}

/// T02, T03, T04, T14; the answer is one of the token endpoint like any other.
#[test]
fn the_answer_is_checked_like_any_other() {
    for name in ["access_token", "token_type"] {
        for value in ["", "null", "\"\"", "5", "[]", "{}"] {
            assert_eq!(fault(&check(&[(name, value)])), Some((Kind::TokenResponseInvalid, name)), "{name}: {value}");
        }
    }
    for name in ["refresh_token", "scope"] {
        assert_eq!(fault(&check(&[(name, "5")])), Some((Kind::TokenResponseInvalid, name)));
    }
    assert_eq!(fault(&check(&[("expires_in", "-1")])), Some((Kind::TokenResponseInvalid, "expires_in")));
    for token_type in ["\"DPoP\"", "\"mac\"", "\"N_A\""] {
        assert_eq!(kind(&check(&[("token_type", token_type)])), Some(Kind::TokenTypeUnsupported), "{token_type}");
    }
    let bound = check_client_credentials_response(&json_answer(&object(ANSWER, &[("token_type", "\"dpop\"")])), true);
    assert!(bound.is_ok());
    let refused = answer(401, "application/json", r#"{"error":"invalid_client"}"#);
    let error = check_client_credentials_response(&refused, false).unwrap_err();
    assert_eq!(error.oauth.as_ref().map(|oauth| oauth.error.as_str()), Some("invalid_client"));
}
