//! One session over a store: every state that a request can find it in, and every outcome of a renewal.

use super::record::{now_at, record};
use super::sim::START_MS;
use std::rc::Rc;
use tokenward::core::base::error::{Error, Kind, OAuthError, Phase};
use tokenward::core::base::secret::{AccessToken, RefreshToken};
use tokenward::core::bff::record::{Entry, Record, Rest};
use tokenward::core::bff::session::{
    Answering, LEASE_MS, Landing, Outcome, Seen, Step, Terms, Use, Visit, answers_until_ms, patience_ms,
};
use tokenward::core::session::effect::Reason;
use tokenward::core::session::tokens::TokenSet;

const IN_COOKIE: Terms = Terms {
    before_expiry_s: 60,
    idle_ms: 3_600_000,
    absolute_ms: 86_400_000,
    replay_window_ms: 30_000,
    is_in_store: false,
};
const IN_STORE: Terms = Terms { is_in_store: true, ..IN_COOKIE };

/// Tokens live 300 seconds: from here on they are due, dying and dead.
const DUE_MS: u64 = 240_000;
const DYING_MS: u64 = 290_000;
const DEAD_MS: u64 = 300_000;

fn cookie(record: Record) -> Seen {
    Seen { cookie: Some(record), ..Seen::default() }
}

fn stored(entry: Entry) -> Seen {
    Seen {
        entry: Some(Entry { record: Some(entry.record.unwrap_or_else(|| record(1, 0))), ..entry }),
        ..Seen::default()
    }
}

fn plan(terms: Terms, seen: &Seen, after_ms: u64) -> Step {
    Visit::new(terms, None, now_at(after_ms)).plan(seen, now_at(after_ms))
}

fn used(step: Step) -> Use {
    match step {
        Step::Use(used) => used,
        other => panic!("{other:?}"),
    }
}

fn is_over(step: &Step, reason: Reason) -> bool {
    matches!(step, Step::Over(found) if *found == reason)
}

fn leased(after_ms: u64) -> Entry {
    Entry { leased_until_ms: Some(START_MS + after_ms + LEASE_MS), ..Entry::default() }
}

#[test]
fn fresh_tokens_are_used_wherever_they_are() {
    for (terms, seen) in [(IN_COOKIE, cookie(record(1, 0))), (IN_STORE, stored(Entry::default()))] {
        let found = used(plan(terms, &seen, DUE_MS - 1));
        assert_eq!((found.record.generation, found.is_stale), (1, false));
    }
}

#[test]
fn whoever_finds_them_due_first_takes_the_lease() {
    for (terms, seen) in [(IN_COOKIE, cookie(record(1, 0))), (IN_STORE, stored(Entry::default()))] {
        for after_ms in [DUE_MS, DYING_MS, DEAD_MS, DEAD_MS + 1_000_000] {
            let Step::Take(entry, record) = plan(terms, &seen, after_ms) else { panic!("{after_ms}") };
            assert_eq!(entry.leased_until_ms, Some(START_MS + after_ms + LEASE_MS));
            assert_eq!((record.generation, entry.record.is_some()), (1, terms.is_in_store));
        }
    }
}

#[test]
fn the_others_use_what_is_good_and_wait_for_what_is_not() {
    let with = |after_ms| Seen { cookie: Some(record(1, 0)), entry: Some(leased(after_ms)), is_over: false };
    assert_eq!(used(plan(IN_COOKIE, &with(DUE_MS), DUE_MS + 1)).record.generation, 1);
    assert!(matches!(plan(IN_COOKIE, &with(DYING_MS), DYING_MS + 1), Step::Wait(50)));
    // Its end makes it anybody's.
    assert!(matches!(plan(IN_COOKIE, &with(DYING_MS), DYING_MS + LEASE_MS), Step::Take(..)));
}

#[test]
fn who_waits_looks_ever_more_seldom_and_not_for_ever() {
    let seen = Seen { cookie: Some(record(1, 0)), entry: Some(leased(DEAD_MS + 20_000)), is_over: false };
    let mut visit = Visit::new(IN_COOKIE, None, now_at(DEAD_MS));
    let mut waits = Vec::new();
    for _ in 0..7 {
        let Step::Wait(milliseconds) = visit.plan(&seen, now_at(DEAD_MS + 10_001)) else { panic!("no wait") };
        waits.push(milliseconds);
    }
    assert_eq!(waits, [50, 100, 150, 200, 250, 250, 250]);
    let Step::Fail(error) = visit.plan(&seen, now_at(DEAD_MS + 25_000)) else { panic!("it waits for ever") };
    assert_eq!((error.kind, error.phase), (Kind::TimedOut, Phase::Refresh));
}

/// An isolate whose clock is an hour ahead must not have the others wait for an hour.
#[test]
fn a_lease_of_another_clock_is_none() {
    let seen = Seen { cookie: Some(record(1, 0)), entry: Some(leased(3_600_000)), is_over: false };
    assert!(matches!(plan(IN_COOKIE, &seen, DEAD_MS), Step::Take(..)));
}

#[test]
fn a_cookie_of_before_gets_the_newest_tokens() {
    let newest = Entry { record: Some(record(3, DUE_MS)), ..Entry::default() };
    let seen = Seen { cookie: Some(record(1, 0)), entry: Some(newest.clone()), is_over: false };
    assert_eq!(used(plan(IN_COOKIE, &seen, DEAD_MS + 1)).record.generation, 3);
    // And one that is newer than the store, as another store has it, is not taken back.
    let seen = Seen { cookie: Some(record(4, DUE_MS)), entry: Some(newest), is_over: false };
    assert_eq!(used(plan(IN_COOKIE, &seen, DEAD_MS + 1)).record.generation, 4);
}

#[test]
fn a_failure_that_may_pass_keeps_the_session() {
    let rest = Rest { attempt: 1, until_ms: START_MS + DEAD_MS + 5_500, status: 503 };
    let troubled = |until_ms| Entry { trouble: Some(Rest { until_ms, ..rest }), ..Entry::default() };
    for (terms, seen) in [
        (IN_COOKIE, Seen { cookie: Some(record(1, 0)), entry: Some(troubled(rest.until_ms)), is_over: false }),
        (IN_STORE, stored(troubled(rest.until_ms))),
    ] {
        assert!(used(plan(terms, &seen, DYING_MS)).is_stale);
        let Step::Fail(error) = plan(terms, &seen, DEAD_MS) else { panic!("it goes on with a dead token") };
        assert_eq!((error.kind, error.status, error.retry_after_s), (Kind::RefreshFailed, Some(503), Some(6)));
        assert!(matches!(plan(terms, &seen, DEAD_MS + 5_500), Step::Take(..)));
    }
    // A rest that a wrong clock wrote is none.
    assert!(matches!(plan(IN_STORE, &stored(troubled(START_MS + 90_000_000)), DEAD_MS), Step::Take(..)));
}

#[test]
fn a_session_ends_unused_and_at_last() {
    let (idle_ms, absolute_ms) = (IN_COOKIE.idle_ms, IN_COOKIE.absolute_ms);
    for terms in [IN_COOKIE, IN_STORE] {
        let with = |used_ms: u64| {
            let record = Record { last_used_wall_ms: START_MS + used_ms, ..record(1, used_ms) };
            if terms.is_in_store { stored(Entry { record: Some(record), ..Entry::default() }) } else { cookie(record) }
        };
        assert!(matches!(plan(terms, &with(0), idle_ms - 1), Step::Take(..)));
        assert!(is_over(&plan(terms, &with(0), idle_ms), Reason::Expired));
        assert!(!is_over(&plan(terms, &with(absolute_ms - 5), absolute_ms - 1), Reason::Expired));
        assert!(is_over(&plan(terms, &with(absolute_ms - 5), absolute_ms), Reason::Expired));
    }
    // What an older cookie says of its use, the newest record does not take back, nor the other way round.
    let newer = Record { last_used_wall_ms: START_MS + 1_000, ..record(2, 0) };
    let older = Record { last_used_wall_ms: START_MS + 2_000, ..record(1, 0) };
    let entry = Some(Entry { record: Some(newer), ..Entry::default() });
    let seen = Seen { cookie: Some(older), entry, is_over: false };
    assert_eq!(seen.newest().unwrap().last_used_wall_ms, START_MS + 2_000);
}

#[test]
fn what_somebody_ended_is_over() {
    let ended = Seen { is_over: true, ..cookie(record(1, 0)) };
    assert!(is_over(&plan(IN_COOKIE, &ended, 1), Reason::SignOut));
    assert!(is_over(&plan(IN_STORE, &Seen::default(), 1), Reason::Expired));
    for (refused, over) in [(1, true), (2, true), (0, false)] {
        let entry = Entry { refused_generation: Some(refused), ..Entry::default() };
        let seen = Seen { entry: Some(entry), ..cookie(record(1, 0)) };
        assert_eq!(is_over(&plan(IN_COOKIE, &seen, 1), Reason::Expired), over, "{refused}");
    }
}

/// R08
#[test]
fn without_a_refresh_token_a_session_lasts_as_long_as_its_token() {
    let without = |lifetime_s| {
        let mut record = record(1, 0);
        record.tokens = Rc::new(TokenSet { refresh_token: None, lifetime_s, ..TokenSet::clone(&record.tokens) });
        cookie(record)
    };
    assert!(matches!(plan(IN_COOKIE, &without(Some(300)), DYING_MS), Step::Use(_)));
    assert!(is_over(&plan(IN_COOKIE, &without(Some(300)), DEAD_MS), Reason::Expired));
    assert!(matches!(plan(IN_COOKIE, &without(None), DEAD_MS + 1_000_000), Step::Use(_)));
}

#[test]
fn what_an_api_refuses_is_renewed_once_a_minute() {
    let ask = |record: Record, refused, after_ms| {
        let now = now_at(after_ms);
        Visit::new(IN_COOKIE, Some(refused), now).plan(&cookie(record), now)
    };
    assert!(matches!(ask(record(2, 0), 2, 1), Step::Take(..)));
    assert!(matches!(ask(record(3, 0), 2, 1), Step::Use(_)), "it is newer than what was refused");
    let forced = || Record { forced_wall_ms: Some(START_MS), ..record(2, 0) };
    assert!(matches!(ask(forced(), 2, 59_999), Step::Use(_)));
    assert!(matches!(ask(forced(), 2, 60_000), Step::Take(..)));
    // Somebody is at it already: a refused token is not worth going on with.
    let seen = Seen { entry: Some(leased(0)), ..cookie(record(2, 0)) };
    assert!(matches!(Visit::new(IN_COOKIE, Some(2), now_at(1)).plan(&seen, now_at(1)), Step::Wait(_)));
}

#[test]
fn a_use_is_written_down_now_and_then() {
    let touch_ms = IN_COOKIE.idle_ms / 20;
    let fresh = |after_ms| {
        used(plan(IN_COOKIE, &cookie(Record { last_used_wall_ms: START_MS, ..record(1, after_ms) }), after_ms))
    };
    assert!(!fresh(touch_ms).is_touched);
    assert!(fresh(touch_ms + 1).is_touched);
}

/// Whoever only goes on beside a leader has nothing to write down: the leader does.
#[test]
fn a_use_beside_a_leader_is_not_written_down() {
    let record = Record { last_used_wall_ms: START_MS, ..record(1, 0) };
    let seen = Seen { entry: Some(leased(DUE_MS)), ..cookie(record) };
    assert!(!used(plan(IN_COOKIE, &seen, DUE_MS + 1)).is_touched);
}

/// The generation of the cookie that is set by an answer after so long, of a request that came in when the tokens were so old.
fn set(shown: u32, went_on: &Record, seen: Option<&Seen>, age_ms: u64, after_ms: u64) -> Option<u32> {
    let used = Use { record: went_on.clone(), is_stale: false, is_touched: true };
    let answering = Answering { terms: IN_COOKIE, shown: &record(shown, 0), used: &used, began: now_at(age_ms) };
    answering.record(seen, now_at(age_ms + after_ms)).map(|set| {
        assert!(set.generation > went_on.generation || set.last_used_wall_ms == START_MS + age_ms + after_ms);
        set.generation
    })
}

/// A use alone is written down only where the store says that nobody has newer tokens, or is about to.
#[test]
fn a_use_is_written_down_where_the_tokens_stay_as_they_are() {
    let nothing = cookie(record(1, 0));
    let with = |entry: Entry| Seen { entry: Some(entry), ..cookie(record(1, 0)) };
    let went_on = record(1, 0);
    assert_eq!(set(1, &went_on, Some(&nothing), 0, 29_999), Some(1));
    assert_eq!(set(1, &went_on, Some(&nothing), 0, 30_000), None, "the store may have forgotten newer ones");
    assert_eq!(set(1, &went_on, None, 0, 0), None, "nobody looked");
    assert_eq!(set(1, &went_on, Some(&nothing), DUE_MS - 100, 99), Some(1));
    assert_eq!(set(1, &went_on, Some(&nothing), DUE_MS - 100, 100), None, "they are due");
    assert_eq!(set(1, &went_on, Some(&with(leased(0))), 0, 1), None);
    assert_eq!(set(1, &went_on, Some(&with(leased(0))), 0, LEASE_MS), Some(1), "the lease is over");
    assert_eq!(set(1, &went_on, Some(&with(Entry { record: Some(record(2, 0)), ..Entry::default() })), 0, 1), None);
    assert_eq!(set(1, &went_on, Some(&Seen { is_over: true, ..nothing.clone() }), 0, 1), None);
    // Where there is nothing to renew them with, nobody does.
    let tokens = TokenSet { refresh_token: None, ..TokenSet::clone(&went_on.tokens) };
    let without = Record { tokens: Rc::new(tokens), ..went_on };
    assert_eq!(set(1, &without, Some(&nothing), DUE_MS, 1), Some(1));
}

#[test]
fn new_tokens_are_set_unless_they_may_be_spent_by_now() {
    let nothing = cookie(record(1, 0));
    let stored = |generation| Seen {
        entry: Some(Entry { record: Some(record(generation, 0)), ..Entry::default() }),
        ..cookie(record(1, 0))
    };
    let went_on = record(2, 0);
    assert_eq!(set(1, &went_on, None, 0, 1_000), Some(2));
    assert_eq!(set(1, &went_on, Some(&nothing), 0, DUE_MS - 1), Some(2));
    assert_eq!(set(1, &went_on, Some(&nothing), 0, DUE_MS), None);
    assert_eq!(set(1, &went_on, None, 0, DUE_MS), None);
    assert_eq!(set(1, &went_on, Some(&nothing), DUE_MS, 1_000), Some(2), "it is not late");
    assert_eq!(set(1, &went_on, Some(&stored(2)), 0, DUE_MS), Some(2));
    assert_eq!(set(1, &went_on, Some(&stored(3)), 0, DUE_MS), Some(3));
    assert_eq!(set(1, &went_on, Some(&Seen { is_over: true, ..stored(3) }), 0, 1), None);
}

fn renewed() -> Outcome {
    let tokens = &record(1, 0).tokens;
    Outcome::Renewed(Box::new(TokenSet {
        access_token: AccessToken::new("new-at".to_owned()),
        refresh_token: Some(RefreshToken::new("new-rt".to_owned())),
        received: now_at(DUE_MS),
        ..TokenSet::clone(tokens)
    }))
}

fn settle(terms: Terms, seen: &Seen, outcome: &Outcome) -> Landing {
    let now = now_at(DUE_MS);
    Visit::new(terms, None, now).settle(seen, &record(1, 0), outcome, 0, now)
}

fn written(landing: Landing) -> Entry {
    match landing {
        Landing::Write(entry) => entry,
        other => panic!("{other:?}"),
    }
}

#[test]
fn new_tokens_are_the_next_generation() {
    for (terms, seen) in [
        (IN_COOKIE, Seen { entry: Some(leased(DUE_MS)), ..cookie(record(1, 0)) }),
        (IN_COOKIE, cookie(record(1, 0))),
        (IN_STORE, stored(leased(DUE_MS))),
    ] {
        let entry = written(settle(terms, &seen, &renewed()));
        assert!(entry.leased_until_ms.is_none() && entry.trouble.is_none());
        let record = entry.record.unwrap();
        assert_eq!((record.generation, record.tokens.access_token.secret()), (2, "new-at"));
        assert_eq!((record.last_used_wall_ms, record.forced_wall_ms), (START_MS + DUE_MS, None));
    }
}

/// Whoever was slower than their lease finds another's tokens, and leaves them.
#[test]
fn what_is_newer_already_stays() {
    let newer = Entry { record: Some(record(2, DUE_MS)), ..Entry::default() };
    let refused = Outcome::Failed(Error::new(Kind::InvalidGrant), None);
    for outcome in [renewed(), refused] {
        let seen = Seen { entry: Some(newer.clone()), ..cookie(record(1, 0)) };
        assert!(matches!(settle(IN_COOKIE, &seen, &outcome), Landing::Superseded));
        assert!(matches!(settle(IN_STORE, &stored(newer.clone()), &outcome), Landing::Superseded));
    }
}

#[test]
fn nobody_needs_tokens_of_a_session_that_is_over() {
    let ended = Seen { is_over: true, ..cookie(record(1, 0)) };
    assert!(matches!(settle(IN_COOKIE, &ended, &renewed()), Landing::Unwanted));
    assert!(matches!(settle(IN_STORE, &Seen::default(), &renewed()), Landing::Unwanted));
}

#[test]
fn only_what_cannot_pass_ends_a_session() {
    let seen = Seen { entry: Some(leased(DUE_MS)), ..cookie(record(1, 0)) };
    let land = |error: Error| written(settle(IN_COOKIE, &seen, &Outcome::Failed(error, None)));
    for kind in [Kind::InvalidGrant, Kind::LoginRequired, Kind::IdTokenSubjectChanged, Kind::IdTokenSignatureInvalid] {
        assert_eq!(land(Error::new(kind)).refused_generation, Some(1), "{kind:?}");
    }
    let invalid_client = OAuthError { error: "invalid_client".to_owned(), ..OAuthError::default() };
    for error in [
        Error::new(Kind::NetworkFailed),
        Error::new(Kind::TimedOut),
        Error::from_status(503, Some(9)),
        Error::from_status(429, None),
        Error::from_oauth(invalid_client),
        Error::new(Kind::ClientAuthenticationUnsupported),
        Error::new(Kind::JwksInvalid),
        Error::new(Kind::IdTokenKeyUnknown),
        Error::new(Kind::MetadataInvalid),
        Error::about(Kind::TokenResponseInvalid, "access_token"),
    ] {
        let asked_s = error.retry_after_s;
        let entry = land(error.clone());
        assert_eq!((entry.refused_generation, entry.leased_until_ms), (None, None), "{error}");
        let rest = entry.trouble.unwrap();
        assert_eq!(rest.until_ms, START_MS + DUE_MS + u64::from(asked_s.unwrap_or(2)) * 1_000, "{error}");
    }
    // One failure after another rests longer.
    let before = Entry { trouble: Some(Rest { attempt: 3, until_ms: 0, status: 0 }), ..leased(DUE_MS) };
    let seen = Seen { entry: Some(before), ..cookie(record(1, 0)) };
    let next = written(settle(IN_COOKIE, &seen, &Outcome::Failed(Error::new(Kind::NetworkFailed), None)));
    assert_eq!(next.trouble, Some(Rest { attempt: 4, until_ms: START_MS + DUE_MS + 16_000, status: 0 }));
}

/// The old one is spent, although nothing else of the answer could be used.
#[test]
fn a_refresh_token_that_came_with_a_failure_is_kept() {
    for (terms, seen) in [(IN_COOKIE, cookie(record(1, 0))), (IN_STORE, stored(leased(DUE_MS)))] {
        let rotated = RefreshToken::new("new-rt".to_owned());
        let outcome = Outcome::Failed(Error::new(Kind::NetworkFailed), Some(rotated));
        let entry = written(settle(terms, &seen, &outcome));
        let record = entry.record.unwrap();
        let tokens = &record.tokens;
        assert_eq!((record.generation, tokens.access_token.secret()), (2, "secret-at-1"));
        assert_eq!(tokens.refresh_token.as_ref().unwrap().secret(), "new-rt");
        assert!(entry.trouble.is_some());
    }
}

#[test]
fn a_store_keeps_what_it_is_told_for_as_long_as_it_matters() {
    let (entry, now) = (Entry::default(), now_at(DUE_MS));
    let keep = |terms: Terms, entry: &Entry| terms.keep_until_ms(entry, &record(1, 0), now) - START_MS;
    assert_eq!(keep(IN_STORE, &entry), IN_STORE.idle_ms);
    assert_eq!(keep(IN_COOKIE, &entry), DUE_MS + 30_000);
    let short = Terms { replay_window_ms: 0, ..IN_COOKIE };
    assert_eq!(keep(short, &entry), DUE_MS + 5_000);
    assert_eq!(keep(short, &leased(DUE_MS)), DUE_MS + LEASE_MS);
    let whole = Terms { replay_window_ms: u64::MAX, ..IN_COOKIE };
    assert_eq!(keep(whole, &entry), IN_COOKIE.absolute_ms, "and no longer than the session can last");
    let refused = Entry { refused_generation: Some(1), ..Entry::default() };
    assert_eq!(keep(short, &refused), IN_COOKIE.absolute_ms);
    let rest = Rest { attempt: 1, until_ms: START_MS + DUE_MS + 60_000, status: 0 };
    assert_eq!(keep(short, &Entry { trouble: Some(rest), ..Entry::default() }), DUE_MS + 65_000);
}

/// Nobody presents a refresh token so late that another may present it as well.
#[test]
fn a_request_ends_before_its_lease() {
    assert_eq!(patience_ms(answers_until_ms(START_MS + LEASE_MS), now_at(0)), Some(8_000));
    assert_eq!(patience_ms(answers_until_ms(START_MS + LEASE_MS), now_at(6_000)), Some(2_000));
    assert_eq!(patience_ms(answers_until_ms(START_MS + LEASE_MS), now_at(6_001)), None);
    assert_eq!(patience_ms(answers_until_ms(START_MS), now_at(6_001)), None);
}
