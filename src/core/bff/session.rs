//! One session over a store that isolates may share: which tokens a request goes on with, who renews them, who waits.
//!
//! Nothing here waits and nothing is read. A request says what it saw; the answer says what to do before it looks again. What
//! several isolates agree on is in the store, and only a compare-and-set changes it:
//!
//! ```text
//!          token good                     due, nobody at it            provider answered
//! look ─┬─────────────► Use     look ─────────────► Take (lease) ─────────────► settle ─► Write, look again
//!       ├─ due, somebody at it, token dead ─► Wait, look again                        └─► Superseded, look again
//!       └─ over ─► Over
//! ```
//!
//! Where the record is in the cookie, the store has the newest state for the replay window only: a request whose cookie is
//! one generation old, as its browser sent it before it got the next one, is served with the newest tokens all the same.

use super::record::{Entry, Record, Rest};
use crate::core::base::error::{Class, Error, Kind, Phase, Result};
use crate::core::base::secret::RefreshToken;
use crate::core::base::time::{Now, SECOND_MS};
use crate::core::session::effect::Reason;
use crate::core::session::refresh::{Schedule, retry_delay_ms};
use crate::core::session::tokens::TokenSet;
use std::rc::Rc;

/// How long whoever renews tokens has for it, in milliseconds. Nobody else presents the refresh token meanwhile.
pub const LEASE_MS: u64 = 10 * SECOND_MS;

/// A lease has to last so long, in milliseconds, for a request to be worth sending.
const LEAST_PATIENCE_MS: u64 = 2 * SECOND_MS;

/// So long before the lease ends the request is given up, in milliseconds: its outcome has to be written as well.
const WRITING_MS: u64 = 2 * SECOND_MS;

/// Those who wait look again so soon, in milliseconds, and ever later up to [`LAST_LOOK_MS`].
const FIRST_LOOK_MS: u64 = 50;
const LAST_LOOK_MS: u64 = 250;

/// The longest that a request waits for tokens, in milliseconds.
const LONGEST_WAIT_MS: u64 = 25 * SECOND_MS;

/// The least that the newest state is kept, in milliseconds: who waits for it must get to see it.
const LEAST_WINDOW_MS: u64 = 5 * SECOND_MS;

/// APIs that refuse every token have them renewed no sooner than this, in milliseconds.
const FORCED_REST_MS: u64 = 60 * SECOND_MS;

/// The longest that a rest can be, in milliseconds: whoever wrote a longer one has another clock.
const LONGEST_REST_MS: u64 = 60 * 60 * SECOND_MS;

/// A use is written down when the one before is so many parts of the idle time old.
const TOUCHES: u64 = 20;

/// An answer that took so long, in milliseconds, may come after another that has newer tokens.
const LATE_MS: u64 = SECOND_MS;

/// How long sessions live, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Seconds before expiry at which to refresh, before the cap at half the lifetime.
    pub before_expiry_s: u64,
    /// Milliseconds without a request after which a session is over.
    pub idle_ms: u64,
    /// Milliseconds after which a session is over.
    pub absolute_ms: u64,
    /// Milliseconds for which a cookie of before is as good as the one after.
    pub replay_window_ms: u64,
    /// Whether the record is in the store, and the cookie has only its name.
    pub is_in_store: bool,
}

/// What there is of a session, as one look at its cookie and at the store found it.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// The record of the cookie, where it is in there.
    pub cookie: Option<Record>,
    /// What the store says.
    pub entry: Option<Entry>,
    /// Its browser or its provider has ended it.
    pub is_over: bool,
}

/// What to do next.
#[derive(Clone, Debug)]
pub enum Step {
    /// Go on with these tokens.
    Use(Use),
    /// Write this entry in the place of the one seen. Who gets to do so renews the tokens of this record, and settles.
    Take(Entry, Box<Record>),
    /// Look again after so many milliseconds.
    Wait(u64),
    /// Nobody is signed in any more.
    Over(Reason),
    /// Go without, for now.
    Fail(Error),
}

/// What a request goes on with.
#[derive(Clone, Debug)]
pub struct Use {
    /// The session.
    pub record: Record,
    /// Its tokens could not be renewed, and are still good.
    pub is_stale: bool,
    /// That it is used is to be written down.
    pub is_touched: bool,
}

/// What came of renewing the tokens of a record.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// New tokens.
    Renewed(Box<TokenSet>),
    /// None, and the refresh token that came nevertheless.
    Failed(Error, Option<RefreshToken>),
}

/// What to do with an [`Outcome`], given what is seen now.
#[derive(Clone, Debug)]
pub enum Landing {
    /// Write this in the place of the entry seen, and look again.
    Write(Entry),
    /// Somebody else's is newer: look again.
    Superseded,
    /// The session is over: nobody needs the new tokens.
    Unwanted,
}

impl Terms {
    /// Milliseconds since the epoch when a session is over that nobody uses any more.
    #[must_use]
    pub fn end_ms(&self, record: &Record) -> u64 {
        let idle = record.last_used_wall_ms.saturating_add(self.idle_ms);
        idle.min(self.last_ms(record))
    }

    /// Milliseconds since the epoch when a session is over whoever uses it.
    #[must_use]
    pub fn last_ms(&self, record: &Record) -> u64 {
        record.signed_in_wall_ms.saturating_add(self.absolute_ms)
    }

    /// Milliseconds since the epoch until when the store has to keep an entry about this session.
    #[must_use]
    pub fn keep_until_ms(&self, entry: &Entry, newest: &Record, now: Now) -> u64 {
        if self.is_in_store {
            return self.end_ms(newest);
        }
        if entry.refused_generation.is_some() {
            return self.last_ms(newest);
        }
        let window_ms = self.window_ms().max(entry.leased_until_ms.map_or(0, |_| LEASE_MS));
        let rest_ms = entry.trouble.map_or(0, |rest| rest.until_ms);
        now.wall_ms.max(rest_ms).saturating_add(window_ms).min(self.last_ms(newest))
    }

    /// Milliseconds for which the store has the newest state, where the record is in the cookie.
    fn window_ms(&self) -> u64 {
        self.replay_window_ms.max(LEAST_WINDOW_MS)
    }

    /// Whether nobody is about to spend the refresh token of this record.
    fn is_at_rest(&self, record: &Record, now: Now) -> bool {
        record.tokens.refresh_token.is_none() || Life::of(&record.tokens, self.before_expiry_s, now) == Life::Fresh
    }
}

/// What a browser has whose record is in its cookie, and a request of it that is answered now: whether the cookie is set. An
/// answer may come after another's with newer tokens, and a cookie that sets the browser back to spent ones ends the session.
#[derive(Clone, Copy, Debug)]
pub struct Answering<'a> {
    /// How long sessions live.
    pub terms: Terms,
    /// What the browser showed.
    pub shown: &'a Record,
    /// What the request went on with.
    pub used: &'a Use,
    /// When it came in.
    pub began: Now,
}

impl Answering<'_> {
    /// Whether the request has other tokens than the browser showed.
    #[must_use]
    pub fn has_other_tokens(&self) -> bool {
        self.used.record.generation != self.shown.generation
    }

    /// Whether [`Self::record`] has to know what the store has by now.
    #[must_use]
    pub fn needs_look(&self, now: Now) -> bool {
        !self.has_other_tokens() || self.is_late(now) || !self.terms.is_at_rest(&self.used.record, now)
    }

    /// The record to set; `None` where the browser keeps what it has. `seen` is what the store has by now, and `None` where
    /// nobody looked or it could not be asked.
    #[must_use]
    pub fn record(&self, seen: Option<&Seen>, now: Now) -> Option<Record> {
        if seen.is_some_and(|seen| seen.is_over) {
            return None;
        }
        let record = &self.used.record;
        let entry = seen.and_then(|seen| seen.entry.as_ref());
        let stored = entry.and_then(|entry| entry.record.as_ref());
        let newer = stored.filter(|stored| stored.generation > record.generation);
        let is_at_rest = self.terms.is_at_rest(record, now);
        let used_ms = if self.used.is_touched { now.wall_ms } else { 0 };
        let set =
            |record: &Record| Record { last_used_wall_ms: record.last_used_wall_ms.max(used_ms), ..record.clone() };
        if self.has_other_tokens() {
            // The store has forgotten them, and it is time that somebody else has renewed them: nobody knows.
            let is_unsure = entry.is_none() && self.is_late(now) && !is_at_rest;
            return (!is_unsure).then(|| set(newer.unwrap_or(record)));
        }
        // Only a use is to be written down, or a newer key: another request can do so where anything speaks against it.
        let is_known = seen.is_some() && now.since(self.began) < self.terms.window_ms();
        let is_newest = newer.is_none() && !entry.is_some_and(|entry| entry.is_leased(now));
        (is_known && is_newest && is_at_rest).then(|| set(record))
    }

    fn is_late(&self, now: Now) -> bool {
        now.since(self.began) > LATE_MS
    }
}

impl Entry {
    /// Whether somebody renews the tokens.
    fn is_leased(&self, now: Now) -> bool {
        self.leased_until_ms.is_some_and(|until_ms| is_ahead(until_ms, now, LEASE_MS))
    }
}

impl Seen {
    /// The newest record of both. What a cookie says of its use, no older one takes back.
    #[must_use]
    pub fn newest(&self) -> Option<Record> {
        let stored = self.entry.as_ref().and_then(|entry| entry.record.as_ref());
        let (mut newest, other) = match (&self.cookie, stored) {
            (Some(cookie), Some(stored)) if stored.generation > cookie.generation => (stored.clone(), Some(cookie)),
            (Some(cookie), stored) => (cookie.clone(), stored),
            (None, stored) => (stored?.clone(), None),
        };
        let used_ms = other.map_or(0, |other| other.last_used_wall_ms);
        newest.last_used_wall_ms = newest.last_used_wall_ms.max(used_ms);
        Some(newest)
    }
}

/// One request that needs tokens.
#[derive(Clone, Debug)]
pub struct Visit {
    terms: Terms,
    began: Now,
    /// An API refused the tokens of this generation.
    refused_generation: Option<u32>,
    looks: u32,
}

impl Visit {
    /// A request that comes in now.
    #[must_use]
    pub const fn new(terms: Terms, refused_generation: Option<u32>, now: Now) -> Self {
        Self { terms, began: now, refused_generation, looks: 0 }
    }

    /// What to do, given what was seen.
    pub fn plan(&mut self, seen: &Seen, now: Now) -> Step {
        if seen.is_over {
            return Step::Over(Reason::SignOut);
        }
        let newest = seen.newest().filter(|_| !self.terms.is_in_store || seen.entry.is_some());
        let Some(record) = newest.filter(|record| now.wall_ms < self.terms.end_ms(record)) else {
            return Step::Over(Reason::Expired);
        };
        let entry = seen.entry.clone().unwrap_or_default();
        if entry.refused_generation.is_some_and(|refused| refused >= record.generation) {
            return Step::Over(Reason::Expired);
        }
        let is_refused = self.refused_generation == Some(record.generation);
        let was_forced = record.forced_wall_ms.is_some_and(|at| now.wall_ms.saturating_sub(at) < FORCED_REST_MS);
        let life = Life::of(&record.tokens, self.terms.before_expiry_s, now);
        let has_refresh_token = record.tokens.refresh_token.is_some();
        let is_forced = is_refused && !was_forced;
        if life == Life::Fresh && !is_forced || !has_refresh_token && life != Life::Dead {
            return self.go_on(record, false, now);
        }
        if !has_refresh_token {
            return Step::Over(Reason::Expired);
        }
        let is_usable = matches!(life, Life::Fresh | Life::Due) && !is_refused;
        if entry.is_leased(now) {
            // Whoever renews the tokens writes down the use as well.
            let used = Use { record: record.clone(), is_stale: false, is_touched: false };
            return if is_usable { Step::Use(used) } else { self.wait(now) };
        }
        if let Some(rest) = entry.trouble.filter(|rest| is_ahead(rest.until_ms, now, LONGEST_REST_MS)) {
            // Until its very end, a token is better than none.
            return if life == Life::Dead { Step::Fail(rest.error(now)) } else { self.go_on(record, true, now) };
        }
        let leased_until_ms = Some(now.wall_ms.saturating_add(LEASE_MS));
        Step::Take(Entry { leased_until_ms, ..entry }, Box::new(record))
    }

    /// What to do with what came of the renewal of `record`, given what is seen now. `random` spreads out who tries again.
    #[must_use]
    pub fn settle(&self, seen: &Seen, record: &Record, outcome: &Outcome, random: u8, now: Now) -> Landing {
        let newest = seen.newest().filter(|_| !self.terms.is_in_store || seen.entry.is_some());
        let Some(newest) = newest.filter(|_| !seen.is_over) else {
            return Landing::Unwanted;
        };
        if newest.generation > record.generation {
            return Landing::Superseded;
        }
        let entry = seen.entry.clone().unwrap_or_default();
        let next = |tokens: TokenSet| Record {
            tokens: Rc::new(tokens),
            generation: record.generation.saturating_add(1),
            last_used_wall_ms: now.wall_ms,
            forced_wall_ms: self.refused_generation.map(|_| now.wall_ms).or(record.forced_wall_ms),
            ..record.clone()
        };
        Landing::Write(match outcome {
            Outcome::Renewed(tokens) => Entry { record: Some(next(TokenSet::clone(tokens))), ..Entry::default() },
            Outcome::Failed(error, _) if is_final(error) => {
                Entry { leased_until_ms: None, trouble: None, refused_generation: Some(record.generation), ..entry }
            }
            Outcome::Failed(error, rotated) => {
                let trouble = Some(Rest::after(entry.trouble, error, random, now));
                let kept = rotated
                    .clone()
                    .map(|rotated| next(TokenSet { refresh_token: Some(rotated), ..TokenSet::clone(&record.tokens) }));
                Entry { record: kept.or(entry.record), leased_until_ms: None, trouble, refused_generation: None }
            }
        })
    }

    fn go_on(&self, record: Record, is_stale: bool, now: Now) -> Step {
        let unused_ms = now.wall_ms.saturating_sub(record.last_used_wall_ms);
        Step::Use(Use { record, is_stale, is_touched: unused_ms > self.terms.idle_ms / TOUCHES })
    }

    fn wait(&mut self, now: Now) -> Step {
        self.rest_ms(now).map_or_else(Step::Fail, Step::Wait)
    }

    /// Milliseconds until another look is worth it, also where what was seen turned out to be old.
    ///
    /// # Errors
    /// `timed_out` where that was often enough.
    pub fn rest_ms(&mut self, now: Now) -> Result<u64> {
        if now.since(self.began) >= LONGEST_WAIT_MS {
            return Err(Error::new(Kind::TimedOut).during(Phase::Refresh));
        }
        let longer_ms = FIRST_LOOK_MS.saturating_mul(u64::from(self.looks));
        self.looks = self.looks.saturating_add(1);
        Ok(FIRST_LOOK_MS.saturating_add(longer_ms).min(LAST_LOOK_MS))
    }
}

/// Until when whoever has this lease waits for answers, in milliseconds since the epoch: what comes of them is to be written down
/// before its end.
#[must_use]
pub const fn answers_until_ms(leased_until_ms: u64) -> u64 {
    leased_until_ms.saturating_sub(WRITING_MS)
}

/// How long a request may wait for its answer where that must be there by then, in milliseconds; `None` where it is too late to
/// begin one.
#[must_use]
pub fn patience_ms(until_ms: u64, now: Now) -> Option<u64> {
    let left_ms = until_ms.saturating_sub(now.wall_ms);
    (left_ms >= LEAST_PATIENCE_MS).then_some(left_ms)
}

/// Whether a failure says that these tokens can never be renewed: the provider ended the grant, or who answers breaks the
/// rules that hold a session to its user. That the client is refused is its operator's to mend, and no user's. A key that
/// nobody knows is one that the provider has just begun to use: it is found with the next look at its keys.
fn is_final(error: &Error) -> bool {
    let entry = error.kind.entry();
    let may_pass = matches!(error.kind, Kind::JwksInvalid | Kind::IdTokenKeyUnknown);
    let is_breach = entry.class == Class::Protocol && entry.phase == Phase::IdToken && !may_pass;
    matches!(error.kind, Kind::InvalidGrant | Kind::LoginRequired | Kind::ConsentRequired | Kind::InteractionRequired)
        || is_breach
}

fn is_ahead(until_ms: u64, now: Now, longest_ms: u64) -> bool {
    until_ms.checked_sub(now.wall_ms).is_some_and(|left_ms| left_ms > 0 && left_ms <= longest_ms.saturating_mul(2))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Life {
    Fresh,
    Due,
    /// A request that starts now may come too late.
    Dying,
    Dead,
}

impl Life {
    fn of(tokens: &TokenSet, before_expiry_s: u64, now: Now) -> Self {
        let age_ms = now.since(tokens.received);
        match Schedule::of(tokens, before_expiry_s) {
            Some(schedule) if age_ms >= schedule.dead_after_ms => Self::Dead,
            Some(schedule) if age_ms >= schedule.stale_after_ms => Self::Dying,
            Some(schedule) if age_ms >= schedule.refresh_after_ms => Self::Due,
            _ => Self::Fresh,
        }
    }
}

impl Rest {
    fn after(before: Option<Self>, error: &Error, random: u8, now: Now) -> Self {
        let attempt = before.map_or(0, |before| before.attempt).saturating_add(1);
        let delay_ms = retry_delay_ms(attempt, random, error.retry_after_s);
        Self { attempt, until_ms: now.wall_ms.saturating_add(delay_ms), status: error.status.unwrap_or_default() }
    }

    /// What a request is told that comes during the rest.
    fn error(self, now: Now) -> Error {
        let left_s = self.until_ms.saturating_sub(now.wall_ms).div_ceil(SECOND_MS);
        Error::new(Kind::RefreshFailed).with_status(self.status, u32::try_from(left_s).ok())
    }
}
