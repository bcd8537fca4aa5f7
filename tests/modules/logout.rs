//! The plans for logout: begun by the relying party, and told to it behind the browser's back.

use super::basic::UNTIL_THE_TOKENS;
use super::harness::test;
use super::provider::{AFTER_SIGN_OUT, Members, Part, Provider, Quirk};
use super::relying_party::Browser;
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
}

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
