//! Refreshes that fail: what ends the session, and what may pass and is tried again.

use super::effect::{Effect, Errand, Event, Reason};
use super::machine::{Live, Machine, Origin, State, Step};
use super::message::{Failure, Message};
use super::refresh::retry_delay_ms;
use super::tokens::TokenSet;
use crate::core::base::error::{Error, Kind, Phase};
use crate::core::base::secret::RefreshToken;
use crate::core::base::time::Now;
use std::rc::Rc;

/// A failure that may pass, and the rest after it.
#[derive(Clone, Debug)]
pub struct Trouble {
    /// Why.
    pub error: Error,
    /// How many in a row it is.
    pub attempt: u32,
    /// When it was.
    pub since: Now,
    delay_ms: u64,
}

impl Trouble {
    /// The `attempt`-th failure in a row. `random` shortens the rest; 0 leaves it whole.
    #[must_use]
    pub fn new(error: Error, attempt: u32, random: u8, since: Now) -> Self {
        let delay_ms = retry_delay_ms(attempt, random, error.retry_after_s);
        Self { error, attempt, since, delay_ms }
    }

    /// Milliseconds until the next try.
    #[must_use]
    #[inline(never)]
    pub fn rest_ms(&self, now: Now) -> u64 {
        self.delay_ms.saturating_sub(now.since(self.since))
    }

    /// Milliseconds since the epoch of the next try.
    pub(super) fn ends_at_wall_ms(&self) -> u64 {
        self.since.wall_ms.saturating_add(self.delay_ms)
    }
}

impl Live {
    /// The trouble after one more failure.
    pub(super) fn next_trouble(&self, error: Error, random: u8, now: Now) -> Trouble {
        let attempt = self.trouble.as_ref().map_or(0, |trouble| trouble.attempt).saturating_add(1);
        Trouble::new(error, attempt, random, now)
    }
}

impl Machine {
    /// A refresh failed.
    pub(super) fn fail(&mut self, error: Error, rotated: Option<RefreshToken>, random: u8, now: Now) {
        let State::SignedIn(live) = &self.state else {
            return;
        };
        if let Step::Sending(Some(restriction)) = &self.step
            && !error.is_retryable()
            && error.kind != Kind::InvalidGrant
        {
            let restriction = restriction.clone();
            return self.refuse_restricted(restriction, &error, rotated, now);
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

    /// Tells the other tabs of the trouble there is with the provider, so that none of them asks it any sooner.
    pub(super) fn warn(&mut self) {
        if let State::SignedIn(Live { trouble: Some(trouble), .. }) = &self.state
            && trouble.error.is_retryable()
            && trouble.error.kind != Kind::TokensElsewhere
        {
            let failure = Failure {
                since_wall_ms: trouble.since.wall_ms,
                attempt: trouble.attempt,
                asked_s: trouble.error.retry_after_s.unwrap_or_default(),
                status: trouble.error.status.unwrap_or_default().into(),
            };
            self.effects.push(Effect::Say(Message::Wait { generation: self.generation, failure }));
        }
    }

    /// Takes another tab's failure for its own, where it is about the tokens there are and asks for a longer rest.
    pub(super) fn heed(&mut self, generation: u32, failure: Failure, now: Now) {
        let State::SignedIn(live) = &self.state else {
            return;
        };
        let error = Error::from_status(u16::try_from(failure.status).unwrap_or_default(), Some(failure.asked_s));
        let trouble =
            Trouble::new(error.during(Phase::Refresh), failure.attempt, 0, now.back_to(failure.since_wall_ms));
        let own_ms = live.trouble.as_ref().map_or(0, |own| own.rest_ms(now));
        let is_free = matches!(self.step, Step::Idle | Step::Locking);
        if is_free && generation == self.generation && trouble.rest_ms(now) > own_ms {
            self.suffer(trouble, now);
        }
    }

    /// A try failed, and will be made again.
    pub(super) fn suffer(&mut self, trouble: Trouble, now: Now) {
        let error = trouble.error.clone();
        let rest_ms = trouble.rest_ms(now);
        if let State::SignedIn(live) = &mut self.state {
            live.trouble = Some(trouble);
        }
        // Before the lock is given back, which others wait for.
        if self.is_spending() || matches!(self.step, Step::Silent) {
            self.warn();
        }
        self.abandon();
        self.report_failure(&error, Some(rest_ms));
        self.effects.push(Effect::Publish);
        self.answer_all_the_same(&error, now);
        self.tend(now);
    }

    fn report_failure(&mut self, error: &Error, retry_in_ms: Option<u64>) {
        self.effects.push(Effect::Report(Event::RefreshFailed { error: error.clone(), retry_in_ms }));
    }

    /// The page came back: whoever is back online need not wait, unless the provider asked for it.
    pub(super) fn wake(&mut self, now: Now) {
        self.effects.push(Effect::Errand(Errand::Look));
        if let State::SignedIn(Live { trouble: Some(trouble), .. }) = &mut self.state
            && trouble.error.retry_after_s.unwrap_or_default() == 0
        {
            trouble.delay_ms = 0;
        }
        self.tend(now);
    }
}
