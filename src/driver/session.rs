//! One session: the machine of the core, moved by what the ports bring.

use super::exchange::{Exchange, FailedRefresh};
use super::proven::Prover;
use super::waiting::Waiting;
use crate::core::base::base64url::encode;
use crate::core::base::error::{Error, Kind, Phase, Result};
use crate::core::base::http::with_query;
use crate::core::base::json::Json;
use crate::core::base::secret::{AccessToken, CodeVerifier, Nonce, State};
use crate::core::base::time::Now;
use crate::core::base::url::Url;
use crate::core::config::{Config, Storage};
#[cfg(feature = "par")]
use crate::core::oauth::authorize::par_endpoint;
use crate::core::oauth::authorize::{SignInOptions, build_authorization_parameters, check_return_to, is_dpop_wanted};
use crate::core::oauth::callback::{CallbackParameters, check_callback, is_callback, read_callback};
use crate::core::oauth::challenge::{Verdict, judge};
use crate::core::oauth::discovery::Metadata;
use crate::core::oauth::dpop::DpopKey;
use crate::core::oauth::par::build_pushed_authorization_url;
use crate::core::oauth::pkce::{RANDOM_BYTES, token_from};
use crate::core::oauth::transaction::{KEY_PREFIX, Transaction};
use crate::core::oidc::logout::{STATE_KEY, build_end_session_url, is_return};
use crate::core::session::effect::{Effect, Event, Input, Need, Reason, Waiter};
use crate::core::session::machine::{Machine, View};
use crate::core::session::tokens::{TokenSet, read_record, record_key, write_record};
use crate::ports::Ports;
use core::cell::{Cell, RefCell};
use std::rc::Rc;

/// One session. Every method takes `&self`, and no borrow is held across an await or a call out.
#[derive(Debug)]
pub struct Session<P: Ports> {
    ports: P,
    config: Config,
    exchange: Exchange,
    machine: RefCell<Machine>,
    metadata: RefCell<Option<Rc<Metadata>>>,
    /// When the metadata was fetched; what came with a stored session has no such time.
    discovered: Cell<Option<Now>>,
    waiting: RefCell<Vec<(Waiter, Waiting<Result<()>>)>>,
    next_waiter: Cell<Waiter>,
    inputs: RefCell<Vec<Input>>,
    busy: Cell<bool>,
    disposed: Cell<bool>,
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

/// How long the metadata serves further sign-ins, in milliseconds.
const METADATA_LIFETIME_MS: u64 = 60 * 60 * 1000;

impl<P: Ports> Session<P> {
    /// A session that waits for [`Self::start`].
    #[must_use]
    pub fn new(config: Config, ports: P) -> Rc<Self> {
        Rc::new(Self {
            machine: RefCell::new(Machine::new(config.before_expiry_s)),
            ports,
            config,
            exchange: Exchange::default(),
            metadata: RefCell::default(),
            discovered: Cell::default(),
            waiting: RefCell::default(),
            next_waiter: Cell::default(),
            inputs: RefCell::default(),
            busy: Cell::default(),
            disposed: Cell::default(),
        })
    }

    /// Consumes the page's callback where it is one, else restores what is stored.
    pub async fn start(self: &Rc<Self>) {
        let page_url = self.ports.url();
        let pending = self.ports.names(KEY_PREFIX).is_ok_and(|names| !names.is_empty());
        let mut refused = None;
        let is_callback = is_callback(&page_url, &self.config.redirect_uri, pending);
        if is_callback && !self.is_for_another_client(&page_url) {
            match self.finish_sign_in(&page_url).await {
                Ok((tokens, return_to)) => return self.tell(Input::SignedIn { tokens, return_to }),
                Err(error) => refused = Some(error),
            }
        }
        let restored = self.restore();
        let signed_out = self.finish_sign_out(&page_url);
        self.tell(Input::Started { restored, refused, signed_out });
    }

    async fn finish_sign_in(&self, page_url: &str) -> Result<(Rc<TokenSet>, String)> {
        let (transaction, parameters) = self.take_transaction(page_url)?;
        let tokens = match check_callback(parameters, &transaction, self.ports.now()) {
            Ok(code) => self.exchange.redeem(&self.ports, &self.config, &transaction, &code).await,
            Err(error) => Err(error),
        };
        if let Some(key) = &transaction.dpop_key {
            match tokens {
                Err(_) => self.ports.forget_key(&key.name),
                // The tokens end with the page, and so must the key.
                Ok(_) if self.config.storage == Storage::Memory => self.ports.detach_key(&key.name),
                Ok(_) => {}
            }
        }
        let tokens = tokens?;
        // The session whose place this one takes is over, and so is its key.
        self.forget_key(self.restore().and_then(|before| before.dpop_key.clone()));
        self.ports.replace_url(&transaction.return_to);
        self.metadata.replace(Some(transaction.metadata));
        Ok((Rc::new(tokens), transaction.return_to))
    }

    /// The sign-in that this callback answers, and what it says.
    fn take_transaction(&self, page_url: &str) -> Result<(Transaction, CallbackParameters)> {
        // The code leaves the address bar before anything else can go wrong, so that no reload or referrer repeats it.
        let page = Url::parse(page_url).ok_or_else(|| Error::new(Kind::CallbackMalformed))?;
        self.ports.replace_url(&page.path());
        let parameters = read_callback(page_url)?;
        let transaction = self.transaction(&parameters)?;
        // Single use: it is gone before the code is sent anywhere.
        self.ports.remove(&Transaction::key(parameters.state.secret()))?;
        Ok((transaction, parameters))
    }

    /// Takes the state of a sign-out that came back out of the address bar; whether there was one.
    fn finish_sign_out(&self, page_url: &str) -> bool {
        let state = self.ports.load(STATE_KEY).ok().flatten();
        let target = &self.config.post_logout_redirect_uri;
        let returned = state.is_some_and(|state| is_return(page_url, target, &state));
        if returned {
            // A store that refuses to remove is asked no more: the state has no use left.
            let _ = self.ports.remove(STATE_KEY);
            self.ports.replace_url(target);
        }
        returned
    }

    fn transaction(&self, parameters: &CallbackParameters) -> Result<Transaction> {
        let record = self.ports.load(&Transaction::key(parameters.state.secret()))?;
        record.and_then(|record| Transaction::read(&record)).ok_or_else(|| Error::new(Kind::CallbackStateUnknown))
    }

    /// Whether the callback answers a sign-in of another client on this page, which takes it itself.
    fn is_for_another_client(&self, page_url: &str) -> bool {
        let transaction = read_callback(page_url).and_then(|parameters| self.transaction(&parameters));
        transaction.is_ok_and(|transaction| {
            transaction.metadata.issuer != self.config.issuer || transaction.client_id != self.config.client_id
        })
    }

    fn restore(&self) -> Option<Rc<TokenSet>> {
        if self.config.storage == Storage::Memory {
            return None;
        }
        let stored = self.ports.load(&self.record_name()).ok()??;
        let record = read_record(&stored, &self.config.issuer, self.ports.now())?;
        self.metadata.replace(Some(Rc::new(record.metadata)));
        Some(Rc::new(record.tokens))
    }

    fn record_name(&self) -> String {
        record_key(&self.config.issuer, &self.config.client_id)
    }

    /// Sends the browser to the provider.
    ///
    /// # Errors
    /// Why it could not be sent.
    pub async fn sign_in(&self, options: SignInOptions) -> Result<()> {
        self.check_alive()?;
        let metadata = self.fresh_provider().await?;
        let key = if is_dpop_wanted(&self.config, &metadata)? { Prover::make_key(&self.ports).await? } else { None };
        let left = match self.new_transaction(&options, metadata, key.clone()) {
            Ok(transaction) => self.leave(&transaction, &options).await,
            Err(error) => Err(error),
        };
        if left.is_err() {
            self.forget_key(key);
        }
        left
    }

    fn forget_key(&self, key: Option<DpopKey>) {
        if let Some(key) = key {
            self.ports.forget_key(&key.name);
        }
    }

    fn new_transaction(
        &self,
        options: &SignInOptions,
        metadata: Rc<Metadata>,
        dpop_key: Option<DpopKey>,
    ) -> Result<Transaction> {
        let page_url = self.ports.url();
        let is_silent = options.prompt.as_deref() == Some("none");
        Ok(Transaction {
            state: State::new(self.random_token()?),
            nonce: Nonce::new(self.random_token()?),
            verifier: CodeVerifier::new(self.random_token()?),
            client_id: self.config.client_id.clone(),
            redirect_uri: self.config.redirect_uri.clone(),
            scope: options.scope.as_ref().unwrap_or(&self.config.scope).clone(),
            return_to: check_return_to(options.return_to.as_deref().unwrap_or(&page_url), &page_url)?,
            max_age_s: options.max_age_s,
            acr_values: options.acr_values.clone().filter(|_| options.acr_essential),
            subject: self.tokens().filter(|_| is_silent).and_then(|tokens| tokens.claims.text("sub")),
            dpop_key,
            started_wall_ms: self.ports.now().wall_ms,
            metadata,
        })
    }

    async fn leave(&self, transaction: &Transaction, options: &SignInOptions) -> Result<()> {
        let challenge = encode(&self.ports.digest(256, transaction.verifier.secret()).await?);
        #[cfg(not(feature = "dpop"))]
        let thumbprint = None;
        #[cfg(feature = "dpop")]
        let thumbprint = match &transaction.dpop_key {
            Some(key) => Some(encode(&self.ports.digest(256, &key.public).await?)),
            None => None,
        };
        let parameters = build_authorization_parameters(&self.config, transaction, challenge, thumbprint, options);
        let parameters: Vec<_> = parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let metadata = &transaction.metadata;
        let endpoint = &metadata.authorization_endpoint;
        #[cfg(not(feature = "par"))]
        let request_uri: Option<String> = None;
        #[cfg(feature = "par")]
        let request_uri = match par_endpoint(&self.config, metadata)? {
            Some(par_endpoint) => Some(Exchange::push(&self.ports, par_endpoint, &parameters).await?),
            None => None,
        };
        let url = match request_uri {
            Some(request_uri) => build_pushed_authorization_url(endpoint, &transaction.client_id, &request_uri),
            None => with_query(endpoint, &parameters),
        };
        self.forget_expired_transactions();
        self.ports.save(&Transaction::key(transaction.state.secret()), &transaction.write())?;
        self.ports.navigate(&url)
    }

    /// Sign-ins that were begun and never came back would fill the store.
    fn forget_expired_transactions(&self) {
        for name in self.ports.names(KEY_PREFIX).unwrap_or_default() {
            let record = self.ports.load(&name).ok().flatten();
            let transaction = record.and_then(|record| Transaction::read(&record));
            if transaction.as_ref().is_none_or(|transaction| transaction.is_expired(self.ports.now())) {
                self.forget_key(transaction.and_then(|transaction| transaction.dpop_key));
                // A store that refuses to remove will refuse to save, and the save says so.
                let _ = self.ports.remove(&name);
            }
        }
    }

    fn random_token(&self) -> Result<String> {
        Ok(token_from(&self.ports.bytes(RANDOM_BYTES)?))
    }

    /// What is known of the provider, of whatever age: a refresh does not ask it who it is.
    async fn provider(&self) -> Result<Rc<Metadata>> {
        let known = self.metadata.borrow().clone();
        match known {
            Some(metadata) => Ok(metadata),
            None => self.discover().await,
        }
    }

    /// What the provider says of itself, fetched anew where that was long ago.
    async fn fresh_provider(&self) -> Result<Rc<Metadata>> {
        let discovered = self.discovered.get();
        if discovered.is_some_and(|at| self.ports.now().since(at) < METADATA_LIFETIME_MS) {
            return self.provider().await;
        }
        self.discover().await
    }

    async fn discover(&self) -> Result<Rc<Metadata>> {
        let metadata = Rc::new(Exchange::discover(&self.ports, &self.config.issuer).await?);
        self.metadata.replace(Some(Rc::clone(&metadata)));
        self.discovered.set(Some(self.ports.now()));
        Ok(metadata)
    }

    /// The tokens of whoever is signed in.
    fn tokens(&self) -> Option<Rc<TokenSet>> {
        match self.machine.borrow().view() {
            View::SignedIn { tokens, .. } => Some(Rc::clone(tokens)),
            View::Loading | View::SignedOut { .. } => None,
        }
    }

    /// Ends the session here at once, then at the provider.
    ///
    /// # Errors
    /// `not_in_browser`, where the page cannot be left.
    pub async fn sign_out(self: &Rc<Self>, at_provider: bool, revoke: bool) -> Result<()> {
        self.check_alive()?;
        let tokens = self.tokens();
        self.tell(Input::SignOut);
        let (Some(tokens), Some(metadata)) = (tokens, self.metadata.borrow().clone()) else {
            return Ok(());
        };
        if revoke && let Some(endpoint) = &metadata.revocation_endpoint {
            Exchange::revoke(&self.ports, &self.config, endpoint, &tokens).await;
        }
        match &metadata.end_session_endpoint {
            Some(endpoint) if at_provider => {
                let state = self.random_token()?;
                // Without a store the way back merely keeps the state in its address.
                let _ = self.ports.save(STATE_KEY, &state);
                self.ports.navigate(&build_end_session_url(&self.config, endpoint, &tokens.id_token, &state))
            }
            _ => Ok(()),
        }
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
        let waiter = self.next_waiter.get();
        self.next_waiter.set(waiter.wrapping_add(1));
        let answer = Waiting::default();
        self.waiting.borrow_mut().push((waiter, answer.clone()));
        self.tell(Input::TokenWanted { waiter, need });
        answer.await?;
        let tokens = self.tokens().ok_or_else(|| Error::new(Kind::NotSignedIn))?;
        let generation = self.machine.borrow().generation();
        let proof = self.exchange.prover.prove_for(&self.ports, &tokens, target).await?;
        Ok((tokens.access_token.clone(), generation, proof))
    }

    /// Asks the provider for claims about the user.
    ///
    /// # Errors
    /// Why there are none.
    pub async fn userinfo(self: &Rc<Self>) -> Result<Json> {
        self.token(Need::default(), None).await?;
        let tokens = self.tokens().ok_or_else(|| Error::new(Kind::NotSignedIn))?;
        let metadata = self.provider().await?;
        let claims = self.exchange.userinfo(&self.ports, &self.config, &metadata, &tokens).await;
        claims.map_err(|error| error.during(Phase::Userinfo))
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
            self.exchange.prover.keep_nonce(url, nonce);
        }
        let verdict = judge(status, challenge, nonce.is_some() && tokens.dpop_key.is_some());
        if let Verdict::StepUp(step_up) = &verdict {
            self.ports.report(&Event::StepUpRequired(step_up.clone().widened(&tokens.scope)));
        }
        verdict
    }

    /// The page came back.
    pub fn wake(self: &Rc<Self>) {
        self.tell(Input::Woke);
    }

    /// Whether a request to this URL may carry the token.
    #[must_use]
    pub fn may_receive_token(&self, url: &str) -> bool {
        self.config.may_receive_token(url)
    }

    /// Stops for good. Nothing is answered, stored or sent any more but to those who wait.
    pub fn dispose(&self) {
        self.disposed.set(true);
        self.ports.stop_timer();
        for (_, answer) in self.waiting.take() {
            answer.complete(Err(Error::new(Kind::Disposed)));
        }
    }

    fn check_alive(&self) -> Result<()> {
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

    /// Tells the machine, and performs what it asks for. A listener that calls back in from within is heard afterwards.
    fn tell(self: &Rc<Self>, input: Input) {
        if self.disposed.get() {
            return;
        }
        self.inputs.borrow_mut().push(input);
        if self.busy.replace(true) {
            return;
        }
        while let Some(effects) = self.next_effects() {
            for effect in effects {
                self.perform(effect);
            }
        }
        self.busy.set(false);
    }

    fn next_effects(&self) -> Option<Vec<Effect>> {
        let mut inputs = self.inputs.borrow_mut();
        if inputs.is_empty() {
            return None;
        }
        let input = inputs.remove(0);
        let mut machine = self.machine.borrow_mut();
        machine.handle(input, self.ports.now());
        Some(machine.drain())
    }

    fn perform(self: &Rc<Self>, effect: Effect) {
        match effect {
            Effect::Persist(tokens) => self.persist(&tokens),
            Effect::Erase(key) => {
                self.forget_key(key);
                if self.config.storage == Storage::Session {
                    // What cannot be removed could not be stored.
                    let _ = self.ports.remove(&self.record_name());
                }
            }
            Effect::StartTimer(delay_ms) => {
                let session = Rc::downgrade(self);
                let wake = move || {
                    if let Some(session) = session.upgrade() {
                        session.tell(Input::TimerFired);
                    }
                };
                self.ports.start_timer(delay_ms, Box::new(wake));
            }
            Effect::StopTimer => self.ports.stop_timer(),
            Effect::SendRefresh { epoch, current } => {
                let session = Rc::clone(self);
                self.ports.spawn(Box::pin(async move {
                    let outcome = session.refresh(&current).await;
                    session.tell(session.as_input(epoch, outcome));
                }));
            }
            Effect::Answer(waiter, answer) => {
                if let Some(waiting) = self.take_waiting(waiter) {
                    waiting.complete(answer);
                }
            }
            Effect::Publish => {
                if let Some(snapshot) = self.snapshot() {
                    self.ports.publish(&snapshot);
                }
            }
            Effect::Report(event) => self.ports.report(&event),
        }
    }

    fn take_waiting(&self, waiter: Waiter) -> Option<Waiting<Result<()>>> {
        let mut waiting = self.waiting.borrow_mut();
        let position = waiting.iter().position(|(id, _)| *id == waiter)?;
        Some(waiting.swap_remove(position).1)
    }

    /// A store that is full or forbidden costs the next reload its session, not this page.
    fn persist(&self, tokens: &TokenSet) {
        if self.config.storage == Storage::Session
            && let Some(metadata) = &*self.metadata.borrow()
        {
            let _ = self.ports.save(&self.record_name(), &write_record(tokens, metadata));
        }
    }

    async fn refresh(&self, current: &TokenSet) -> core::result::Result<TokenSet, FailedRefresh> {
        let metadata = self
            .provider()
            .await
            .map_err(|error| FailedRefresh { error: error.during(Phase::Refresh), rotated: None })?;
        self.exchange.refresh(&self.ports, &self.config, &metadata, current).await
    }

    fn as_input(&self, epoch: u32, outcome: core::result::Result<TokenSet, FailedRefresh>) -> Input {
        match outcome {
            Ok(tokens) => Input::Refreshed { epoch, tokens: Rc::new(tokens) },
            Err(FailedRefresh { error, rotated }) => {
                // Without randomness the retry is merely not spread out.
                let random = self.ports.bytes(1).unwrap_or_default().first().copied().unwrap_or_default();
                Input::RefreshFailed { epoch, error, rotated, random }
            }
        }
    }
}
