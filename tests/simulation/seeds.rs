//! Runs that broke an invariant once, made as short as they can be, so that they outlive changes of how seeds make runs.

use super::provider::{Outcome, Rotation};
use super::schedule::Run;
use super::world::{Action, Rules, Wish};

/// What most runs are made under.
const USUAL: Rules = Rules {
    keeps: false,
    silent: false,
    before_expiry_s: 300,
    lifetime_s: Some(600),
    rotation: Rotation::Strict,
    mark_is_broken: false,
    lock_is_broken: false,
    channel_is_reliable: true,
};

fn holds(rules: Rules, steps: &[Action]) {
    let run = Run { rules, steps: steps.to_vec() };
    let found = run.repeat(false).violation;
    assert_eq!(found, None, "{}", run.story());
}

/// R03
///
/// The refusal of an old session was written down as the end of the one that had begun meanwhile.
#[test]
fn a_refused_session_does_not_take_a_newer_one_along() {
    let rules = Rules { keeps: true, before_expiry_s: 30, lifetime_s: Some(10), channel_is_reliable: false, ..USUAL };
    holds(
        rules,
        &[
            Action::Open,
            Action::Open,
            Action::Pass(40000),
            Action::SignIn(0, 0),
            Action::Pass(600),
            Action::Want(0, Wish::Lasting),
            Action::Pass(30000),
            Action::Arrive(0, Outcome::Unheard),
            Action::Reply(0),
            Action::Deliver(1),
            Action::Pass(1365),
            Action::SignIn(0, 0),
        ],
    );
}

/// L09
///
/// The answer to prompt=none, asked for before the sign-out, signed every tab in again.
#[test]
fn tokens_that_no_user_asked_for_yield_to_a_sign_out() {
    let rules = Rules {
        keeps: true,
        silent: true,
        before_expiry_s: 30,
        lifetime_s: Some(3600),
        rotation: Rotation::Absent,
        ..USUAL
    };
    holds(
        rules,
        &[
            Action::Open,
            Action::Perform(0),
            Action::Open,
            Action::Open,
            Action::Open,
            Action::SignIn(0, 0),
            Action::Pass(60000),
            Action::Want(1, Wish::Another),
            Action::Perform(1),
            Action::Perform(1),
            Action::Grant,
            Action::SignOut(3),
        ],
    );
}

/// R02
///
/// Another tab got the lock before the sign-in was written down, and presented the refresh token again.
#[test]
fn a_sign_in_over_a_refresh_keeps_the_lock() {
    let rules = Rules { silent: true, lifetime_s: Some(60), ..USUAL };
    holds(
        rules,
        &[
            Action::Open,
            Action::Pass(40000),
            Action::SignIn(0, 0),
            Action::Perform(0),
            Action::Pass(1),
            Action::Perform(0),
            Action::Write(0),
            Action::Read(0),
            Action::Perform(0),
            Action::Perform(0),
            Action::Perform(0),
            Action::Perform(0),
            Action::Perform(0),
            Action::Perform(0),
            Action::Perform(0),
            Action::Open,
            Action::Pass(29999),
            Action::Fire(0),
            Action::Pass(600),
            Action::SignIn(0, 0),
            Action::Perform(0),
            Action::Fire(1),
            Action::Perform(1),
            Action::Perform(1),
            Action::Perform(0),
            Action::Grant,
            Action::Write(1),
        ],
    );
}

/// R03
///
/// A refresh that failed and brought a refresh token had all other tabs try at once.
#[test]
fn the_failure_of_another_tab_ends_no_rest() {
    let rules = Rules { lifetime_s: Some(10), lock_is_broken: true, ..USUAL };
    holds(
        rules,
        &[
            Action::Open,
            Action::Open,
            Action::Pass(600),
            Action::Start(1, false),
            Action::SignIn(0, 1),
            Action::Pass(100),
            Action::Pass(4950),
            Action::Fire(1),
            Action::Fire(0),
            Action::Pass(600),
            Action::Arrive(0, Outcome::Busy(100)),
            Action::Arrive(0, Outcome::Unchecked),
        ],
    );
}

/// L09
///
/// The tab signed in although it knew of the end.
#[test]
fn an_end_that_comes_before_the_answer_of_the_mark_counts() {
    let rules = Rules { keeps: true, before_expiry_s: 30, lifetime_s: Some(3600), ..USUAL };
    holds(
        rules,
        &[
            Action::Open,
            Action::Open,
            Action::Pass(40000),
            Action::Open,
            Action::SignIn(1, 0),
            Action::Pass(100),
            Action::Freeze(1),
            Action::Write(1),
            Action::SignOut(0),
            Action::SignIn(2, 0),
            Action::Pass(49950),
            Action::Thaw(1),
            Action::Pass(59950),
        ],
    );
}

/// L09
///
/// Tokens of another tab were taken after the first, and kept after the second.
#[test]
fn what_comes_between_two_sign_outs_ends_with_the_second() {
    let rules = Rules {
        silent: true,
        before_expiry_s: 30,
        rotation: Rotation::Replay(10000),
        channel_is_reliable: false,
        ..USUAL
    };
    holds(
        rules,
        &[
            Action::Open,
            Action::Open,
            Action::Pass(40000),
            Action::SignOut(1),
            Action::Perform(1),
            Action::Perform(1),
            Action::Perform(1),
            Action::Perform(1),
            Action::Perform(1),
            Action::Write(1),
            Action::Perform(1),
            Action::SignIn(0, 0),
            Action::SignOut(1),
            Action::Perform(0),
            Action::Perform(0),
            Action::Perform(1),
            Action::Perform(0),
            Action::Perform(1),
            Action::Write(0),
            Action::Perform(1),
            Action::Perform(1),
            Action::Perform(1),
            Action::Perform(1),
            Action::Read(0),
            Action::Perform(0),
            Action::Read(1),
            Action::Perform(1),
            Action::Perform(0),
            Action::Perform(1),
            Action::Deliver(0),
        ],
    );
}

/// L09
///
/// It was not heeded, and the sign-in that had been written down before it went on.
#[test]
fn an_end_that_is_told_of_while_signing_out_counts() {
    let rules = Rules { lifetime_s: Some(10), rotation: Rotation::Sibling(10000), channel_is_reliable: false, ..USUAL };
    holds(
        rules,
        &[
            Action::Open,
            Action::Open,
            Action::Open,
            Action::Pass(40000),
            Action::SignOut(2),
            Action::Pass(100),
            Action::SignIn(2, 0),
            Action::Perform(2),
            Action::Perform(2),
            Action::Perform(2),
            Action::Write(2),
            Action::Write(2),
            Action::SignOut(0),
            Action::Perform(0),
            Action::Perform(0),
            Action::Perform(0),
            Action::Perform(0),
            Action::Write(0),
            Action::Perform(0),
            Action::Perform(0),
            Action::Read(0),
            Action::Perform(0),
            Action::Perform(0),
            Action::Deliver(1),
            Action::SignIn(1, 0),
        ],
    );
}

/// A reloaded page took older tokens before it had read its own, and stored them over the newest.
#[test]
fn an_older_offer_does_not_replace_what_is_stored() {
    let rules = Rules { keeps: true, lifetime_s: Some(60), ..USUAL };
    holds(
        rules,
        &[
            Action::Open,
            Action::Kill(0, 1),
            Action::Open,
            Action::Open,
            Action::Pass(100),
            Action::SignIn(1, 0),
            Action::Pass(40000),
            Action::Arrive(0, Outcome::Served),
            Action::Reply(0),
            Action::Perform(1),
            Action::Perform(1),
            Action::Open,
            Action::Perform(3),
            Action::Reload(1, 1),
            Action::Start(3, false),
            Action::Pass(40000),
        ],
    );
}

/// R03
///
/// A tab asked the provider that had told another to wait.
#[test]
fn no_tab_asks_before_the_time_that_another_was_told() {
    holds(
        USUAL,
        &[
            Action::Open,
            Action::Open,
            Action::Open,
            Action::Pass(40000),
            Action::SignIn(2, 0),
            Action::Pass(600),
            Action::Want(2, Wish::Refused),
            Action::Pass(600),
            Action::Arrive(0, Outcome::Busy(7)),
            Action::Want(0, Wish::Refused),
            Action::Pass(30000),
        ],
    );
}

/// R01
///
/// A page that went in between left a count without the tokens that it was of.
#[test]
fn what_is_counted_is_stored_already() {
    let rules = Rules { keeps: true, channel_is_reliable: false, ..USUAL };
    holds(rules, &[Action::Open, Action::Perform(0), Action::SignIn(0, 0)]);
}

/// L09
///
/// A page that was reloaded between storing new tokens and counting them heard an older offer before it had counted them itself,
/// took that for newer, and stored it over them.
#[test]
fn an_older_offer_is_no_news_to_a_page_that_restores_newer_tokens() {
    let rules = Rules { keeps: true, silent: false, before_expiry_s: 300, lifetime_s: Some(10), ..USUAL };
    holds(
        rules,
        &[
            Action::Open,
            Action::Perform(0),
            Action::Write(0),
            Action::Read(0),
            Action::SignIn(0, 0),
            Action::Perform(0),
            Action::Perform(0),
            Action::Perform(0),
            Action::Freeze(0),
            Action::Write(0),
            Action::Duplicate(0),
            Action::Pass(30000),
            Action::Pass(5000),
            Action::Reply(0),
            Action::Perform(1),
            Action::Reload(1, 2),
            Action::Thaw(0),
            Action::Pass(100),
            Action::Start(1, false),
            Action::Read(0),
            Action::Pass(40000),
        ],
    );
}
