//! The way over an OpenID provider.

use super::exchange::{Exchange, FailedRefresh, Refreshed};
use super::session::Session;
use super::way::{Terms, Way};
use crate::core::base::error::{Error, Kind, Phase, Result};
use crate::core::base::json::Json;
use crate::core::base::time::Now;
use crate::core::config::{Apis, Config};
use crate::core::oauth::authorize::SignInOptions;
use crate::core::oauth::challenge::{Verdict, judge};
use crate::core::oauth::discovery::Metadata;
use crate::core::oauth::restriction::Restriction;
use crate::core::oidc::logout::{STATE_KEY, build_end_session_url};
use crate::core::session::effect::{Input, Need};
use crate::core::session::tokens::{Record, TokenSet, read_record, record_key, write_record};
use crate::ports::{Change, Ports, Window};
use core::future::Future;
use std::rc::Rc;

/// How long the metadata serves further sign-ins, in milliseconds.
const METADATA_LIFETIME_MS: u64 = 60 * 60 * 1000;

impl Terms for Config {
    fn record_name(&self) -> String {
        record_key(&self.issuer, &self.client_id)
    }

    fn apis(&self) -> &Apis {
        &self.apis
    }

    fn before_expiry_s(&self) -> u64 {
        self.before_expiry_s
    }

    fn silent(&self) -> bool {
        self.silent
    }
}

impl Way for Exchange {
    type Config = Config;
    type Source = Metadata;

    fn write(_: &Config, tokens: &TokenSet, metadata: Option<&Metadata>, generation: u32) -> Option<String> {
        Some(write_record(tokens, metadata?, generation))
    }

    fn read(config: &Config, record: &Json, now: Now) -> Option<Record> {
        read_record(record, &config.issuer, now)
    }

    fn restriction(config: &Config, said: Option<&Restriction>, url: Option<&str>) -> Result<Option<Restriction>> {
        match said {
            Some(restriction) => restriction.beside(config),
            None => Ok(url.and_then(|url| config.apis.of(url)?.restriction(config))),
        }
    }

    async fn refresh<P: Ports>(
        session: &Session<P>,
        current: &TokenSet,
        restriction: Option<&Restriction>,
    ) -> core::result::Result<Refreshed, FailedRefresh> {
        let metadata = session
            .provider()
            .await
            .map_err(|error| FailedRefresh { error: error.during(Phase::Refresh), rotated: None })?;
        session.exchange.refresh(&session.ports, &session.config, &metadata, current, restriction).await
    }

    fn ask<P: Ports>(session: &Session<P>) -> impl Future<Output = Result<Option<Rc<TokenSet>>>> {
        let options = SignInOptions { prompt: Some("none".to_owned()), ..SignInOptions::default() };
        session.sign_in(options, Some(Window::Frame))
    }

    fn not_signed_in<P: Ports>(session: &Session<P>, epoch: u32, error: Error) -> Input {
        Input::NotSignedIn { epoch, error, random: session.random() }
    }

    fn judge(&self, _: &Config, status: u16, challenge: Option<&str>, has_nonce: bool) -> Verdict {
        judge(status, challenge, has_nonce)
    }

    fn prove<P: Ports>(
        session: &Session<P>,
        tokens: &TokenSet,
        target: Option<(&str, &str)>,
    ) -> impl Future<Output = Result<Option<String>>> {
        session.exchange.prover.prove_for(&session.ports, tokens, target)
    }

    fn keep_nonce(&self, url: &str, nonce: &str) {
        self.prover.keep_nonce(url, nonce);
    }
}

impl<P: Ports> Session<P> {
    /// What is known of the provider, of whatever age: a refresh does not ask it who it is.
    pub(super) async fn provider(&self) -> Result<Rc<Metadata>> {
        let known = self.metadata.borrow().clone();
        match known {
            Some(metadata) => Ok(metadata),
            None => self.discover().await,
        }
    }

    /// What the provider says of itself, fetched anew where that was long ago.
    pub(super) async fn fresh_provider(&self) -> Result<Rc<Metadata>> {
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

    /// Ends the session here at once, then at the provider.
    ///
    /// # Errors
    /// `not_in_browser`, where the page cannot be left.
    pub async fn sign_out(self: &Rc<Self>, at_provider: bool, revoke: bool) -> Result<()> {
        self.check_alive()?;
        let tokens = self.tokens();
        self.tell(Input::SignOut);
        // What is written down comes in order: after this the end is, and the other tabs know of it.
        let _ = self.ports.mark(Change::None, 0).await;
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
}
