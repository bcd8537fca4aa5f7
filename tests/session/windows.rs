//! Sign-ins in a window beside the page: a popup that the user asked for, and a frame that nobody sees.

use super::support::{Answer, Tab, form};
use std::rc::Rc;
use tokenward::core::base::error::{Error, Kind, Result};
use tokenward::core::oauth::authorize::SignInOptions;
use tokenward::core::session::effect::{Event, Need};
use tokenward::core::session::message::Mark;
use tokenward::ports::Window;

/// How long another tab may take to answer, and then some.
const NOBODY_ANSWERS_MS: u64 = 2_000;

const HOUR_MS: u64 = 60 * 60 * 1000;

/// Signs in with a popup that comes back so.
fn popup(tab: &Tab, comes_back: Result<&str>) -> Result<()> {
    tab.world.visitors.borrow_mut().push_back(comes_back.map(str::to_owned));
    let session = Rc::clone(&tab.session);
    tab.wait(async move {
        let options = SignInOptions { popup: true, ..SignInOptions::default() };
        let tokens = session.sign_in(options, Some(Window::Popup)).await?;
        session.arrive(tokens.expect("a popup brings tokens")).await
    })
}

/// A page where somebody was signed in before it was loaded, after nobody answered; the frame comes back so.
fn restored(tab: Tab, comes_back: Result<&str>) -> Tab {
    tab.world.visitors.borrow_mut().push_back(comes_back.map(str::to_owned));
    let session = Rc::clone(&tab.session);
    tab.world.spawned.borrow_mut().push(Box::pin(async move { session.start(true).await }));
    tab.run();
    tab.pass(NOBODY_ANSWERS_MS);
    tab
}

/// A page that is signed in without a refresh token, for so many seconds.
fn without_refresh_token(seconds: u64) -> Tab {
    let before = Tab::new("memory");
    before.world.token_changes.borrow_mut().push(("refresh_token".to_owned(), String::new()));
    before.world.answer_with(&[Answer::Tokens(seconds)]);
    let tab = before.go(SignInOptions::default());
    assert!(tab.is_signed_in());
    tab
}

fn codes(tab: &Tab) -> Vec<&'static str> {
    let code = |event: &Event| match event {
        Event::RefreshFailed { error, .. } | Event::InteractionRequired(error) => Some(error.kind.entry().code),
        _ => None,
    };
    tab.world.events.borrow().iter().filter_map(code).collect()
}

/// The kinds of windows that were opened, each with its `prompt`.
fn visits(tab: &Tab) -> Vec<(Window, Option<String>)> {
    let visits = tab.world.visits.borrow();
    visits.iter().map(|(window, url)| (*window, form(url.split_once('?').unwrap().1).remove("prompt"))).collect()
}

fn last_status(tab: &Tab) -> String {
    tab.world.statuses.borrow().last().cloned().unwrap_or_default()
}

#[test]
fn a_popup_signs_in_and_the_page_stays_where_it_is() {
    let tab = Tab::new("memory");
    tab.start();
    let before = tab.world.url.borrow().clone();
    assert_eq!(popup(&tab, Ok("code=c1")), Ok(()));
    assert!(tab.is_signed_in());
    assert_eq!(visits(&tab), [(Window::Popup, None)]);
    assert_eq!(*tab.world.url.borrow(), before);
    assert!(tab.world.left_for.borrow().is_none());
    assert_eq!(tab.world.requests_to("/token"), 1);
}

/// A page may outlive what is written down for all tabs.
#[test]
fn a_popup_signs_in_where_the_browser_has_lost_the_count() {
    let tab = Tab::signed_in("memory", 3600);
    for _ in 0..3 {
        assert!(tab.want(Need { force: true, ..Need::default() }).take().unwrap().is_ok());
    }
    tab.world.mark.set(Mark::default());
    assert_eq!(popup(&tab, Ok("code=c2")), Ok(()));
    assert_eq!(tab.session.inspect().generation, 5);
}

/// A06
#[test]
fn nothing_of_it_is_stored_and_its_state_tells_the_page_it_comes_back_to() {
    let tab = Tab::new("session");
    tab.start();
    popup(&tab, Ok("code=c1")).unwrap();
    let journal = tab.world.journal.borrow();
    assert!(!journal.iter().any(|line| line == "save transaction"), "{journal:?}");
    let visits = tab.world.visits.borrow();
    let asked = form(visits[0].1.split_once('?').unwrap().1);
    assert_eq!(asked["state"].split_once('.').map(|(_, mark)| mark), Some("w"));
}

#[test]
fn a_popup_that_brings_nothing_changes_nothing() {
    for (comes_back, code) in [
        (Err(Error::new(Kind::PopupBlocked)), "popup_blocked"),
        (Err(Error::new(Kind::PopupClosed)), "popup_closed"),
        (Ok("error=access_denied"), "access_denied"),
        (Ok("code=c1&error=access_denied"), "callback_malformed"),
        (Ok("code=c1&iss=https://other.example"), "callback_parameter_duplicate"),
        (Ok("code=c1&code=c2"), "callback_parameter_duplicate"),
    ] {
        let tab = Tab::new("memory");
        tab.start();
        let statuses = tab.world.statuses.borrow().len();
        let refused = popup(&tab, comes_back).unwrap_err();
        assert_eq!(refused.kind.entry().code, code);
        assert_eq!(tab.world.statuses.borrow().len(), statuses, "{code}");
        assert_eq!(tab.world.requests_to("/token"), 0, "{code}");
    }
}

#[cfg(all(feature = "dpop", feature = "par"))]
#[test]
fn nobody_is_sent_to_the_provider_by_a_page_that_was_disposed_of() {
    for path in ["/.well-known/openid-configuration", "/par"] {
        for window in [None, Some(Window::Popup), Some(Window::Frame)] {
            let tab = Tab::with("session", r#""dpop":true,"par":true"#);
            tab.world.announce(&[super::support::PAR]);
            tab.start();
            tab.world.gate_closed.set(true);
            tab.world.gated_path.set(path);
            let session = Rc::clone(&tab.session);
            tab.world.spawned.borrow_mut().push(Box::pin(async move {
                let refused = session.sign_in(SignInOptions::default(), window).await.unwrap_err();
                assert_eq!(refused.kind, Kind::Disposed);
            }));
            tab.run();
            tab.session.dispose();
            tab.world.open_gate();
            tab.run();
            assert!(tab.world.spawned.borrow().is_empty(), "it ends");
            assert_eq!(tab.world.requests_to(path), 1);
            assert_eq!(visits(&tab), []);
            assert_eq!(*tab.world.left_for.borrow(), None);
            assert!(tab.world.stored.borrow().is_empty() && tab.world.keys.borrow().is_empty());
        }
    }
}

#[test]
fn a_popup_that_is_closed_keeps_the_session_there_is() {
    let tab = Tab::signed_in("memory", 3600);
    popup(&tab, Err(Error::new(Kind::PopupClosed))).unwrap_err();
    assert!(tab.is_signed_in());
}

#[cfg(feature = "dpop")]
#[test]
fn the_key_of_a_sign_in_that_comes_to_nothing_is_forgotten() {
    for comes_back in [Err(Error::new(Kind::PopupClosed)), Ok("error=access_denied"), Ok("code=c1&code=c2")] {
        let tab = Tab::with("memory", r#""dpop":true"#);
        tab.start();
        popup(&tab, comes_back).unwrap_err();
        assert_eq!(tab.world.keys.borrow().len(), 0);
    }
    let tab = restored(Tab::with("memory", r#""dpop":true"#), Err(Error::new(Kind::InteractionRequired)));
    assert_eq!(tab.world.keys.borrow().len(), 0);
}

/// P11; what another tab signed in with meanwhile is not the session whose place it would have taken.
#[cfg(feature = "dpop")]
#[test]
fn a_frame_that_was_overtaken_takes_its_own_key_along_and_no_other() {
    let other = Tab::with("memory", r#""dpop":true"#).go(SignInOptions::default());
    let offered = other.world.said.borrow().last().cloned().unwrap();
    let keys = other.world.keys.borrow().clone();
    let nonce = other.world.nonce.borrow().clone();
    other.world.gate_closed.set(true);
    let tab = restored(other.reloaded(), Ok("code=c2"));
    assert_eq!(tab.world.requests_to("/token"), 2, "the code is on its way");
    tab.session.hear(&offered);
    tab.run();
    assert_eq!(last_status(&tab), "signedIn stale=false");
    tab.world.open_gate();
    tab.run();
    assert_eq!(*tab.world.keys.borrow(), keys);
    tab.world.nonce.replace(nonce);
    assert!(tab.want(Need { force: true, ..Need::default() }).take().unwrap().is_ok());
}

/// P11
#[cfg(feature = "dpop")]
#[test]
fn a_frame_that_renews_the_session_takes_the_place_of_the_key_before() {
    let before = Tab::with("memory", r#""dpop":true"#);
    before.world.token_changes.borrow_mut().push(("refresh_token".to_owned(), String::new()));
    let tab = before.go(SignInOptions::default());
    let keys = tab.world.keys.borrow().clone();
    tab.world.visitors.borrow_mut().push_back(Ok("code=c2".to_owned()));
    tab.pass(HOUR_MS);
    assert_eq!(last_status(&tab), "signedIn stale=false");
    assert_eq!(tab.world.keys.borrow().len(), 1);
    assert!(tab.world.keys.borrow().is_disjoint(&keys));
}

/// P11; the next page goes on with what is stored.
#[cfg(feature = "dpop")]
#[test]
fn a_popup_whose_page_was_disposed_of_leaves_the_key_of_the_session_before() {
    let tab = Tab::with("session", r#""dpop":true"#).go(SignInOptions::default());
    let keys = tab.world.keys.borrow().clone();
    let nonce = tab.world.nonce.borrow().clone();
    tab.world.gate_closed.set(true);
    tab.world.visitors.borrow_mut().push_back(Ok("code=c2".to_owned()));
    let session = Rc::clone(&tab.session);
    tab.world.spawned.borrow_mut().push(Box::pin(async move {
        let options = SignInOptions { popup: true, ..SignInOptions::default() };
        let tokens = session.sign_in(options, Some(Window::Popup)).await.unwrap();
        assert!(session.arrive(tokens.unwrap()).await.is_err());
    }));
    tab.run();
    assert_eq!(tab.world.requests_to("/token"), 2, "the code is on its way");
    tab.session.dispose();
    tab.world.open_gate();
    tab.run();
    assert_eq!(*tab.world.keys.borrow(), keys);
    tab.world.nonce.replace(nonce);
    let again = tab.reloaded();
    again.start();
    assert!(again.want(Need { force: true, ..Need::default() }).take().unwrap().is_ok());
}

#[test]
fn a_page_that_was_signed_in_is_again_without_the_user() {
    let tab = restored(Tab::new("memory"), Ok("code=c1"));
    assert_eq!(last_status(&tab), "signedIn stale=false");
    assert_eq!(visits(&tab), [(Window::Frame, Some("none".to_owned()))]);
}

#[test]
fn what_the_provider_does_not_give_is_not_asked_for_again() {
    for comes_back in
        [Ok("error=login_required"), Err(Error::new(Kind::InteractionRequired)), Err(Error::new(Kind::TimedOut))]
    {
        let tab = restored(Tab::new("memory"), comes_back);
        assert_eq!(last_status(&tab), "signedOut notRestored");
        tab.pass(24 * 60 * 60 * 1000);
        tab.session.wake();
        tab.run();
        assert_eq!(visits(&tab).len(), 1);
    }
}

#[test]
fn nobody_is_asked_where_the_app_does_not_want_it() {
    let tab = restored(Tab::with("memory", r#""silent":false"#), Ok("code=c1"));
    assert_eq!(last_status(&tab), "signedOut notRestored");
    assert_eq!(visits(&tab), []);
}

#[test]
fn what_comes_back_after_a_sign_out_is_dropped() {
    let tab = Tab::new("memory");
    tab.world.gate_closed.set(true);
    let tab = restored(tab, Ok("code=c1"));
    assert_eq!(tab.world.requests_to("/token"), 1, "the code is on its way");
    tab.sign_out(false, false);
    tab.world.open_gate();
    tab.run();
    assert!(!tab.is_signed_in());
    assert_eq!(last_status(&tab), "signedOut signOut");
}

#[test]
fn without_a_refresh_token_the_provider_is_asked_without_the_user() {
    let tab = without_refresh_token(3600);
    tab.world.visitors.borrow_mut().push_back(Ok("code=c2".to_owned()));
    tab.pass(HOUR_MS);
    assert_eq!(visits(&tab), [(Window::Frame, Some("none".to_owned()))]);
    assert_eq!(last_status(&tab), "signedIn stale=false");
    assert_eq!(tab.want(Need::default()).take().unwrap().unwrap(), "access-2");
}

/// I11
#[test]
fn another_user_is_not_taken_for_the_one_who_was_signed_in() {
    let tab = without_refresh_token(3600);
    tab.world.id_token_changes.borrow_mut().push(("sub".to_owned(), "\"eve\"".to_owned()));
    tab.world.visitors.borrow_mut().push_back(Ok("code=c2".to_owned()));
    tab.pass(HOUR_MS);
    assert_eq!(last_status(&tab), "signedOut expired");
    assert!(codes(&tab).contains(&"interaction_required"), "{:?}", codes(&tab));
}

#[test]
fn a_frame_that_gets_no_answer_costs_no_session() {
    let tab = without_refresh_token(3600);
    tab.world.visitors.borrow_mut().extend([Err(Error::new(Kind::TimedOut)), Ok("code=c2".to_owned())]);
    tab.pass(HOUR_MS + 60_000);
    assert_eq!(visits(&tab).len(), 2);
    assert_eq!(codes(&tab), ["timed_out"]);
    assert_eq!(last_status(&tab), "signedIn stale=false");
}
