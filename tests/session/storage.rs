//! What is stored, when, and what comes of it.

use super::support::{Answer, Tab};
use std::rc::Rc;
use tokenward::core::session::effect::{Event, Need};

fn reload(tab: &Tab, storage: &str) -> Tab {
    tab.world.url.replace("https://app.example/".to_owned());
    tab.world.monotonic_ms.set(50);
    let again = Tab::over(Rc::clone(&tab.world), storage);
    again.start();
    again
}

/// C11
#[test]
fn memory_stores_nothing() {
    let tab = Tab::signed_in("memory", 3600);
    assert!(tab.world.stored.borrow().is_empty());
    assert!(!reload(&tab, "memory").is_signed_in());
}

#[test]
fn session_survives_a_reload_with_its_age() {
    let tab = Tab::signed_in("session", 900);
    tab.world.wall_ms.set(tab.world.wall_ms.get() + 400_000);
    let again = reload(&tab, "session");
    assert!(again.is_signed_in());
    assert!(matches!(&again.world.events.borrow()[1], Event::SignedIn { restored: true, return_to: None }));
    again.pass(199_999);
    assert_eq!(again.world.requests_to("/token"), 1);
    again.pass(1);
    assert_eq!(again.world.requests_to("/token"), 2, "600 s after receipt, not after the reload");
}

#[test]
fn a_stored_session_whose_token_has_expired_is_refreshed_at_once() {
    let tab = Tab::signed_in("session", 900);
    tab.world.wall_ms.set(tab.world.wall_ms.get() + 86_400_000);
    let again = reload(&tab, "session");
    assert!(again.is_signed_in());
    assert_eq!(again.world.requests_to("/token"), 2);
}

/// R01
#[test]
fn new_tokens_are_stored_before_anybody_gets_them() {
    let tab = Tab::signed_in("session", 3600);
    tab.world.journal.borrow_mut().clear();
    let answer = tab.want(Need { force: true, ..Need::default() });
    assert_eq!(answer.take().unwrap().unwrap(), "access-2");
    let journal = tab.world.journal.borrow();
    assert!(journal[1].starts_with("POST /token"), "{journal:?}");
    assert_eq!(journal[0], "lock");
    assert_eq!(journal[2..], ["save session", "say", "unlock", "signedIn stale=false"]);
}

#[test]
fn a_record_that_was_tampered_with_is_no_session() {
    for broken in ["", "null", "{}", "[1]", r#"{"access_token":"a"}"#] {
        let tab = Tab::signed_in("session", 3600);
        let name = tab.world.stored.borrow().keys().next().unwrap().clone();
        tab.world.stored.borrow_mut().insert(name, broken.to_owned());
        assert!(!reload(&tab, "session").is_signed_in(), "{broken}");
    }
}

#[test]
fn a_full_store_costs_the_reload_its_session_and_nothing_else() {
    let tab = Tab::signed_in("session", 3600);
    tab.world.store_is_broken.set(true);
    tab.world.answer_with(&[Answer::Tokens(3600)]);
    let answer = tab.want(Need { force: true, ..Need::default() });
    assert_eq!(answer.take().unwrap().unwrap(), "access-2");
}
