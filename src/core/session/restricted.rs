//! Access tokens that are restricted to fewer scopes, one audience or one resource.
//!
//! They are asked for with the one refresh token there is, under the same lock and in the same count as any refresh: the
//! provider may rotate it. The session's own access token stays as it is; none is ever served for another.

use super::effect::Effect;
use super::machine::{Live, Machine, Origin, State};
use super::tokens::TokenSet;
use crate::core::base::error::Error;
use crate::core::base::secret::RefreshToken;
use crate::core::base::time::Now;
use crate::core::oauth::restriction::Restriction;
use std::rc::Rc;

impl Machine {
    /// What the next refresh is for: who waits longest decides.
    pub(super) fn wanted_restriction(&self, live: &Live) -> Option<Restriction> {
        let (_, need) = self.waiters.first()?;
        live.other_than_own(need.restriction.as_ref()).cloned()
    }

    /// A refresh brought a restricted access token. Where the refresh token stays what it is, the others need not know.
    pub(super) fn restricted_came(
        &mut self,
        tokens: Rc<TokenSet>,
        restriction: Restriction,
        restricted: Rc<TokenSet>,
        now: Now,
    ) {
        let secret = |tokens: &TokenSet| tokens.refresh_token.as_ref().map(|token| token.secret().to_owned());
        if matches!(&self.state, State::SignedIn(live) if secret(&live.tokens) == secret(&tokens)) {
            self.abandon();
            self.hold(tokens, &restriction, Some(restricted), now);
        } else {
            self.advance(tokens, Origin::Restricted(restriction, Some(restricted)));
        }
    }

    /// A refresh came back: the session goes on with this refresh token, and has one more access token if all went well.
    pub(super) fn hold(
        &mut self,
        tokens: Rc<TokenSet>,
        restriction: &Restriction,
        restricted: Option<Rc<TokenSet>>,
        now: Now,
    ) {
        if let State::SignedIn(live) = &mut self.state {
            live.tokens = tokens;
            if let Some(restricted) = restricted {
                self.epoch = self.epoch.wrapping_add(1);
                live.restricted.put(restriction.clone(), (restricted, self.epoch));
                if live.trouble.take().is_some() {
                    self.effects.push(Effect::Publish);
                }
            }
        }
        self.satisfy(Some(restriction), now);
    }

    /// The provider gives no such access token, or broke a rule: that is the matter of those who want it.
    pub(super) fn refuse_restricted(
        &mut self,
        restriction: Restriction,
        error: &Error,
        rotated: Option<RefreshToken>,
        now: Now,
    ) {
        for (waiter, need) in std::mem::take(&mut self.waiters) {
            if need.restriction.as_ref() == Some(&restriction) {
                self.effects.push(Effect::Answer(waiter, Err(error.clone())));
            } else {
                self.waiters.push((waiter, need));
            }
        }
        if let (State::SignedIn(live), Some(_)) = (&self.state, &rotated) {
            let tokens = Rc::new(TokenSet { refresh_token: rotated, ..TokenSet::clone(&live.tokens) });
            self.advance(tokens, Origin::Restricted(restriction, None));
        } else {
            self.abandon();
            self.reconsider(now);
        }
    }

    /// The tokens to send where an access token of this restriction is wanted, and the number that an API's refusal of it
    /// names.
    #[must_use]
    pub fn tokens(&self, restriction: Option<&Restriction>) -> Option<(&Rc<TokenSet>, u32)> {
        let State::SignedIn(live) = &self.state else {
            return None;
        };
        match live.other_than_own(restriction) {
            Some(restriction) => live.restricted.get(restriction).map(|(tokens, born)| (tokens, *born)),
            None => Some((&live.tokens, live.born)),
        }
    }
}

impl Live {
    /// The restriction, where the session's own access token is another one.
    pub(super) fn other_than_own<'a>(&self, restriction: Option<&'a Restriction>) -> Option<&'a Restriction> {
        restriction.filter(|restriction| !restriction.is_met_by(&self.tokens.scope))
    }
}
