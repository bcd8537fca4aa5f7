//! Secrets stay out of what is printed (T16).

use super::given::{Members, answer, compact, config, json_answer, object, test, transaction};
use tokenward::core::base::http::Request;
use tokenward::core::base::secret::{
    AccessToken, AuthorizationCode, Body, CodeVerifier, Nonce, RawIdToken, RefreshToken, State, equal_in_constant_time,
};
use tokenward::core::jose::jws::Algorithm;
use tokenward::core::oauth::callback::read_callback;
use tokenward::core::oauth::token::{build_code_request, check_token_response};
use tokenward::core::oidc::id_token::UntrustedIdToken;

fn secret() -> String {
    "sentinel".to_owned()
}

/// T16
#[test]
fn every_secret_is_redacted() {
    for (printed, expected) in [
        (format!("{:?}", AccessToken::new(secret())), "AccessToken(redacted)"),
        (format!("{:?}", RefreshToken::new(secret())), "RefreshToken(redacted)"),
        (format!("{:?}", RawIdToken::new(secret())), "RawIdToken(redacted)"),
        (format!("{:?}", AuthorizationCode::new(secret())), "AuthorizationCode(redacted)"),
        (format!("{:?}", CodeVerifier::new(secret())), "CodeVerifier(redacted)"),
        (format!("{:?}", State::new(secret())), "State(redacted)"),
        (format!("{:?}", Nonce::new(secret())), "Nonce(redacted)"),
        (format!("{:?}", Body::new(secret())), "Body(redacted)"),
    ] {
        assert_eq!(printed, expected);
    }
}

/// T16
#[test]
fn what_holds_secrets_prints_none() {
    let tokens: Members<'_> = &[
        ("access_token", "\"sentinel\""),
        ("token_type", "\"Bearer\""),
        ("refresh_token", "\"sentinel\""),
        ("id_token", "\"sentinel\""),
    ];
    let mut transaction = transaction(&[]);
    transaction.state = State::new(secret());
    transaction.nonce = Nonce::new(secret());
    transaction.verifier = CodeVerifier::new(secret());
    let code = AuthorizationCode::new(secret());
    for printed in [
        format!("{:?}", check_token_response(&json_answer(&object(tokens, &[])), false, None).unwrap()),
        format!("{:?}", answer(200, "text/plain", "sentinel")),
        format!("{:?}", Request::post("https://op.example/token", &[("code", "sentinel")])),
        format!("{:?}", build_code_request(&config(), &transaction, &code)),
        format!("{:?}", read_callback("https://app.example/?code=sentinel&state=sentinel").unwrap()),
        format!("{transaction:#?}"),
    ] {
        assert!(!printed.contains("sentinel"), "{printed}");
    }
}

#[test]
fn a_request_prints_its_method_and_place() {
    assert_eq!(format!("{:?}", Request::get("https://h/x".to_owned())), "GET https://h/x");
    assert_eq!(format!("{:?}", Request::post("https://h/x", &[])), "POST https://h/x");
}

/// I09
#[test]
fn comparing_in_constant_time_still_compares() {
    for (a, b) in [("", ""), ("a", "a"), ("é😀", "é😀")] {
        assert!(equal_in_constant_time(a, b), "{a}");
    }
    for (a, b) in [("", "a"), ("a", "b"), ("a", "A"), ("ab", "a"), ("a", "ab"), ("aa", "ab"), ("ba", "aa")] {
        assert!(!equal_in_constant_time(a, b), "{a} {b}");
        assert!(!equal_in_constant_time(b, a), "{b} {a}");
    }
}

/// T16; a token that is not believed yet is a token all the same.
#[test]
fn an_unchecked_token_prints_nothing_of_itself() {
    let token = compact(r#"{"alg":"RS256"}"#, r#"{"sub":"sentinel"}"#);
    let untrusted = UntrustedIdToken::read(&RawIdToken::new(token), Algorithm::Rs256).unwrap();
    let printed = format!("{untrusted:?}");
    assert!(!printed.contains("sentinel") && !printed.contains(untrusted.jwt().signing_input()), "{printed}");
}
