//! The plans for logout: begun by the relying party, and told to it behind the browser's back.

use super::basic::UNTIL_THE_TOKENS;
use super::confidential::Server;
use super::harness::test;
use super::provider::{AFTER_SIGN_OUT, Authentication, Members, Part, Provider, Quirk, Signature};
use super::relying_party::Browser;
use tokenward::core::base::error::Error;
use tokenward::core::oauth::authorize::SignInOptions;
use tokenward::core::session::effect::Reason;

modules! {
    /// L01, E01, E02
    #[test]
    async fn oidcc_client_test_rp_init_logout() {
        signs_out_and_knows_that_it_came_back().await;
    }

    /// L02
    #[test]
    async fn oidcc_client_test_rp_init_logout_other_state() {
        signs_out_whatever_comes_back(&[("state", r#""another""#)]).await;
    }

    /// L02
    #[test]
    async fn oidcc_client_test_rp_init_logout_no_state() {
        signs_out_whatever_comes_back(&[("state", "")]).await;
    }

    /// L03
    #[test]
    async fn oidcc_client_test_rp_backchannel_rpinitlogout() {
        believes_a_logout_token().await;
    }

    /// L03, J03
    #[test]
    async fn oidcc_client_test_rp_backchannel_rpinitlogout_alg_none() {
        refuses(Quirk::Signs(Part::LogoutToken, Signature::Unsigned), "alg").await;
    }

    /// L03, J01
    #[test]
    async fn oidcc_client_test_rp_backchannel_rpinitlogout_wrong_alg() {
        refuses(Quirk::Signs(Part::LogoutToken, Signature::With("ES256")), "alg").await;
    }

    /// L03, L06
    #[test]
    async fn oidcc_client_test_rp_backchannel_rpinitlogout_no_event() {
        refuses(Quirk::Says(Part::LogoutToken, &[("events", "")]), "events").await;
    }

    /// L03
    #[test]
    async fn oidcc_client_test_rp_backchannel_rpinitlogout_wrong_event() {
        refuses(Quirk::Says(Part::LogoutToken, &[("events", OTHER_EVENT)]), "events").await;
    }

    /// L03, L06
    #[test]
    async fn oidcc_client_test_rp_backchannel_rpinitlogout_with_nonce() {
        refuses(Quirk::Says(Part::LogoutToken, &[("nonce", r#""of a sign-in""#)]), "nonce").await;
    }

    /// L03
    #[test]
    async fn oidcc_client_test_rp_backchannel_rpinitlogout_wrong_aud() {
        refuses(Quirk::Says(Part::LogoutToken, &[("aud", r#""client-2""#)]), "aud").await;
    }

    /// L03
    #[test]
    async fn oidcc_client_test_rp_backchannel_rpinitlogout_wrong_iss() {
        refuses(Quirk::Says(Part::LogoutToken, &[("iss", r#""https://evil.example""#)]), "iss").await;
    }
}

const OTHER_EVENT: &str = r#"{ "http://schemas.openid.net/event/backchannel-log": {} }"#;
const SIGN_OUT: [&str; 3] = ["POST /revoke", "POST /revoke", "GET /end-session"];

async fn signs_out(browser: &mut Browser) {
    browser.sign_in().await;
    browser.assert_signed_in();
    browser.sign_out().await;
    browser.assert_asked(&[&UNTIL_THE_TOKENS[..], &SIGN_OUT].concat());
    assert_eq!(browser.userinfo().await.unwrap_err().kind.entry().code, "not_signed_in");
    browser.assert_asked(&[&UNTIL_THE_TOKENS[..], &SIGN_OUT].concat());
}

async fn signs_out_and_knows_that_it_came_back() {
    let mut browser = Browser::new(Provider::new());
    signs_out(&mut browser).await;
    browser.assert_signed_out(Reason::SignOut, None);
    assert_eq!(*browser.tab.url.borrow(), AFTER_SIGN_OUT);
    assert_eq!(browser.stored(), [""; 0]);
}

async fn signs_out_whatever_comes_back(parameters: Members) {
    let mut browser = Browser::new(Provider::new().with(Quirk::Says(Part::LogoutResponse, parameters)));
    signs_out(&mut browser).await;
    browser.assert_signed_out(Reason::None, None);
}

/// A server with somebody signed in, and what it made of the logout token that this provider posted to it.
async fn told_of_a_logout(quirk: Quirk) -> (Server, (u16, Option<Error>)) {
    let server = Server::new(Provider::new().authenticating(Authentication::Basic("secret")).with(quirk)).await;
    server.sign_in(SignInOptions::default()).await.unwrap();
    assert!(server.is_signed_in());
    let form = format!("logout_token={}", server.tab.provider.logout_token());
    let answer = server.hear_of_logout(&form).await;
    server.tab.provider.assert_asked_but_for_keys(&UNTIL_THE_TOKENS[..3]);
    (server, answer)
}

async fn believes_a_logout_token() {
    let (server, answer) = told_of_a_logout(Quirk::None).await;
    assert_eq!(answer, (200, None));
    assert!(!server.is_signed_in());
}

/// Refuses a logout token over this, and nobody is signed out.
async fn refuses(quirk: Quirk, over: &str) {
    let (server, (status, error)) = told_of_a_logout(quirk).await;
    let error = error.unwrap();
    assert_eq!((status, error.kind.entry().code, error.detail), (400, "logout_token_invalid", over));
    assert!(server.is_signed_in());
}
