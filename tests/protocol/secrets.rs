//! Secrets stay out of what is printed (T16).

use super::given::{ISSUER, Members, answer, compact, config, json_answer, object, test, transaction};
use tokenward::core::base::http::Request;
use tokenward::core::base::secret::{
    AccessToken, AuthorizationCode, Body, ClientAssertion, ClientSecret, CodeVerifier, DeviceCode, ExchangedToken,
    Nonce, RawIdToken, RefreshToken, State, equal_in_constant_time,
};
use tokenward::core::jose::jws::Algorithm;
use tokenward::core::oauth::callback::{read_callback, read_form_post};
use tokenward::core::oauth::client_auth::ClientAuthentication;
use tokenward::core::oauth::device::check_device_response;
use tokenward::core::oauth::introspection::{Wanted, check_introspection, check_introspection_response};
use tokenward::core::oauth::jarm::read_jwt_form_post;
use tokenward::core::oauth::token::{build_code_request, check_token_response};
use tokenward::core::oidc::hybrid::read_hybrid_form_post;
use tokenward::core::oidc::id_token::UntrustedIdToken;
use tokenward::core::oidc::logout_token::UntrustedLogoutToken;

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
        (format!("{:?}", ClientSecret::new(secret())), "ClientSecret(redacted)"),
        (format!("{:?}", ClientAssertion::new(secret())), "ClientAssertion(redacted)"),
        (format!("{:?}", DeviceCode::new(secret())), "DeviceCode(redacted)"),
        (format!("{:?}", ExchangedToken::new(secret())), "ExchangedToken(redacted)"),
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

/// T16; what shows who a client is shows it to its provider only.
#[test]
fn what_a_client_authenticates_with_prints_nothing_of_itself() {
    let key = super::given::key();
    for authentication in [
        ClientAuthentication::Basic { secret: ClientSecret::new(secret()) },
        ClientAuthentication::Post { secret: ClientSecret::new(secret()) },
        ClientAuthentication::PrivateKeyJwt { key, typed: true },
    ] {
        let client = super::given::client(authentication);
        let credential = || client.credential(ISSUER, Some(ClientAssertion::new(secret()))).unwrap();
        let request = credential().post("https://op.example/token", &[("device_code", "sentinel")]);
        for printed in [format!("{client:#?}"), format!("{:#?}", credential()), format!("{request:#?}")] {
            assert!(!printed.contains("sentinel"), "{printed}");
        }
    }
}

/// T16
#[test]
fn what_a_confidential_client_reads_prints_nothing_of_itself() {
    const FORM: &str = "application/x-www-form-urlencoded";
    let token = compact(r#"{"alg":"RS256"}"#, r#"{"sub":"sentinel","code":"sentinel"}"#);
    let posted = ["code=sentinel&state=sentinel&access_token=sentinel&id_token=", &token].concat();
    let device: Members<'_> = &[
        ("device_code", "\"sentinel\""),
        ("user_code", "\"shown\""),
        ("verification_uri", "\"https://op.example/device\""),
        ("expires_in", "60"),
    ];
    let active = Wanted { addressed: super::given::addressed(0), audience: None, scope: "" };
    let untrusted = check_introspection_response(&json_answer(r#"{"active":true,"sub":"sentinel"}"#), None).unwrap();
    for printed in [
        format!("{:#?}", read_form_post(FORM, &posted).unwrap()),
        format!("{:#?}", read_hybrid_form_post(FORM, &posted).unwrap()),
        format!("{:#?}", read_jwt_form_post(FORM, &["response=", &token].concat(), Algorithm::Rs256).unwrap()),
        format!("{:#?}", UntrustedLogoutToken::read(&token, Algorithm::Rs256).unwrap()),
        format!("{:#?}", check_device_response(&json_answer(&object(device, &[]))).unwrap()),
        format!("{untrusted:#?}"),
        format!("{:#?}", check_introspection(untrusted, true, &active, super::given::now()).unwrap().unwrap()),
    ] {
        assert!(!printed.contains("sentinel") && !printed.contains(&token), "{printed}");
    }
}
