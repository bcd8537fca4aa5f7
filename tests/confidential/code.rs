//! The code flow of each kind of client, from the request to a refreshed token.

use super::browser::{Browser, End};
use super::crypto::{digest, now, random};
use super::provider::{Provider, signing_key};
use super::wire::send;
use tokenward::core::base::base64url::encode;
use tokenward::core::base::error::{Kind, Result};
use tokenward::core::base::http::with_query;
use tokenward::core::base::json::{Json, Writer};
use tokenward::core::base::secret::{AuthorizationCode, ClientSecret, CodeVerifier, Nonce, RawIdToken, State};
use tokenward::core::config::Config;
use tokenward::core::jose::jws::Algorithm;
use tokenward::core::oauth::authorize::{ResponseMode, SignInOptions, build_authorization_parameters};
use tokenward::core::oauth::callback::{check_callback, read_callback, read_form_post};
use tokenward::core::oauth::client_auth::{Client, ClientAuthentication};
use tokenward::core::oauth::jar::{build_request_object, build_signed_parameters};
use tokenward::core::oauth::jarm::{read_jwt_callback, read_jwt_form_post};
use tokenward::core::oauth::par::{build_pushed_authorization_url, build_pushed_request_as, check_pushed_response};
use tokenward::core::oauth::token::{
    TokenResponse, build_code_request_as, build_refresh_request_as, check_token_response,
};
use tokenward::core::oauth::transaction::Transaction;
use tokenward::core::oidc::id_token::{Asked, Expected, Origin, UntrustedIdToken, half_hash};

pub(super) const FORM: &str = "application/x-www-form-urlencoded";
const CALLBACK: &str = "http://127.0.0.1:1/callback";

type Parameters = Vec<(&'static str, String)>;

/// One sign-in of one client.
pub(super) struct SignIn<'a> {
    pub(super) provider: &'a Provider,
    pub(super) client: Client,
    pub(super) transaction: Transaction,
    config: Config,
    algorithm: Algorithm,
}

impl<'a> SignIn<'a> {
    pub(super) fn new(provider: &'a Provider, client: Client, algorithm: Algorithm) -> Self {
        Self::at(provider, client, algorithm, CALLBACK)
    }

    pub(super) fn at(provider: &'a Provider, client: Client, algorithm: Algorithm, redirect_uri: &str) -> Self {
        let options = Writer::default()
            .text("issuer", &provider.issuer)
            .text("clientId", &client.client_id)
            .text("redirectUri", redirect_uri)
            .text("scope", "openid profile");
        let config = Config::read(&Json::parse(&options.finish()).unwrap(), redirect_uri).unwrap();
        let transaction = Transaction {
            state: State::new(random()),
            nonce: Nonce::new(random()),
            verifier: CodeVerifier::new(random()),
            client_id: client.client_id.clone(),
            redirect_uri: config.redirect_uri.clone(),
            scope: config.scope.clone(),
            return_to: "/".to_owned(),
            max_age_s: None,
            acr_values: None,
            subject: None,
            dpop_key: None,
            started_wall_ms: now().wall_ms,
            metadata: provider.metadata.clone(),
        };
        Self { provider, client, transaction, config, algorithm }
    }

    pub(super) fn parameters(&self) -> Parameters {
        self.parameters_with(&SignInOptions::default())
    }

    fn parameters_with(&self, options: &SignInOptions) -> Parameters {
        let challenge = encode(&digest(256, self.transaction.verifier.secret()));
        build_authorization_parameters(&self.config, &self.transaction, challenge, None, options)
    }

    /// Where the browser ends that is sent to the provider with these parameters.
    pub(super) fn walk(&self, parameters: &Parameters) -> End {
        Browser::default().walk(&with_query(&self.transaction.metadata.authorization_endpoint, &pairs(parameters)))
    }

    /// The same, with the parameters pushed before.
    fn walk_pushed(&self, parameters: &Parameters) -> Result<End> {
        let metadata = &self.transaction.metadata;
        let endpoint = metadata.par_endpoint.as_deref().unwrap();
        let credential = self.provider.credential(&self.client);
        let pushed = send(&build_pushed_request_as(credential, endpoint, &pairs(parameters)));
        let request_uri = check_pushed_response(&pushed)?;
        let url =
            build_pushed_authorization_url(&metadata.authorization_endpoint, &self.client.client_id, &request_uri);
        Ok(Browser::default().walk(&url))
    }

    fn code(&self, end: End) -> AuthorizationCode {
        check_callback(read_callback(&end.redirect()).unwrap(), &self.transaction, now()).unwrap()
    }

    pub(super) fn exchange(&self, code: &AuthorizationCode) -> Result<TokenResponse> {
        let assertion = self.provider.assertion(&self.client);
        let request = build_code_request_as(&self.client, assertion, &self.transaction, code, &[])?;
        check_token_response(&send(&request), false, None)
    }

    pub(super) fn refresh(&self, tokens: &TokenResponse) -> Result<TokenResponse> {
        let credential = self.provider.credential(&self.client);
        let refresh_token = tokens.refresh_token.as_ref().unwrap();
        let endpoint = &self.transaction.metadata.token_endpoint;
        check_token_response(&send(&build_refresh_request_as(credential, endpoint, refresh_token, &[])), false, None)
    }

    pub(super) fn asked(&self) -> Origin<'_> {
        let nonce = &self.transaction.nonce;
        Origin::SignIn(Asked { nonce, max_age_s: None, acr_values: None, subject: None })
    }

    pub(super) fn half_hash(&self, text: &str) -> String {
        half_hash(&digest(self.algorithm.digest_bits(), text))
    }

    pub(super) fn expected<'b>(&'b self, origin: Origin<'b>, access_token_hash: &'b str) -> Expected<'b> {
        let (issuer, client_id) = (self.provider.issuer.as_str(), self.client.client_id.as_str());
        Expected { issuer, client_id, origin, access_token_hash, tolerance_s: 5 }
    }

    pub(super) fn untrusted(&self, token: &RawIdToken) -> (UntrustedIdToken, bool) {
        let untrusted = UntrustedIdToken::read(token, self.algorithm).unwrap();
        let valid = self.provider.signed(untrusted.jwt());
        assert!(valid, "signed by the provider");
        (untrusted, valid)
    }

    /// The claims of the ID token, and those of the one after a refresh.
    fn finish(&self, code: &AuthorizationCode) -> (Json, Json) {
        let tokens = self.exchange(code).unwrap();
        let claims = self.believe(&tokens, self.asked());
        let refreshed = self.refresh(&tokens).unwrap();
        let again = self.believe(&refreshed, Origin::Refresh(&claims, 0));
        (claims, again)
    }

    pub(super) fn believe(&self, tokens: &TokenResponse, origin: Origin<'_>) -> Json {
        let (untrusted, valid) = self.untrusted(tokens.id_token.as_ref().unwrap());
        let access_token_hash = self.half_hash(tokens.access_token.secret());
        untrusted.check(valid, &self.expected(origin, &access_token_hash), now()).unwrap()
    }

    /// Exchanges the code, refreshes, and finds alice both times.
    fn finds_alice(&self, code: &AuthorizationCode) {
        let (first, second) = self.finish(code);
        for claims in [first, second] {
            assert_eq!(claims.text("sub").as_deref(), Some("alice"));
        }
    }
}

fn pairs(parameters: &Parameters) -> Vec<(&str, &str)> {
    parameters.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

/// T10, T11, A04
#[test]
fn a_secret_in_the_header_is_taken_with_its_awkward_characters() {
    let provider = Provider::start();
    let sign_in = SignIn::new(&provider, provider.basic("bff:weird+%id"), Algorithm::Rs256);
    sign_in.finds_alice(&sign_in.code(sign_in.walk(&sign_in.parameters())));
}

/// T11
#[test]
fn a_secret_in_the_body_is_taken() {
    let provider = Provider::start();
    let client = provider.client("bff-post", ClientAuthentication::Post { secret: provider.secret() });
    let sign_in = SignIn::new(&provider, client, Algorithm::Ps256);
    sign_in.finds_alice(&sign_in.code(sign_in.walk(&sign_in.parameters())));
}

/// E07, E08
#[test]
fn an_assertion_is_taken_with_and_without_its_kind() {
    let provider = Provider::start();
    for typed in [false, true] {
        let sign_in = SignIn::new(&provider, provider.signing("bff-pkjwt", typed), Algorithm::Es256);
        sign_in.finds_alice(&sign_in.code(sign_in.walk(&sign_in.parameters())));
    }
}

/// T13
#[test]
fn the_provider_offers_every_method_that_we_know() {
    let provider = Provider::start();
    let chosen = ClientAuthentication::with_secret(provider.secret(), &provider.edge.offered).unwrap();
    assert_eq!(chosen.method(), "client_secret_basic");
    assert!(provider.edge.introspection_endpoint.is_some() && provider.edge.device_authorization_endpoint.is_some());
}

/// T07, T11; the code is not lost by it.
#[test]
fn a_wrong_secret_is_refused_by_name() {
    let provider = Provider::start();
    let mut sign_in = SignIn::new(&provider, provider.basic("bff:weird+%id"), Algorithm::Rs256);
    let code = sign_in.code(sign_in.walk(&sign_in.parameters()));
    sign_in.client.authentication = ClientAuthentication::Basic { secret: ClientSecret::new("wrong".to_owned()) };
    let refused = sign_in.exchange(&code).unwrap_err();
    assert_eq!((refused.kind, refused.status), (Kind::OauthError, Some(401)));
    assert_eq!(refused.oauth.as_ref().map(|oauth| oauth.error.as_str()), Some("invalid_client"));
    sign_in.client = provider.basic("bff:weird+%id");
    sign_in.finds_alice(&code);
}

/// E07; an assertion is good once.
#[test]
fn an_assertion_that_comes_twice_is_refused() {
    let provider = Provider::start();
    let sign_in = SignIn::new(&provider, provider.signing("bff-pkjwt", false), Algorithm::Es256);
    let tokens = sign_in.exchange(&sign_in.code(sign_in.walk(&sign_in.parameters()))).unwrap();
    let assertion = provider.assertion(&sign_in.client);
    let with_assertion = || {
        let credential = sign_in.client.credential(&provider.issuer, assertion.clone()).unwrap();
        let endpoint = &provider.metadata.token_endpoint;
        let request = build_refresh_request_as(credential, endpoint, tokens.refresh_token.as_ref().unwrap(), &[]);
        check_token_response(&send(&request), false, None)
    };
    assert!(with_assertion().is_ok());
    assert_eq!(with_assertion().unwrap_err().status, Some(401));
}

/// X01, X03, X04, A04
#[test]
fn a_pushed_request_is_taken_from_each_kind_of_client() {
    let provider = Provider::start();
    for (client, algorithm) in [
        (provider.basic("bff:weird+%id"), Algorithm::Rs256),
        (provider.client("bff-post", ClientAuthentication::Post { secret: provider.secret() }), Algorithm::Ps256),
        (provider.signing("bff-par", true), Algorithm::Rs256),
    ] {
        let sign_in = SignIn::new(&provider, client, algorithm);
        let end = sign_in.walk_pushed(&sign_in.parameters()).unwrap();
        sign_in.finds_alice(&sign_in.code(end));
    }
}

/// A09, A12; the provider promises its name, errors included.
#[test]
fn a_refusal_by_the_user_is_the_provider_s_error() {
    let provider = Provider::start();
    assert!(provider.metadata.iss_parameter_supported);
    let sign_in = SignIn::new(&provider, provider.basic("bff:weird+%id"), Algorithm::Rs256);
    let options = SignInOptions { login_hint: Some("deny".to_owned()), ..SignInOptions::default() };
    let end = sign_in.walk(&sign_in.parameters_with(&options));
    let checked = check_callback(read_callback(&end.redirect()).unwrap(), &sign_in.transaction, now());
    assert_eq!(checked.unwrap_err().kind, Kind::AccessDenied);
}

/// X09
#[test]
fn an_answer_that_is_posted_is_read() {
    let provider = Provider::start();
    let sign_in = SignIn::new(&provider, provider.basic("bff:weird+%id"), Algorithm::Rs256);
    let mut parameters = sign_in.parameters();
    parameters.push(("response_mode", ResponseMode::FormPost.name().to_owned()));
    let body = sign_in.walk(&parameters).form();
    let code = check_callback(read_form_post(FORM, &body).unwrap(), &sign_in.transaction, now()).unwrap();
    sign_in.finds_alice(&code);
}

/// X05, X06; in the query, and pushed.
#[test]
fn a_signed_request_is_taken() {
    let provider = Provider::start();
    let sign_in = || SignIn::new(&provider, provider.signing("bff-jar", false), Algorithm::EdDsa);
    let signed = |sign_in: &SignIn<'_>| {
        let parameters = sign_in.parameters();
        let input = build_request_object(&sign_in.client, &signing_key(), &parameters, &random(), now());
        build_signed_parameters(&sign_in.client, provider.key.sign(&input))
    };
    let in_the_query = sign_in();
    in_the_query.finds_alice(&in_the_query.code(in_the_query.walk(&signed(&in_the_query))));
    let pushed = sign_in();
    pushed.finds_alice(&pushed.code(pushed.walk_pushed(&signed(&pushed)).unwrap()));
    // The same without a signature is what this client may not send.
    let refused = sign_in();
    assert!(refused.walk_pushed(&refused.parameters()).is_err());
}

/// X07, A15
#[test]
fn a_signed_answer_is_believed() {
    let provider = Provider::start();
    for mode in [ResponseMode::QueryJwt, ResponseMode::FormPostJwt] {
        let sign_in = SignIn::new(&provider, provider.basic("bff-jarm"), Algorithm::Rs256);
        let mut parameters = sign_in.parameters();
        parameters.push(("response_mode", mode.name().to_owned()));
        let untrusted = match sign_in.walk(&parameters) {
            End::Redirect(url) => read_jwt_callback(&url, Algorithm::Es256),
            End::Form(body) => read_jwt_form_post(FORM, &body, Algorithm::Es256),
            End::Page(page) => panic!("{page}"),
        };
        let untrusted = untrusted.unwrap();
        let valid = provider.signed(untrusted.jwt());
        let answer = untrusted.check(valid, &provider.addressed(&sign_in.client), now()).unwrap();
        sign_in.finds_alice(&check_callback(answer, &sign_in.transaction, now()).unwrap());
    }
}

/// X08
#[test]
fn a_plain_answer_is_not_a_signed_one() {
    let provider = Provider::start();
    let sign_in = SignIn::new(&provider, provider.basic("bff-jarm"), Algorithm::Rs256);
    let url = sign_in.walk(&sign_in.parameters()).redirect();
    let read = read_jwt_callback(&url, Algorithm::Es256);
    assert_eq!(read.unwrap_err().kind, Kind::AuthorizationResponseInvalid);
}

/// A18; what was used once is used up, and everything that came of it with it.
#[test]
fn a_code_that_comes_twice_is_refused() {
    let provider = Provider::start();
    let sign_in = SignIn::new(&provider, provider.basic("bff:weird+%id"), Algorithm::Rs256);
    let code = sign_in.code(sign_in.walk(&sign_in.parameters()));
    sign_in.exchange(&code).unwrap();
    assert_eq!(sign_in.exchange(&code).unwrap_err().kind, Kind::InvalidGrant);
}
