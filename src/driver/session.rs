//! One session: the machine of the core, moved by what the ports bring.

use super::exchange::Exchange;
use super::waiting::Waiting;
use super::way::{Terms as _, Way};
use crate::core::base::error::{Error, Kind, Result};
use crate::core::base::json::Json;
use crate::core::base::secret::AccessToken;
use crate::core::base::time::Now;
use crate::core::oauth::challenge::Verdict;
use crate::core::session::effect::{Event, Input, Need, Reason, Waiter};
use crate::core::session::machine::{Machine, View};
use crate::core::session::tokens::TokenSet;
use crate::ports::Ports;
use core::cell::{Cell, RefCell};
use std::rc::Rc;

/// One session. Every method takes `&self`, and no borrow is held across an await or a call out.
#[derive(Debug)]
pub struct Session<P: Ports, W: Way = Exchange> {
    pub(super) ports: P,
    pub(super) config: W::Config,
    pub(super) exchange: W,
    pub(super) machine: RefCell<Machine>,
    pub(super) metadata: RefCell<Option<Rc<W::Source>>>,
    /// When the metadata was fetched; what came with a stored session has no such time.
    pub(super) discovered: Cell<Option<Now>>,
    pub(super) waiting: RefCell<Vec<(Waiter, Waiting<Result<()>>)>>,
    next_waiter: Cell<Waiter>,
    pub(super) inputs: RefCell<Vec<Input>>,
    pub(super) busy: Cell<bool>,
    pub(super) disposed: Cell<bool>,
}

/// What the app sees, with what the facade needs to send a token without asking again.
#[derive(Debug)]
pub enum Snapshot {
    /// Nobody is signed in.
    SignedOut {
        /// Why.
        reason: Reason,
        /// The error behind it.
        error: Option<Error>,
    },
    /// Somebody is signed in.
    SignedIn {
        /// The claims of the ID token.
        user: Json,
        /// The token to send.
        access_token: AccessToken,
        /// The key that it is bound to: then each request needs a proof of its own.
        bound: bool,
        /// The authorization details granted.
        authorization_details: Option<Json>,
        /// Which token set it is of.
        generation: u32,
        /// Milliseconds since the epoch at which it expires; `None` where nobody knows.
        expires_at_wall_ms: Option<u64>,
        /// Until when, by each clock, a request may start with it.
        fresh_until: Option<Now>,
        /// The last refresh failed for a reason that may pass.
        stale: bool,
    },
}

/// The state without a secret.
#[derive(Debug)]
pub struct Inspection {
    /// The granted scope.
    pub scope: Option<String>,
    /// Milliseconds since the epoch at which the access token expires.
    pub expires_at_wall_ms: Option<u64>,
    /// Milliseconds since the epoch of the next planned refresh.
    pub refresh_at_wall_ms: Option<u64>,
    /// Whether there is a refresh token.
    pub has_refresh_token: bool,
    /// Whether a refresh is under way.
    pub refreshing: bool,
    /// How many token sets there have been.
    pub generation: u32,
}

impl<P: Ports, W: Way> Session<P, W> {
    /// A session that waits for its start.
    #[must_use]
    pub fn new(config: W::Config, ports: P) -> Rc<Self> {
        Rc::new(Self {
            machine: RefCell::new(Machine::new(config.before_expiry_s(), config.silent())),
            ports,
            config,
            exchange: W::default(),
            metadata: RefCell::default(),
            discovered: Cell::default(),
            waiting: RefCell::default(),
            next_waiter: Cell::default(),
            inputs: RefCell::default(),
            busy: Cell::default(),
            disposed: Cell::default(),
        })
    }

    pub(super) fn record_name(&self) -> String {
        self.config.record_name()
    }

    /// The tokens of whoever is signed in.
    pub(super) fn tokens(&self) -> Option<Rc<TokenSet>> {
        self.machine.borrow().tokens(None).map(|(tokens, _)| Rc::clone(tokens))
    }

    /// Begins a session with what a window came back with, and waits until it has begun.
    ///
    /// # Errors
    /// Why it has not.
    pub async fn arrive(self: &Rc<Self>, tokens: Rc<TokenSet>) -> Result<()> {
        self.tell(Input::SignedIn { epoch: None, tokens, return_to: None });
        self.token(Need::default(), None).await.map(drop)
    }

    /// Waits until there is a token that will do, and gives it with its generation, and with a proof for the request to
    /// `target`, a method and a URL, where it is bound to a key.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn token(
        self: &Rc<Self>,
        need: Need,
        target: Option<(&str, &str)>,
    ) -> Result<(AccessToken, u32, Option<String>)> {
        self.check_alive()?;
        let restriction = W::restriction(&self.config, need.restriction.as_ref(), target.map(|(_, url)| url))?;
        let need = Need { restriction: restriction.clone(), ..need };
        let waiter = self.next_waiter.get();
        self.next_waiter.set(waiter.wrapping_add(1));
        let answer = Waiting::default();
        self.waiting.borrow_mut().push((waiter, answer.clone()));
        self.tell(Input::TokenWanted { waiter, need });
        answer.await?;
        let held =
            self.machine.borrow().tokens(restriction.as_ref()).map(|(tokens, number)| (Rc::clone(tokens), number));
        let (tokens, generation) = held.ok_or_else(|| Error::new(Kind::NotSignedIn))?;
        let proof = W::prove(self, &tokens, target).await?;
        Ok((tokens.access_token.clone(), generation, proof))
    }

    /// What an API's answer means for the request that it answers. A sign-in that it asks for is reported.
    #[must_use]
    pub fn heed(self: &Rc<Self>, url: &str, status: u16, challenge: Option<&str>, nonce: Option<&str>) -> Verdict {
        // A redirect may have led to where the token does not go: what is said there is not for the session.
        let tokens = self.tokens().filter(|_| !self.disposed.get() && self.may_receive_token(url));
        let Some(tokens) = tokens else {
            return Verdict::Keep;
        };
        if let Some(nonce) = nonce {
            self.exchange.keep_nonce(url, nonce);
        }
        let has_nonce = nonce.is_some() && tokens.dpop_key.is_some();
        let verdict = self.exchange.judge(&self.config, status, challenge, has_nonce);
        if let Verdict::StepUp(step_up) = &verdict {
            self.ports.report(&Event::StepUpRequired(step_up.clone().widened(&tokens.scope)));
        }
        verdict
    }

    /// The timer fired.
    pub fn tick(self: &Rc<Self>) {
        self.tell(Input::TimerFired);
    }

    /// The page came back.
    pub fn wake(self: &Rc<Self>) {
        self.tell(Input::Woke);
    }

    /// Whether a request to this URL may carry the token.
    #[must_use]
    pub fn may_receive_token(&self, url: &str) -> bool {
        self.config.apis().may_receive_token(url)
    }

    /// Whether a request to this URL carries an access token of its own.
    #[cfg(feature = "restriction")]
    #[must_use]
    pub fn is_restricted(&self, url: &str) -> bool {
        W::restriction(&self.config, None, Some(url)).is_ok_and(|restriction| restriction.is_some())
    }

    /// Stops for good. Nothing is answered any more but to those who wait, and nothing sent or stored but what a refresh
    /// under way brings, and the end of the session.
    pub fn dispose(&self) {
        self.disposed.set(true);
        self.ports.stop_timer();
        if !self.machine.borrow().keeps_lock() {
            self.ports.unlock();
        }
        for (_, answer) in self.waiting.take() {
            answer.complete(Err(Error::new(Kind::Disposed)));
        }
    }

    pub(super) fn check_alive(&self) -> Result<()> {
        if self.disposed.get() { Err(Error::new(Kind::Disposed)) } else { Ok(()) }
    }

    /// What the app sees; `None` while loading.
    #[must_use]
    pub fn snapshot(&self) -> Option<Snapshot> {
        let machine = self.machine.borrow();
        match machine.view() {
            View::Loading => None,
            View::SignedOut { reason, error } => Some(Snapshot::SignedOut { reason, error: error.cloned() }),
            View::SignedIn { tokens, stale, schedule, .. } => Some(Snapshot::SignedIn {
                user: tokens.claims.clone(),
                access_token: tokens.access_token.clone(),
                bound: tokens.dpop_key.is_some(),
                authorization_details: tokens.authorization_details.clone(),
                generation: machine.generation(),
                expires_at_wall_ms: machine.expires_at_wall_ms(),
                fresh_until: schedule.map(|schedule| Now {
                    wall_ms: tokens.received.wall_ms.saturating_add(schedule.stale_after_ms),
                    monotonic_ms: tokens.received.monotonic_ms.saturating_add(schedule.stale_after_ms),
                }),
                stale,
            }),
        }
    }

    /// The state without a secret.
    #[must_use]
    pub fn inspect(&self) -> Inspection {
        let machine = self.machine.borrow();
        let (tokens, refreshing) = match machine.view() {
            View::SignedIn { tokens, refreshing, .. } => (Some(tokens), refreshing),
            View::Loading | View::SignedOut { .. } => (None, false),
        };
        Inspection {
            scope: tokens.map(|tokens| tokens.scope.clone()),
            expires_at_wall_ms: machine.expires_at_wall_ms(),
            refresh_at_wall_ms: machine.refresh_at_wall_ms(),
            has_refresh_token: tokens.is_some_and(|tokens| tokens.refresh_token.is_some()),
            refreshing,
            generation: machine.generation(),
        }
    }
}
