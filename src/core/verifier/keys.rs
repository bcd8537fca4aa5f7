//! The issuer's keys as a verifier holds them: when the set is fetched, and when not.
//!
//! Nothing here waits and no timer runs. Whoever needs a key asks; the answer says what has to be done before, and one of
//! those who ask is the one to do it.

use crate::core::base::error::{Error, Kind, Result};
use crate::core::base::flight::{Flights, Step};
use crate::core::base::time::{Now, SECOND_MS};
use crate::core::jose::jwks::Jwks;
use std::rc::Rc;

/// The longest rest that a server may ask for, in milliseconds.
const MAX_REST_MS: u64 = 300 * SECOND_MS;

/// How long a set is believed, and how often it may be fetched.
#[derive(Clone, Copy, Debug)]
pub struct KeyTimes {
    /// Milliseconds for which a set needs no other look.
    pub lifetime_ms: u64,
    /// Milliseconds after that for which it is used while another look is taken, or fails.
    pub stale_ms: u64,
    /// No two looks are taken within so many milliseconds.
    pub cooldown_ms: u64,
    /// The longest wait for one answer, in milliseconds.
    pub patience_ms: u32,
}

/// The keys of one issuer.
#[derive(Debug)]
pub struct IssuerKeys {
    times: KeyTimes,
    held: Option<Held>,
    /// Grows with every set that differs from the one before.
    generation: u32,
    flights: Flights,
    /// When the last look at the issuer ended, as far as tokens with unknown keys are concerned.
    looked: Option<Now>,
    trouble: Option<Trouble>,
}

#[derive(Debug)]
struct Held {
    keys: Rc<Jwks>,
    since: Now,
    flight: u32,
    /// Keys that the app gave never grow old.
    is_given: bool,
}

/// Why the last look saw nothing.
#[derive(Debug)]
struct Trouble {
    error: Error,
    since: Now,
    /// How many looks in a row saw nothing.
    attempt: u32,
    rest_ms: u64,
}

impl Trouble {
    /// The error, with the seconds that are left of the rest.
    fn complaint(&self, now: Now) -> Error {
        let left_ms = self.rest_ms.saturating_sub(now.since(self.since));
        let seconds = u32::try_from(left_ms.div_ceil(SECOND_MS)).unwrap_or_default().max(1);
        self.error.clone().with_status(503, Some(seconds))
    }
}

impl IssuerKeys {
    /// No keys yet, or those that the app gave. A flight that brings nothing within `lost_after_ms` is given up.
    #[must_use]
    pub fn new(times: KeyTimes, lost_after_ms: u64, given: Option<Rc<Jwks>>) -> Self {
        let held = given.map(|keys| Held { keys, since: Now::default(), flight: 0, is_given: true });
        Self { times, held, generation: 0, flights: Flights::new(lost_after_ms), looked: None, trouble: None }
    }

    /// What to do for a key.
    pub fn ask(&mut self, now: Now) -> Step {
        let age_ms = self.age_ms(now);
        if age_ms.is_some_and(|age_ms| age_ms < self.times.lifetime_ms) {
            return Step::Use;
        }
        let is_idle = !self.flights.is_under_way(now) && !self.is_resting(now);
        if age_ms.is_some_and(|age_ms| age_ms < self.times.lifetime_ms.saturating_add(self.times.stale_ms)) {
            return if is_idle { Step::UseAndRenew(self.flights.begin(now)) } else { Step::Use };
        }
        match &self.trouble {
            _ if is_idle => Step::Renew(self.flights.begin(now)),
            Some(trouble) if !self.flights.is_under_way(now) => Step::Fail(trouble.complaint(now)),
            _ => Step::Wait,
        }
    }

    /// What to do where the set there is lacks the key that a token names. The issuer may have changed its keys, but tokens
    /// that name random keys must not make it a target (OpenID Connect Core 1.0, section 10.1.1): one look in a while. Its
    /// flight goes to the issuer itself.
    pub fn ask_again(&mut self, now: Now) -> Step {
        let is_given = self.held.as_ref().is_some_and(|held| held.is_given);
        let has_rested = self.looked.is_none_or(|last| now.since(last) >= self.times.cooldown_ms);
        match &self.trouble {
            _ if is_given => Step::Fail(Error::new(Kind::JwsKeyUnknown)),
            _ if self.flights.is_under_way(now) => Step::Wait,
            // What could not be looked up is not unknown.
            Some(trouble) if !has_rested || self.is_resting(now) => Step::Fail(trouble.complaint(now)),
            None if !has_rested => Step::Fail(Error::new(Kind::JwsKeyUnknown)),
            _ => {
                self.looked = Some(now);
                Step::Renew(self.flights.begin(now))
            }
        }
    }

    /// A flight came back, from a copy or from the issuer itself. One that was given up may still bring a set, or trouble, but
    /// neither where a later one was good.
    pub fn land(&mut self, flight: u32, outcome: Result<Jwks>, is_copy: bool, now: Now) {
        self.flights.land(flight);
        // The rest begins with the answer: a look may take as long as the rest. A copy may be older than a key that came since.
        if !is_copy {
            self.looked = Some(now);
        }
        if self.held.as_ref().is_some_and(|held| held.flight > flight) {
            return;
        }
        match outcome {
            Ok(keys) => {
                if self.held.as_ref().is_none_or(|held| held.keys.to_text() != keys.to_text()) {
                    self.generation = self.generation.wrapping_add(1);
                }
                self.held = Some(Held { keys: Rc::new(keys), since: now, flight, is_given: false });
                self.trouble = None;
            }
            Err(error) => {
                let attempt = self.trouble.as_ref().map_or(0, |trouble| trouble.attempt).saturating_add(1);
                // Without any keys nobody gets in: then the next look comes sooner.
                let doubled = SECOND_MS.saturating_mul(1 << attempt.saturating_sub(1).min(16));
                let rest_ms =
                    if self.held.is_some() { self.times.cooldown_ms } else { doubled.min(self.times.cooldown_ms) };
                let asked_ms = u64::from(error.retry_after_s.unwrap_or_default()).saturating_mul(SECOND_MS);
                let rest_ms = rest_ms.max(asked_ms.min(MAX_REST_MS));
                self.trouble = Some(Trouble { error, since: now, attempt, rest_ms });
            }
        }
    }

    /// The set there is.
    #[must_use]
    pub fn keys(&self) -> Option<&Rc<Jwks>> {
        self.held.as_ref().map(|held| &held.keys)
    }

    /// Which set it is.
    #[must_use]
    pub const fn generation(&self) -> u32 {
        self.generation
    }

    /// Milliseconds since the epoch until which the set there is may be used without asking: as long as it needs no other
    /// look, or none may be taken.
    #[must_use]
    pub fn idle_until_wall_ms(&self, now: Now) -> u64 {
        let Some(held) = &self.held else { return 0 };
        if held.is_given {
            return u64::MAX;
        }
        let fresh_until_ms = held.since.wall_ms.saturating_add(self.times.lifetime_ms);
        let rested_at_ms = self.trouble.as_ref().map(|trouble| trouble.since.wall_ms.saturating_add(trouble.rest_ms));
        let stale_until_ms = fresh_until_ms.saturating_add(self.times.stale_ms);
        match rested_at_ms.filter(|_| self.is_resting(now)) {
            Some(rested_at_ms) => rested_at_ms.min(stale_until_ms).max(fresh_until_ms),
            None => fresh_until_ms,
        }
    }

    /// Whether a look is being taken.
    #[must_use]
    pub fn is_renewing(&self, now: Now) -> bool {
        self.flights.is_under_way(now)
    }

    /// Why the last look saw nothing.
    #[must_use]
    pub fn error(&self) -> Option<&Error> {
        self.trouble.as_ref().map(|trouble| &trouble.error)
    }

    fn age_ms(&self, now: Now) -> Option<u64> {
        self.held.as_ref().map(|held| if held.is_given { 0 } else { now.since(held.since) })
    }

    fn is_resting(&self, now: Now) -> bool {
        self.trouble.as_ref().is_some_and(|trouble| now.since(trouble.since) < trouble.rest_ms)
    }
}
