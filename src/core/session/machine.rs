//! The session of one tab: one state, told what happened by [`Machine::handle`], asked what to do by [`Machine::drain`].
//!
//! After each `handle`, drain the effects and perform them in that order. The order is part of the promise:
//! new tokens are persisted before anybody is told of them.

use super::effect::{Effect, Event, Input, Need, Reason, Waiter};
use super::refresh::{LONGEST_SLEEP_MS, Schedule, has_passed, retry_delay_ms};
use super::tokens::TokenSet;
use crate::core::base::error::{Error, Kind, Phase, Result};
use crate::core::base::secret::RefreshToken;
use crate::core::base::time::{Now, SECOND_MS};
use std::rc::Rc;

/// The session machine.
#[derive(Debug)]
pub struct Machine {
    before_expiry_s: u64,
    state: State,
    /// Those who wait for the start or for the refresh under way.
    waiters: Vec<(Waiter, Need)>,
    effects: Vec<Effect>,
    generation: u32,
    /// Grows at every start and end of a session, so that a late answer to an earlier one is known as such.
    epoch: u32,
}

#[derive(Debug)]
enum State {
    Loading,
    SignedOut { reason: Reason, error: Option<Error> },
    SignedIn(Live),
}

#[derive(Debug)]
struct Live {
    tokens: Rc<TokenSet>,
    refreshing: bool,
    /// The failures in a row, and when to try again.
    trouble: Option<Trouble>,
}

#[derive(Debug)]
struct Trouble {
    error: Error,
    attempt: u32,
    since: Now,
    delay_ms: u64,
}

/// What the app sees of the state.
#[derive(Debug)]
pub enum View<'a> {
    /// Not known yet.
    Loading,
    /// Nobody is signed in.
    SignedOut {
        /// Why.
        reason: Reason,
        /// The error behind it.
        error: Option<&'a Error>,
    },
    /// Somebody is signed in.
    SignedIn {
        /// The tokens.
        tokens: &'a Rc<TokenSet>,
        /// The last refresh failed for a reason that may pass.
        stale: bool,
        /// A refresh is under way.
        refreshing: bool,
        /// The times in the token's life; `None` where nobody knows.
        schedule: Option<Schedule>,
    },
}

impl Machine {
    /// A machine that waits for [`Input::Started`].
    #[must_use]
    pub const fn new(before_expiry_s: u64) -> Self {
        Self {
            before_expiry_s,
            state: State::Loading,
            waiters: Vec::new(),
            effects: Vec::new(),
            generation: 0,
            epoch: 0,
        }
    }

    /// What the app sees.
    #[must_use]
    pub fn view(&self) -> View<'_> {
        match &self.state {
            State::Loading => View::Loading,
            State::SignedOut { reason, error } => View::SignedOut { reason: *reason, error: error.as_ref() },
            State::SignedIn(live) => View::SignedIn {
                tokens: &live.tokens,
                stale: live.trouble.is_some(),
                refreshing: live.refreshing,
                schedule: Schedule::of(&live.tokens, self.before_expiry_s),
            },
        }
    }

    /// How many token sets this machine has had.
    #[must_use]
    pub const fn generation(&self) -> u32 {
        self.generation
    }

    /// Everything there is to do since the last time, in this order.
    #[must_use]
    pub fn drain(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// Takes in what happened.
    pub fn handle(&mut self, input: Input, now: Now) {
        match input {
            Input::Started { restored, refused, signed_out } => self.start(restored, refused, signed_out, now),
            Input::SignedIn { tokens, return_to } => {
                self.begin(tokens, Some(return_to), now);
                self.settle(now);
            }
            Input::TokenWanted { waiter, need } => {
                self.waiters.push((waiter, need));
                self.settle(now);
            }
            Input::TimerFired => self.tend(now),
            Input::Woke => {
                // Whoever is back online need not wait, unless the provider asked for it.
                if let State::SignedIn(Live { trouble: Some(trouble), .. }) = &mut self.state
                    && trouble.error.retry_after_s.is_none()
                {
                    trouble.delay_ms = 0;
                }
                self.tend(now);
            }
            Input::Refreshed { epoch, tokens } => {
                if epoch == self.epoch {
                    self.renew(tokens, now);
                }
            }
            Input::RefreshFailed { epoch, error, rotated, random } => {
                if epoch == self.epoch {
                    self.fail(error, rotated, random, now);
                }
            }
            Input::SignOut => self.end(Reason::SignOut, None),
        }
    }

    fn start(&mut self, restored: Option<Rc<TokenSet>>, refused: Option<Error>, signed_out: bool, now: Now) {
        match (restored, refused) {
            (Some(tokens), _) => self.begin(tokens, None, now),
            (None, Some(error)) => self.end(Reason::SignInFailed, Some(error)),
            (None, None) => {
                let reason = if signed_out { Reason::SignOut } else { Reason::None };
                self.state = State::SignedOut { reason, error: None };
                self.effects.push(Effect::Publish);
            }
        }
        self.settle(now);
    }

    fn begin(&mut self, tokens: Rc<TokenSet>, return_to: Option<String>, now: Now) {
        let restored = return_to.is_none();
        self.epoch = self.epoch.wrapping_add(1);
        self.adopt(tokens, !restored);
        self.effects.push(Effect::Report(Event::SignedIn { restored, return_to }));
        self.tend(now);
    }

    fn adopt(&mut self, tokens: Rc<TokenSet>, persist: bool) {
        self.generation = self.generation.wrapping_add(1);
        if persist {
            self.effects.push(Effect::Persist(Rc::clone(&tokens)));
        }
        self.state = State::SignedIn(Live { tokens, refreshing: false, trouble: None });
        self.effects.push(Effect::Publish);
    }

    fn renew(&mut self, tokens: Rc<TokenSet>, now: Now) {
        self.adopt(tokens, true);
        let expires_at_wall_ms = self.expires_at_wall_ms();
        self.effects.push(Effect::Report(Event::TokenRefreshed { expires_at_wall_ms }));
        // A force or a refused generation is satisfied by any new token.
        for (_, need) in &mut self.waiters {
            *need = Need { min_ttl_ms: 0, force: false, refused_generation: None };
        }
        self.settle(now);
        self.tend(now);
    }

    fn fail(&mut self, error: Error, rotated: Option<RefreshToken>, random: u8, now: Now) {
        let State::SignedIn(live) = &mut self.state else {
            return;
        };
        live.refreshing = false;
        if !error.is_retryable() {
            let refused = error.kind != Kind::InvalidGrant;
            self.report_failure(&error, None);
            if !refused {
                self.effects.push(Effect::Report(Event::InteractionRequired(error.clone())));
            }
            self.end(if refused { Reason::Refused } else { Reason::Expired }, Some(error));
            return;
        }
        let attempt = live.trouble.as_ref().map_or(0, |trouble| trouble.attempt).saturating_add(1);
        let delay_ms = retry_delay_ms(attempt, random, error.retry_after_s);
        live.trouble = Some(Trouble { error: error.clone(), attempt, since: now, delay_ms });
        if rotated.is_some() {
            live.tokens = Rc::new(TokenSet { refresh_token: rotated, ..TokenSet::clone(&live.tokens) });
            self.effects.push(Effect::Persist(Rc::clone(&live.tokens)));
        }
        self.effects.push(Effect::Publish);
        self.report_failure(&error, Some(delay_ms));
        self.answer_all_the_same(&error, now);
        self.tend(now);
    }

    fn report_failure(&mut self, error: &Error, retry_in_ms: Option<u64>) {
        self.effects.push(Effect::Report(Event::RefreshFailed { error: error.clone(), retry_in_ms }));
    }

    /// A refresh that failed answers everybody who waited for it: with the token there is where that will do.
    fn answer_all_the_same(&mut self, error: &Error, now: Now) {
        for (waiter, need) in std::mem::take(&mut self.waiters) {
            let answer = if self.has_token_for(need, now) { Ok(()) } else { Err(error.clone()) };
            self.effects.push(Effect::Answer(waiter, answer));
        }
    }

    fn end(&mut self, reason: Reason, error: Option<Error>) {
        self.epoch = self.epoch.wrapping_add(1);
        let cause = error.clone().unwrap_or_else(|| Error::new(Kind::NotSignedIn));
        let key = match &self.state {
            State::SignedIn(live) => live.tokens.dpop_key.clone(),
            State::Loading | State::SignedOut { .. } => None,
        };
        self.state = State::SignedOut { reason, error: error.clone() };
        self.effects.extend([Effect::StopTimer, Effect::Erase(key), Effect::Publish]);
        self.effects.push(Effect::Report(Event::SignedOut { reason, error }));
        for (waiter, _) in std::mem::take(&mut self.waiters) {
            self.effects.push(Effect::Answer(waiter, Err(cause.clone())));
        }
    }

    /// Answers whom it can, and refreshes for the others.
    fn settle(&mut self, now: Now) {
        if matches!(self.state, State::Loading) {
            return;
        }
        for (waiter, need) in std::mem::take(&mut self.waiters) {
            match self.answer(need, now) {
                Some(answer) => self.effects.push(Effect::Answer(waiter, answer)),
                None => self.waiters.push((waiter, need)),
            }
        }
        if !self.waiters.is_empty() {
            self.send_refresh();
        }
    }

    /// The answer to a need; `None` where a refresh has to come first.
    fn answer(&self, need: Need, now: Now) -> Option<Result<()>> {
        let State::SignedIn(live) = &self.state else {
            return Some(Err(Error::new(Kind::NotSignedIn)));
        };
        if self.has_token_for(need, now) {
            return Some(Ok(()));
        }
        if live.tokens.refresh_token.is_none() {
            return Some(Err(Error::new(Kind::InteractionRequired).during(Phase::Refresh)));
        }
        // Between two tries everybody gets the same answer, not a request of their own.
        let resting = live.trouble.as_ref().filter(|t| !live.refreshing && !has_passed(t.since, t.delay_ms, now));
        resting.map(|trouble| Err(trouble.error.clone()))
    }

    fn has_token_for(&self, need: Need, now: Now) -> bool {
        let State::SignedIn(live) = &self.state else {
            return false;
        };
        if need.force || need.refused_generation == Some(self.generation) {
            return false;
        }
        Schedule::of(&live.tokens, self.before_expiry_s).is_none_or(|schedule| {
            let wanted = schedule.dead_after_ms.saturating_sub(need.min_ttl_ms);
            now.since(live.tokens.received) < schedule.stale_after_ms.min(wanted)
        })
    }

    /// Looks at the clock: refreshes what is due, ends what is over, and sets the timer for the rest.
    fn tend(&mut self, now: Now) {
        let State::SignedIn(live) = &self.state else {
            return;
        };
        if live.refreshing {
            return;
        }
        let renewable = live.tokens.refresh_token.is_some();
        let schedule = Schedule::of(&live.tokens, self.before_expiry_s);
        let wait_ms = match (&live.trouble, schedule) {
            (Some(trouble), _) => trouble.delay_ms.saturating_sub(now.since(trouble.since)),
            (None, Some(schedule)) => {
                let due_after_ms = if renewable { schedule.refresh_after_ms } else { schedule.dead_after_ms };
                due_after_ms.saturating_sub(now.since(live.tokens.received))
            }
            (None, None) => return,
        };
        if wait_ms > 0 {
            self.effects.push(Effect::StartTimer(wait_ms.min(LONGEST_SLEEP_MS)));
        } else if renewable {
            self.send_refresh();
        } else {
            let error = Error::new(Kind::InteractionRequired).during(Phase::Refresh);
            self.effects.push(Effect::Report(Event::InteractionRequired(error.clone())));
            self.end(Reason::Expired, Some(error));
        }
    }

    fn send_refresh(&mut self) {
        let State::SignedIn(live) = &mut self.state else {
            return;
        };
        if live.refreshing || live.tokens.refresh_token.is_none() {
            return;
        }
        live.refreshing = true;
        let current = Rc::clone(&live.tokens);
        self.effects.extend([Effect::StopTimer, Effect::SendRefresh { epoch: self.epoch, current }]);
    }

    /// Milliseconds since the epoch of the next planned refresh; `None` when none is planned.
    #[must_use]
    pub fn refresh_at_wall_ms(&self) -> Option<u64> {
        let State::SignedIn(live) = &self.state else {
            return None;
        };
        live.tokens.refresh_token.as_ref()?;
        let schedule = Schedule::of(&live.tokens, self.before_expiry_s);
        let due = schedule.map(|schedule| (live.tokens.received, schedule.refresh_after_ms));
        let retry = live.trouble.as_ref().map(|trouble| (trouble.since, trouble.delay_ms));
        retry.or(due).map(|(start, delay_ms)| start.wall_ms.saturating_add(delay_ms))
    }

    /// Milliseconds since the epoch at which the access token expires; `None` where nobody knows.
    #[must_use]
    pub fn expires_at_wall_ms(&self) -> Option<u64> {
        let State::SignedIn(live) = &self.state else {
            return None;
        };
        let lifetime_ms = live.tokens.lifetime_s?.saturating_mul(SECOND_MS);
        Some(live.tokens.received.wall_ms.saturating_add(lifetime_ms))
    }
}
