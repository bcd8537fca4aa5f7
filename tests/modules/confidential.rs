//! The client under test as a server has it, with a secret or a key: the functions of the core in the order in which a
//! relying party calls them.

mod answers;
mod calls;

use super::provider::{Authentication, CLIENT, ISSUER, Mode, Provider, REDIRECT_URI, Registration, SUBJECT};
use super::tab::{Ports, Tab};
use core::cell::RefCell;
use std::rc::Rc;
use tokenward::core::base::base64url::encode;
use tokenward::core::base::error::{Error, Kind, Result};
use tokenward::core::base::http::with_query;
use tokenward::core::base::json::Json;
use tokenward::core::base::secret::{
    AccessToken, ClientAssertion, ClientSecret, CodeVerifier, Nonce, RefreshToken, State,
};
use tokenward::core::base::time::Now;
use tokenward::core::config::Config;
use tokenward::core::jose::jwks::{build_jwks_request, check_jwks_response};
use tokenward::core::jose::jws::{Algorithm, SigningKey, with_signature};
use tokenward::core::jose::jwt::UntrustedJwt;
use tokenward::core::oauth::authorize::{ResponseMode, SignInOptions, build_authorization_parameters};
use tokenward::core::oauth::client_auth::{Client, ClientAuthentication};
use tokenward::core::oauth::discovery::{build_discovery_request, check_edge_discovery_response};
use tokenward::core::oauth::dpop::{DpopKey, Nonces};
use tokenward::core::oauth::jar::{build_request_object, build_signed_parameters};
use tokenward::core::oauth::par::{build_pushed_authorization_url, build_pushed_request_as, check_pushed_response};
use tokenward::core::oauth::pkce::{RANDOM_BYTES, token_from};
use tokenward::core::oauth::transaction::Transaction;
use tokenward::core::oidc::hybrid::with_id_token;
use tokenward::core::oidc::id_token::half_hash;
use tokenward::driver::proven::Prover;
use tokenward::ports::{Clock as _, Crypto as _, Fetch as _, Keys as _, Random as _};

/// Seconds of clock difference to forgive.
const TOLERANCE_S: u64 = 60;

const CLIENT_KEY: &str = "the client's own key";

/// Whoever is signed in.
struct Session {
    claims: Json,
    access_token: AccessToken,
    refresh_token: Option<RefreshToken>,
    key: Option<DpopKey>,
}

/// A server with the app.
pub(crate) struct Server {
    pub tab: Rc<Tab>,
    ports: Ports,
    config: Config,
    client: Client,
    key: SigningKey,
    algorithm: Algorithm,
    nonces: RefCell<Nonces>,
    prover: Prover,
    session: RefCell<Option<Session>>,
}

impl Server {
    /// A server with the app, for users of this provider, who knows it as it registered.
    pub(crate) async fn new(provider: Provider) -> Self {
        let options = format!(r#"{{ "issuer": "{ISSUER}", "clientId": "{CLIENT}", "redirectUri": "{REDIRECT_URI}" }}"#);
        let tab = Tab::new(provider, REDIRECT_URI);
        let ports = Ports(Rc::clone(&tab));
        let algorithm = Algorithm::Es256;
        let key = SigningKey { name: CLIENT_KEY.to_owned(), algorithm, key_id: Some("client-key".to_owned()) };
        let public = ports.make_key(CLIENT_KEY).await.unwrap();
        tab.provider.client_key.replace(serde_json::from_str(&public.to_text()).unwrap());
        let registration = &tab.provider.registration;
        let authentication = match registration.authentication {
            Authentication::None => ClientAuthentication::Public,
            Authentication::Basic(secret) => {
                ClientAuthentication::Basic { secret: ClientSecret::new(secret.to_owned()) }
            }
            Authentication::PrivateKeyJwt => ClientAuthentication::PrivateKeyJwt { key: key.clone(), typed: true },
        };
        let algorithm = Algorithm::from_name(registration.id_token_algorithm).unwrap();
        Self {
            ports,
            config: Config::read(&Json::parse(&options).unwrap(), REDIRECT_URI).unwrap(),
            client: Client { issuer: ISSUER.to_owned(), client_id: CLIENT.to_owned(), authentication },
            key,
            algorithm,
            nonces: RefCell::default(),
            prover: Prover::default(),
            session: RefCell::default(),
            tab,
        }
    }

    fn registration(&self) -> &Registration {
        &self.tab.provider.registration
    }

    fn now(&self) -> Now {
        self.ports.now()
    }

    fn random_token(&self) -> String {
        token_from(&self.ports.bytes(RANDOM_BYTES).unwrap())
    }

    async fn hash(&self, bits: u16, text: &str) -> String {
        encode(&self.ports.digest(bits, text).await.unwrap())
    }

    async fn half_hash(&self, text: &str) -> String {
        half_hash(&self.ports.digest(self.algorithm.digest_bits(), text).await.unwrap())
    }

    async fn signed(&self, key: &SigningKey, signing_input: &str) -> String {
        with_signature(signing_input, &self.ports.sign(&key.name, signing_input).await.unwrap())
    }

    /// What the next request shows, where the client signs for each.
    async fn assertion(&self) -> Option<ClientAssertion> {
        let id = self.random_token();
        let (key, signing_input) = self.client.build_assertion(&id, self.now())?;
        Some(ClientAssertion::new(self.signed(key, &signing_input).await))
    }

    /// Does not sign in, for this reason, and asks for nothing more than these, but for keys.
    pub(crate) async fn does_not_sign_in(&self, reason: (&str, &str), requests: &[&str]) {
        let error = self.sign_in(SignInOptions::default()).await.unwrap_err();
        assert_eq!((error.kind.entry().code, error.detail), reason);
        assert!(!self.is_signed_in());
        self.tab.provider.assert_asked_but_for_keys(requests);
    }

    /// Signs in by way of the provider.
    pub(crate) async fn sign_in(&self, options: SignInOptions) -> Result<()> {
        let (transaction, url) = self.begin(options).await?;
        let back = self.tab.provider.authorize(&url);
        self.finish(&transaction, &back).await
    }

    /// Begins a sign-in: what to remember, and where to send the browser.
    async fn begin(&self, options: SignInOptions) -> Result<(Transaction, String)> {
        let found = self.ports.send(build_discovery_request(ISSUER)).await?;
        let found = check_edge_discovery_response(&found, ISSUER)?;
        self.client.authentication.check_offered(&found.offered)?;
        let metadata = Rc::new(found.metadata);
        let dpop_key = if metadata.dpop == Some(true) { Prover::make_key(&self.ports).await? } else { None };
        let transaction = Transaction {
            state: State::new(self.random_token()),
            nonce: Nonce::new(self.random_token()),
            verifier: CodeVerifier::new(self.random_token()),
            client_id: CLIENT.to_owned(),
            redirect_uri: REDIRECT_URI.to_owned(),
            scope: "openid".to_owned(),
            return_to: "/".to_owned(),
            max_age_s: options.max_age_s,
            acr_values: None,
            subject: None,
            dpop_key,
            started_wall_ms: self.now().wall_ms,
            metadata: Rc::clone(&metadata),
        };
        let challenge = self.hash(256, transaction.verifier.secret()).await;
        let thumbprint = match &transaction.dpop_key {
            Some(key) => Some(self.hash(256, &key.public).await),
            None => None,
        };
        let parameters = build_authorization_parameters(&self.config, &transaction, challenge, thumbprint, &options);
        let parameters = self.as_signed(self.in_mode(parameters)).await;
        let parameters: Vec<_> = parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let url = if metadata.par_required {
            let credential = self.client.credential(&metadata.issuer, self.assertion().await)?;
            let endpoint = metadata.par_endpoint.as_deref().unwrap();
            let answer = self.ports.send(build_pushed_request_as(credential, endpoint, &parameters)).await?;
            let name = check_pushed_response(&answer)?;
            build_pushed_authorization_url(&metadata.authorization_endpoint, CLIENT, &name)
        } else {
            with_query(&metadata.authorization_endpoint, &parameters)
        };
        Ok((transaction, url))
    }

    fn in_mode(&self, mut parameters: Vec<(&'static str, String)>) -> Vec<(&'static str, String)> {
        let mode = match self.registration().mode {
            Mode::Query => return parameters,
            Mode::Hybrid => return with_id_token(parameters),
            Mode::FormPost => ResponseMode::FormPost,
            Mode::Jwt => ResponseMode::QueryJwt,
        };
        parameters.push(("response_mode", mode.name().to_owned()));
        parameters
    }

    async fn as_signed(&self, parameters: Vec<(&'static str, String)>) -> Vec<(&'static str, String)> {
        if !self.registration().must_sign_requests {
            return parameters;
        }
        let id = self.random_token();
        let object = build_request_object(&self.client, &self.key, &parameters, &id, self.now());
        build_signed_parameters(&self.client, self.signed(&self.key, &object).await)
    }

    /// Whether the signature is that of a key of the provider.
    async fn is_valid(&self, jwt: &UntrustedJwt, jwks_uri: &str) -> Result<bool> {
        let keys = check_jwks_response(&self.ports.send(build_jwks_request(jwks_uri)).await?)?;
        let key = jwt.key(&keys).ok_or_else(|| Error::new(Kind::IdTokenKeyUnknown))?;
        Ok(self.ports.verify(jwt.algorithm(), key, jwt.signing_input(), jwt.signature()).await)
    }

    /// Whether the user is signed in.
    pub(crate) fn is_signed_in(&self) -> bool {
        self.session.borrow().as_ref().is_some_and(|session| session.claims.is("sub", SUBJECT))
    }
}
