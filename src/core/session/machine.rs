//! The session of one tab: one state, told what happened by [`Machine::handle`], asked what to do by [`Machine::drain`].
//!
//! After each `handle`, drain the effects and perform them in that order. The order is part of the promise: new tokens are
//! stored and written down before anybody is told of them. What the tabs owe each other is in `tabs.rs`.

use super::effect::{Effect, Errand, Event, Input, Need, Reason, Waiter};
use super::message::Message;
use super::refresh::{LONGEST_SLEEP_MS, Schedule, has_passed, retry_delay_ms};
use super::tokens::TokenSet;
use crate::core::base::error::{Error, Kind, Phase, Result};
use crate::core::base::secret::RefreshToken;
use crate::core::base::time::{Now, SECOND_MS};
use crate::core::oauth::restriction::{Held, Restriction};
use std::rc::Rc;

/// The session machine.
#[derive(Clone, Debug)]
pub struct Machine {
    before_expiry_s: u64,
    /// Whether the provider may be asked without the user.
    pub(super) silent: bool,
    pub(super) state: State,
    pub(super) step: Step,
    /// Those who wait for the start or for the refresh under way.
    pub(super) waiters: Vec<(Waiter, Need)>,
    pub(super) effects: Vec<Effect>,
    /// The newest token set that this tab has had, or has seen the end of, in the count of all tabs.
    pub(super) generation: u32,
    /// The newest count that this tab has seen written down.
    pub(super) seen: u32,
    /// Grows with every step that is left, so that a late answer to it is known as such.
    pub(super) epoch: u32,
    /// The end is being written down, and whether it was the provider's doing: what others still say is about before.
    pub(super) closing: Option<bool>,
}

#[derive(Clone, Debug)]
pub(super) enum State {
    /// With what is so if nothing comes up.
    Loading {
        otherwise: Reason,
        refused: Option<Error>,
    },
    SignedOut {
        reason: Reason,
        error: Option<Error>,
    },
    SignedIn(Live),
}

#[derive(Clone, Debug)]
pub(super) struct Live {
    pub(super) tokens: Rc<TokenSet>,
    /// The generation that the access token came with; the refresh token may be newer.
    born: u32,
    /// The access tokens that are restricted, each with the generation it came with.
    pub(super) restricted: Held<(Rc<TokenSet>, u32)>,
    /// The failures in a row, and when to try again.
    pub(super) trouble: Option<Trouble>,
}

#[derive(Clone, Debug)]
pub(super) struct Trouble {
    pub(super) error: Error,
    pub(super) attempt: u32,
    since: Now,
    delay_ms: u64,
}

/// What is under way: one thing at a time.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Idle,
    /// Waits for the lock.
    Locking,
    /// Waits for another tab to hand over what is newer.
    Asking,
    /// The refresh token is on its way, for the session's own access token or for one of this restriction.
    Sending(Option<Restriction>),
    /// These tokens are stored, and are being written down as the newest.
    Advancing(Rc<TokenSet>, Origin),
    /// The provider is asked without the user.
    Silent,
}

/// Where tokens are from.
#[derive(Clone, Debug)]
pub(super) enum Origin {
    SignIn {
        return_to: Option<String>,
        /// No user asked for it.
        silent: bool,
    },
    Store {
        generation: u32,
    },
    Refresh,
    /// A refresh for a restricted access token, which brought one or spent the refresh token for nothing.
    Restricted(Restriction, Option<Rc<TokenSet>>),
    /// A refresh that failed otherwise, but spent the refresh token.
    FailedRefresh(Trouble),
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
    /// A machine that waits for [`Input::Started`]. `silent`: the provider may be asked without the user.
    #[must_use]
    pub const fn new(before_expiry_s: u64, silent: bool) -> Self {
        Self {
            before_expiry_s,
            silent,
            state: State::Loading { otherwise: Reason::None, refused: None },
            step: Step::Idle,
            waiters: Vec::new(),
            effects: Vec::new(),
            generation: 0,
            seen: 0,
            epoch: 0,
            closing: None,
        }
    }

    /// Starts where only the provider knows whether somebody is signed in: it is asked at once, and so are the other tabs.
    /// `expected`: somebody was signed in here, and has not signed out since.
    pub fn start_with_provider(&mut self, expected: bool) {
        if let State::Loading { otherwise, .. } = &mut self.state {
            *otherwise = if expected { Reason::NotRestored } else { Reason::None };
            self.say_ask();
            self.ask_provider();
        }
    }

    /// The provider says, in answer to the wish of this epoch, that the session is over.
    pub fn end_as_the_provider_says(&mut self, epoch: u32, error: Error) {
        if epoch == self.epoch {
            self.end_for_all(Reason::Expired, Some(error));
        }
    }

    /// What the app sees.
    #[must_use]
    pub fn view(&self) -> View<'_> {
        match &self.state {
            State::Loading { .. } => View::Loading,
            State::SignedOut { reason, error } => View::SignedOut { reason: *reason, error: error.as_ref() },
            State::SignedIn(live) => View::SignedIn {
                tokens: &live.tokens,
                stale: live.trouble.is_some(),
                refreshing: !matches!(self.step, Step::Idle),
                schedule: Schedule::of(&live.tokens, self.before_expiry_s),
            },
        }
    }

    /// Which token set this is, in the count of all tabs.
    #[must_use]
    pub const fn generation(&self) -> u32 {
        self.generation
    }

    /// Whether a refresh token is being spent: the lock must be kept until what came is written down.
    #[must_use]
    pub const fn is_spending(&self) -> bool {
        matches!(self.step, Step::Sending(_) | Step::Advancing(..))
    }

    /// Everything there is to do since the last time, in this order.
    #[must_use]
    pub fn drain(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// Takes in what happened.
    pub fn handle(&mut self, input: Input, now: Now) {
        match input {
            Input::Started { restored, refused, signed_out, expected } => {
                let State::Loading { .. } = self.state else {
                    // Another tab was faster.
                    return;
                };
                let otherwise = match &refused {
                    Some(_) => Reason::SignInFailed,
                    None if signed_out => Reason::SignOut,
                    None if expected => Reason::NotRestored,
                    None => Reason::None,
                };
                self.state = State::Loading { otherwise, refused };
                self.effects.push(Effect::Errand(Errand::Look));
                match restored {
                    Some((tokens, generation)) => self.advance(tokens, Origin::Store { generation }),
                    None if expected && !signed_out => self.ask(),
                    None => self.rest(),
                }
            }
            Input::SignedIn { epoch, tokens, return_to } => {
                // What the machine asked for itself may have been overtaken; then the lock is already given back.
                match epoch {
                    // With the lock, if it is had: the refresh under way may have spent what another tab would present.
                    None => self.leave(),
                    Some(epoch) if epoch == self.epoch => {}
                    Some(_) => return,
                }
                self.advance(tokens, Origin::SignIn { return_to, silent: epoch.is_some() });
            }
            Input::TokenWanted { waiter, need } => self.answer_or_refresh(waiter, need, now),
            Input::TimerFired => match self.step {
                Step::Idle => self.tend(now),
                Step::Locking => self.lock_is_slow(now),
                Step::Asking => self.nobody_answered(now),
                Step::Sending(_) | Step::Advancing(..) | Step::Silent => {}
            },
            Input::Woke => self.wake(now),
            Input::Refreshed { epoch, tokens } => {
                if epoch == self.epoch {
                    self.advance(tokens, Origin::Refresh);
                }
            }
            Input::Restricted { epoch, tokens, restriction, restricted } => {
                if epoch == self.epoch {
                    self.advance(tokens, Origin::Restricted(restriction, Some(restricted)));
                }
            }
            Input::RefreshFailed { epoch, error, rotated, random } => {
                if epoch == self.epoch {
                    self.fail(error, rotated, random, now);
                }
            }
            Input::NotSignedIn { epoch, error, random } => {
                if epoch == self.epoch {
                    self.not_signed_in(error, random, now);
                }
            }
            Input::SignOut => self.end_for_all(Reason::SignOut, None),
            Input::LockTaken { epoch, mark } => {
                if epoch == self.epoch {
                    self.lock_taken(mark);
                }
            }
            Input::Looked(mark) => self.compare(mark),
            Input::Advanced { epoch, mark } => {
                if epoch == self.epoch {
                    self.advanced(mark, now);
                }
            }
            Input::Closed(mark) => self.closed(mark),
            Input::Heard(message) => self.hear(message, now),
        }
    }

    /// Nothing came up at the start.
    pub(super) fn rest(&mut self) {
        self.abandon();
        if let State::Loading { otherwise, refused } = &mut self.state {
            let (reason, error) = (*otherwise, refused.take());
            if error.is_none() {
                self.state = State::SignedOut { reason, error };
                self.effects.push(Effect::Publish);
                self.refuse_all(&Error::new(Kind::NotSignedIn));
            } else {
                self.end(reason, error);
            }
        }
    }

    /// The page came back: whoever is back online need not wait, unless the provider asked for it.
    fn wake(&mut self, now: Now) {
        self.effects.push(Effect::Errand(Errand::Look));
        if let State::SignedIn(Live { trouble: Some(trouble), .. }) = &mut self.state
            && trouble.error.retry_after_s.is_none()
        {
            trouble.delay_ms = 0;
        }
        self.tend(now);
    }

    /// A session begins in this tab.
    pub(super) fn begin(&mut self, tokens: Rc<TokenSet>, restored: bool, return_to: Option<String>, now: Now) {
        self.adopt(tokens, Held::default());
        self.effects.push(Effect::Report(Event::SignedIn { restored, return_to }));
        self.satisfy(now);
    }

    /// The session goes on with newer tokens.
    pub(super) fn renew(&mut self, tokens: Rc<TokenSet>, now: Now) {
        let restricted = match &mut self.state {
            State::SignedIn(live) => std::mem::take(&mut live.restricted),
            State::Loading { .. } | State::SignedOut { .. } => Held::default(),
        };
        self.adopt(tokens, restricted);
        let expires_at_wall_ms = self.expires_at_wall_ms();
        self.effects.push(Effect::Report(Event::TokenRefreshed { expires_at_wall_ms }));
        self.satisfy(now);
    }

    fn adopt(&mut self, tokens: Rc<TokenSet>, restricted: Held<(Rc<TokenSet>, u32)>) {
        self.state = State::SignedIn(Live { tokens, born: self.generation, restricted, trouble: None });
        self.effects.push(Effect::Publish);
    }

    /// New tokens answer those who wait for them: a force or a refused generation is satisfied by any.
    fn satisfy(&mut self, now: Now) {
        if let State::SignedIn(live) = &self.state {
            for (_, need) in &mut self.waiters {
                if live.other_than_own(need.restriction.as_ref()).is_none() {
                    (need.force, need.min_ttl_ms) = (false, 0);
                }
            }
        }
        self.reconsider(now);
    }

    /// Looks again at those who wait, and at the clock.
    pub(super) fn reconsider(&mut self, now: Now) {
        for (waiter, need) in std::mem::take(&mut self.waiters) {
            self.answer_or_refresh(waiter, need, now);
        }
        self.tend(now);
    }

    fn fail(&mut self, error: Error, rotated: Option<RefreshToken>, random: u8, now: Now) {
        let State::SignedIn(live) = &self.state else {
            return;
        };
        if let Step::Sending(Some(restriction)) = &self.step
            && !error.is_retryable()
            && error.kind != Kind::InvalidGrant
        {
            let restriction = restriction.clone();
            return self.refuse_restricted(restriction, error, rotated, now);
        }
        if !error.is_retryable() {
            let refused = error.kind != Kind::InvalidGrant;
            self.report_failure(&error, None);
            if !refused {
                self.effects.push(Effect::Report(Event::InteractionRequired(error.clone())));
            }
            self.end_for_all(if refused { Reason::Refused } else { Reason::Expired }, Some(error));
            return;
        }
        let trouble = live.next_trouble(error, random, now);
        if rotated.is_some() {
            let tokens = Rc::new(TokenSet { refresh_token: rotated, ..TokenSet::clone(&live.tokens) });
            self.advance(tokens, Origin::FailedRefresh(trouble));
        } else {
            self.suffer(trouble, now);
        }
    }

    /// A try failed, and will be made again.
    pub(super) fn suffer(&mut self, trouble: Trouble, now: Now) {
        self.abandon();
        let error = trouble.error.clone();
        self.report_failure(&error, Some(trouble.delay_ms));
        if let State::SignedIn(live) = &mut self.state {
            live.trouble = Some(trouble);
        }
        self.effects.push(Effect::Publish);
        self.answer_all_the_same(&error, now);
        self.tend(now);
    }

    fn report_failure(&mut self, error: &Error, retry_in_ms: Option<u64>) {
        self.effects.push(Effect::Report(Event::RefreshFailed { error: error.clone(), retry_in_ms }));
    }

    /// Only the user can go on.
    pub(super) fn require_interaction(&mut self) -> Error {
        let error = Error::new(Kind::InteractionRequired).during(Phase::Refresh);
        self.effects.push(Effect::Report(Event::InteractionRequired(error.clone())));
        error
    }

    /// What failed answers everybody who waited for it: with the token there is where that will do.
    pub(super) fn answer_all_the_same(&mut self, error: &Error, now: Now) {
        for (waiter, need) in std::mem::take(&mut self.waiters) {
            let answer = if self.has_token_for(&need, now) { Ok(()) } else { Err(error.clone()) };
            self.effects.push(Effect::Answer(waiter, answer));
        }
    }

    fn refuse_all(&mut self, error: &Error) {
        for (waiter, _) in std::mem::take(&mut self.waiters) {
            self.effects.push(Effect::Answer(waiter, Err(error.clone())));
        }
    }

    /// Ends the session in this tab.
    pub(super) fn end(&mut self, reason: Reason, error: Option<Error>) {
        self.abandon();
        let key = match &self.state {
            // Other tabs may have use for it.
            _ if reason == Reason::NotRestored => None,
            State::SignedIn(live) => live.tokens.dpop_key.clone(),
            State::Loading { .. } | State::SignedOut { .. } => None,
        };
        self.state = State::SignedOut { reason, error: error.clone() };
        self.effects.extend([Effect::StopTimer, Effect::Erase(key), Effect::Publish]);
        let cause = error.clone().unwrap_or_else(|| Error::new(Kind::NotSignedIn));
        self.refuse_all(&cause);
        self.effects.push(Effect::Report(Event::SignedOut { reason, error }));
    }

    /// Leaves what is under way, but for the lock.
    pub(super) fn leave(&mut self) {
        self.step = Step::Idle;
        self.epoch = self.epoch.wrapping_add(1);
        self.effects.push(Effect::StopTimer);
    }

    /// Leaves what is under way.
    pub(super) fn abandon(&mut self) {
        if !matches!(self.step, Step::Idle) {
            self.leave();
            self.effects.push(Effect::DropLock);
        }
    }

    /// Answers at once where that can be, else refreshes for the waiter.
    fn answer_or_refresh(&mut self, waiter: Waiter, need: Need, now: Now) {
        if let Some(answer) = self.answer(&need, now) {
            self.effects.push(Effect::Answer(waiter, answer));
        } else {
            self.waiters.push((waiter, need));
            self.lock();
        }
    }

    /// The answer to a need; `None` where something has to come first.
    fn answer(&self, need: &Need, now: Now) -> Option<Result<()>> {
        let live = match &self.state {
            State::Loading { .. } => return None,
            _ if matches!(self.step, Step::Advancing(_, Origin::SignIn { .. })) => return None,
            State::SignedOut { .. } => return Some(Err(Error::new(Kind::NotSignedIn))),
            State::SignedIn(live) => live,
        };
        if self.has_token_for(need, now) {
            return Some(Ok(()));
        }
        if live.tokens.refresh_token.is_none() && (!self.silent || need.restriction.is_some()) {
            return Some(Err(Error::new(Kind::InteractionRequired).during(Phase::Refresh)));
        }
        // Between two tries everybody gets the same answer, not a request of their own.
        let is_idle = matches!(self.step, Step::Idle);
        let resting = live.trouble.as_ref().filter(|t| is_idle && !has_passed(t.since, t.delay_ms, now));
        resting.map(|trouble| Err(trouble.error.clone()))
    }

    fn has_token_for(&self, need: &Need, now: Now) -> bool {
        let Some((tokens, born)) = self.held(need.restriction.as_ref()) else {
            return false;
        };
        if need.force || need.refused_generation.is_some_and(|refused| refused >= born) {
            return false;
        }
        Schedule::of(tokens, self.before_expiry_s).is_none_or(|schedule| {
            let wanted = schedule.dead_after_ms.saturating_sub(need.min_ttl_ms);
            now.since(tokens.received) < schedule.stale_after_ms.min(wanted)
        })
    }

    /// The tokens with the access token of this restriction, and the generation that it came with.
    fn held(&self, restriction: Option<&Restriction>) -> Option<(&Rc<TokenSet>, u32)> {
        let State::SignedIn(live) = &self.state else {
            return None;
        };
        match live.other_than_own(restriction) {
            Some(restriction) => live.restricted.get(restriction).map(|(tokens, born)| (tokens, *born)),
            None => Some((&live.tokens, live.born)),
        }
    }

    /// The tokens to send where an access token of this restriction is wanted.
    #[must_use]
    pub fn tokens(&self, restriction: Option<&Restriction>) -> Option<&Rc<TokenSet>> {
        self.held(restriction).map(|(tokens, _)| tokens)
    }

    /// Looks at the clock: refreshes what is due, ends what is over, and sets the timer for the rest.
    fn tend(&mut self, now: Now) {
        let (State::SignedIn(live), Step::Idle) = (&self.state, &self.step) else {
            return;
        };
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
        } else if renewable || self.silent {
            self.lock();
        } else {
            let error = self.require_interaction();
            self.end(Reason::Expired, Some(error));
        }
    }

    /// Whether the access token has reached its end.
    pub(super) fn is_dead(&self, now: Now) -> bool {
        let State::SignedIn(live) = &self.state else {
            return true;
        };
        let schedule = Schedule::of(&live.tokens, self.before_expiry_s);
        schedule.is_some_and(|schedule| now.since(live.tokens.received) >= schedule.dead_after_ms)
    }

    /// Sends the refresh token. The lock is ours, and nobody has a newer one.
    pub(super) fn send_refresh(&mut self) {
        let State::SignedIn(live) = &self.state else {
            return;
        };
        self.effects.push(Effect::StopTimer);
        if live.tokens.refresh_token.is_some() {
            let current = Rc::clone(&live.tokens);
            let restriction = self.wanted_restriction(live);
            self.step = Step::Sending(restriction.clone());
            self.effects.push(Effect::Errand(Errand::SendRefresh { epoch: self.epoch, current, restriction }));
        } else {
            self.ask_provider();
        }
    }

    pub(super) fn ask_provider(&mut self) {
        self.step = Step::Silent;
        self.effects.extend([Effect::StopTimer, Effect::Errand(Errand::AskProvider { epoch: self.epoch })]);
    }

    /// Tells the other tabs of the tokens there are.
    pub(super) fn offer(&mut self) {
        if let State::SignedIn(live) = &self.state {
            let tokens = Rc::clone(&live.tokens);
            self.effects.push(Effect::Say(Message::Offer { generation: self.generation, tokens }));
        }
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

impl Live {
    /// The trouble after one more failure.
    pub(super) fn next_trouble(&self, error: Error, random: u8, now: Now) -> Trouble {
        let attempt = self.trouble.as_ref().map_or(0, |trouble| trouble.attempt).saturating_add(1);
        let delay_ms = retry_delay_ms(attempt, random, error.retry_after_s);
        Trouble { error, attempt, since: now, delay_ms }
    }
}
