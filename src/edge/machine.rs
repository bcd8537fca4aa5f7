//! A client for itself at its token endpoint: asks the core what to do, has the ports do it, tells the core what came of it.

use crate::core::base::error::{Error, Kind, Phase, Result};
use crate::core::base::flight::Step;
use crate::core::base::http::Response;
use crate::core::base::secret::AccessToken;
use crate::core::base::time::Now;
use crate::core::machine::config::MachineConfig;
use crate::core::machine::token::{AppToken, Inspection};
use crate::core::oauth::challenge::{Verdict, judge};
use crate::core::oauth::client_auth::{Client, Credential, Offered};
use crate::core::oauth::client_credentials::{
    build_client_credentials_request, build_client_refresh_request, check_client_credentials_response,
};
use crate::core::oauth::discovery::check_machine_discovery_response;
use crate::core::oauth::token::{TokenResponse, check_token_response};
use crate::core::session::effect::Need;
use crate::edge::client::{check_fits_header, credential};
use crate::edge::metadata::metadata_of;
use crate::ports::{Clock, Fetch, Random, Signer};
use core::cell::{Cell, RefCell};
use std::rc::Rc;

/// One client. Every method takes `&self`, and no borrow is held across an await.
#[derive(Debug)]
pub struct Machine<P> {
    ports: P,
    config: MachineConfig,
    token: RefCell<AppToken>,
    /// Where tokens are given, and the client as it is known there.
    place: RefCell<Option<Rc<Place>>>,
    is_disposed: Cell<bool>,
}

#[derive(Debug)]
struct Place {
    token_endpoint: String,
    client: Client,
}

/// What whoever asks for the token is told.
#[derive(Debug)]
pub struct Told {
    /// The token, where there is one that will do.
    pub token: Option<AccessToken>,
    /// Which token it is; where there is none, which one there was.
    pub generation: u32,
    /// The flight to have land by [`Machine::renew`]; before asking again where there is no token.
    pub flight: Option<u32>,
}

impl<P: Fetch + Clock + Random + Signer> Machine<P> {
    /// A client that has no token yet. A request for one that brings nothing within `lost_after_ms` is given up.
    #[must_use]
    pub fn new(config: MachineConfig, lost_after_ms: u64, ports: P) -> Self {
        let token = RefCell::new(AppToken::new(config.before_expiry_s, lost_after_ms));
        Self { ports, config, token, place: RefCell::default(), is_disposed: Cell::default() }
    }

    /// Asks for the token.
    ///
    /// # Errors
    /// Why there is none.
    pub fn ask(&self, need: Need, since: Option<u32>) -> Result<Told> {
        if self.is_disposed.get() {
            return Err(Error::new(Kind::Disposed));
        }
        let mut token = self.token.borrow_mut();
        let (is_there, flight) = match token.ask(need, since, self.random(), self.ports.now()) {
            Step::Use => (true, None),
            Step::UseAndRenew(flight) => (true, Some(flight)),
            Step::Renew(flight) => (false, Some(flight)),
            Step::Wait => (false, None),
            Step::Fail(error) => return Err(error),
        };
        let generation = token.generation();
        Ok(Told { token: token.access_token().filter(|_| is_there).cloned(), generation, flight })
    }

    /// Has a flight land, whatever comes of it.
    pub async fn renew(&self, flight: u32) {
        let outcome = self.fetch_token().await;
        if self.is_disposed.get() {
            return;
        }
        let (random, now) = (self.random(), self.ports.now());
        self.token.borrow_mut().land(flight, outcome, random, now);
    }

    /// Whether a request to this URL may carry the token.
    #[must_use]
    pub fn may_receive_token(&self, url: &str) -> bool {
        self.config.apis.may_receive_token(url)
    }

    /// Whether an API's answer says that another token may do.
    #[must_use]
    pub fn heed(&self, url: &str, status: u16, challenge: Option<&str>) -> bool {
        self.may_receive_token(url) && judge(status, challenge, false) == Verdict::Refresh
    }

    /// Until when, by each clock, the token there is may be used without asking; `None` where nobody knows.
    #[must_use]
    pub fn fresh_until(&self) -> Option<Now> {
        self.token.borrow().fresh_until()
    }

    /// The state without a secret.
    #[must_use]
    pub fn inspect(&self) -> Inspection {
        self.token.borrow().inspect(self.ports.now())
    }

    /// Stops for good, and drops the token.
    pub fn dispose(&self) {
        self.is_disposed.set(true);
        self.token.replace(AppToken::new(0, 0));
    }

    async fn fetch_token(&self) -> Result<TokenResponse> {
        let place = self.place().await.map_err(|error| error.during(Phase::Discovery))?;
        let refresh_token = self.token.borrow().refresh_token().cloned();
        if let Some(refresh_token) = refresh_token {
            let credential = self.credential(&place).await?;
            let request = build_client_refresh_request(credential, &place.token_endpoint, &refresh_token)?;
            let answer = self.ports.send(request).await.and_then(|response| self.read(&response));
            match answer {
                Err(error) if error.kind == Kind::InvalidGrant => self.token.borrow_mut().forget_refresh_token(),
                answer => return answer.map_err(|error| error.during(Phase::Refresh)),
            }
        }
        let credential = self.credential(&place).await?;
        let request = build_client_credentials_request(credential, &place.token_endpoint, &self.config.wanted)?;
        let answer = self.ports.send(request).await.and_then(|response| self.read(&response));
        answer.map_err(|error| error.during(Phase::Token))
    }

    fn read(&self, response: &Response) -> Result<TokenResponse> {
        let answer = if self.config.uses_refresh_token {
            check_token_response(response, false, None)?
        } else {
            check_client_credentials_response(response, false)?
        };
        check_fits_header(answer)
    }

    /// Where tokens are given; what the issuer says of that is asked once.
    async fn place(&self) -> Result<Rc<Place>> {
        let known = self.place.borrow().clone();
        if let Some(place) = known {
            return Ok(place);
        }
        let (token_endpoint, offered) = match &self.config.token_endpoint {
            Some(url) => (url.clone(), Offered::default()),
            None => self.discover().await?,
        };
        let place = Rc::new(Place { token_endpoint, client: self.config.client(&offered)? });
        self.place.replace(Some(Rc::clone(&place)));
        Ok(place)
    }

    async fn discover(&self) -> Result<(String, Offered)> {
        let issuer = &self.config.issuer;
        check_machine_discovery_response(&metadata_of(&self.ports, issuer, &|request| request).await?, issuer)
    }

    async fn credential<'a>(&self, place: &'a Place) -> Result<Credential<'a>> {
        let credential = credential(&self.ports, &place.client).await?;
        Ok(if self.config.is_json { credential.as_json() } else { credential })
    }

    /// Without randomness a retry is merely not spread out.
    fn random(&self) -> u8 {
        self.ports.bytes(1).unwrap_or_default().first().copied().unwrap_or_default()
    }
}
