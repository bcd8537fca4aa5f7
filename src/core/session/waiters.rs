//! Those who wait for a token, and what they are told.

use super::effect::{Effect, Need, Waiter};
use super::machine::{Machine, Origin, State, Step};
use super::refresh::Schedule;
use crate::core::base::error::{Error, Kind, Phase, Result};
use crate::core::base::time::Now;
use crate::core::oauth::restriction::Restriction;

impl Machine {
    /// Answers at once where that can be, else refreshes for the waiter.
    pub(super) fn answer_or_refresh(&mut self, waiter: Waiter, need: Need, now: Now) {
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
        let is_other = live.other_than_own(need.restriction.as_ref()).is_some();
        if live.tokens.refresh_token.is_none() && (!self.silent || is_other) {
            return Some(Err(Error::new(Kind::InteractionRequired).during(Phase::Refresh)));
        }
        // Between two tries everybody gets the same answer, not a request of their own.
        let is_idle = matches!(self.step, Step::Idle);
        let resting = live.trouble.as_ref().filter(|t| is_idle && t.rest_ms(now) > 0);
        resting.map(|trouble| Err(trouble.error.clone()))
    }

    fn has_token_for(&self, need: &Need, now: Now) -> bool {
        let Some((tokens, born)) = self.tokens(need.restriction.as_ref()) else {
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

    /// New tokens of this restriction answer those who wait for them: a force or a refused generation is satisfied by any.
    pub(super) fn satisfy(&mut self, restriction: Option<&Restriction>, now: Now) {
        if let State::SignedIn(live) = &self.state {
            for (_, need) in &mut self.waiters {
                if live.other_than_own(need.restriction.as_ref()) == restriction {
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

    /// What failed answers everybody who waited for it: with the token there is where that will do.
    pub(super) fn answer_all_the_same(&mut self, error: &Error, now: Now) {
        for (waiter, need) in std::mem::take(&mut self.waiters) {
            let answer = if self.has_token_for(&need, now) { Ok(()) } else { Err(error.clone()) };
            self.effects.push(Effect::Answer(waiter, answer));
        }
    }

    /// There is nothing left to wait for.
    pub(super) fn refuse_all(&mut self, error: &Error) {
        for (waiter, _) in std::mem::take(&mut self.waiters) {
            self.effects.push(Effect::Answer(waiter, Err(error.clone())));
        }
    }
}
