//! `oidcc-client-basic-certification-test-plan`: what every client has to hold.

use super::confidential::Server;
use super::harness::test;
use super::provider::{Authentication, Members, Part, Provider, Quirk, Signature};
use super::relying_party::Browser;
use super::signing::{NEXT_RSA, RSA};
use tokenward::core::oauth::authorize::SignInOptions;
use tokenward::core::session::effect::Reason;

/// What is asked until the user comes back, and then for the tokens.
pub(super) const UNTIL_THE_USER: [&str; 2] = ["GET /.well-known/openid-configuration", "GET /authorize"];
pub(super) const UNTIL_THE_TOKENS: [&str; 4] =
    ["GET /.well-known/openid-configuration", "GET /authorize", "POST /token", "GET /jwks"];

modules! {
    /// A02, A03, A16, T12
    #[test]
    async fn oidcc_client_test() {
        signs_in(Provider::new(), &[]).await;
    }

    /// I01
    #[test]
    async fn oidcc_client_test_invalid_iss() {
        refuses(&[("iss", r#""https://evil.example""#)], "id_token_issuer_mismatch").await;
    }

    /// I12
    #[test]
    async fn oidcc_client_test_missing_sub() {
        refuses(&[("sub", "")], "id_token_subject_invalid").await;
    }

    /// I02
    #[test]
    async fn oidcc_client_test_invalid_aud() {
        refuses(&[("aud", r#""client-2""#)], "id_token_audience_mismatch").await;
    }

    /// I08
    #[test]
    async fn oidcc_client_test_missing_iat() {
        refuses(&[("iat", "")], "id_token_time_invalid").await;
    }

    /// J10
    #[test]
    async fn oidcc_client_test_kid_absent_single_jwks() {
        signs_in(Provider::new().with(Quirk::NamesNoKey), &[]).await;
    }

    /// J10; a client may try all keys that fit. This one tries none: it cannot know which one was meant.
    #[test]
    async fn oidcc_client_test_kid_absent_multiple_jwks() {
        refuses_where_two_keys_fit().await;
    }

    /// I04, I05
    #[test]
    async fn oidcc_client_test_idtoken_sig_rs256() {
        signs_in(Provider::new().signing("RS256"), &[]).await;
    }

    /// I05, J03; in the code flow a client may believe the connection. This one never does.
    #[test]
    async fn oidcc_client_test_idtoken_sig_none() {
        refuses_signed(Signature::Unsigned, "id_token_algorithm_unexpected").await;
    }

    /// I04
    #[test]
    async fn oidcc_client_test_invalid_sig_rs256() {
        refuses_signed(Signature::Broken, "id_token_signature_invalid").await;
    }

    /// U01
    #[test]
    async fn oidcc_client_test_userinfo_invalid_sub() {
        refuses_claims_about_somebody_else().await;
    }

    /// I09
    #[test]
    async fn oidcc_client_test_nonce_invalid() {
        refuses(&[("nonce", r#""of another sign-in""#)], "id_token_nonce_mismatch").await;
    }

    #[test]
    async fn oidcc_client_test_scope_userinfo_claims() {
        gets_the_claims_of_its_scope().await;
    }

    /// A04, T10, T11; with a secret in which every character matters.
    #[test]
    async fn oidcc_client_test_client_secret_basic() {
        shows_its_secret("p@ss w%rd:+/=&~*é").await;
    }
}

/// Signs in, and gets the claims about the user.
pub(super) async fn signs_in(provider: Provider, options: Members) {
    let mut browser = Browser::with(provider, options);
    browser.sign_in().await;
    browser.assert_signed_in();
    let claims = browser.userinfo().await.unwrap();
    assert!(claims.has("sub"));
    browser.assert_asked(&[&UNTIL_THE_TOKENS[..], &["GET /userinfo"]].concat());
}

/// Does not sign in, keeps nothing, and asks for nothing more than these.
pub(super) async fn does_not_sign_in(provider: Provider, options: Members, code: &str, requests: &[&str]) {
    let mut browser = Browser::with(provider, options);
    browser.sign_in().await;
    browser.assert_signed_out(Reason::SignInFailed, Some(code));
    // Whoever answers nothing that was asked must not end the sign-in that was begun either.
    let waits = code.starts_with("callback_state_");
    assert_eq!(browser.stored(), if waits { vec!["tokenward.transaction"] } else { vec![] });
    assert!(waits || browser.tab.keys.borrow().is_empty());
    browser.assert_asked(requests);
    let error = browser.userinfo().await.unwrap_err();
    assert_eq!(error.kind.entry().code, "not_signed_in");
    browser.assert_asked(requests);
}

/// Refuses an ID token that says this.
pub(super) async fn refuses(claims: Members, code: &str) {
    let provider = Provider::new().with(Quirk::Says(Part::IdToken, claims));
    does_not_sign_in(provider, &[], code, &UNTIL_THE_TOKENS).await;
}

/// Refuses an ID token that is signed so.
pub(super) async fn refuses_signed(signature: Signature, code: &str) {
    let provider = Provider::new().with(Quirk::Signs(Part::IdToken, signature));
    does_not_sign_in(provider, &[], code, &UNTIL_THE_TOKENS).await;
}

async fn refuses_where_two_keys_fit() {
    let provider = Provider::new().with(Quirk::NamesNoKey);
    provider.keys.replace(vec![&RSA, &NEXT_RSA]);
    // Once more it looks whether there is a better key set by now.
    let requests = [&UNTIL_THE_TOKENS[..], &["GET /jwks"]].concat();
    does_not_sign_in(provider, &[], "id_token_key_unknown", &requests).await;
}

async fn refuses_claims_about_somebody_else() {
    let provider = Provider::new().with(Quirk::Says(Part::Userinfo, &[("sub", r#""somebody else""#)]));
    let mut browser = Browser::new(provider);
    browser.sign_in().await;
    let error = browser.userinfo().await.unwrap_err();
    assert_eq!(error.kind.entry().code, "userinfo_subject_mismatch");
    browser.assert_signed_in();
    browser.assert_asked(&[&UNTIL_THE_TOKENS[..], &["GET /userinfo"]].concat());
}

async fn gets_the_claims_of_its_scope() {
    let mut browser = Browser::with(Provider::new(), &[("scope", r#""openid profile email address phone""#)]);
    browser.sign_in().await;
    let claims = browser.userinfo().await.unwrap();
    for name in ["name", "email", "email_verified", "address", "phone_number"] {
        assert!(claims.has(name), "{name}");
    }
    browser.tab.provider.assert_content();
}

async fn shows_its_secret(secret: &'static str) {
    let server = Server::new(Provider::new().authenticating(Authentication::Basic(secret))).await;
    server.sign_in(SignInOptions::default()).await.unwrap();
    assert!(server.is_signed_in());
    assert!(server.userinfo().await.unwrap().has("sub"));
    server.tab.provider.assert_asked(&[&UNTIL_THE_TOKENS[..], &["GET /userinfo"]].concat());
}
