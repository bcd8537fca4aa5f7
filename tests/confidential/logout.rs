//! Back-channel logout: the provider tells the client that a session is over.

use super::browser::Browser;
use super::code::SignIn;
use super::crypto::now;
use super::provider::Provider;
use super::wire::exchange;
use tokenward::core::base::error::Kind;
use tokenward::core::base::form;
use tokenward::core::base::http::with_query;
use tokenward::core::base::secret::RawIdToken;
use tokenward::core::jose::jws::Algorithm;
use tokenward::core::oauth::callback::{check_callback, read_callback};
use tokenward::core::oidc::id_token::{Origin, UntrustedIdToken};
use tokenward::core::oidc::logout_token::UntrustedLogoutToken;

/// L03, L06, J09
#[test]
fn a_logout_token_is_believed_and_is_no_id_token() {
    let provider = Provider::start();
    let sign_in = SignIn::new(&provider, provider.basic("bff:weird+%id"), Algorithm::Rs256);
    let mut browser = Browser::default();
    let parameters = sign_in.parameters();
    let parameters: Vec<_> = parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let url = browser.walk(&with_query(&provider.metadata.authorization_endpoint, &parameters)).redirect();
    let code = check_callback(read_callback(&url).unwrap(), &sign_in.transaction, now()).unwrap();
    let tokens = sign_in.exchange(&code).unwrap();
    let claims = sign_in.believe(&tokens, sign_in.asked());
    let id_token = tokens.id_token.unwrap();

    let end_session = provider.metadata.end_session_endpoint.as_deref().unwrap();
    let page = browser.walk(&with_query(end_session, &[("id_token_hint", id_token.secret())])).page();
    assert!(page.contains("Signed out."), "{page}");
    let posted = exchange("GET", &format!("{}/page/backchannel-logout", provider.issuer), &[], None);
    let read = UntrustedLogoutToken::read_form_post(posted.header("content-type"), &posted.body, Algorithm::Rs256);
    let untrusted = read.unwrap();
    let valid = provider.signed(untrusted.jwt());
    let logout = untrusted.check(valid, &provider.addressed(&sign_in.client), now()).unwrap();
    assert_eq!(logout.subject.as_deref(), Some("alice"));
    assert_eq!(logout.session_id, claims.text("sid"));
    assert!(logout.session_id.is_some());

    // Neither is taken for the other.
    let token = form::values(&posted.body, "logout_token").pop().unwrap();
    let read = UntrustedIdToken::read(&RawIdToken::new(token), Algorithm::Rs256);
    assert_eq!(read.unwrap_err().kind, Kind::IdTokenMalformed);
    let untrusted = UntrustedLogoutToken::read(id_token.secret(), Algorithm::Rs256).unwrap();
    let checked = untrusted.check(true, &provider.addressed(&sign_in.client), now());
    assert_eq!(checked.unwrap_err().kind, Kind::LogoutTokenInvalid);
    let (untrusted, _) = sign_in.untrusted(&id_token);
    let expected = sign_in.expected(Origin::Refresh(&claims, 0), "");
    assert!(untrusted.check(false, &expected, now()).is_err(), "nor without its signature");
}
