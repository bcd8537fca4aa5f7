//! Requests that prove to hold a key (RFC 9449), with the nonces that servers want in the proofs.

use crate::core::base::base64url::encode;
use crate::core::base::error::{Error, Kind, Result};
use crate::core::base::http::{Request, Response};
use crate::core::base::secret::AccessToken;
use crate::core::base::text::concat;
use crate::core::base::time::SECOND_MS;
use crate::core::jose::jws::with_signature;
use crate::core::oauth::challenge::{Verdict, judge};
use crate::core::oauth::dpop::{Complaint, DpopKey, Nonces, Proof, Role, proof_complaint};
use crate::core::oauth::pkce::{RANDOM_BYTES, token_from};
use crate::core::session::tokens::TokenSet;
use crate::ports::Ports;
use core::cell::{Cell, RefCell};

/// Makes proofs, and keeps what servers want in them.
#[derive(Debug, Default)]
pub struct Prover {
    nonces: RefCell<Nonces>,
    /// What the provider's clock was ahead of ours, and behind it, in milliseconds, where that made it refuse a proof.
    ahead_ms: Cell<u64>,
    behind_ms: Cell<u64>,
}

impl Prover {
    /// Makes a key.
    ///
    /// # Errors
    /// `storage_failed` or `internal`.
    pub async fn make_key(ports: &impl Ports) -> Result<Option<DpopKey>> {
        let name = token_from(&ports.bytes(RANDOM_BYTES)?);
        let public = ports.make_key(&name).await?;
        DpopKey::new(name, &public).map(Some)
    }

    /// Forgets a key.
    pub fn forget_key(ports: &impl Ports, key: &DpopKey) {
        ports.forget_key(&key.name);
    }

    /// Sends a request to the authorization server, with a proof where there is a key.
    ///
    /// # Errors
    /// No answer, no proof, or `dpop_nonce_unreadable`.
    pub async fn ask(&self, ports: &impl Ports, request: Request, key: Option<&DpopKey>) -> Result<Response> {
        let Some(key) = key else {
            return ports.send(request).await;
        };
        let answer = self.send(ports, &request, key, None).await?;
        match proof_complaint(&answer) {
            Some(Complaint::Nonce) if answer.dpop_nonce.is_none() => Err(Error::new(Kind::DpopNonceUnreadable)),
            Some(Complaint::Nonce) => self.send(ports, &request, key, None).await,
            // The time in the proof may be what it did not like (RFC 9449, section 11.1).
            Some(Complaint::Proof) if self.take_time(ports, answer.date_ms) => {
                self.send(ports, &request, key, None).await
            }
            _ => Ok(answer),
        }
    }

    /// Sends a request to a resource server, with the token, and with a proof where the token is bound to a key.
    ///
    /// # Errors
    /// No answer, or no proof.
    pub async fn call(
        &self,
        ports: &impl Ports,
        request: Request,
        key: Option<&DpopKey>,
        token: &AccessToken,
    ) -> Result<Response> {
        let Some(key) = key else {
            return ports.send(request.with_bearer(token)).await;
        };
        let request = request.with_header("authorization", concat(&["DPoP ", token.secret()]));
        let answer = self.send(ports, &request, key, Some(token)).await?;
        if judge(answer.status, answer.challenge.as_deref(), answer.dpop_nonce.is_some()) == Verdict::Again {
            return self.send(ports, &request, key, Some(token)).await;
        }
        Ok(answer)
    }

    /// Goes by the server's clock from now on; whether that changes anything.
    fn take_time(&self, ports: &impl Ports, date_ms: Option<u64>) -> bool {
        let Some(date_ms) = date_ms else {
            return false;
        };
        let now_ms = ports.now().wall_ms;
        self.ahead_ms.set(date_ms.saturating_sub(now_ms));
        self.behind_ms.set(now_ms.saturating_sub(date_ms));
        date_ms.abs_diff(now_ms) >= SECOND_MS
    }

    async fn send(
        &self,
        ports: &impl Ports,
        request: &Request,
        key: &DpopKey,
        token: Option<&AccessToken>,
    ) -> Result<Response> {
        let proof = self.prove(ports, key, request.method(), &request.url, token).await?;
        let answer = ports.send(request.clone().with_header("dpop", proof)).await?;
        let role = if token.is_some() { Role::ResourceServer } else { Role::AuthorizationServer };
        if let Some(nonce) = &answer.dpop_nonce {
            self.nonces.borrow_mut().keep(role, &request.url, nonce);
        }
        Ok(answer)
    }

    /// A proof for one request: with the token that goes with it to a resource server, without one to the authorization
    /// server.
    async fn prove(
        &self,
        ports: &impl Ports,
        key: &DpopKey,
        method: &str,
        url: &str,
        token: Option<&AccessToken>,
    ) -> Result<String> {
        let (role, token_hash) = match token {
            Some(token) => (Role::ResourceServer, Some(encode(&ports.digest(256, token.secret()).await?))),
            None => (Role::AuthorizationServer, None),
        };
        let nonce = self.nonces.borrow().of(role, url).map(str::to_owned);
        let proof = Proof {
            method,
            url,
            nonce: nonce.as_deref(),
            token_hash: token_hash.as_deref(),
            id: &token_from(&ports.bytes(RANDOM_BYTES)?),
            issued_at_s: self.server_time_ms(ports) / SECOND_MS,
        };
        let signing_input = proof.signing_input(key)?;
        let signature = ports.sign(&key.name, &signing_input).await?;
        Ok(with_signature(&signing_input, &signature))
    }

    /// A proof for the request to `target`, a method and a URL, where the tokens are bound to a key.
    ///
    /// # Errors
    /// `dpop_key_lost`, `storage_failed` or `internal`.
    pub async fn prove_for(
        &self,
        ports: &impl Ports,
        tokens: &TokenSet,
        target: Option<(&str, &str)>,
    ) -> Result<Option<String>> {
        match (&tokens.dpop_key, target) {
            (Some(key), Some((method, url))) => {
                self.prove(ports, key, method, url, Some(&tokens.access_token)).await.map(Some)
            }
            _ => Ok(None),
        }
    }

    fn server_time_ms(&self, ports: &impl Ports) -> u64 {
        ports.now().wall_ms.saturating_add(self.ahead_ms.get()).saturating_sub(self.behind_ms.get())
    }

    /// Keeps the nonce of an API's answer.
    pub fn keep_nonce(&self, url: &str, nonce: &str) {
        self.nonces.borrow_mut().keep(Role::ResourceServer, url, nonce);
    }
}
