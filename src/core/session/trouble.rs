//! Refreshes that fail: what ends the session, and what may pass and is tried again.

use super::effect::{Effect, Errand, Event, Reason};
use super::machine::{Live, Machine, Origin, State, Step};
use super::refresh::retry_delay_ms;
use super::tokens::TokenSet;
use crate::core::base::error::{Error, Kind};
use crate::core::base::secret::RefreshToken;
use crate::core::base::time::Now;
use std::rc::Rc;

/// A failure that may pass.
#[derive(Clone, Debug)]
pub(super) struct Trouble {
    pub(super) error: Error,
    pub(super) attempt: u32,
    pub(super) since: Now,
    pub(super) delay_ms: u64,
}

impl Live {
    /// The trouble after one more failure.
    pub(super) fn next_trouble(&self, error: Error, random: u8, now: Now) -> Trouble {
        let attempt = self.trouble.as_ref().map_or(0, |trouble| trouble.attempt).saturating_add(1);
        let delay_ms = retry_delay_ms(attempt, random, error.retry_after_s);
        Trouble { error, attempt, since: now, delay_ms }
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

    /// The page came back: whoever is back online need not wait, unless the provider asked for it.
    pub(super) fn wake(&mut self, now: Now) {
        self.effects.push(Effect::Errand(Errand::Look));
        if let State::SignedIn(Live { trouble: Some(trouble), .. }) = &mut self.state
            && trouble.error.retry_after_s.is_none()
        {
            trouble.delay_ms = 0;
        }
        self.tend(now);
    }
}
