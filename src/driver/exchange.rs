//! One exchange with the provider at a time: metadata, keys, code, refresh, claims, revocation.

use super::proven::Prover;
use crate::core::base::error::{Error, Kind, Phase, Result};
use crate::core::base::http::Request;
use crate::core::base::json::Json;
use crate::core::base::secret::{AccessToken, AuthorizationCode, RawIdToken, RefreshToken};
use crate::core::config::Config;
use crate::core::jose::jwks::{Jwks, KeyCache, build_jwks_request, check_jwks_response};
use crate::core::jose::jwt::{Addressed, UntrustedJwt};
use crate::core::oauth::discovery::{
    Metadata, build_discovery_request, build_oauth_discovery_request, check_discovery_response,
};
use crate::core::oauth::dpop::DpopKey;
use crate::core::oauth::par::{build_pushed_request, check_pushed_response};
use crate::core::oauth::restriction::Restriction;
use crate::core::oauth::revocation::{build_revocation_request, check_revocation_response};
use crate::core::oauth::token::{TokenResponse, build_code_request, build_refresh_request, check_token_response};
use crate::core::oauth::transaction::Transaction;
use crate::core::oidc::id_token::{Asked, Expected, Origin, UntrustedIdToken, half_hash};
use crate::core::oidc::userinfo::{UntrustedUserinfo, build_userinfo_request, check_userinfo, check_userinfo_response};
use crate::core::session::tokens::TokenSet;
use crate::ports::{Clock, Crypto, Fetch, Ports};
use core::cell::RefCell;
use core::future::Future;
use core::pin::{Pin, pin};
use core::task::Poll;
use std::rc::Rc;

/// The exchanges of one client with its provider, and what they may keep between them: public things only.
#[derive(Debug, Default)]
pub struct Exchange {
    keys: RefCell<KeyCache>,
    /// For requests that prove to hold a key.
    pub prover: Prover,
}

/// What a refresh brought.
#[derive(Debug)]
pub struct Refreshed {
    /// The tokens to go on with.
    pub tokens: Rc<TokenSet>,
    /// Where it was for another access token than the session's own: the set with that one.
    pub restricted: Option<(Restriction, Rc<TokenSet>)>,
}

/// A refresh that failed, with the refresh token that came nevertheless: the old one is spent.
#[derive(Debug)]
pub struct FailedRefresh {
    /// Why.
    pub error: Error,
    /// The refresh token to go on with.
    pub rotated: Option<RefreshToken>,
}

impl Exchange {
    /// Fetches the metadata.
    ///
    /// # Errors
    /// As [`check_discovery_response`], or no answer.
    pub async fn discover(ports: &impl Ports, issuer: &str) -> Result<Metadata> {
        let mut answer = ports.send(build_discovery_request(issuer)).await;
        if answer.as_ref().is_ok_and(|response| response.status == 404) {
            answer = ports.send(build_oauth_discovery_request(issuer)).await;
        }
        answer
            .and_then(|response| check_discovery_response(&response, issuer))
            .map_err(|error| error.during(Phase::Discovery))
    }

    /// Exchanges a code for checked tokens. The keys are fetched at the same time, so the check adds no round trip.
    ///
    /// # Errors
    /// The error of the first rule that is broken, or no answer.
    pub async fn redeem(
        &self,
        ports: &impl Ports,
        config: &Config,
        transaction: &Transaction,
        code: &AuthorizationCode,
    ) -> Result<TokenSet> {
        let metadata = &transaction.metadata;
        let request = build_code_request(config, transaction, code);
        let exchange = async {
            let answer = self.ask_for_tokens(ports, config, request, transaction.dpop_key.as_ref()).await;
            answer.map_err(|error| error.during(Phase::Token))
        };
        let (answer, keys) = both(exchange, self.keys(ports, &metadata.jwks_uri)).await;
        let (answer, keys) = (answer?, keys?);
        let id_token = answer.id_token.clone().ok_or_else(|| Error::new(Kind::IdTokenMissing))?;
        let origin = Origin::SignIn(Asked {
            nonce: &transaction.nonce,
            max_age_s: transaction.max_age_s,
            acr_values: transaction.acr_values.as_deref(),
            subject: transaction.subject.as_deref(),
        });
        let claims =
            self.check_id_token(ports, config, metadata, &id_token, &answer.access_token, origin, keys).await?;
        if answer.authorization_details.is_none() && config.authorization_details.is_some() {
            return Err(Error::about(Kind::TokenResponseInvalid, "authorization_details"));
        }
        let scope = answer.scope.clone().unwrap_or_else(|| transaction.scope.clone());
        Ok(token_set(ports, answer, id_token, claims, scope, transaction.dpop_key.clone()))
    }

    /// Refreshes. The keys come first where they are not at hand, so that a provider whose keys cannot be had does not
    /// cost the refresh token.
    ///
    /// # Errors
    /// The error of the first rule that is broken, or no answer, with the refresh token that came nevertheless.
    pub async fn refresh(
        &self,
        ports: &impl Ports,
        config: &Config,
        metadata: &Metadata,
        current: &TokenSet,
        restriction: Option<&Restriction>,
    ) -> core::result::Result<Refreshed, FailedRefresh> {
        let failed = |rotated: Option<RefreshToken>| {
            |error: Error| FailedRefresh { error: error.during(Phase::Refresh), rotated }
        };
        let keys = self.keys(ports, &metadata.jwks_uri).await.map_err(failed(None))?;
        let refresh_token = current.refresh_token.as_ref().ok_or_else(|| Error::new(Kind::InteractionRequired));
        let refresh_token = refresh_token.map_err(failed(None))?;
        let request = build_refresh_request(config, &metadata.token_endpoint, refresh_token, restriction);
        let answer = self.ask_for_tokens(ports, config, request, current.dpop_key.as_ref()).await;
        let mut answer = answer.map_err(failed(None))?;
        let rotated = answer.refresh_token.clone();
        let (id_token, claims) = match answer.id_token.take() {
            Some(id_token) => {
                let passed_ms = ports.now().monotonic_ms.saturating_sub(current.received.monotonic_ms);
                let origin = Origin::Refresh(&current.claims, passed_ms);
                let access_token = &answer.access_token;
                let claims = self.check_id_token(ports, config, metadata, &id_token, access_token, origin, keys).await;
                (id_token, claims.map_err(failed(rotated.clone()))?)
            }
            None => (current.id_token.clone(), current.claims.clone()),
        };
        if let Some(restriction) = restriction {
            answer.scope = restriction.check_scope(answer.scope).map_err(failed(rotated))?;
        }
        let scope = answer.scope.clone().unwrap_or_else(|| current.scope.clone());
        let mut tokens = token_set(ports, answer, id_token, claims, scope, current.dpop_key.clone());
        if tokens.authorization_details.is_none() {
            tokens.authorization_details.clone_from(&current.authorization_details);
        }
        if tokens.refresh_token.is_none() {
            tokens.refresh_token = Some(refresh_token.clone());
        }
        Ok(match restriction {
            None => Refreshed { tokens: Rc::new(tokens), restricted: None },
            Some(restriction) => {
                let refresh_token = tokens.refresh_token.take();
                let own = TokenSet { refresh_token, ..current.clone() };
                Refreshed { tokens: Rc::new(own), restricted: Some((restriction.clone(), Rc::new(tokens))) }
            }
        })
    }

    /// Has the provider revoke both tokens, the refresh token first. Failures are nobody's concern any more: the session
    /// is over here either way.
    pub async fn revoke(ports: &impl Ports, config: &Config, endpoint: &str, tokens: &TokenSet) {
        let refresh_token = tokens.refresh_token.as_ref().map(RefreshToken::secret);
        for (token, hint) in [(refresh_token, "refresh_token"), (Some(tokens.access_token.secret()), "access_token")] {
            let Some(token) = token else { continue };
            let request = build_revocation_request(endpoint, &config.client_id, token, hint);
            let answer = ports.send(request).await;
            // Who refuses one token may take the other; who does not answer is not waited for twice.
            if answer.and_then(|response| check_revocation_response(&response)).is_err_and(|error| error.is_retryable())
            {
                return;
            }
        }
    }

    /// Pushes an authorization request, and gives the name it got.
    ///
    /// # Errors
    /// As [`check_pushed_response`], or no answer.
    pub async fn push(ports: &impl Ports, endpoint: &str, parameters: &[(&str, &str)]) -> Result<String> {
        let answer = ports.send(build_pushed_request(endpoint, parameters)).await;
        answer.and_then(|response| check_pushed_response(&response)).map_err(|error| error.during(Phase::Authorize))
    }

    /// Asks for the claims of the user whose tokens these are.
    ///
    /// # Errors
    /// As [`check_userinfo_response`] and [`check_userinfo`], or no answer.
    pub async fn userinfo(
        &self,
        ports: &impl Ports,
        config: &Config,
        metadata: &Metadata,
        tokens: &TokenSet,
    ) -> Result<Json> {
        let endpoint = metadata.userinfo_endpoint.as_ref();
        let endpoint = endpoint.ok_or_else(|| Error::about(Kind::MetadataInvalid, "userinfo_endpoint"))?;
        let request = build_userinfo_request(endpoint);
        let answer = self.prover.call(ports, request, tokens.dpop_key.as_ref(), &tokens.access_token).await?;
        let untrusted = check_userinfo_response(&answer, config.userinfo_algorithm)?;
        let valid = match &untrusted {
            UntrustedUserinfo::Plain(_) => true,
            UntrustedUserinfo::Signed(jwt) => {
                let keys = self.keys(ports, &metadata.jwks_uri).await?;
                self.verify(ports, &metadata.jwks_uri, jwt, keys).await?.unwrap_or(false)
            }
        };
        let expected =
            Addressed { issuer: &metadata.issuer, client_id: &config.client_id, tolerance_s: config.clock_tolerance_s };
        check_userinfo(untrusted, valid, &expected, &tokens.claims, ports.now())
    }

    async fn ask_for_tokens(
        &self,
        ports: &impl Ports,
        config: &Config,
        request: Request,
        key: Option<&DpopKey>,
    ) -> Result<TokenResponse> {
        let answer = self.prover.ask(ports, request, key).await?;
        check_token_response(&answer, key.is_some(), config.authorization_details.as_ref())
    }

    /// The provider's keys, fetched where they are not at hand.
    ///
    /// # Errors
    /// As [`check_jwks_response`], or no answer.
    pub async fn keys(&self, ports: &(impl Fetch + Clock), jwks_uri: &str) -> Result<Rc<Jwks>> {
        let held = self.keys.borrow().fresh(ports.now());
        match held {
            Some(keys) => Ok(keys),
            None => self.fetch_keys(ports, jwks_uri).await,
        }
    }

    async fn fetch_keys(&self, ports: &(impl Fetch + Clock), jwks_uri: &str) -> Result<Rc<Jwks>> {
        let answer = ports.send(build_jwks_request(jwks_uri)).await;
        let keys =
            answer.and_then(|response| check_jwks_response(&response)).map_err(|error| error.during(Phase::IdToken))?;
        let keys = Rc::new(keys);
        self.keys.borrow_mut().keep(&keys, ports.now());
        Ok(keys)
    }

    /// The claims of an ID token that came with an access token.
    ///
    /// # Errors
    /// The error of the first rule that is broken.
    #[expect(clippy::too_many_arguments, reason = "what a check needs, each of its own kind")]
    pub async fn check_id_token(
        &self,
        ports: &(impl Fetch + Clock + Crypto),
        config: &Config,
        metadata: &Metadata,
        token: &RawIdToken,
        access_token: &AccessToken,
        origin: Origin<'_>,
        keys: Rc<Jwks>,
    ) -> Result<Json> {
        let untrusted = UntrustedIdToken::read(token, config.id_token_algorithm)?;
        let valid = self.verify(ports, &metadata.jwks_uri, untrusted.jwt(), keys).await?;
        let valid = valid.ok_or_else(|| Error::new(Kind::IdTokenKeyUnknown))?;
        let digest = ports.digest(config.id_token_algorithm.digest_bits(), access_token.secret()).await?;
        let expected = Expected {
            issuer: &metadata.issuer,
            client_id: &config.client_id,
            origin,
            access_token_hash: &half_hash(&digest),
            tolerance_s: config.clock_tolerance_s,
        };
        untrusted.check(valid, &expected, ports.now())
    }

    /// Whether the signature is valid; `None` where no key fits, not even after another look: the provider may have
    /// changed its keys since they were fetched.
    ///
    /// # Errors
    /// As [`Self::keys`].
    pub async fn verify(
        &self,
        ports: &(impl Fetch + Clock + Crypto),
        jwks_uri: &str,
        jwt: &UntrustedJwt,
        keys: Rc<Jwks>,
    ) -> Result<Option<bool>> {
        let mut key = jwt.key(keys.as_ref()).cloned();
        if key.is_none() {
            let may_look_again = self.keys.borrow_mut().may_look_again(ports.now());
            let newer = if may_look_again {
                let fetched = self.fetch_keys(ports, jwks_uri).await;
                if fetched.is_err() {
                    self.keys.borrow_mut().take_look_back();
                }
                Some(fetched?)
            } else {
                // Somebody else may have looked since these were taken.
                self.keys.borrow().fresh(ports.now())
            };
            key = newer.and_then(|newer| jwt.key(&newer).cloned());
        }
        let Some(key) = key else {
            return Ok(None);
        };
        Ok(Some(ports.verify(jwt.algorithm(), &key, jwt.signing_input(), jwt.signature()).await))
    }
}

pub(super) fn token_set(
    ports: &impl Ports,
    answer: TokenResponse,
    id_token: RawIdToken,
    claims: Json,
    scope: String,
    dpop_key: Option<DpopKey>,
) -> TokenSet {
    TokenSet {
        access_token: answer.access_token,
        refresh_token: answer.refresh_token,
        id_token,
        claims,
        scope,
        authorization_details: answer.authorization_details,
        dpop_key,
        received: ports.now(),
        lifetime_s: answer.lifetime_s,
    }
}

/// Runs two futures at the same time, to the end of both.
pub async fn both<A, B>(a: impl Future<Output = A>, b: impl Future<Output = B>) -> (A, B) {
    let (mut a, mut b) = (pin!(a), pin!(b));
    let (mut first, mut second) = (None, None);
    core::future::poll_fn(move |context| {
        poll_into(a.as_mut(), &mut first, context);
        poll_into(b.as_mut(), &mut second, context);
        match (first.take(), second.take()) {
            (Some(a), Some(b)) => Poll::Ready((a, b)),
            (a, b) => {
                (first, second) = (a, b);
                Poll::Pending
            }
        }
    })
    .await
}

fn poll_into<T>(
    future: Pin<&mut impl Future<Output = T>>,
    done: &mut Option<T>,
    context: &mut core::task::Context<'_>,
) {
    if done.is_none()
        && let Poll::Ready(value) = future.poll(context)
    {
        *done = Some(value);
    }
}
