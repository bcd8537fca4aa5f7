//! One request and its session: looks, asks the core, and does what it says until there are tokens or none.

use super::hurried::Hurried;
use super::provider::AGAIN_MS;
use super::sealed::Held;
use super::{Bff, Provider};
use crate::core::base::error::{Error, Kind, Phase, Result};
use crate::core::base::http::Response;
use crate::core::base::secret::RefreshToken;
use crate::core::base::time::{Now, digits, from_digits};
use crate::core::bff::cookie::{Cookies, SameSite};
use crate::core::bff::record::{COOKIE, Cookie, Entry, Record, over_key, revoked_key, session_key};
use crate::core::bff::session::{Answering, Landing, Outcome, Seen, Step, Use, Visit, answers_until_ms};
use crate::core::oauth::token::{build_refresh_request_as, check_token_response};
use crate::core::oidc::id_token::Origin;
use crate::core::session::effect::Reason;
use crate::core::session::tokens::TokenSet;
use crate::edge::client::{check_fits_header, credential};
use crate::ports::{BffPorts, Expected, Fetch as _};
use std::rc::Rc;

/// How often a new state is offered to a store that fails or has something else.
const TRIES: u32 = 6;

/// The rest after the first failure, in milliseconds; each other is twice as long.
const FIRST_REST_MS: u64 = 100;

/// How often a refresh token is presented under one lease where no answer comes.
const PRESENTATIONS: u32 = 3;

/// Whether a request has a session.
#[derive(Debug)]
pub(super) enum Admitted {
    In(Box<Use>),
    Out(Reason),
}

/// One look at a session.
#[derive(Debug)]
struct Look {
    seen: Seen,
    /// Of the entry, where there is one.
    version: Option<String>,
    /// The entry is to be written anew.
    is_under_older_key: bool,
}

impl<P: BffPorts> Bff<P> {
    /// The tokens that a request goes on with. `refused` is the generation of those that an API refused.
    ///
    /// # Errors
    /// Why there are none for now: `refresh_failed`, `timed_out`, `store_failed`.
    pub(super) async fn admit(&self, held: &Held, refused: Option<u32>) -> Result<Admitted> {
        let mut visit = Visit::new(self.config.terms, refused, self.ports.now());
        let mut look = self.look(&held.cookie).await?;
        loop {
            match visit.plan(&look.seen, self.ports.now()) {
                Step::Use(mut used) => {
                    self.touch(&held.cookie, &mut look, &mut used).await;
                    return Ok(Admitted::In(Box::new(used)));
                }
                Step::Over(reason) => return Ok(Admitted::Out(reason)),
                Step::Fail(error) => return Err(error),
                Step::Wait(milliseconds) => {
                    self.ports.pause(milliseconds).await;
                    look = self.look(&held.cookie).await?;
                }
                Step::Take(entry, record) => {
                    look = if self.put(&mut look, &record, entry).await? {
                        self.renew(&held.cookie, &visit, look, &record).await?
                    } else {
                        // A store that reads what is old or takes nothing is not asked for ever.
                        self.ports.pause(visit.rest_ms(self.ports.now())?).await;
                        self.look(&held.cookie).await?
                    };
                }
            }
        }
    }

    /// The session of a cookie as it is; changes nothing.
    pub(super) async fn peek(&self, held: &Held) -> Result<Option<Record>> {
        let look = self.look(&held.cookie).await?;
        let now = self.ports.now();
        let step = Visit::new(self.config.terms, None, now).plan(&look.seen, now);
        Ok(if matches!(step, Step::Over(_)) { None } else { look.seen.newest() })
    }

    /// The cookies that the browser is to have after a request that began then. Where its cookie has the record, that takes one
    /// more look at the store: when a use is written down or a newer key comes, and when new tokens come late.
    pub(super) async fn cookies_after(&self, held: &Held, used: &Use, before: &Cookies, began: Now) -> Vec<String> {
        let terms = self.config.terms;
        let (text, ends_at_ms) = match &held.cookie {
            Cookie::Name(_) if !held.is_under_older_key => return Vec::new(),
            Cookie::Name(names) => (Cookie::Name(names.clone()).write(), terms.last_ms(&used.record)),
            Cookie::Whole(shown) => {
                let answering = Answering { terms, shown, used, began };
                if !answering.has_other_tokens() && !used.is_touched && !held.is_under_older_key {
                    return Vec::new();
                }
                let look =
                    if answering.needs_look(self.ports.now()) { self.look(&held.cookie).await.ok() } else { None };
                let seen = look.as_ref().map(|look| &look.seen);
                let Some(record) = answering.record(seen, self.ports.now()) else { return Vec::new() };
                let ends_at_ms = terms.end_ms(&record);
                (Cookie::Whole(Box::new(record)).write(), ends_at_ms)
            }
        };
        match self.keep(COOKIE, text, SameSite::Strict, ends_at_ms, before).await {
            Ok(cookies) => cookies,
            Err(error) => {
                self.ports.note("cookieFailed", Some(&error));
                Vec::new()
            }
        }
    }

    /// What there is of the session now, in one look at the store.
    async fn look(&self, cookie: &Cookie) -> Result<Look> {
        let (names, whole) = match cookie {
            Cookie::Whole(record) => (&record.names, Some(record)),
            Cookie::Name(names) => (names, None),
        };
        let key = session_key(&names.id);
        let mut keys = vec![key.clone()];
        keys.extend(whole.map(|_| over_key(&names.id)));
        keys.push(revoked_key(&names.user));
        keys.extend(names.session.as_deref().map(revoked_key));
        let found = self.ports.read(&keys).await?;
        if found.len() != keys.len() {
            return Err(Error::new(Kind::StoreFailed));
        }
        let mut found = found.into_iter();
        let stored = found.next().flatten();
        let ended = whole.and_then(|_| found.next()).flatten();
        let entry = match &stored {
            Some(stored) => self.open(&key, &stored.value).await?,
            None => None,
        };
        let is_under_older_key = entry.as_ref().is_some_and(|opened| opened.is_under_older_key);
        let mut seen = Seen {
            cookie: whole.map(|record| Record::clone(record)),
            entry: entry.and_then(|opened| Entry::read(opened.text.secret(), self.ports.now())),
            is_over: false,
        };
        let signed_in_ms = seen.newest().map_or(0, |record| record.signed_in_wall_ms);
        // A mark that cannot be read ends what it is about: it says that something is over, not what is not.
        let revokes = |at: &str| from_digits(at).is_none_or(|at_ms| at_ms >= signed_in_ms);
        seen.is_over = ended.is_some() || found.flatten().any(|mark| revokes(&mark.value));
        Ok(Look { seen, version: stored.map(|stored| stored.version), is_under_older_key })
    }

    /// Writes an entry in the place of the one seen; false where something else is there by now.
    async fn put(&self, look: &mut Look, record: &Record, entry: Entry) -> Result<bool> {
        let newest = entry.record.as_ref().unwrap_or(record);
        let key = session_key(&newest.names.id);
        let ends_at_ms = self.config.terms.keep_until_ms(&entry, newest, self.ports.now());
        let sealed = self.seal(&key, entry.write(), ends_at_ms).await?;
        let expected = look.version.as_deref().map_or(Expected::Nothing, Expected::Version);
        let Some(version) = self.ports.write(&key, &sealed, expected, ends_at_ms).await? else {
            return Ok(false);
        };
        let seen = Seen { entry: Some(entry), ..core::mem::take(&mut look.seen) };
        *look = Look { seen, version: Some(version), is_under_older_key: false };
        Ok(true)
    }

    /// Writes down that the session is used, where its record is in the store, and what is sealed under an older key, which may
    /// be taken away. That it could not be is no matter: another request comes.
    async fn touch(&self, cookie: &Cookie, look: &mut Look, used: &mut Use) {
        if !used.is_touched && !look.is_under_older_key || matches!(cookie, Cookie::Whole(_)) {
            return;
        }
        used.record.last_used_wall_ms = self.ports.now().wall_ms;
        let entry = Entry { record: Some(used.record.clone()), ..look.seen.entry.clone().unwrap_or_default() };
        let _ = self.put(look, &used.record, entry).await;
    }

    /// Renews the tokens of a record under the lease that was just taken, and has everybody know what came of it.
    async fn renew(&self, cookie: &Cookie, visit: &Visit, mut look: Look, record: &Record) -> Result<Look> {
        let leased_until_ms = look.seen.entry.as_ref().and_then(|entry| entry.leased_until_ms).unwrap_or_default();
        let outcome = match self.refresh(record, leased_until_ms).await {
            Ok(tokens) => Outcome::Renewed(Box::new(tokens)),
            Err((error, rotated)) => Outcome::Failed(error.during(Phase::Refresh), rotated),
        };
        match &outcome {
            Outcome::Renewed(_) => self.ports.note("tokenRefreshed", None),
            Outcome::Failed(error, _) => self.ports.note("refreshFailed", Some(error)),
        }
        // The session may have ended meanwhile, and not every end changes the entry.
        look.seen.is_over = self.look(cookie).await.is_ok_and(|again| again.seen.is_over);
        let random = self.random();
        for attempt in 0..TRIES {
            let entry = match visit.settle(&look.seen, record, &outcome, random, self.ports.now()) {
                Landing::Write(entry) => entry,
                Landing::Superseded => return Ok(look),
                Landing::Unwanted => {
                    if let Outcome::Renewed(tokens) = &outcome {
                        self.revoke(tokens).await;
                    }
                    return Ok(look);
                }
            };
            let is_last = attempt.saturating_add(1) == TRIES;
            match self.put(&mut look, record, entry.clone()).await {
                Ok(true) => return Ok(look),
                Ok(false) => look = self.look(cookie).await?,
                // What the browser has it keeps, also where nobody else gets to know of it.
                Err(error) if is_last => {
                    self.ports.note("storeFailed", Some(&error));
                    if self.config.terms.is_in_store {
                        return Err(error);
                    }
                    look.seen.entry = Some(entry);
                    return Ok(look);
                }
                Err(_) => {
                    self.ports.pause(FIRST_REST_MS.saturating_mul(1_u64.checked_shl(attempt).unwrap_or(1))).await;
                    // A write that failed may have been made all the same.
                    if let Ok(again) = self.look(cookie).await {
                        look = again;
                    }
                }
            }
        }
        Ok(look)
    }

    /// Asks the provider for new tokens, where there is time enough for it under the lease: whoever comes after its end
    /// presents the same refresh token.
    async fn refresh(
        &self,
        record: &Record,
        leased_until_ms: u64,
    ) -> core::result::Result<TokenSet, (Error, Option<RefreshToken>)> {
        let failed = |error: Error| (error, None);
        let current = &record.tokens;
        let ports = &Hurried { ports: &self.ports, until_ms: answers_until_ms(leased_until_ms) };
        let provider = self.known_provider_over(ports).await.map_err(failed)?;
        let metadata = &provider.metadata;
        let keys = self.exchange.keys(ports, &metadata.jwks_uri).await.map_err(failed)?;
        let refresh_token =
            current.refresh_token.as_ref().ok_or_else(|| failed(Error::new(Kind::InteractionRequired)))?;
        let response = self.present(ports, &provider, refresh_token).await.map_err(failed)?;
        let answer = check_token_response(&response, false, None).and_then(check_fits_header).map_err(failed)?;
        let rotated = answer.refresh_token.clone();
        let (id_token, claims) = match &answer.id_token {
            Some(id_token) => {
                let passed_ms = self.ports.now().monotonic_ms.saturating_sub(current.received.monotonic_ms);
                let origin = Origin::Refresh(&current.claims, passed_ms);
                let config = &self.config.client;
                let checked =
                    self.exchange.check_id_token(ports, config, metadata, id_token, &answer.access_token, origin, keys);
                (id_token.clone(), checked.await.map_err(|error| (error, rotated))?)
            }
            None => (current.id_token.clone(), current.claims.clone()),
        };
        Ok(TokenSet {
            access_token: answer.access_token,
            refresh_token: answer.refresh_token.or_else(|| Some(refresh_token.clone())),
            id_token,
            claims,
            scope: answer.scope.unwrap_or_else(|| current.scope.clone()),
            authorization_details: None,
            dpop_key: None,
            received: self.ports.now(),
            lifetime_s: answer.lifetime_s,
        })
    }

    /// Presents a refresh token, and once more where no answer came: it is spent or not whether that is now or after a rest,
    /// and a provider that forgives a second time does so for a moment only.
    async fn present(
        &self,
        ports: &Hurried<'_, P>,
        provider: &Provider,
        refresh_token: &RefreshToken,
    ) -> Result<Response> {
        let mut answer = Err(Error::new(Kind::TimedOut));
        for attempt in 0..PRESENTATIONS {
            if attempt > 0 {
                self.ports.pause(AGAIN_MS.saturating_mul(attempt.into())).await;
            }
            let shown = credential(&self.ports, &provider.client).await?;
            let endpoint = &provider.metadata.token_endpoint;
            let request = build_refresh_request_as(shown, endpoint, refresh_token, &self.config.client.resource);
            answer = ports.send(request).await;
            if answer.as_ref().err().is_none_or(|error| error.kind != Kind::NetworkFailed) {
                return answer;
            }
        }
        answer
    }

    /// Ends a session everywhere. Of one in a cookie the store says so for as long as the cookie could be shown.
    pub(super) async fn end(&self, id: &str) -> Result<()> {
        if !self.config.terms.is_in_store {
            let now_ms = self.ports.now().wall_ms;
            let ends_at_ms = now_ms.saturating_add(self.config.terms.absolute_ms);
            self.ports.write(&over_key(id), &digits(now_ms), Expected::Anything, ends_at_ms).await?;
        }
        self.ports.remove(&session_key(id)).await
    }

    /// Keeps the record of a session that begins.
    pub(super) async fn begin(&self, record: Record, before: &Cookies) -> Result<Vec<String>> {
        let terms = self.config.terms;
        if !terms.is_in_store {
            let ends_at_ms = terms.end_ms(&record);
            return self
                .keep(COOKIE, Cookie::Whole(Box::new(record)).write(), SameSite::Strict, ends_at_ms, before)
                .await;
        }
        let (names, last_ms) = (record.names.clone(), terms.last_ms(&record));
        let mut look = Look { seen: Seen::default(), version: None, is_under_older_key: false };
        let entry = Entry { record: Some(record.clone()), ..Entry::default() };
        if !self.put(&mut look, &record, entry).await? {
            return Err(Error::new(Kind::Internal));
        }
        self.keep(COOKIE, Cookie::Name(names).write(), SameSite::Strict, last_ms, before).await
    }

    /// The newest tokens of a session, whatever is to become of it.
    pub(super) async fn last_tokens(&self, held: &Held) -> Option<Rc<TokenSet>> {
        let newest = match self.look(&held.cookie).await {
            Ok(look) => look.seen.newest(),
            Err(_) => None,
        };
        match (newest, &held.cookie) {
            (Some(record), _) => Some(record.tokens),
            (None, Cookie::Whole(record)) => Some(Rc::clone(&record.tokens)),
            (None, Cookie::Name(_)) => None,
        }
    }
}
