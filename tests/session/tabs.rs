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

/// R01, R03
#[test]
fn the_end_of_a_session_whose_page_was_disposed_of_is_written_down_and_told_before_the_lock_is_given_back() {
    let tab = Tab::signed_in("memory", 3600);
    tab.world.gate_closed.set(true);
    let answer = tab.want(Need { force: true, ..Need::default() });
    tab.session.dispose();
    tab.run();
    assert_eq!(answer.take().unwrap().unwrap_err().kind, Kind::Disposed);
    tab.world.journal.borrow_mut().clear();
    tab.world.answer_with(&[Answer::Raw(400, r#"{"error":"invalid_grant"}"#.to_owned())]);
    tab.world.open_gate();
    tab.run();
    assert_eq!(*tab.world.journal.borrow(), ["say", "unlock"]);
    assert_eq!(*tab.world.said.borrow().last().unwrap(), r#"{"over":2,"expired":true}"#);
    assert_eq!(tab.world.mark.get(), Mark { generation: 2, over: true, written: false });
}

/// L09
#[test]
fn a_sign_out_is_written_down_and_told_by_a_page_that_is_disposed_of_at_once() {
    let tab = Tab::signed_in("memory", 3600);
    tab.world.journal.borrow_mut().clear();
    let (leaving, disposing) = (Rc::clone(&tab.session), Rc::clone(&tab.session));
    tab.world.spawned.borrow_mut().push(Box::pin(async move { leaving.sign_out(false, false).await.unwrap() }));
    tab.world.spawned.borrow_mut().push(Box::pin(async move { disposing.dispose() }));
    tab.run();
    assert_eq!(*tab.world.journal.borrow(), ["signedOut signOut", "say", "unlock"]);
    assert_eq!(*tab.world.said.borrow().last().unwrap(), r#"{"over":2,"expired":false}"#);
    assert_eq!(tab.world.mark.get(), Mark { generation: 2, over: true, written: false });
}

/// Giving the lock back is also what closes the channel, so it comes where the lock was never had.
#[test]
fn a_page_that_is_disposed_of_with_nothing_under_way_gives_the_lock_back_at_once() {
    let (signed_in, signed_out) = (Tab::signed_in("memory", 3600), Tab::new("memory"));
    signed_out.start();
    for tab in [signed_in, signed_out, Tab::new("memory")] {
        tab.world.journal.borrow_mut().clear();
        tab.session.dispose();
        tab.run();
        assert_eq!(*tab.world.journal.borrow(), ["unlock"]);
    }
}

/// L09; as on a page of the provider's sign-out that clears what is stored (`Clear-Site-Data`).
#[test]
fn the_end_is_told_as_the_newest_where_the_browser_has_lost_the_count() {
    let tab = Tab::signed_in("memory", 3600);
    for _ in 0..3 {
        assert!(tab.want(Need { force: true, ..Need::default() }).take().unwrap().is_ok());
    }
    tab.world.mark.set(Mark::default());
    tab.sign_out(false, false);
    assert_eq!(*tab.world.said.borrow().last().unwrap(), r#"{"over":5,"expired":false}"#);
}

/// What another tab says of a failure of the first token set, that long ago.
fn wait(tab: &Tab, since_ms: u64, asked_s: u64) -> String {
    let since = tab.world.wall_ms.get() - since_ms;
    format!(r#"{{"wait":1,"since":{since},"attempt":1,"asked":{asked_s},"status":429}}"#)
}

/// R03
#[test]
fn a_refresh_that_failed_is_told_to_the_others_before_the_lock_is_given_back() {
    let tab = Tab::signed_in("memory", 900);
    tab.world.answer_with(&[Answer::Busy(60)]);
    tab.world.journal.borrow_mut().clear();
    tab.pass(600_000);
    assert_eq!(*tab.world.said.borrow().last().unwrap(), wait(&tab, 0, 60));
    let journal = tab.world.journal.borrow();
    let place = |what: &str| journal.iter().position(|line| line == what).unwrap();
    assert!(place("say") < place("unlock"), "{journal:?}");
}

/// R03
#[test]
fn what_another_tab_was_told_to_wait_this_one_waits_as_well() {
    let tab = Tab::signed_in("memory", 900);
    tab.pass(599_000);
    tab.session.hear(&wait(&tab, 10_000, 60));
    tab.run();
    assert_eq!(tab.world.statuses.borrow().last().unwrap(), "signedIn stale=true");
    assert_eq!(tab.want(Need::default()).take().unwrap().unwrap(), "access-1", "the token still lives");
    let refused = tab.want(Need { force: true, ..Need::default() }).take().unwrap().unwrap_err();
    assert_eq!((refused.kind, refused.status), (Kind::RateLimited, Some(429)));
    tab.session.wake();
    tab.run();
    tab.pass(49_999);
    assert_eq!(tab.world.requests_to("/token"), 1, "nothing before the time that the provider named");
    tab.pass(1);
    assert_eq!(tab.world.requests_to("/token"), 2);
    assert_eq!(tab.world.statuses.borrow().last().unwrap(), "signedIn stale=false");
}

/// R03
#[test]
fn who_waits_for_the_lock_gets_the_failure_of_the_tab_that_had_it() {
    let tab = Tab::signed_in("memory", 900);
    tab.world.lock_is_taken.set(true);
    let answer = tab.want(Need { force: true, ..Need::default() });
    assert!(answer.borrow().is_none());
    tab.session.hear(&wait(&tab, 0, 0).replace("429", "0"));
    tab.run();
    assert_eq!(answer.take().unwrap().unwrap_err().kind, Kind::NetworkFailed);
    tab.world.lock_is_taken.set(false);
    tab.session.wake();
    tab.run();
    assert_eq!(tab.world.requests_to("/token"), 2, "nobody asked to wait: who is back may try");
}

/// R03
#[test]
fn no_message_holds_a_tab_off_that_is_about_other_tokens_or_over_and_none_for_more_than_an_hour() {
    let tab = Tab::signed_in("memory", 7200);
    let ahead = wait(&tab, 0, 60).replace(r#""wait":1"#, r#""wait":2"#);
    let behind = ahead.replace(r#""wait":2"#, r#""wait":0"#);
    for other in [ahead, behind, wait(&tab, 60_000, 60), r#"{"wait":1}"#.to_owned()] {
        tab.session.hear(&other);
        tab.run();
        assert!(!tab.world.statuses.borrow().iter().any(|status| status == "signedIn stale=true"), "{other}");
    }
    let since = u64::MAX;
    tab.session.hear(&format!(r#"{{"wait":1,"since":{since},"attempt":4294967295,"asked":4294967295,"status":429}}"#));
    tab.run();
    tab.pass(3_599_999);
    assert_eq!(tab.world.requests_to("/token"), 1);
    tab.pass(1);
    assert_eq!(tab.world.requests_to("/token"), 2);
}

#[test]
fn a_provider_that_asks_to_wait_for_years_is_heeded_for_an_hour() {
    let tab = Tab::signed_in("memory", 900);
    tab.world.answer_with(&[Answer::Busy(u32::MAX)]);
    tab.pass(600_000);
    tab.pass(3_599_999);
    assert_eq!(tab.world.requests_to("/token"), 2);
    tab.pass(1);
    assert_eq!(tab.world.requests_to("/token"), 3);
}

#[test]
fn a_new_tab_is_told_to_wait_with_the_tokens_that_it_is_given() {
    let tab = Tab::signed_in("memory", 900);
    tab.world.answer_with(&[Answer::Busy(60)]);
    tab.pass(600_000);
    tab.world.said.borrow_mut().clear();
    tab.pass(5_000);
    tab.session.hear(r#"{"ask":0}"#);
    tab.run();
    let said = tab.world.said.borrow();
    assert!(said[0].contains("refresh-1"));
    assert_eq!(said[1], wait(&tab, 5_000, 60));
}

/// R03
#[test]
fn what_the_provider_refused_is_not_counted_among_the_questions_that_no_tab_answered() {
    let tab = Tab::signed_in("memory", 900);
    tab.world.answer_with(&vec![Answer::Silence; 8]);
    tab.pass(900_000);
    tab.world.mark.set(Mark { generation: 2, over: false, written: false });
    tab.session.wake();
    tab.run();
    tab.pass(500);
    assert!(tab.is_signed_in(), "one question is not enough to give up");
}
