//! The token of a client for itself: when another one is fetched, and when not.
//!
//! Nothing here waits and no timer runs. Whoever wants the token asks; the answer says what has to be done before, and one
//! of those who ask is the one to do it.

use crate::core::base::error::{Error, Kind, Result};
use crate::core::base::flight::{Flights, Step};
use crate::core::base::secret::{AccessToken, RefreshToken};
use crate::core::base::time::{Now, SECOND_MS};
use crate::core::oauth::token::TokenResponse;
use crate::core::session::effect::Need;
use crate::core::session::refresh::{Schedule, retry_delay_ms};

/// A token that was taken for so long, in milliseconds, was a good one: that it is refused now is news.
const SETTLED_MS: u64 = 60 * SECOND_MS;

/// The token of one client, and what is known of the way to the next.
#[derive(Debug)]
pub struct AppToken {
    before_expiry_s: u64,
    held: Option<Held>,
    refresh_token: Option<RefreshToken>,
    /// How many tokens there have been.
    generation: u32,
    flights: Flights,
    /// Why the token endpoint gave none, and when to ask it again.
    trouble: Option<Trouble>,
    /// How many tokens in a row were refused soon after they were fetched, and when the next one may be fetched for that.
    refusals: u32,
    refused: Option<Trouble>,
}

#[derive(Debug)]
struct Held {
    access_token: AccessToken,
    received: Now,
    lifetime_s: Option<u64>,
    scope: Option<String>,
    /// The latest flight that has brought a token.
    flight: u32,
    /// An API refused it.
    is_refused: bool,
}

#[derive(Debug)]
struct Trouble {
    error: Error,
    attempt: u32,
    since: Now,
    delay_ms: u64,
}

impl Trouble {
    fn new(error: Error, attempt: u32, random: u8, now: Now) -> Self {
        let delay_ms = retry_delay_ms(attempt, random, error.retry_after_s);
        Self { error, attempt, since: now, delay_ms }
    }

    fn is_over(&self, now: Now) -> bool {
        now.since(self.since) >= self.delay_ms
    }
}

/// The state without a secret.
#[derive(Debug)]
pub struct Inspection {
    /// Whether there is a token.
    pub has_token: bool,
    /// Whether there is a refresh token.
    pub has_refresh_token: bool,
    /// The scope that was granted, where it is not what was asked for.
    pub scope: Option<String>,
    /// Milliseconds since the epoch at which the token expires.
    pub expires_at_wall_ms: Option<u64>,
    /// Milliseconds since the epoch from which on the next call has another one fetched.
    pub refresh_at_wall_ms: Option<u64>,
    /// Whether one is on its way.
    pub refreshing: bool,
    /// How many there have been.
    pub generation: u32,
    /// Why there was none the last time.
    pub error: Option<Error>,
}

impl AppToken {
    /// No token yet. A flight that brings nothing within `lost_after_ms` is given up.
    #[must_use]
    pub const fn new(before_expiry_s: u64, lost_after_ms: u64) -> Self {
        Self {
            before_expiry_s,
            held: None,
            refresh_token: None,
            generation: 0,
            flights: Flights::new(lost_after_ms),
            trouble: None,
            refusals: 0,
            refused: None,
        }
    }

    /// What to do for a token that will do. `since` is the generation there was when this caller asked first: any newer one
    /// is what was asked for. `random` spreads out what comes after a refusal.
    pub fn ask(&mut self, need: Need, since: Option<u32>, random: u8, now: Now) -> Step {
        let is_answered = since.is_some_and(|generation| generation != self.generation);
        let need = if is_answered { Need { force: false, min_ttl_ms: 0, ..need } } else { need };
        if need.refused_generation == Some(self.generation) {
            self.refuse(random, now);
        }
        if self.has_token_for(&need, now) {
            let is_idle = !self.flights.is_under_way(now) && !self.is_resting(now);
            return if is_idle && self.is_due(now) { Step::UseAndRenew(self.flights.begin(now)) } else { Step::Use };
        }
        if self.flights.is_under_way(now) {
            return Step::Wait;
        }
        // Between two tries everybody gets the same answer, not a request of their own.
        let of_refusal = need.refused_generation.is_some().then_some(self.refused.as_ref()).flatten();
        for trouble in [self.trouble.as_ref(), of_refusal].into_iter().flatten() {
            if !trouble.is_over(now) {
                return Step::Fail(trouble.error.clone());
            }
        }
        Step::Renew(self.flights.begin(now))
    }

    /// The refresh token to present, where the token there is has merely grown old.
    #[must_use]
    pub fn refresh_token(&self) -> Option<&RefreshToken> {
        let is_refused = self.held.as_ref().is_some_and(|held| held.is_refused);
        self.refresh_token.as_ref().filter(|_| !is_refused)
    }

    /// The provider does not take the refresh token any more.
    pub fn forget_refresh_token(&mut self) {
        self.refresh_token = None;
    }

    /// A flight came back. One that was given up may still bring a token, but no trouble where a later one was good: it is
    /// all that its own caller learns where each is given up before it fails.
    pub fn land(&mut self, flight: u32, outcome: Result<TokenResponse>, random: u8, now: Now) {
        self.flights.land(flight);
        let latest = self.held.as_ref().map(|held| held.flight);
        match outcome {
            Ok(answer) => {
                self.refresh_token = answer.refresh_token.or_else(|| self.refresh_token.take());
                self.held = Some(Held {
                    access_token: answer.access_token,
                    received: now,
                    lifetime_s: answer.lifetime_s,
                    scope: answer.scope,
                    flight: latest.unwrap_or_default().max(flight),
                    is_refused: false,
                });
                self.generation = self.generation.wrapping_add(1);
                self.trouble = None;
            }
            Err(error) if latest.is_none_or(|latest| latest < flight) => {
                let attempt = self.trouble.as_ref().map_or(0, |trouble| trouble.attempt).saturating_add(1);
                self.trouble = Some(Trouble::new(error, attempt, random, now));
            }
            Err(_) => {}
        }
    }

    /// The token there is.
    #[must_use]
    pub fn access_token(&self) -> Option<&AccessToken> {
        self.held.as_ref().map(|held| &held.access_token)
    }

    /// How many tokens there have been.
    #[must_use]
    pub const fn generation(&self) -> u32 {
        self.generation
    }

    /// Until when, by each clock, the token there is may be used without asking; `None` for as long as no API refuses it.
    #[must_use]
    pub fn fresh_until(&self) -> Option<Now> {
        let held = self.held.as_ref()?;
        let after_ms = self.schedule()?.refresh_after_ms;
        Some(Now {
            wall_ms: held.received.wall_ms.saturating_add(after_ms),
            monotonic_ms: held.received.monotonic_ms.saturating_add(after_ms),
        })
    }

    /// The state without a secret.
    #[must_use]
    pub fn inspect(&self, now: Now) -> Inspection {
        let held = self.held.as_ref();
        let lifetime_ms = held.and_then(|held| held.lifetime_s).map(|seconds| seconds.saturating_mul(SECOND_MS));
        let resting = [self.trouble.as_ref(), self.refused.as_ref()].into_iter().flatten().next();
        Inspection {
            has_token: held.is_some(),
            has_refresh_token: self.refresh_token.is_some(),
            scope: held.and_then(|held| held.scope.clone()),
            expires_at_wall_ms: held
                .zip(lifetime_ms)
                .map(|(held, lifetime_ms)| held.received.wall_ms.saturating_add(lifetime_ms)),
            refresh_at_wall_ms: match &self.trouble {
                Some(trouble) => Some(trouble.since.wall_ms.saturating_add(trouble.delay_ms)),
                None => self.fresh_until().map(|until| until.wall_ms),
            },
            refreshing: self.flights.is_under_way(now),
            generation: self.generation,
            error: resting.map(|trouble| trouble.error.clone()),
        }
    }

    /// An API refused the token there is. The first time another one may do; where that is refused as well, the API refuses
    /// this client, and the token endpoint is asked ever more seldom.
    fn refuse(&mut self, random: u8, now: Now) {
        let Some(held) = self.held.as_mut().filter(|held| !held.is_refused) else {
            return;
        };
        held.is_refused = true;
        let is_news = now.since(held.received) >= SETTLED_MS;
        self.refusals = if is_news { 0 } else { self.refusals };
        let error = Error::new(Kind::TokenRefused).with_status(401, None);
        self.refused = (self.refusals > 0).then(|| Trouble::new(error, self.refusals, random, now));
        self.refusals = self.refusals.saturating_add(1);
    }

    fn is_resting(&self, now: Now) -> bool {
        self.trouble.as_ref().is_some_and(|trouble| !trouble.is_over(now))
    }

    fn schedule(&self) -> Option<Schedule> {
        let lifetime_s = self.held.as_ref()?.lifetime_s?;
        Some(Schedule::new(lifetime_s, self.before_expiry_s))
    }

    fn is_due(&self, now: Now) -> bool {
        self.held
            .as_ref()
            .zip(self.schedule())
            .is_some_and(|(held, schedule)| now.since(held.received) >= schedule.refresh_after_ms)
    }

    fn has_token_for(&self, need: &Need, now: Now) -> bool {
        let Some(held) = &self.held else {
            return false;
        };
        if need.force || need.refused_generation == Some(self.generation) {
            return false;
        }
        self.schedule().is_none_or(|schedule| {
            let wanted = schedule.dead_after_ms.saturating_sub(need.min_ttl_ms);
            now.since(held.received) < schedule.stale_after_ms.min(wanted)
        })
    }
}
