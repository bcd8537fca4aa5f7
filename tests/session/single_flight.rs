//! However many ask, one request goes out, and everybody is answered.

use super::support::{Answer, Tab};
use tokenward::core::session::effect::Need;

/// T15, R02
#[test]
fn a_hundred_callers_over_an_expired_token_share_one_refresh() {
    let tab = Tab::signed_in("memory", 100);
    tab.world.timer.take();
    tab.world.wall_ms.set(tab.world.wall_ms.get() + 99_000);
    tab.world.gate_closed.set(true);
    let answers: Vec<_> = (0..100).map(|_| tab.want(Need::default())).collect();
    assert!(answers.iter().all(|answer| answer.borrow().is_none()), "they wait");
    tab.world.open_gate();
    tab.run();
    assert_eq!(tab.world.requests_to("/token"), 2, "the sign-in and one refresh");
    for answer in answers {
        assert_eq!(answer.take().unwrap().unwrap(), "access-2");
    }
}

#[test]
fn a_fresh_token_is_answered_without_a_request() {
    let tab = Tab::signed_in("memory", 3600);
    assert_eq!(tab.want(Need::default()).take().unwrap().unwrap(), "access-1");
    assert_eq!(tab.world.requests_to("/token"), 1);
}

#[test]
fn while_a_planned_refresh_is_under_way_calls_go_on_with_the_token_at_hand() {
    let tab = Tab::signed_in("memory", 900);
    tab.world.gate_closed.set(true);
    tab.pass(600_000);
    assert!(tab.session.inspect().refreshing);
    assert_eq!(tab.want(Need::default()).take().unwrap().unwrap(), "access-1");
    tab.world.open_gate();
    tab.run();
    assert_eq!(tab.want(Need::default()).take().unwrap().unwrap(), "access-2");
}

/// B03
#[test]
fn a_refused_token_is_refreshed_once_and_a_late_refusal_of_it_not_again() {
    let tab = Tab::signed_in("memory", 3600);
    let refused = Need { refused_generation: Some(1), ..Need::default() };
    assert_eq!(tab.want(refused.clone()).take().unwrap().unwrap(), "access-2");
    assert_eq!(tab.want(refused).take().unwrap().unwrap(), "access-2");
    assert_eq!(tab.world.requests_to("/token"), 2);
}

#[test]
fn force_refreshes_whatever_the_age() {
    let tab = Tab::signed_in("memory", 3600);
    let force = Need { force: true, ..Need::default() };
    assert_eq!(tab.want(force).take().unwrap().unwrap(), "access-2");
}

#[test]
fn a_longer_time_to_live_than_is_left_refreshes() {
    let tab = Tab::signed_in("memory", 600);
    let left = |seconds: u64| Need { min_ttl_ms: seconds * 1000, ..Need::default() };
    assert_eq!(tab.want(left(500)).take().unwrap().unwrap(), "access-1");
    tab.pass(200_000);
    assert_eq!(tab.want(left(500)).take().unwrap().unwrap(), "access-2");
}

#[test]
fn a_new_token_that_is_shorter_than_asked_for_is_answered_all_the_same() {
    let tab = Tab::signed_in("memory", 3600);
    tab.world.answer_with(&[Answer::Tokens(10)]);
    let long = Need { min_ttl_ms: 86_400_000, ..Need::default() };
    assert_eq!(tab.want(long).take().unwrap().unwrap(), "access-2");
    assert_eq!(tab.world.requests_to("/token"), 2, "no loop");
}

#[test]
fn callers_before_the_start_wait_for_it() {
    let tab = Tab::new("memory");
    let answer = tab.want(Need::default());
    assert!(answer.borrow().is_none());
    tab.start();
    assert_eq!(answer.take().unwrap().unwrap_err().kind.entry().code, "not_signed_in");
}
