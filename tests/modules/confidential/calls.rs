//! Requests for tokens, and with them.

use super::answers::ADDRESSED;
use super::{Server, Session, TOLERANCE_S};
use crate::modules::provider::{API, CLIENT, ISSUER};
use tokenward::core::base::error::Result;
use tokenward::core::base::http::{Request, Response};
use tokenward::core::base::json::Json;
use tokenward::core::base::secret::ClientAssertion;
use tokenward::core::base::time::SECOND_MS;
use tokenward::core::jose::jws::with_signature;
use tokenward::core::oauth::dpop::{Complaint, DpopKey, Proof, Role, proof_complaint};
use tokenward::core::oauth::token::{TokenResponse, build_refresh_request_as, check_token_response};
use tokenward::core::oidc::id_token::{Expected, Origin, UntrustedIdToken};
use tokenward::core::oidc::userinfo::{build_userinfo_request, check_userinfo, check_userinfo_response};
use tokenward::ports::{Fetch as _, Keys as _};

impl Server {
    /// Sends a request to the token endpoint, and where the proof lacks a nonce once more, with an assertion of its own.
    pub(super) async fn ask_for_tokens(
        &self,
        build: impl Fn(Option<ClientAssertion>) -> Result<Request>,
        key: Option<&DpopKey>,
    ) -> Result<TokenResponse> {
        let mut answer = self.send_proven(build(self.assertion().await)?, key).await?;
        if proof_complaint(&answer) == Some(Complaint::Nonce) {
            answer = self.send_proven(build(self.assertion().await)?, key).await?;
        }
        check_token_response(&answer, key.is_some(), None)
    }

    async fn send_proven(&self, request: Request, key: Option<&DpopKey>) -> Result<Response> {
        let Some(key) = key else {
            return self.ports.send(request).await;
        };
        let nonce = self.nonces.borrow().of(Role::AuthorizationServer, &request.url).map(str::to_owned);
        let proof = Proof {
            method: request.method(),
            url: &request.url,
            nonce: nonce.as_deref(),
            token_hash: None,
            id: &self.random_token(),
            issued_at_s: self.now().wall_ms / SECOND_MS,
        };
        let signing_input = proof.signing_input(key)?;
        let signature = self.ports.sign(&key.name, &signing_input).await?;
        let url = request.url.clone();
        let answer = self.ports.send(request.with_header("dpop", with_signature(&signing_input, &signature))).await?;
        if let Some(nonce) = &answer.dpop_nonce {
            self.nonces.borrow_mut().keep(Role::AuthorizationServer, &url, nonce);
        }
        Ok(answer)
    }

    /// Asks the provider for claims about the user.
    pub(crate) async fn userinfo(&self) -> Result<Json> {
        let answer = self.call(build_userinfo_request(&format!("{ISSUER}/userinfo"))).await?;
        let untrusted = check_userinfo_response(&answer, None)?;
        let session = self.session.borrow();
        check_userinfo(untrusted, true, &ADDRESSED, &session.as_ref().unwrap().claims, self.now())
    }

    async fn call(&self, request: Request) -> Result<Response> {
        let (token, key) = {
            let session = self.session.borrow();
            let session = session.as_ref().expect("somebody is signed in");
            (session.access_token.clone(), session.key.clone())
        };
        self.prover.call(&self.ports, request, key.as_ref(), &token).await
    }

    /// Calls the API, and once more with another token where it refuses this one.
    pub(crate) async fn call_api(&self) -> Result<Response> {
        let answer = self.call(Request::get(API.to_owned())).await?;
        if answer.status != 401 {
            return Ok(answer);
        }
        self.refresh().await?;
        self.call(Request::get(API.to_owned())).await
    }

    async fn refresh(&self) -> Result<()> {
        let session = self.session.take().expect("somebody is signed in");
        let refresh_token = session.refresh_token.as_ref().unwrap();
        let build = |assertion| {
            let credential = self.client.credential(ISSUER, assertion)?;
            Ok(build_refresh_request_as(credential, &format!("{ISSUER}/token"), refresh_token, &[]))
        };
        let answer = self.ask_for_tokens(build, session.key.as_ref()).await?;
        let token = UntrustedIdToken::read(answer.id_token.as_ref().unwrap(), self.algorithm)?;
        let valid = self.is_valid(token.jwt(), &format!("{ISSUER}/jwks")).await?;
        let hash = self.half_hash(answer.access_token.secret()).await;
        let expected = Expected {
            issuer: ISSUER,
            client_id: CLIENT,
            origin: Origin::Refresh(&session.claims, 0),
            access_token_hash: &hash,
            tolerance_s: TOLERANCE_S,
        };
        let claims = token.check(valid, &expected, self.now())?;
        let (access_token, refresh_token) = (answer.access_token, answer.refresh_token);
        self.session.replace(Some(Session { claims, access_token, refresh_token, key: session.key }));
        Ok(())
    }
}
