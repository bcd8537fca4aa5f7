//! Requests in a build that proves to hold no key: what `proven.rs` is there, for bearer tokens only.

#![expect(clippy::unused_async, reason = "who calls it waits where proofs are made")]

use crate::core::base::error::Result;
use crate::core::base::http::{Request, Response};
use crate::core::base::secret::AccessToken;
use crate::core::oauth::dpop::DpopKey;
use crate::core::session::tokens::TokenSet;
use crate::ports::Ports;

/// Makes no proofs.
#[derive(Debug, Default)]
pub struct Prover;

impl Prover {
    /// Makes no key: none is asked for.
    ///
    /// # Errors
    /// None.
    pub async fn make_key(_: &impl Ports) -> Result<Option<DpopKey>> {
        Ok(None)
    }

    /// Never called.
    pub fn forget_key(_: &impl Ports, _: &DpopKey) {}

    /// Sends a request to the authorization server.
    ///
    /// # Errors
    /// No answer.
    pub async fn ask(&self, ports: &impl Ports, request: Request, _: Option<&DpopKey>) -> Result<Response> {
        ports.send(request).await
    }

    /// Sends a request to a resource server, with the token.
    ///
    /// # Errors
    /// No answer.
    pub async fn call(
        &self,
        ports: &impl Ports,
        request: Request,
        _: Option<&DpopKey>,
        token: &AccessToken,
    ) -> Result<Response> {
        ports.send(request.with_bearer(token)).await
    }

    /// No proof.
    ///
    /// # Errors
    /// None.
    pub async fn prove_for(&self, _: &impl Ports, _: &TokenSet, _: Option<(&str, &str)>) -> Result<Option<String>> {
        Ok(None)
    }

    /// Nothing to keep.
    pub fn keep_nonce(&self, _: &str, _: &str) {}
}
