//! What the tabs of an origin owe each other: one refresh at a time, one token family, one end.
//!
//! Four things keep them together. A lock, so that one tab refreshes. A mark, written down where all tabs read it, which
//! counts the token sets: who takes the lock and finds a higher count than its own is behind, and asks for the newer tokens
//! instead of presenting a refresh token that is spent. Messages, which bring new tokens, failures and the end to all tabs that listen.
//! And the order: new tokens are stored, then written down, then told of and used, so that a tab that dies on the way
//! leaves nothing that another would take for unused.

use super::effect::{Effect, Errand, Reason};
use super::machine::{Machine, Origin, State, Step};
use super::message::{Mark, Message};
use super::tokens::TokenSet;
use super::trouble::Trouble;
use crate::core::base::error::{Error, Kind, Phase};
use crate::core::base::time::{Now, SECOND_MS};
use std::rc::Rc;

/// How long those who wait for a token wait for the lock, in milliseconds; the tab goes on waiting.
const LOCK_PATIENCE_MS: u64 = 30 * SECOND_MS;

/// How long another tab may take to answer, in milliseconds.
const ANSWER_PATIENCE_MS: u64 = 500;

/// How often a tab that is behind asks at least before it gives up.
const ASKED_ENOUGH: u32 = 3;

impl Machine {
    /// Waits for the lock, to refresh under it.
    pub(super) fn lock(&mut self) {
        if let (State::SignedIn(_), Step::Idle) = (&self.state, &self.step) {
            self.step = Step::Locking;
            self.effects.push(Effect::StartTimer(LOCK_PATIENCE_MS));
            self.effects.push(Effect::Errand(Errand::TakeLock { epoch: self.epoch }));
        }
    }

    /// Whoever has the lock does not give it back. Taking it away could present a refresh token twice, so nobody does.
    pub(super) fn lock_is_slow(&mut self, now: Now) {
        self.answer_all_the_same(&Error::new(Kind::TimedOut).during(Phase::Refresh), now);
        self.effects.push(Effect::StartTimer(LOCK_PATIENCE_MS));
    }

    pub(super) fn lock_taken(&mut self, mark: Option<Mark>) {
        self.see(mark);
        match mark.filter(|mark| mark.generation > self.generation) {
            None => self.send_refresh(),
            Some(mark) if mark.over => self.end_with(mark),
            Some(_) => self.ask(),
        }
    }

    const fn see(&mut self, mark: Option<Mark>) {
        if let Some(mark) = mark {
            self.seen = mark.generation;
        }
    }

    /// Asks the other tabs for newer tokens, for a while.
    pub(super) fn ask(&mut self) {
        self.step = Step::Asking;
        self.effects.push(Effect::StartTimer(ANSWER_PATIENCE_MS));
        self.say_ask();
    }

    pub(super) fn say_ask(&mut self) {
        self.effects.push(Effect::Say(Message::Ask { generation: self.generation }));
    }

    /// Whoever has the newer tokens is frozen, or gone with them.
    pub(super) fn nobody_answered(&mut self, now: Now) {
        let trouble = match &self.state {
            State::Loading { refused: None, .. } if self.silent => return self.ask_provider(),
            State::Loading { .. } | State::SignedOut { .. } => return self.rest(),
            State::SignedIn(live) => {
                // What the provider refused is not counted among the questions.
                let asked = live.trouble.as_ref().filter(|trouble| trouble.error.kind == Kind::TokensElsewhere);
                let attempt = asked.map_or(0, |trouble| trouble.attempt).saturating_add(1);
                Trouble::new(Error::new(Kind::TokensElsewhere), attempt, 0, now)
            }
        };
        if trouble.attempt < ASKED_ENOUGH || !self.is_dead(now) {
            self.suffer(trouble, now);
        } else if self.silent {
            self.ask_provider();
        } else {
            self.lose();
        }
    }

    /// The provider did not sign in without the user.
    pub(super) fn not_signed_in(&mut self, error: Error, random: u8, now: Now) {
        let State::SignedIn(live) = &self.state else {
            return self.rest();
        };
        // A wish for another token does not cost the one that still lives.
        if error.is_retryable() || !self.is_dead(now) {
            let trouble = live.next_trouble(error, random, now);
            self.suffer(trouble, now);
        } else if live.tokens.refresh_token.is_some() {
            self.lose();
        } else {
            let error = self.require_interaction();
            self.end_for_all(Reason::Expired, Some(error));
        }
    }

    /// Ends the session in this tab: others may have what it has lost.
    fn lose(&mut self) {
        let error = self.require_interaction();
        self.end(Reason::NotRestored, Some(error));
    }

    /// Stores tokens, and writes down that they are the newest.
    pub(super) fn advance(&mut self, tokens: Rc<TokenSet>, origin: Origin) {
        let from = match origin {
            // What no user asked for yields to whoever signed in or out since it was asked for.
            Origin::SignIn { silent: true, .. } => Some(self.seen),
            Origin::SignIn { .. } => None,
            Origin::Store { generation } => Some(generation.saturating_sub(1)),
            Origin::Refresh | Origin::Restricted(..) | Origin::FailedRefresh(_) => Some(self.generation),
        };
        if !matches!(origin, Origin::Store { .. }) {
            // The number of a sign-in is a guess, and right where nobody else signs in or out meanwhile.
            let generation = from.unwrap_or_else(|| self.seen.max(self.generation)).saturating_add(1);
            self.effects.push(Effect::Persist { tokens: Rc::clone(&tokens), generation });
        }
        self.effects.push(Effect::Errand(Errand::Advance { epoch: self.epoch, from }));
        self.step = Step::Advancing(tokens, origin);
    }

    /// The tokens are the newest, or somebody signed in or out meanwhile.
    pub(super) fn advanced(&mut self, mark: Option<Mark>, now: Now) {
        let Step::Advancing(tokens, origin) = std::mem::replace(&mut self.step, Step::Idle) else {
            return;
        };
        let stored = match origin {
            Origin::Store { generation } => generation,
            _ => 0,
        };
        // Where nothing can be written down, every tab counts for itself.
        let next = if stored > 0 { stored } else { self.generation.saturating_add(1) };
        let mut mark = mark.unwrap_or(Mark { generation: next, over: false, written: true });
        if mark.generation < self.generation {
            // The end was told of before this answer came.
            mark = Mark { generation: self.generation, over: true, written: false };
        }
        if !mark.written && (mark.over || mark.generation != stored) {
            self.generation = self.generation.max(stored);
            self.effects.push(Effect::DropLock);
            return self.fall_behind(mark);
        }
        self.generation = mark.generation;
        if !matches!(origin, Origin::Store { .. }) {
            self.effects.push(Effect::Say(Message::Offer { generation: self.generation, tokens: Rc::clone(&tokens) }));
        }
        if let Origin::FailedRefresh(trouble) = origin {
            if let State::SignedIn(live) = &mut self.state {
                live.tokens = tokens;
            }
            // The lock is given back with this.
            self.step = Step::Sending(None);
            return self.suffer(trouble, now);
        }
        // A page that was disposed of says nothing once it has given the lock back.
        self.effects.push(Effect::DropLock);
        match origin {
            Origin::SignIn { return_to, .. } => {
                // Now that its number is sure; and the sign-in that another tab told of meanwhile is looked for.
                self.effects.push(Effect::Persist { tokens: Rc::clone(&tokens), generation: self.generation });
                self.effects.push(Effect::Errand(Errand::Look));
                self.begin(tokens, false, return_to, now);
            }
            Origin::Store { .. } => self.begin(tokens, true, None, now),
            Origin::Restricted(restriction, restricted) => self.hold(tokens, &restriction, restricted, now),
            _ => self.renew(tokens, now),
        }
    }

    /// Another tab has signed in or out since.
    fn fall_behind(&mut self, mark: Mark) {
        self.see(Some(mark));
        match &mut self.state {
            State::Loading { otherwise, .. } if mark.over => {
                *otherwise = Reason::SignOut;
                self.generation = mark.generation;
                self.effects.push(Effect::Erase(None));
                self.rest();
            }
            _ if mark.over => self.end_with(mark),
            _ => self.ask(),
        }
    }

    /// Looks at what is written down, where nothing is under way.
    pub(super) fn compare(&mut self, mark: Mark) {
        if !matches!(self.step, Step::Silent) {
            self.see(Some(mark));
        }
        if self.closing.is_some() || mark.generation <= self.generation {
            return;
        }
        match &self.state {
            State::SignedIn(_) if mark.over => self.end_with(mark),
            State::Loading { .. } if mark.over && matches!(self.step, Step::Asking) => self.fall_behind(mark),
            _ if mark.over => self.generation = mark.generation,
            State::Loading { .. } => {}
            _ => self.say_ask(),
        }
    }

    fn end_with(&mut self, mark: Mark) {
        self.generation = mark.generation;
        self.end(Reason::SignOut, None);
    }

    /// Ends the session in every tab. The lock is kept until that is written down.
    pub(super) fn end_for_all(&mut self, reason: Reason, error: Option<Error>) {
        self.leave();
        let expired = reason != Reason::SignOut;
        self.closing = Some(expired);
        // What the provider refuses is this session, and not one that has begun meanwhile.
        self.effects.push(Effect::Errand(Errand::Close { from: expired.then_some(self.generation) }));
        self.end(reason, error);
    }

    pub(super) fn closed(&mut self, mark: Option<Mark>) {
        let expired = self.closing.take().unwrap_or_default();
        if let Some(mark) = mark.filter(|mark| !mark.written) {
            self.compare(mark);
        } else {
            let generation = mark.map_or_else(|| self.generation.saturating_add(1), |mark| mark.generation);
            self.effects.push(Effect::Say(Message::Over { generation, expired }));
            if generation > self.generation {
                self.generation = generation;
                // What came after an earlier sign-out of this tab, and before this one.
                self.end_as_told(Reason::SignOut);
            }
        }
        // A page that was disposed of says nothing once it has given the lock back.
        self.effects.push(Effect::DropLock);
    }

    /// Takes in what another tab said.
    pub(super) fn hear(&mut self, message: Message, now: Now) {
        match message {
            Message::Ask { generation } => {
                if generation < self.generation {
                    self.offer();
                }
            }
            Message::Offer { generation, tokens } => {
                let busy = match self.step {
                    // What is stored may be newer; after the start, the page looks for what it missed.
                    Step::Idle => matches!(self.state, State::Loading { .. }),
                    Step::Advancing(_, Origin::SignIn { .. }) => true,
                    Step::Advancing(_, Origin::Store { generation: stored }) => stored >= generation,
                    _ => false,
                };
                if generation > self.generation && self.closing.is_none() && !busy {
                    self.take_over(tokens, generation, now);
                }
            }
            Message::Over { generation, expired } => {
                if generation > self.generation {
                    self.generation = generation;
                    self.end_as_told(if expired { Reason::Expired } else { Reason::SignOut });
                }
            }
            Message::Wait { generation, failure } => self.heed(generation, failure, now),
        }
    }

    fn take_over(&mut self, tokens: Rc<TokenSet>, generation: u32, now: Now) {
        self.abandon();
        self.generation = generation;
        self.effects.push(Effect::Persist { tokens: Rc::clone(&tokens), generation });
        match &mut self.state {
            // Its refresh failed and spent the refresh token, or was for another access token.
            State::SignedIn(live) if live.tokens.has_access_token_of(&tokens) => {
                // Clocks are set, and sleep stops some: it is as old as either tab makes it.
                let is_older = now.since(live.tokens.received) > now.since(tokens.received);
                let received = if is_older { live.tokens.received } else { tokens.received };
                live.tokens = Rc::new(TokenSet { received, ..TokenSet::clone(&tokens) });
                self.reconsider(now);
            }
            State::SignedIn(live) if live.tokens.claims.text("sub") == tokens.claims.text("sub") => {
                self.renew(tokens, now);
            }
            _ => self.begin(tokens, true, None, now),
        }
    }

    fn end_as_told(&mut self, reason: Reason) {
        match &mut self.state {
            State::SignedIn(_) => self.end(reason, None),
            State::Loading { otherwise, refused: None } if matches!(self.step, Step::Asking | Step::Silent) => {
                *otherwise = reason;
                self.rest();
            }
            _ => {}
        }
    }
}
