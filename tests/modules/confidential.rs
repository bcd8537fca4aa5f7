//! The client under test as a server has it, with a secret or a key: the functions of the core in the order in which a
//! relying party calls them.

use super::provider::{
    API, Authentication, Back, CLIENT, ISSUER, Mode, Provider, REDIRECT_URI, Registration, SESSION, SUBJECT,
};
use super::tab::{Ports, Tab};
use core::cell::RefCell;
use std::rc::Rc;
use tokenward::core::base::base64url::encode;
use tokenward::core::base::error::{Error, Kind, Result};
use tokenward::core::base::http::{Request, Response, with_query};
use tokenward::core::base::json::Json;
use tokenward::core::base::secret::{
    AccessToken, AuthorizationCode, ClientAssertion, ClientSecret, CodeVerifier, Nonce, RefreshToken, State,
};
use tokenward::core::base::time::{Now, SECOND_MS};
use tokenward::core::config::Config;
use tokenward::core::jose::jwks::{Jwks, build_jwks_request, check_jwks_response};
use tokenward::core::jose::jws::{Algorithm, SigningKey, with_signature};
use tokenward::core::jose::jwt::{Addressed, UntrustedJwt};
use tokenward::core::oauth::authorize::{ResponseMode, SignInOptions, build_authorization_parameters};
use tokenward::core::oauth::callback::{CallbackParameters, check_callback, read_callback, read_form_post};
use tokenward::core::oauth::client_auth::{Client, ClientAuthentication};
use tokenward::core::oauth::discovery::{build_discovery_request, check_edge_discovery_response};
use tokenward::core::oauth::dpop::{Complaint, DpopKey, Nonces, Proof, Role, proof_complaint};
use tokenward::core::oauth::jar::{build_request_object, build_signed_parameters};
use tokenward::core::oauth::jarm::read_jwt_callback;
use tokenward::core::oauth::par::{build_pushed_authorization_url, build_pushed_request_as, check_pushed_response};
use tokenward::core::oauth::pkce::{RANDOM_BYTES, token_from};
use tokenward::core::oauth::token::{
    TokenResponse, build_code_request_as, build_refresh_request_as, check_token_response,
};
use tokenward::core::oauth::transaction::Transaction;
use tokenward::core::oidc::hybrid::{Hashes, check_second_id_token, read_hybrid_form_post, with_id_token};
use tokenward::core::oidc::id_token::{Asked, Expected, Origin, UntrustedIdToken, half_hash};
use tokenward::core::oidc::logout_token::UntrustedLogoutToken;
use tokenward::core::oidc::userinfo::{build_userinfo_request, check_userinfo, check_userinfo_response};
use tokenward::driver::proven::Prover;
use tokenward::ports::{Clock as _, Crypto as _, Fetch as _, Keys as _, Random as _};

const FORM: &str = "application/x-www-form-urlencoded";
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

    /// Takes in what the browser brings back.
    async fn finish(&self, transaction: &Transaction, back: &Back) -> Result<()> {
        let (code, first) = match (self.registration().mode, &back.form) {
            (Mode::Query, None) => (self.code(read_callback(&back.url)?, transaction)?, None),
            (Mode::FormPost, Some(form)) => (self.code(read_form_post(FORM, form)?, transaction)?, None),
            (Mode::Jwt, None) => (self.code(self.believe_answer(&back.url, transaction).await?, transaction)?, None),
            (Mode::Hybrid, Some(form)) => {
                let (code, claims) = self.believe_id_token_beside_code(form, transaction).await?;
                (code, Some(claims))
            }
            _ => panic!("the answer came in another way than asked for"),
        };
        let metadata = &transaction.metadata;
        let build = |assertion| build_code_request_as(&self.client, assertion, transaction, &code, &[]);
        let answer = self.ask_for_tokens(build, transaction.dpop_key.as_ref()).await?;
        let token = answer.id_token.as_ref().ok_or_else(|| Error::new(Kind::IdTokenMissing))?;
        let token = UntrustedIdToken::read(token, self.algorithm)?;
        let valid = self.is_valid(token.jwt(), &metadata.jwks_uri).await?;
        let hash = self.half_hash(answer.access_token.secret()).await;
        let expected = Expected { access_token_hash: &hash, ..expected(transaction) };
        let claims = match first {
            Some(first) => check_second_id_token(token, valid, &expected, &first, self.now())?,
            None => token.check(valid, &expected, self.now())?,
        };
        self.session.replace(Some(Session {
            claims,
            access_token: answer.access_token,
            refresh_token: answer.refresh_token,
            key: transaction.dpop_key.clone(),
        }));
        Ok(())
    }

    fn code(&self, parameters: CallbackParameters, transaction: &Transaction) -> Result<AuthorizationCode> {
        check_callback(parameters, transaction, self.now())
    }

    async fn believe_answer(&self, url: &str, transaction: &Transaction) -> Result<CallbackParameters> {
        let answer = read_jwt_callback(url, self.algorithm)?;
        let valid = self.is_valid(answer.jwt(), &transaction.metadata.jwks_uri).await?;
        answer.check(valid, &ADDRESSED, self.now())
    }

    async fn believe_id_token_beside_code(
        &self,
        form: &str,
        transaction: &Transaction,
    ) -> Result<(AuthorizationCode, Json)> {
        let answer = read_hybrid_form_post(FORM, form)?.check(transaction, self.algorithm, self.now())?;
        let valid = self.is_valid(answer.id_token().jwt(), &transaction.metadata.jwks_uri).await?;
        let access_token = match answer.access_token() {
            Some(token) => Some(self.half_hash(token.secret()).await),
            None => None,
        };
        let hashes = Hashes {
            code: &self.half_hash(answer.code().secret()).await,
            state: &self.half_hash(transaction.state.secret()).await,
            access_token: access_token.as_deref(),
        };
        answer.check(valid, expected(transaction), &hashes, self.now())
    }

    /// Whether the signature is that of a key of the provider.
    async fn is_valid(&self, jwt: &UntrustedJwt, jwks_uri: &str) -> Result<bool> {
        let keys: Jwks = check_jwks_response(&self.ports.send(build_jwks_request(jwks_uri)).await?)?;
        let key = jwt.key(&keys).ok_or_else(|| Error::new(Kind::IdTokenKeyUnknown))?;
        Ok(self.ports.verify(jwt.algorithm(), key, jwt.signing_input(), jwt.signature()).await)
    }

    /// Sends a request to the token endpoint, and once more where the proof lacks a nonce: with an assertion of its own.
    async fn ask_for_tokens(
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
        check_userinfo(untrusted, true, ISSUER, CLIENT, &session.as_ref().unwrap().claims)
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
            origin: Origin::Refresh(&session.claims),
            access_token_hash: &hash,
            tolerance_s: TOLERANCE_S,
        };
        let claims = token.check(valid, &expected, self.now())?;
        let (access_token, refresh_token) = (answer.access_token, answer.refresh_token);
        self.session.replace(Some(Session { claims, access_token, refresh_token, key: session.key }));
        Ok(())
    }

    /// The endpoint where the provider says that a session is over; the status of the answer.
    pub(crate) async fn hear_of_logout(&self, form: &str) -> (u16, Option<Error>) {
        match self.believe_logout(form).await {
            Ok(()) => (200, None),
            Err(error) => (400, Some(error)),
        }
    }

    async fn believe_logout(&self, form: &str) -> Result<()> {
        let token = UntrustedLogoutToken::read_form_post(FORM, form, self.algorithm)?;
        let valid = self.is_valid(token.jwt(), &format!("{ISSUER}/jwks")).await?;
        let over = token.check(valid, &ADDRESSED, self.now())?;
        assert_eq!((over.subject.as_deref(), over.session_id.as_deref()), (Some(SUBJECT), Some(SESSION)));
        self.session.take();
        Ok(())
    }

    /// Whether the user is signed in.
    pub(crate) fn is_signed_in(&self) -> bool {
        self.session.borrow().as_ref().is_some_and(|session| session.claims.is("sub", SUBJECT))
    }
}

const TOLERANCE_S: u64 = 60;
const ADDRESSED: Addressed<'_> = Addressed { issuer: ISSUER, client_id: CLIENT, tolerance_s: TOLERANCE_S };

/// What the ID tokens of a sign-in have to say, but for the hash of the access token.
fn expected(transaction: &Transaction) -> Expected<'_> {
    let asked = Asked { nonce: &transaction.nonce, max_age_s: transaction.max_age_s, acr_values: None, subject: None };
    Expected {
        issuer: &transaction.metadata.issuer,
        client_id: &transaction.client_id,
        origin: Origin::SignIn(asked),
        access_token_hash: "",
        tolerance_s: TOLERANCE_S,
    }
}
