//! After sign-out nothing is left: no token, no timer, no waiter, no refresh.

use super::support::{ISSUER, Tab};
use std::rc::Rc;
use tokenward::core::session::effect::Need;

fn sign_out(tab: &Tab, at_provider: bool, revoke: bool) {
    let session = Rc::clone(&tab.session);
    tab.world.spawned.borrow_mut().push(Box::pin(async move {
        session.sign_out(at_provider, revoke).await.unwrap();
    }));
    tab.run();
}

/// E02, L01
#[test]
fn the_session_ends_here_before_the_provider_hears_of_it() {
    let tab = Tab::signed_in("session", 3600);
    sign_out(&tab, true, true);
    let journal = tab.world.journal.borrow();
    let at = |what: &str| journal.iter().position(|line| line.starts_with(what)).unwrap();
    assert!(at("remove session") < at("signedOut signOut"));
    assert!(at("signedOut signOut") < at("POST /revoke"));
}

/// E02
#[test]
fn the_refresh_token_is_revoked_first_then_the_access_token() {
    let tab = Tab::signed_in("memory", 3600);
    sign_out(&tab, false, true);
    let revoked: Vec<_> = tab.world.requests.borrow().iter().filter(|line| line.contains("/revoke")).cloned().collect();
    assert!(revoked[0].contains("token=refresh-1&token_type_hint=refresh_token"));
    assert!(revoked[1].contains("token=access-1&token_type_hint=access_token"));
}

/// E02
#[test]
fn a_refused_revocation_goes_on_with_the_next_token_and_a_provider_that_is_away_is_asked_once() {
    for (status, asked) in [(400, 2), (503, 1)] {
        let tab = Tab::signed_in("memory", 3600);
        tab.world.revoke_status.set(status);
        sign_out(&tab, true, true);
        assert_eq!(tab.world.requests_to("/revoke"), asked, "{status}");
        assert!(tab.world.left_for.borrow().is_some(), "it leaves for the provider all the same");
    }
}

/// L01
#[test]
fn the_provider_session_ends_by_navigation() {
    let tab = Tab::signed_in("memory", 3600);
    sign_out(&tab, true, false);
    let url = tab.world.left_for.take().unwrap();
    assert!(url.starts_with(&format!("{ISSUER}/end?id_token_hint=")));
    assert!(url.contains("client_id=spa"));
    assert!(url.contains("&post_logout_redirect_uri=https%3A%2F%2Fapp.example%2Fcallback&state="));
    assert_eq!(tab.world.requests_to("/revoke"), 0);
}

#[test]
fn a_local_sign_out_stays_on_the_page() {
    let tab = Tab::signed_in("memory", 3600);
    sign_out(&tab, false, true);
    assert!(tab.world.left_for.borrow().is_none());
}

#[test]
fn no_timer_is_left_and_nothing_refreshes() {
    let tab = Tab::signed_in("memory", 10);
    sign_out(&tab, false, false);
    assert!(tab.world.timer.borrow().is_none());
    tab.session.wake();
    tab.pass(86_400_000);
    assert_eq!(tab.world.requests_to("/token"), 1);
}

#[test]
fn a_refresh_that_was_under_way_does_not_sign_anyone_in_again() {
    let tab = Tab::signed_in("session", 10);
    tab.world.gate_closed.set(true);
    tab.pass(5_000);
    assert!(tab.session.inspect().refreshing);
    let waiter = tab.want(Need { force: true, ..Need::default() });
    sign_out(&tab, false, false);
    assert_eq!(waiter.take().unwrap().unwrap_err().kind.entry().code, "not_signed_in", "everybody is answered");
    tab.world.open_gate();
    tab.run();
    assert!(!tab.is_signed_in());
    assert!(tab.world.stored.borrow().is_empty());
    assert!(tab.world.timer.borrow().is_none());
}

#[test]
fn dispose_stops_the_timer_answers_who_waits_and_keeps_what_is_stored() {
    let tab = Tab::signed_in("session", 10);
    tab.world.gate_closed.set(true);
    let waiter = tab.want(Need { force: true, ..Need::default() });
    tab.session.dispose();
    tab.run();
    assert_eq!(waiter.take().unwrap().unwrap_err().kind.entry().code, "disposed");
    assert!(tab.world.timer.borrow().is_none());
    assert_eq!(tab.world.stored.borrow().len(), 1);
    let late = tab.want(Need::default());
    assert_eq!(late.take().unwrap().unwrap_err().kind.entry().code, "disposed");
}
