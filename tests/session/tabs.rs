//! What a tab owes the others, seen through its driver. Every order of what several do is in tests/simulation.

use super::support::{Answer, Tab};
use std::rc::Rc;
use tokenward::core::base::error::Kind;
use tokenward::core::session::effect::Need;
use tokenward::core::session::message::Mark;

/// R03, L09
#[test]
fn the_refusal_of_one_session_does_not_end_the_one_that_began_meanwhile() {
    let tab = Tab::signed_in("memory", 3600);
    tab.world.gate_closed.set(true);
    let answer = tab.want(Need { force: true, ..Need::default() });
    let newer = Mark { generation: 2, over: false, written: false };
    tab.world.mark.set(newer);
    tab.world.answer_with(&[Answer::Raw(400, r#"{"error":"invalid_grant"}"#.to_owned())]);
    tab.world.open_gate();
    tab.run();
    assert!(answer.take().unwrap().is_err());
    assert_eq!(tab.world.mark.get(), newer, "the end is not written down");
    assert_eq!(tab.world.said.borrow().last().unwrap(), r#"{"ask":1}"#);
}

#[test]
fn a_tab_that_is_disposed_at_once_takes_no_lock() {
    let tab = Tab::signed_in("memory", 3600);
    tab.world.journal.borrow_mut().clear();
    let (asking, disposing) = (Rc::clone(&tab.session), Rc::clone(&tab.session));
    tab.world.spawned.borrow_mut().push(Box::pin(async move {
        assert!(asking.token(Need { force: true, ..Need::default() }, None).await.is_err());
    }));
    tab.world.spawned.borrow_mut().push(Box::pin(async move { disposing.dispose() }));
    tab.run();
    assert!(!tab.world.journal.borrow().iter().any(|line| line == "lock"), "{:?}", tab.world.journal);
}

/// R01
#[test]
fn what_a_refresh_brings_to_a_page_that_was_disposed_of_is_stored_and_told_before_the_lock_is_given_back() {
    for storage in ["memory", "session"] {
        let tab = Tab::signed_in(storage, 3600);
        tab.world.gate_closed.set(true);
        let answer = tab.want(Need { force: true, ..Need::default() });
        tab.session.dispose();
        tab.run();
        assert_eq!(answer.take().unwrap().unwrap_err().kind, Kind::Disposed);
        tab.world.journal.borrow_mut().clear();
        tab.world.open_gate();
        tab.run();
        let stored: &[&str] = if storage == "session" { &["save session"] } else { &[] };
        assert_eq!(*tab.world.journal.borrow(), [stored, &["say", "unlock"]].concat(), "{storage}");
        assert!(tab.world.said.borrow().last().unwrap().contains("refresh-2"), "{storage}");
    }
}
