//! A backend for front ends: asks the core what a request may do, has the ports do it, and says what to answer.
//!
//! Requests share nothing that one of them would have to wait for: what they agree on is in the store.

mod admission;
mod hurried;
mod passage;
mod provider;
mod sealed;
mod sign_in;
mod sign_out;

pub use passage::{Passage, Passed};
pub use provider::Provider;

use crate::core::base::error::{Error, Kind, Result};
use crate::core::base::json::{Json, Writer};
use crate::core::base::text::concat;
use crate::core::base::time::{Now, SECOND_MS};
use crate::core::bff::answer::Answer;
use crate::core::bff::config::BffConfig;
use crate::core::bff::cookie::Cookies;
use crate::core::bff::gate::{admit, caller_of};
use crate::core::bff::headers::Headers;
use crate::core::bff::page;
use crate::core::bff::record::Record;
use crate::core::bff::route::{Route, route};
use crate::core::bff::seal::KeyRing;
use crate::core::session::effect::Reason;
use crate::driver::exchange::Exchange;
use crate::ports::BffPorts;
use admission::Admitted;
use core::cell::{Cell, RefCell};
use std::rc::Rc;

/// One backend. Every method takes `&self`, and no borrow is held across an await.
#[derive(Debug)]
pub struct Bff<P> {
    ports: P,
    config: BffConfig,
    exchange: Exchange,
    /// The provider as it was last asked about itself, and when.
    provider: RefCell<Option<(Rc<Provider>, Now)>>,
    ring: RefCell<Option<Rc<KeyRing>>>,
    is_disposed: Cell<bool>,
}

/// A request as the runtime gives it.
#[derive(Debug, Default)]
pub struct Asked {
    /// The method.
    pub method: String,
    /// The URL, as it is written.
    pub url: String,
    /// The headers.
    pub headers: Headers,
    /// The body, where it is for an endpoint here; what goes on to an API is not read.
    pub body: String,
}

impl Asked {
    fn cookies(&self) -> Cookies {
        let headers: Vec<_> = self.headers.values("cookie").collect();
        Cookies::parse(&headers.join("; "))
    }

    /// What the URL has after its question mark.
    fn query(&self) -> &str {
        let whole = self.url.split('#').next().unwrap_or_default();
        whole.split_once('?').map_or("", |(_, query)| query)
    }
}

/// What to do with a request.
#[derive(Debug)]
pub enum Handled {
    /// It is the app's.
    NotOurs,
    /// Answer it.
    Answer(Answer),
    /// Send it on to an API.
    Pass(Box<Passage>),
}

/// Who is signed in.
#[derive(Debug)]
pub struct Person {
    /// The claims of the ID token.
    pub user: Json,
    /// Milliseconds since the epoch at which the access token ends; `None` where nobody knows.
    pub expires_at_wall_ms: Option<u64>,
    /// The scope that was granted.
    pub scope: String,
}

impl Person {
    fn of(record: &Record) -> Self {
        let tokens = &record.tokens;
        let lifetime_ms = tokens.lifetime_s.map(|seconds| seconds.saturating_mul(SECOND_MS));
        Self {
            user: tokens.claims.clone(),
            expires_at_wall_ms: lifetime_ms.map(|lifetime| tokens.received.wall_ms.saturating_add(lifetime)),
            scope: tokens.scope.clone(),
        }
    }

    /// The same as members of an object.
    #[must_use]
    pub fn write(&self, object: Writer) -> Writer {
        object
            .json("user", &self.user.to_text())
            .whole_or_null("expiresAt", self.expires_at_wall_ms)
            .text("scope", &self.scope)
    }
}

impl<P: BffPorts> Bff<P> {
    /// A backend that has asked nobody anything yet.
    #[must_use]
    pub fn new(config: BffConfig, ports: P) -> Self {
        Self {
            ports,
            config,
            exchange: Exchange::default(),
            provider: RefCell::default(),
            ring: RefCell::default(),
            is_disposed: Cell::default(),
        }
    }

    /// Whether a request is for an endpoint here, which reads its body.
    #[must_use]
    pub fn reads_body(&self, method: &str, url: &str) -> bool {
        matches!(route(method, url, &self.config.places), Route::Logout | Route::BackchannelLogout)
    }

    /// Says what to do with a request.
    pub async fn handle(&self, asked: Asked) -> Handled {
        let route = route(&asked.method, &asked.url, &self.config.places);
        if route == Route::NotOurs {
            return Handled::NotOurs;
        }
        if self.is_disposed.get() {
            return Handled::Answer(Answer::failure(&Error::new(Kind::Disposed)));
        }
        if let Err(error) = self.let_in(&route, &asked) {
            return Handled::Answer(self.refused(&error));
        }
        Handled::Answer(match route {
            Route::NotOurs => return Handled::NotOurs,
            Route::Refused(error) => self.refused(&error),
            Route::MethodNotAllowed { allow } => {
                let object = Writer::default().text("error", "method_not_allowed");
                Answer::json(405, object.text("message", "There is no such method here")).with("allow", allow)
            }
            Route::Login => self.begin_sign_in(&asked).await,
            Route::Callback => self.finish_sign_in(&asked).await,
            Route::Session => self.tell_session(&asked).await,
            Route::Logout => self.sign_out(&asked).await,
            Route::LoggedOut => self.finish_sign_out(&asked).await,
            Route::BackchannelLogout => self.hear_logout(&asked).await,
            Route::Proxy { api, url } => match self.begin_passage(asked, api, url).await {
                Ok(passage) => return Handled::Pass(Box::new(passage)),
                Err(answer) => *answer,
            },
        })
    }

    /// Whether a request may get to where it is for.
    fn let_in(&self, route: &Route, asked: &Asked) -> Result<()> {
        match caller_of(route, &asked.method, &asked.headers, &self.config.places)? {
            Some(caller) => admit(caller, &asked.method, &asked.headers, &self.config.origin),
            None => Ok(()),
        }
    }

    fn refused(&self, error: &Error) -> Answer {
        self.ports.note("requestRefused", Some(error));
        Answer::failure(error)
    }

    /// Who is signed in; changes nothing.
    ///
    /// # Errors
    /// `store_failed`, `disposed`.
    pub async fn person(&self, headers: &Headers) -> Result<Option<Person>> {
        if self.is_disposed.get() {
            return Err(Error::new(Kind::Disposed));
        }
        let asked = Asked { headers: headers.clone(), ..Asked::default() };
        match self.held(&asked.cookies()).await? {
            Some(held) => Ok(self.peek(&held).await?.as_ref().map(Person::of)),
            None => Ok(None),
        }
    }

    /// Stops for good.
    pub fn dispose(&self) {
        self.is_disposed.set(true);
        self.provider.replace(None);
        self.ring.replace(None);
    }

    /// The session as a page sees it (`session`).
    async fn tell_session(&self, asked: &Asked) -> Answer {
        let cookies = asked.cookies();
        let began = self.ports.now();
        let held = match self.held(&cookies).await {
            Ok(held) => held,
            Err(error) => return Answer::failure(&error),
        };
        let Some(held) = held else {
            return signed_out(Reason::None);
        };
        match self.admit(&held, None).await {
            Ok(Admitted::In(used)) => {
                let object = Person::of(&used.record).write(Writer::default().text("status", "signedIn"));
                let answer = Answer::json(200, object.truth("stale", used.is_stale));
                answer.with_cookies(self.cookies_after(&held, &used, &cookies, began).await)
            }
            Ok(Admitted::Out(reason)) => signed_out(reason),
            Err(error) => Answer::failure(&error),
        }
    }

    /// A page that says why there is no session.
    fn failed_sign_in(&self, error: &Error, return_to: Option<&str>) -> Answer {
        self.ports.note("signInFailed", Some(error));
        page::failed(error, &crate::core::bff::login::again(&self.config, return_to))
    }

    /// Without randomness a retry is merely not spread out.
    fn random(&self) -> u8 {
        self.ports.bytes(1).unwrap_or_default().first().copied().unwrap_or_default()
    }

    /// The URL of a request as the app's own origin has it.
    fn own_url(&self, path: &str, query: &str) -> String {
        concat(&[&self.config.origin, path, "?", query])
    }
}

fn signed_out(reason: Reason) -> Answer {
    Answer::json(200, Writer::default().text("status", "signedOut").text("reason", reason.name()))
}
