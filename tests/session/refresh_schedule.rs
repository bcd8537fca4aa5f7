//! When a token is refreshed.

use super::support::{Answer, START_MS, Tab};
use proptest::prelude::*;
use tokenward::core::session::refresh::{LONGEST_SLEEP_MS, Schedule, retry_delay_ms};

#[test]
fn refresh_comes_300_s_before_expiry_and_never_before_half_the_lifetime() {
    let after_s = |lifetime_s| Schedule::new(lifetime_s, 300).refresh_after_ms / 1000;
    let table = [(3600, 3300), (900, 600), (600, 300), (599, 299), (300, 150), (10, 5), (1, 0), (2_592_000, 2_591_700)];
    for (lifetime_s, expected_s) in table {
        assert_eq!(after_s(lifetime_s), expected_s, "a token of {lifetime_s} s");
    }
}

#[test]
fn a_token_of_900_s_is_planned_for_600_s() {
    let tab = Tab::signed_in("memory", 900);
    assert_eq!(tab.session.inspect().refresh_at_wall_ms, Some(START_MS + 600_000));
    assert_eq!(tab.session.inspect().expires_at_wall_ms, Some(START_MS + 900_000));
    tab.pass(599_999);
    assert_eq!(tab.world.requests_to("/token"), 1, "nothing before its time");
    tab.pass(1);
    assert_eq!(tab.world.requests_to("/token"), 2, "then one refresh");
}

/// R01, R02
#[test]
fn a_token_of_10_s_refreshes_at_half_its_life_ten_times_with_one_request_each() {
    let tab = Tab::signed_in("memory", 10);
    for round in 1..=10 {
        tab.world.answer_with(&[Answer::Tokens(10)]);
        tab.pass(4_999);
        assert_eq!(tab.world.requests_to("/token"), round, "not before half its life");
        tab.pass(1);
        assert_eq!(tab.world.requests_to("/token"), round + 1, "one request in round {round}");
    }
    let sent: Vec<_> =
        tab.world.requests.borrow().iter().filter(|line| line.contains("refresh_token=")).cloned().collect();
    for (index, line) in sent.iter().enumerate() {
        assert!(line.contains(&format!("refresh_token=refresh-{}&", index + 1)), "each refresh token once: {line}");
    }
}

/// T04
#[test]
fn without_expires_in_nothing_is_planned_and_the_token_is_used_until_an_api_refuses_it() {
    let tab = Tab::signed_in("memory", 900);
    let body = r#"{"access_token":"endless","token_type":"bearer"}"#;
    tab.world.answer_with(&[Answer::Raw(200, body.to_owned())]);
    tab.pass(600_000);
    assert_eq!(tab.session.inspect().expires_at_wall_ms, None);
    assert_eq!(tab.session.inspect().refresh_at_wall_ms, None);
    tab.pass(30 * 86_400_000);
    assert_eq!(tab.world.requests_to("/token"), 2, "no lifetime is invented");
}

#[test]
fn a_token_of_30_days_does_not_overflow_the_timer() {
    let tab = Tab::signed_in("memory", 30 * 86_400);
    let due = tab.world.timer.borrow().as_ref().map(|at| *at - START_MS);
    assert_eq!(due, Some(LONGEST_SLEEP_MS), "a timer never sleeps longer than a minute at a stretch");
    tab.pass((30 * 86_400 - 301) * 1000);
    assert_eq!(tab.world.requests_to("/token"), 1);
    tab.pass(1_000);
    assert_eq!(tab.world.requests_to("/token"), 2);
}

#[test]
fn after_sleep_the_first_look_at_the_clock_refreshes() {
    let tab = Tab::signed_in("memory", 3600);
    // The device slept: the wall clock went on, the monotonic one and the timer did not.
    tab.world.wall_ms.set(START_MS + 8 * 3_600_000);
    tab.session.wake();
    tab.run();
    assert_eq!(tab.world.requests_to("/token"), 2);
    assert!(tab.is_signed_in());
}

#[test]
fn a_clock_set_back_does_not_keep_a_token_alive() {
    let tab = Tab::signed_in("memory", 900);
    tab.world.wall_ms.set(START_MS - 3_600_000);
    tab.world.monotonic_ms.set(1_000 + 600_000);
    tab.session.wake();
    tab.run();
    assert_eq!(tab.world.requests_to("/token"), 2, "the monotonic clock says that it is time");
}

#[test]
fn a_clock_set_forward_costs_one_early_refresh() {
    let tab = Tab::signed_in("memory", 900);
    tab.world.wall_ms.set(START_MS + 3_600_000);
    tab.session.wake();
    tab.run();
    tab.session.wake();
    tab.run();
    assert_eq!(tab.world.requests_to("/token"), 2);
    assert!(tab.is_signed_in());
}

proptest! {
    #[test]
    fn the_times_of_a_token_are_in_order(lifetime_s in 1_u64..=31_536_000, before_s in 0_u64..=86_400) {
        let schedule = Schedule::new(lifetime_s, before_s);
        prop_assert!(schedule.refresh_after_ms >= schedule.dead_after_ms / 2);
        prop_assert!(schedule.refresh_after_ms <= schedule.dead_after_ms);
        prop_assert!(schedule.stale_after_ms < schedule.dead_after_ms);
    }

    /// R03
    #[test]
    fn a_retry_waits_at_least_what_the_provider_asks_up_to_an_hour_and_never_so_long_unasked(
        attempt in 1_u32..=1000, random: u8, asked in proptest::option::of(0_u32..=7200)
    ) {
        let delay_ms = retry_delay_ms(attempt, random, asked);
        prop_assert!(delay_ms >= 1_000);
        prop_assert!(delay_ms >= u64::from(asked.unwrap_or(0).min(3600)) * 1000);
        let most_ms = if asked.is_some() { 3_600_000 } else { 300_000 };
        prop_assert!(delay_ms <= most_ms);
    }
}
