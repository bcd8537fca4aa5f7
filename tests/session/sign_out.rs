//! After sign-out nothing is left: no token, no timer, no waiter, no refresh.

use super::support::{ISSUER, Tab, form};
use std::collections::BTreeSet;
use tokenward::core::oauth::authorize::SignInOptions;
use tokenward::core::session::effect::Need;

/// E02, L01
#[test]
fn the_session_ends_here_before_the_provider_hears_of_it() {
    let tab = Tab::signed_in("session", 3600);
    tab.sign_out(true, true);
    let journal = tab.world.journal.borrow();
    let at = |what: &str| journal.iter().position(|line| line.starts_with(what)).unwrap();
    assert!(at("remove session") < at("signedOut signOut"));
    assert!(at("signedOut signOut") < at("POST /revoke"));
}

/// E02
#[test]
fn the_refresh_token_is_revoked_first_then_the_access_token() {
    let tab = Tab::signed_in("memory", 3600);
    tab.sign_out(false, true);
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
        tab.sign_out(true, true);
        assert_eq!(tab.world.requests_to("/revoke"), asked, "{status}");
        assert!(tab.world.left_for.borrow().is_some(), "it leaves for the provider all the same");
    }
}

/// L01
#[test]
fn the_provider_session_ends_by_navigation() {
    let tab = Tab::signed_in("memory", 3600);
    tab.sign_out(true, false);
    let url = tab.world.left_for.take().unwrap();
    assert!(url.starts_with(&format!("{ISSUER}/end?id_token_hint=")));
    assert!(url.contains("client_id=spa"));
    assert!(url.contains("&post_logout_redirect_uri=https%3A%2F%2Fapp.example%2Fcallback&state="));
    assert_eq!(tab.world.requests_to("/revoke"), 0);
}

#[test]
fn a_local_sign_out_stays_on_the_page() {
    let tab = Tab::signed_in("memory", 3600);
    tab.sign_out(false, true);
    assert!(tab.world.left_for.borrow().is_none());
}

#[test]
fn no_timer_is_left_and_nothing_refreshes() {
    let tab = Tab::signed_in("memory", 10);
    tab.sign_out(false, false);
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
    tab.sign_out(false, false);
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

/// A page to which the provider sent the browser back after a sign-out, in the same tab.
fn back_at(tab: &Tab, url: &str) -> Tab {
    let again = tab.reloaded();
    again.world.url.replace(url.to_owned());
    again.start();
    again
}

fn state_in(url: &str) -> String {
    form(url.split_once('?').unwrap().1)["state"].clone()
}

const STATE: &str = "tokenward.logout";

/// L01
#[test]
fn a_sign_out_goes_to_the_provider_with_a_state_of_its_own() {
    let mut states = BTreeSet::new();
    for _ in 0..3 {
        let tab = Tab::signed_in("session", 3600);
        for _ in 0..states.len() {
            tab.leave();
        }
        tab.sign_out(true, false);
        let url = tab.world.left_for.take().unwrap();
        let sent = form(url.split_once('?').unwrap().1);
        assert_eq!(sent.len(), 4, "{url}");
        assert_eq!(sent["id_token_hint"].split('.').count(), 3);
        assert_eq!(tab.world.stored.borrow().get(STATE), Some(&sent["state"]));
        assert_eq!(sent["state"].len(), 43);
        states.insert(sent["state"].clone());
    }
    assert_eq!(states.len(), 3);
}

/// L01
#[test]
fn the_provider_is_visited_after_the_session_ended_here() {
    let tab = Tab::signed_in("session", 3600);
    tab.sign_out(true, true);
    let journal = tab.world.journal.borrow();
    let at = |what: &str| journal.iter().position(|line| line.starts_with(what)).unwrap();
    assert!(at("remove session") < at("signedOut signOut") && at("signedOut signOut") < at("save logout"));
}

/// L01, L02
#[test]
fn the_way_back_takes_its_state_once() {
    for storage in ["memory", "session"] {
        let tab = Tab::signed_in(storage, 3600);
        tab.sign_out(true, true);
        let url = tab.world.left_for.take().unwrap();
        let back = format!("https://app.example/callback?state={}&x=1", state_in(&url));
        let again = back_at(&tab, &back);
        assert!(!again.is_signed_in() && again.error_code().is_none());
        assert_eq!(again.world.statuses.borrow().last().unwrap(), "signedOut signOut");
        assert_eq!(*again.world.url.borrow(), "https://app.example/callback", "the state leaves the address bar");
        assert!(again.world.stored.borrow().is_empty());
        let once_more = back_at(&again, &back);
        assert_eq!(once_more.world.statuses.borrow().last().unwrap(), "signedOut none", "it is spent");
        assert_eq!(*once_more.world.url.borrow(), back, "and somebody else's");
    }
}

/// L02; the OpenID Foundation's modules for another and for no state expect the same.
#[test]
fn a_way_back_with_another_state_or_none_ends_the_session_all_the_same() {
    for query in ["", "?state=other", "?state=", "?state=STATE&state=STATE", "?State=STATE", "#state=STATE"] {
        let tab = Tab::signed_in("session", 3600);
        tab.sign_out(true, true);
        let state = state_in(&tab.world.left_for.take().unwrap());
        let sent = tab.world.requests.borrow().len();
        let back = format!("https://app.example/callback{}", query.replace("STATE", &state));
        let again = back_at(&tab, &back);
        assert!(!again.is_signed_in() && again.error_code().is_none(), "{query}");
        assert_eq!(again.world.statuses.borrow().last().unwrap(), "signedOut none", "{query}");
        assert_eq!(*again.world.url.borrow(), back, "the address is not touched: {query}");
        assert_eq!(again.world.requests.borrow().len(), sent, "{query}");
        assert!(!again.world.stored.borrow().keys().any(|name| name.contains("session.")), "{query}");
    }
}

/// L02
#[test]
fn the_way_back_from_a_sign_out_is_no_sign_in() {
    for query in ["state=STATE", "state=STATE&session_state=x", "state=other", "state=STATE&iss=https://op.example"] {
        let tab = Tab::signed_in("memory", 3600);
        tab.sign_out(true, true);
        let state = state_in(&tab.world.left_for.take().unwrap());
        let again = back_at(&tab, &format!("https://app.example/callback?{}", query.replace("STATE", &state)));
        assert!(!again.is_signed_in() && again.error_code().is_none(), "{query}");
        assert_eq!(again.world.requests_to("/token"), 1, "{query}");
    }
}

/// A06, L02; the state of a sign-out is good for nothing else.
#[test]
fn a_code_with_the_state_of_a_sign_out_is_refused() {
    let tab = Tab::signed_in("memory", 3600);
    tab.sign_out(true, true);
    let state = state_in(&tab.world.left_for.take().unwrap());
    let again = back_at(&tab, &format!("https://app.example/callback?code=c&state={state}&iss=https://op.example"));
    assert_eq!(again.error_code(), Some("callback_state_unknown"));
    assert_eq!(again.world.requests_to("/token"), 1);
}

/// L01, L02; the page may be another than that of sign-ins.
#[test]
fn the_way_back_may_be_a_page_of_its_own() {
    let tab = Tab::with("session", r#""postLogoutRedirectUri":"/bye?kept=1""#).go(SignInOptions::default());
    tab.sign_out(true, false);
    let url = tab.world.left_for.take().unwrap();
    assert_eq!(form(url.split_once('?').unwrap().1)["post_logout_redirect_uri"], "https://app.example/bye?kept=1");
    let state = state_in(&url);
    let elsewhere = back_at(&tab, &format!("https://app.example/callback?state={state}"));
    assert_eq!(elsewhere.world.statuses.borrow().last().unwrap(), "signedOut none");
    let again = back_at(&elsewhere, &format!("https://app.example/bye?kept=1&state={state}"));
    assert_eq!(again.world.statuses.borrow().last().unwrap(), "signedOut signOut");
    assert_eq!(*again.world.url.borrow(), "https://app.example/bye?kept=1");
}

/// L01
#[test]
fn a_store_that_refuses_keeps_nobody_signed_in() {
    let tab = Tab::signed_in("memory", 3600);
    tab.world.store_is_broken.set(true);
    tab.sign_out(true, false);
    let url = tab.world.left_for.take().expect("it leaves for the provider all the same");
    let again = back_at(&tab, &format!("https://app.example/callback?state={}", state_in(&url)));
    assert!(!again.is_signed_in() && again.error_code().is_none());
}

/// L01
#[test]
fn whoever_is_not_signed_in_goes_nowhere() {
    let tab = Tab::new("session");
    tab.start();
    tab.sign_out(true, true);
    assert!(tab.world.left_for.borrow().is_none());
    assert!(tab.world.stored.borrow().is_empty());
    assert!(tab.world.requests.borrow().is_empty());
}
