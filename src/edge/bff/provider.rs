//! The provider, and what a confidential client exchanges with it.

use super::Bff;
use crate::core::base::error::{Error, Kind, Phase, Result};
use crate::core::base::http::{Request, Response};
use crate::core::base::secret::{AuthorizationCode, RefreshToken};
use crate::core::jose::jwt::Addressed;
use crate::core::oauth::client_auth::Client;
use crate::core::oauth::discovery::{
    Metadata, build_discovery_request, build_oauth_discovery_request, check_edge_discovery_response,
};
use crate::core::oauth::par::{build_pushed_request_as, check_pushed_response};
use crate::core::oauth::revocation::{build_revocation_request_as, check_revocation_response, is_of_unsupported_type};
use crate::core::oauth::token::{build_code_request_as, check_token_response};
use crate::core::oauth::transaction::Transaction;
use crate::core::oidc::id_token::{Asked, Origin};
use crate::core::oidc::logout_token::{Logout, UntrustedLogoutToken};
use crate::core::session::tokens::TokenSet;
use crate::driver::exchange::both;
use crate::edge::client::{assertion, check_fits_header, credential};
use crate::ports::{BffPorts, Fetch};
use std::rc::Rc;

/// How long the metadata serves further sign-ins, in milliseconds.
const METADATA_LIFETIME_MS: u64 = 60 * 60 * 1000;

/// What got no answer is sent again after so many milliseconds: the runtime has learnt by then which connections are gone.
pub(super) const AGAIN_MS: u64 = 100;

/// The provider, and this client as it is known there.
#[derive(Debug)]
pub struct Provider {
    /// What it says of itself.
    pub metadata: Rc<Metadata>,
    /// This client.
    pub client: Client,
}

impl<P: BffPorts> Bff<P> {
    /// What is known of the provider, of whatever age: a refresh does not ask it who it is.
    pub(super) async fn known_provider(&self) -> Result<Rc<Provider>> {
        self.known_provider_over(&self.ports).await
    }

    /// The same, asked for over these where it is not known.
    pub(super) async fn known_provider_over(&self, ports: &impl Fetch) -> Result<Rc<Provider>> {
        let known = self.provider.borrow().as_ref().map(|(provider, _)| Rc::clone(provider));
        match known {
            Some(provider) => Ok(provider),
            None => self.discover(ports).await,
        }
    }

    /// What the provider says of itself, fetched anew where that was long ago.
    pub(super) async fn fresh_provider(&self) -> Result<Rc<Provider>> {
        let since = self.provider.borrow().as_ref().map(|(_, at)| *at);
        if since.is_some_and(|at| self.ports.now().since(at) < METADATA_LIFETIME_MS) {
            return self.known_provider().await;
        }
        self.discover(&self.ports).await
    }

    /// Sends a request, and another like it where no answer came: runtimes send on connections that the other side is closing.
    /// What may be used once only is spent or not whether it is presented again now or later; an assertion is made anew.
    async fn ask(&self, ports: &impl Fetch, build: impl AsyncFn() -> Result<Request>) -> Result<Response> {
        match ports.send(build().await?).await {
            Err(error) if error.kind == Kind::NetworkFailed => {
                self.ports.pause(AGAIN_MS).await;
                ports.send(build().await?).await
            }
            answer => answer,
        }
    }

    async fn discover(&self, ports: &impl Fetch) -> Result<Rc<Provider>> {
        let issuer = &self.config.client.issuer;
        let mut answer = self.ask(ports, async || Ok(build_discovery_request(issuer))).await;
        if answer.as_ref().is_ok_and(|response| response.status == 404) {
            answer = self.ask(ports, async || Ok(build_oauth_discovery_request(issuer))).await;
        }
        let found = answer.and_then(|response| check_edge_discovery_response(&response, issuer));
        let found = found.map_err(|error| error.during(Phase::Discovery))?;
        let client = self.config.at_provider(&found.offered)?;
        let provider = Rc::new(Provider { metadata: Rc::new(found.metadata), client });
        self.provider.replace(Some((Rc::clone(&provider), self.ports.now())));
        Ok(provider)
    }

    /// Pushes an authorization request, and gives the name it got.
    pub(super) async fn push(
        &self,
        provider: &Provider,
        endpoint: &str,
        parameters: &[(&str, &str)],
    ) -> Result<String> {
        let pushed = async || {
            let shown = credential(&self.ports, &provider.client).await?;
            Ok(build_pushed_request_as(shown, endpoint, parameters))
        };
        let answer = self.ask(&self.ports, pushed).await;
        answer.and_then(|response| check_pushed_response(&response)).map_err(|error| error.during(Phase::Authorize))
    }

    /// Exchanges a code for checked tokens. The keys are fetched at the same time, so the check adds no round trip.
    pub(super) async fn redeem(&self, transaction: &Transaction, code: &AuthorizationCode) -> Result<TokenSet> {
        let (ports, config) = (&self.ports, &self.config.client);
        let provider = self.known_provider().await?;
        let request = async || {
            let shown = assertion(ports, &provider.client).await?;
            build_code_request_as(&provider.client, shown, transaction, code, &config.resource)
        };
        let metadata = &transaction.metadata;
        let exchange = async {
            let answer =
                self.ask(ports, request).await.and_then(|response| check_token_response(&response, false, None));
            answer.and_then(check_fits_header).map_err(|error| error.during(Phase::Token))
        };
        let (answer, keys) = both(exchange, self.exchange.keys(ports, &metadata.jwks_uri)).await;
        let (answer, keys) = (answer?, keys?);
        let id_token = answer.id_token.ok_or_else(|| Error::new(Kind::IdTokenMissing))?;
        let origin = Origin::SignIn(Asked {
            nonce: &transaction.nonce,
            max_age_s: transaction.max_age_s,
            acr_values: transaction.acr_values.as_deref(),
            subject: transaction.subject.as_deref(),
        });
        let checked =
            self.exchange.check_id_token(ports, config, metadata, &id_token, &answer.access_token, origin, keys);
        let claims = checked.await?;
        Ok(TokenSet {
            access_token: answer.access_token,
            refresh_token: answer.refresh_token,
            id_token,
            claims,
            scope: answer.scope.unwrap_or_else(|| transaction.scope.clone()),
            authorization_details: None,
            dpop_key: None,
            received: ports.now(),
            lifetime_s: answer.lifetime_s,
        })
    }

    /// Has the provider revoke both tokens, the refresh token first. Failures are nobody's concern any more: the session is
    /// over here either way.
    pub(super) async fn revoke(&self, tokens: &TokenSet) {
        if let Ok(provider) = self.known_provider().await {
            self.revoke_at(&provider, tokens).await;
        }
    }

    /// The same at a provider that is known.
    pub(super) async fn revoke_at(&self, provider: &Provider, tokens: &TokenSet) {
        let Some(endpoint) = &provider.metadata.revocation_endpoint else { return };
        let refresh_token = tokens.refresh_token.as_ref().map(RefreshToken::secret);
        for (token, hint) in [(refresh_token, "refresh_token"), (Some(tokens.access_token.secret()), "access_token")] {
            let Some(token) = token else { continue };
            let revoked = async || {
                let shown = credential(&self.ports, &provider.client).await?;
                Ok(build_revocation_request_as(shown, endpoint, token, hint))
            };
            let answer = self.ask(&self.ports, revoked).await;
            let done = answer.and_then(|response| check_revocation_response(&response));
            // Who refuses one token may take the other; who does not answer is not waited for twice.
            if let Err(error) = done {
                // A token that says everything itself many providers cannot take back: it ends with its time.
                if hint == "refresh_token" || !is_of_unsupported_type(&error) {
                    self.ports.note("revocationFailed", Some(&error));
                }
                if error.is_retryable() {
                    return;
                }
            }
        }
    }

    /// What a logout token says is over, once it is believed.
    pub(super) async fn believe_logout(&self, content_type: &str, body: &str) -> Result<Logout> {
        let config = &self.config.client;
        let untrusted = UntrustedLogoutToken::read_form_post(content_type, body, config.id_token_algorithm)?;
        let provider = self.known_provider().await?;
        let jwks_uri = &provider.metadata.jwks_uri;
        let keys = self.exchange.keys(&self.ports, jwks_uri).await?;
        let valid = self.exchange.verify(&self.ports, jwks_uri, untrusted.jwt(), keys).await?.unwrap_or(false);
        let expected =
            Addressed { issuer: &config.issuer, client_id: &config.client_id, tolerance_s: config.clock_tolerance_s };
        untrusted.check(valid, &expected, self.ports.now())
    }
}
