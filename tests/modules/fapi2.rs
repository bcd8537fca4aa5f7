//! `fapi2-security-profile-final-client-test-plan` and `fapi2-message-signing-final-client-test-plan`: pushed requests,
//! tokens bound to a key, nonces in every proof, and ID tokens signed with RSA-PSS. Each module is held for a client in a
//! page and for one at a server, which authenticates with a key of its own.

use super::basic::does_not_sign_in;
use super::confidential::Server;
use super::harness::test;
use super::provider::{Authentication, Binding, Members, Part, Provider, Quirk, Signature};
use super::relying_party::Browser;
use tokenward::core::oauth::authorize::SignInOptions;

modules! {
    /// P01, P02, P03, P05, P06, P07, P09, P10, X01, X02, X03, X04, X05, X06, E07, E08
    #[test]
    async fn fapi2_security_profile_final_client_test_happy_path() {
        calls_the_api(provider, true).await;
    }

    /// P01, P03, X03
    #[test]
    async fn fapi2_security_profile_final_client_test_happy_path_no_dpop_nonce() {
        calls_the_api(|| Provider::new().signing("PS256").binding(Binding::Key), false).await;
    }

    /// I02, J15
    #[test]
    async fn fapi2_security_profile_final_client_test_valid_aud_as_array() {
        calls_the_api(|| saying(Part::IdToken, &[("aud", r#"["client-1"]"#)]), true).await;
    }

    /// T04
    #[test]
    async fn fapi2_security_profile_final_client_test_token_endpoint_response_without_expires_in() {
        calls_the_api(|| saying(Part::TokenResponse, &[("expires_in", "")]), true).await;
    }

    /// T03
    #[test]
    async fn fapi2_security_profile_final_client_test_token_type_case_insensitivity() {
        calls_the_api(|| saying(Part::TokenResponse, &[("token_type", r#""dpOp""#)]), true).await;
    }

    /// P06, B02
    #[test]
    async fn fapi2_security_profile_final_client_test_rs_dpop_auth_scheme_case_insensitivity() {
        calls_the_api(|| provider().with(Quirk::ChallengesWith("dpOp")), true).await;
    }

    /// B03, R01, R07; a call is sent again once after a refresh, and the API wants two.
    #[test]
    async fn fapi2_security_profile_final_client_refresh_token_test() {
        refreshes_when_the_api_says_so().await;
    }

    /// D03
    #[test]
    async fn fapi2_security_profile_final_client_test_discovery_issuer_mismatch() {
        refuses_the_metadata_of_another_issuer().await;
    }

    /// A11, P11; the key that was made for this sign-in is forgotten with it.
    #[test]
    async fn fapi2_security_profile_final_client_test_invalid_authorization_response_iss() {
        refuses_answer(&[("iss", r#""https://evil.example""#)], "callback_iss_mismatch").await;
    }

    /// A12, P11
    #[test]
    async fn fapi2_security_profile_final_client_test_remove_authorization_response_iss() {
        refuses_answer(&[("iss", "")], "callback_iss_missing").await;
    }

    /// A06
    #[test]
    async fn fapi2_security_profile_final_client_test_ensure_authorization_response_with_invalid_state_fails() {
        refuses_answer(&[("state", r#""another""#)], "callback_state_unknown").await;
    }

    /// A06
    #[test]
    async fn fapi2_security_profile_final_client_test_ensure_authorization_response_with_invalid_missing_state_fails() {
        refuses_answer(&[("state", "")], "callback_state_missing").await;
    }

    /// I01
    #[test]
    async fn fapi2_security_profile_final_client_test_invalid_iss() {
        refuses(&[("iss", r#""https://evil.example""#)], "id_token_issuer_mismatch").await;
    }

    /// I02
    #[test]
    async fn fapi2_security_profile_final_client_test_invalid_aud() {
        refuses(&[("aud", r#""client-2""#)], "id_token_audience_mismatch").await;
    }

    /// I02, I03
    #[test]
    async fn fapi2_security_profile_final_client_test_invalid_secondary_aud() {
        refuses(&[("aud", r#"["client-1", "client-2"]"#)], "id_token_audience_mismatch").await;
    }

    /// I05, J03
    #[test]
    async fn fapi2_security_profile_final_client_test_invalid_null_alg() {
        refuses_signed(Signature::Unsigned, "id_token_algorithm_unexpected").await;
    }

    /// I05, J01
    #[test]
    async fn fapi2_security_profile_final_client_test_invalid_alternate_alg() {
        refuses_signed(Signature::With("RS256"), "id_token_algorithm_unexpected").await;
    }

    /// I07; more than five minutes ago.
    #[test]
    async fn fapi2_security_profile_final_client_test_invalid_expired_exp() {
        refuses(&[("exp", "1799999640")], "id_token_expired").await;
    }

    /// I07
    #[test]
    async fn fapi2_security_profile_final_client_test_invalid_missing_exp() {
        refuses(&[("exp", "")], "id_token_time_invalid").await;
    }

    /// I02
    #[test]
    async fn fapi2_security_profile_final_client_test_invalid_missing_aud() {
        refuses(&[("aud", "")], "id_token_audience_mismatch").await;
    }

    /// I01
    #[test]
    async fn fapi2_security_profile_final_client_test_invalid_missing_iss() {
        refuses(&[("iss", "")], "id_token_issuer_mismatch").await;
    }

    /// I09
    #[test]
    async fn fapi2_security_profile_final_client_test_invalid_nonce() {
        refuses(&[("nonce", r#""of another sign-in""#)], "id_token_nonce_mismatch").await;
    }

    /// I09
    #[test]
    async fn fapi2_security_profile_final_client_test_invalid_missing_nonce() {
        refuses(&[("nonce", "")], "id_token_nonce_mismatch").await;
    }

    /// X07
    #[test]
    async fn fapi2_security_profile_final_client_test_ensure_jarm_without_iss_fails() {
        refuses_signed_answer(Quirk::Says(Part::SignedResponse, &[("iss", "")]), "iss").await;
    }

    /// X07
    #[test]
    async fn fapi2_security_profile_final_client_test_ensure_jarm_without_aud_fails() {
        refuses_signed_answer(Quirk::Says(Part::SignedResponse, &[("aud", "")]), "aud").await;
    }

    /// X07
    #[test]
    async fn fapi2_security_profile_final_client_test_ensure_jarm_without_exp_fails() {
        refuses_signed_answer(Quirk::Says(Part::SignedResponse, &[("exp", "")]), "exp").await;
    }

    /// X07
    #[test]
    async fn fapi2_security_profile_final_client_test_ensure_jarm_with_invalid_iss_fails() {
        refuses_signed_answer(Quirk::Says(Part::SignedResponse, &[("iss", r#""https://evil.example""#)]), "iss").await;
    }

    /// X07
    #[test]
    async fn fapi2_security_profile_final_client_test_ensure_jarm_with_invalid_aud_fails() {
        refuses_signed_answer(Quirk::Says(Part::SignedResponse, &[("aud", r#""client-2""#)]), "aud").await;
    }

    /// X07
    #[test]
    async fn fapi2_security_profile_final_client_test_ensure_jarm_with_expired_exp_fails() {
        refuses_signed_answer(Quirk::Says(Part::SignedResponse, &[("exp", "1799999640")]), "exp").await;
    }

    /// X07
    #[test]
    async fn fapi2_security_profile_final_client_test_ensure_jarm_with_invalid_sig_fails() {
        refuses_signed_answer(Quirk::Signs(Part::SignedResponse, Signature::Broken), "signature").await;
    }

    /// X07, J03
    #[test]
    async fn fapi2_security_profile_final_client_test_ensure_jarm_signature_is_not_none() {
        refuses_signed_answer(Quirk::Signs(Part::SignedResponse, Signature::Unsigned), "alg").await;
    }
}

/// That requests are to be pushed, the metadata says.
const OPTIONS: Members = &[("dpop", "true"), ("idTokenSignedResponseAlg", r#""PS256""#)];

const UNTIL_THE_USER: [&str; 3] = ["GET /.well-known/openid-configuration", "POST /par", "GET /authorize"];
/// The second request for tokens has the nonce that the answer to the first one brought.
const FOR_THE_TOKENS: [&str; 3] = ["POST /token", "GET /jwks", "POST /token"];
const CALL: &str = "GET https://api.example/accounts";

fn provider() -> Provider {
    Provider::new().signing("PS256").binding(Binding::KeyAndNonce)
}

fn saying(part: Part, members: Members) -> Provider {
    provider().with(Quirk::Says(part, members))
}

/// The same, for a client at a server.
fn for_server(provider: Provider) -> Provider {
    provider.authenticating(Authentication::PrivateKeyJwt)
}

/// Signs in and calls the API, twice: the second time it has a nonce at hand.
async fn calls_the_api(provider: impl Fn() -> Provider, with_nonces: bool) {
    let mut browser = Browser::with(provider(), OPTIONS);
    browser.sign_in().await;
    browser.assert_signed_in();
    for _ in 0..2 {
        assert_eq!(browser.call_api().await.unwrap().status, 200);
    }
    let (tokens, calls) = if with_nonces { (&FOR_THE_TOKENS[..], 3) } else { (&FOR_THE_TOKENS[..2], 2) };
    let requests = [&UNTIL_THE_USER[..], tokens, &vec![CALL; calls]].concat();
    browser.assert_asked(&requests);
    for provider in [for_server(provider()), for_server(provider()).signing_messages()] {
        let server = Server::new(provider).await;
        server.sign_in(SignInOptions::default()).await.unwrap();
        assert!(server.is_signed_in());
        for _ in 0..2 {
            assert_eq!(server.call_api().await.unwrap().status, 200);
        }
        let requests: Vec<_> = requests.iter().copied().filter(|request| *request != "GET /jwks").collect();
        server.tab.provider.assert_asked_but_for_keys(&requests);
    }
}

async fn refreshes_when_the_api_says_so() {
    let mut browser = Browser::with(provider().with(Quirk::RefusesUntilRefreshed(2)), OPTIONS);
    browser.sign_in().await;
    browser.tab.provider.forget_requests();
    assert_eq!(browser.call_api().await.unwrap().status, 401);
    // One for the nonce, one for the token, and not one more.
    browser.assert_asked(&[CALL, CALL, "POST /token", CALL]);
    browser.tab.provider.forget_requests();
    assert_eq!(browser.call_api().await.unwrap().status, 200);
    browser.assert_asked(&[CALL, "POST /token", CALL]);
    browser.assert_signed_in();

    let server = Server::new(for_server(provider().with(Quirk::RefusesUntilRefreshed(2)))).await;
    server.sign_in(SignInOptions::default()).await.unwrap();
    assert_eq!(server.call_api().await.unwrap().status, 401);
    assert_eq!(server.call_api().await.unwrap().status, 200);
    server.tab.provider.assert_content();
}

async fn refuses_the_metadata_of_another_issuer() {
    let provider = || saying(Part::Metadata, &[("issuer", r#""https://evil.example""#)]);
    let server = Server::new(for_server(provider())).await;
    server.does_not_sign_in(("metadata_issuer_mismatch", ""), &UNTIL_THE_USER[..1]).await;
    let browser = Browser::with(provider(), OPTIONS);
    let error = browser.leave(SignInOptions::default()).await.unwrap_err();
    assert_eq!(error.kind.entry().code, "metadata_issuer_mismatch");
    assert_eq!(*browser.tab.left_for.borrow(), None);
    assert_eq!(browser.stored(), [""; 0]);
    browser.assert_asked(&UNTIL_THE_USER[..1]);
}

/// Does not sign in, over this, and sends nothing more than these.
async fn refuses_over(quirk: Quirk, (code, detail): (&str, &str), requests: &[&str]) {
    does_not_sign_in(provider().with(quirk), OPTIONS, code, requests).await;
    let server = Server::new(for_server(provider().with(quirk))).await;
    let requests: Vec<_> = requests.iter().copied().filter(|request| *request != "GET /jwks").collect();
    server.does_not_sign_in((code, detail), &requests).await;
}

/// Refuses an authorization response that says this, and sends the code nowhere.
async fn refuses_answer(parameters: Members, code: &str) {
    refuses_over(Quirk::Says(Part::AuthorizationResponse, parameters), (code, ""), &UNTIL_THE_USER).await;
}

/// Refuses an authorization response that is signed, over this, and sends the code nowhere.
async fn refuses_signed_answer(quirk: Quirk, over: &str) {
    let server = Server::new(for_server(provider()).signing_messages().with(quirk)).await;
    server.does_not_sign_in(("authorization_response_invalid", over), &UNTIL_THE_USER).await;
}

/// Refuses an ID token that says this.
async fn refuses(claims: Members, code: &str) {
    let requests = [UNTIL_THE_USER, FOR_THE_TOKENS].concat();
    let missing_or_wrong = if code == "id_token_time_invalid" { claims[0].0 } else { "" };
    refuses_over(Quirk::Says(Part::IdToken, claims), (code, missing_or_wrong), &requests).await;
}

/// Refuses an ID token that is signed so.
async fn refuses_signed(signature: Signature, code: &str) {
    let requests = [UNTIL_THE_USER, FOR_THE_TOKENS].concat();
    refuses_over(Quirk::Signs(Part::IdToken, signature), (code, ""), &requests).await;
}
