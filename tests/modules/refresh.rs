//! `oidcc-client-refreshtoken-test-plan`.

use super::basic::UNTIL_THE_TOKENS;
use super::harness::test;
use super::provider::{Members, Part, Provider, Quirk};
use super::relying_party::Browser;
use tokenward::core::session::effect::Reason;

modules! {
    /// R01, R04, R05
    #[test]
    async fn oidcc_client_test_refresh_token() {
        refreshes().await;
    }

    /// R05, I01
    #[test]
    async fn oidcc_client_test_refresh_token_invalid_issuer() {
        ends_at_a_refresh(&[("iss", r#""https://evil.example""#)], "id_token_issuer_mismatch").await;
    }

    /// R05
    #[test]
    async fn oidcc_client_test_refresh_token_invalid_sub() {
        ends_at_a_refresh(&[("sub", r#""somebody else""#)], "id_token_subject_changed").await;
    }
}

/// Twice, so that the second refresh token was used as well.
async fn refreshes() {
    let mut browser = Browser::new(Provider::new());
    browser.sign_in().await;
    browser.tab.provider.forget_requests();
    for _ in 0..2 {
        browser.refresh().await.unwrap();
        browser.userinfo().await.unwrap();
    }
    browser.assert_signed_in();
    browser.assert_asked(&["POST /token", "GET /userinfo", "POST /token", "GET /userinfo"]);
}

async fn ends_at_a_refresh(claims: Members, code: &str) {
    let mut browser = Browser::new(Provider::new().with(Quirk::Says(Part::RefreshedIdToken, claims)));
    browser.sign_in().await;
    browser.assert_signed_in();
    let error = browser.refresh().await.unwrap_err();
    assert_eq!(error.kind.entry().code, code);
    browser.assert_signed_out(Reason::Refused, Some(code));
    assert_eq!(browser.stored(), [""; 0]);
    assert_eq!(browser.userinfo().await.unwrap_err().kind.entry().code, "not_signed_in");
    browser.assert_asked(&[&UNTIL_THE_TOKENS[..], &["POST /token"]].concat());
}
