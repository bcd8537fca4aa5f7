//! The way over an app's own login: JSON endpoints that take credentials and refresh tokens. What is different where a
//! cookie names the session is in `cookies.rs`.

use super::exchange::{FailedRefresh, Refreshed, token_set};
use super::session::Session;
use super::waiting::Waiting;
use super::way::{Terms, Way};
use crate::core::base::error::{Error, Kind, Phase, Result};
use crate::core::base::http::Response;
use crate::core::base::json::Json;
use crate::core::base::secret::RawIdToken;
use crate::core::base::time::Now;
use crate::core::config::Apis;
use crate::core::login::config::{Cookies, LoginConfig};
use crate::core::login::cookies::{build_user_request, check_user_response};
use crate::core::login::logout::build_logout_request;
use crate::core::login::profile::{build_profile_request, check_profile_response, has_permission};
use crate::core::login::record::{read_record, write_record};
use crate::core::login::refresh::{build_refresh_request, check_refresh_response};
use crate::core::login::sign_in::{build_login_request, check_login_response};
use crate::core::oauth::challenge::{Verdict, judge};
use crate::core::oauth::restriction::Restriction;
use crate::core::oauth::token::TokenResponse;
use crate::core::session::effect::{Input, Need};
use crate::core::session::tokens::{Record, TokenSet, record_key};
use crate::ports::{Change, Ports};
use core::cell::{Cell, RefCell};
use std::rc::Rc;

type Asking = (u32, Waiting<Result<Json>>);

/// What a session with an own login keeps beside its tokens.
#[derive(Debug, Default)]
pub struct Login {
    /// The profile, and of which token set it is.
    profile: RefCell<Option<(u32, Json)>>,
    /// Those who wait for a profile under way, and for that of which token set.
    asking: RefCell<Vec<Asking>>,
    /// The last that an API refused was the session itself, and not only a token against forged requests.
    is_refused: Cell<bool>,
}

impl Terms for LoginConfig {
    fn record_name(&self) -> String {
        record_key(&self.name, "")
    }

    fn apis(&self) -> &Apis {
        &self.apis
    }

    fn before_expiry_s(&self) -> u64 {
        self.before_expiry_s
    }

    /// Without the user there are no credentials; but who has a cookie can ask whether it still is good.
    fn silent(&self) -> bool {
        self.cookies.is_some()
    }
}

impl Way for Login {
    type Config = LoginConfig;
    type Source = ();

    fn write(config: &LoginConfig, tokens: &TokenSet, _: Option<&()>, generation: u32) -> Option<String> {
        Some(write_record(tokens, &config.login_url, generation))
    }

    fn read(config: &LoginConfig, record: &Json, now: Now) -> Option<Record<()>> {
        read_record(record, &config.login_url, now)
    }

    /// An own login gives one token for all.
    fn restriction(_: &LoginConfig, _: Option<&Restriction>, _: Option<&str>) -> Result<Option<Restriction>> {
        Ok(None)
    }

    async fn refresh<P: Ports>(
        session: &Session<P, Self>,
        current: &TokenSet,
        _: Option<&Restriction>,
    ) -> core::result::Result<Refreshed, FailedRefresh> {
        let failed = |error: Error| FailedRefresh { error: error.during(Phase::Refresh), rotated: None };
        let (Some(url), Some(refresh_token)) = (&session.config.refresh_url, &current.refresh_token) else {
            return Err(failed(Error::new(Kind::InteractionRequired)));
        };
        let answer = session.ports.send(build_refresh_request(url, refresh_token)).await;
        let answer = answer.and_then(|response| check_refresh_response(&response)).map_err(failed)?;
        let mut tokens = session.tokens_of(answer, current.claims.clone(), &current.scope);
        if tokens.refresh_token.is_none() {
            tokens.refresh_token = Some(refresh_token.clone());
        }
        Ok(Refreshed { tokens: Rc::new(tokens), restricted: None })
    }

    async fn ask<P: Ports>(session: &Session<P, Self>) -> Result<Option<Rc<TokenSet>>> {
        let Some(cookies) = &session.config.cookies else {
            return Err(Error::new(Kind::InteractionRequired));
        };
        // Where nobody can be asked, the refusal of an API is believed.
        let user = session.tokens().filter(|_| !session.exchange.is_refused.get()).map(|tokens| tokens.claims.clone());
        let tokens = session.with_cookies(cookies, user).await.map_err(|error| error.during(Phase::Refresh))?;
        Ok(Some(Rc::new(tokens)))
    }

    fn not_signed_in<P: Ports>(session: &Session<P, Self>, epoch: u32, error: Error) -> Input {
        if error.kind == Kind::NotSignedIn && session.tokens().is_some() {
            session.machine.borrow_mut().end_as_the_provider_says(epoch, error);
            return Input::Woke;
        }
        Input::NotSignedIn { epoch, error, random: session.random() }
    }

    fn judge(&self, config: &LoginConfig, status: u16, challenge: Option<&str>, has_nonce: bool) -> Verdict {
        let Some(cookies) = &config.cookies else {
            return judge(status, challenge, has_nonce);
        };
        self.is_refused.set(status == 401);
        // A refused token against forged requests can be fetched anew; one in a cookie is as new as it can be.
        let is_renewable = status == 401 || status == 403 && cookies.csrf_url.is_some();
        if is_renewable { Verdict::Refresh } else { Verdict::Keep }
    }

    async fn prove<P: Ports>(_: &Session<P, Self>, _: &TokenSet, _: Option<(&str, &str)>) -> Result<Option<String>> {
        Ok(None)
    }

    fn keep_nonce(&self, _: &str, _: &str) {}
}

impl<P: Ports> Session<P, Login> {
    /// Restores what is stored, or asks who is signed in. `expected`: somebody was signed in here, and has not signed out since.
    pub async fn start(self: &Rc<Self>, expected: bool) {
        if self.config.cookies.is_some() {
            return self.start_with_cookies(expected).await;
        }
        self.tell(Input::Woke);
        let restored = self.restore().await;
        self.tell(Input::Started { restored, refused: None, signed_out: false, expected });
    }

    /// Signs in with the credentials, and waits until the session has begun.
    ///
    /// # Errors
    /// Why it has not.
    pub async fn sign_in(self: &Rc<Self>, credentials: Option<&Json>) -> Result<()> {
        self.check_alive()?;
        let tokens = match &self.config.cookies {
            Some(cookies) => self.sign_in_with_cookies(cookies, credentials).await,
            None => self.sign_in_for_tokens(credentials).await,
        };
        self.arrive(Rc::new(tokens.map_err(|error| error.during(Phase::Authorize))?)).await
    }

    async fn sign_in_for_tokens(&self, credentials: Option<&Json>) -> Result<TokenSet> {
        let request = build_login_request(&self.config.login_url, credentials)?;
        let (answer, user) = check_login_response(&self.ports.send(request).await?)?;
        Ok(self.tokens_of(answer, user, ""))
    }

    /// Ends the session here at once, then at the server.
    ///
    /// # Errors
    /// `disposed`; with cookies also why the server may not know of it, as only it can take the cookie back.
    pub async fn sign_out(self: &Rc<Self>, at_server: bool) -> Result<()> {
        self.check_alive()?;
        let tokens = self.tokens();
        self.tell(Input::SignOut);
        // What is written down comes in order: after this the end is, and the other tabs know of it.
        let _ = self.ports.mark(Change::None, 0).await;
        if let (Some(tokens), Some(url)) = (tokens.filter(|_| at_server), &self.config.logout_url) {
            if let Some(cookies) = &self.config.cookies {
                return self.sign_out_with_cookies(cookies, url, &tokens).await;
            }
            // The tokens are gone here, whatever the server says.
            let _ = self.ports.send(build_logout_request(url, &tokens.access_token)).await;
        }
        Ok(())
    }

    /// Asks for the profile of the user; whoever asks while it is on its way gets the same.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn profile(self: &Rc<Self>) -> Result<Json> {
        let (generation, waiting) = (self.machine.borrow().generation(), Waiting::default());
        let asking = &self.exchange.asking;
        let is_first = asking.borrow().iter().all(|(of, _)| *of != generation);
        asking.borrow_mut().push((generation, waiting.clone()));
        if is_first {
            let profile = self.fetch_profile().await.map_err(|error| error.during(Phase::Userinfo));
            let (done, others): (Vec<Asking>, Vec<Asking>) =
                asking.take().into_iter().partition(|(of, _)| *of == generation);
            asking.replace(others);
            for (_, waiting) in done {
                waiting.complete(profile.clone());
            }
        }
        waiting.await
    }

    async fn fetch_profile(self: &Rc<Self>) -> Result<Json> {
        if let Some(Cookies { user_url: Some(url), .. }) = &self.config.cookies {
            return check_user_response(&self.ports.send(build_user_request(url)).await?);
        }
        let url = self.config.profile_url.as_ref().ok_or_else(|| Error::about(Kind::InvalidOption, "profileUrl"))?;
        let (mut answer, mut generation) = self.ask_for_profile(url, Need::default()).await?;
        if answer.status == 401 {
            let need = Need { refused_generation: Some(generation), ..Need::default() };
            (answer, generation) = self.ask_for_profile(url, need).await?;
        }
        let profile = check_profile_response(&answer)?;
        self.exchange.profile.replace(Some((generation, profile.clone())));
        Ok(profile)
    }

    async fn ask_for_profile(self: &Rc<Self>, url: &str, need: Need) -> Result<(Response, u32)> {
        let (token, generation, _) = self.token(need, None).await?;
        Ok((self.ports.send(build_profile_request(url, &token)).await?, generation))
    }

    /// Whether the profile lists the permission. Each token set asks for the profile once; without a URL for it, what
    /// the login said of the user counts.
    ///
    /// # Errors
    /// Why nobody knows.
    pub async fn can(self: &Rc<Self>, permission: &str) -> Result<bool> {
        self.check_alive()?;
        let Some(tokens) = self.tokens() else {
            return Ok(false);
        };
        if self.config.profile_url.is_none() {
            return Ok(has_permission(&tokens.claims, permission));
        }
        let generation = self.machine.borrow().tokens(None).map(|(_, number)| number);
        let known = self.exchange.profile.borrow().clone().filter(|(of, _)| Some(*of) == generation);
        let profile = match known {
            Some((_, profile)) => profile,
            None => self.profile().await?,
        };
        Ok(has_permission(&profile, permission))
    }

    /// A refresh token that could be sent nowhere is not kept.
    fn tokens_of(&self, mut answer: TokenResponse, user: Json, scope: &str) -> TokenSet {
        answer.refresh_token = answer.refresh_token.filter(|_| self.config.refresh_url.is_some());
        let scope = answer.scope.clone().unwrap_or_else(|| scope.to_owned());
        token_set(&self.ports, answer, RawIdToken::new(String::new()), user, scope, None)
    }
}
