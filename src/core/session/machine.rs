//! The session of one tab: one state, told what happened by [`Machine::handle`], asked what to do by [`Machine::drain`].
//!
//! After each `handle`, drain the effects and perform them in that order. The order is part of the promise: new tokens are
//! stored and written down before anybody is told of them. What the tabs owe each other is in `tabs.rs`, what comes of
//! failures in `trouble.rs`, and what those who wait are told in `waiters.rs`.

use super::effect::{Effect, Errand, Event, Input, Need, Reason, Waiter};
use super::message::Message;
use super::refresh::{LONGEST_SLEEP_MS, Schedule};
use super::tokens::TokenSet;
use super::trouble::Trouble;
use crate::core::base::error::{Error, Kind, Phase};
use crate::core::base::time::{Now, SECOND_MS};
use crate::core::oauth::restriction::{Held, Restriction};
use std::rc::Rc;

/// The session machine.
#[derive(Clone, Debug)]
pub struct Machine {
    pub(super) before_expiry_s: u64,
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
    /// The generation that the access token came with: those of the refresh token go on.
    pub(super) born: u32,
    /// The access tokens that are restricted, each with the epoch it came with.
    pub(super) restricted: Held<(Rc<TokenSet>, u32)>,
    /// The failures in a row, and when to try again.
    pub(super) trouble: Option<Trouble>,
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

    /// Which step this is: what was asked for in another is overtaken.
    #[must_use]
    pub const fn epoch(&self) -> u32 {
        self.epoch
    }

    /// Whether a refresh token is being spent.
    #[must_use]
    pub const fn is_spending(&self) -> bool {
        matches!(self.step, Step::Sending(_) | Step::Advancing(..))
    }

    /// Whether the lock must be kept until what came, or the end, is written down.
    #[must_use]
    pub const fn keeps_lock(&self) -> bool {
        self.is_spending() || self.closing.is_some()
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
                    self.restricted_came(tokens, restriction, restricted, now);
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

    /// A session begins in this tab.
    pub(super) fn begin(&mut self, tokens: Rc<TokenSet>, restored: bool, return_to: Option<String>, now: Now) {
        self.adopt(tokens, Held::default());
        self.effects.push(Effect::Report(Event::SignedIn { restored, return_to }));
        self.satisfy(None, now);
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
        self.satisfy(None, now);
    }

    fn adopt(&mut self, tokens: Rc<TokenSet>, restricted: Held<(Rc<TokenSet>, u32)>) {
        self.state = State::SignedIn(Live { tokens, born: self.generation, restricted, trouble: None });
        self.effects.push(Effect::Publish);
    }

    /// Only the user can go on.
    pub(super) fn require_interaction(&mut self) -> Error {
        let error = Error::new(Kind::InteractionRequired).during(Phase::Refresh);
        self.effects.push(Effect::Report(Event::InteractionRequired(error.clone())));
        error
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
        self.effects.push(Effect::StopTimer);
        self.effects.push(Effect::Erase(key));
        self.effects.push(Effect::Publish);
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

    /// Looks at the clock: refreshes what is due, ends what is over, and sets the timer for the rest.
    pub(super) fn tend(&mut self, now: Now) {
        let (State::SignedIn(live), Step::Idle) = (&self.state, &self.step) else {
            return;
        };
        let renewable = live.tokens.refresh_token.is_some();
        let schedule = Schedule::of(&live.tokens, self.before_expiry_s);
        let wait_ms = match (&live.trouble, schedule) {
            (Some(trouble), _) => trouble.rest_ms(now),
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
        self.effects.push(Effect::StopTimer);
        self.effects.push(Effect::Errand(Errand::AskProvider { epoch: self.epoch }));
    }

    /// Tells the other tabs of the tokens there are, and of the trouble with them.
    pub(super) fn offer(&mut self) {
        if let State::SignedIn(live) = &self.state {
            let tokens = Rc::clone(&live.tokens);
            self.effects.push(Effect::Say(Message::Offer { generation: self.generation, tokens }));
            self.warn();
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
        let due = schedule.map(|schedule| live.tokens.received.wall_ms.saturating_add(schedule.refresh_after_ms));
        live.trouble.as_ref().map(Trouble::ends_at_wall_ms).or(due)
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
