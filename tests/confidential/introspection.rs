//! An API that asks the provider about the tokens it is sent.

use super::code::SignIn;
use super::crypto::{digest, now, random};
use super::provider::Provider;
use super::wire::send;
use tokenward::core::base::base64url::encode;
use tokenward::core::base::error::{Kind, Result};
use tokenward::core::base::http::Request;
use tokenward::core::base::secret::AccessToken;
use tokenward::core::base::time::SECOND_MS;
use tokenward::core::jose::jws::Algorithm;
use tokenward::core::oauth::callback::{check_callback, read_callback};
use tokenward::core::oauth::client_auth::Client;
use tokenward::core::oauth::client_credentials::{
    ClientCredentials, build_client_credentials_request, check_client_credentials_response,
};
use tokenward::core::oauth::dpop::{DpopKey, Proof};
use tokenward::core::oauth::introspection::{
    ActiveToken, UntrustedIntrospection, Wanted, build_introspection_request, check_introspection,
    check_introspection_response,
};
use tokenward::core::oauth::revocation::{build_revocation_request_as, check_revocation_response};

const API: &str = "https://api.example/";

/// Asks about a token as this API.
fn introspect(
    provider: &Provider,
    api: &Client,
    algorithm: Option<Algorithm>,
    token: &AccessToken,
    wanted: (Option<&str>, &str),
) -> Result<Option<ActiveToken>> {
    let endpoint = provider.edge.introspection_endpoint.as_deref().unwrap();
    let request = build_introspection_request(provider.credential(api), endpoint, token, algorithm.is_some());
    let untrusted = check_introspection_response(&send(&request), algorithm)?;
    let valid = match &untrusted {
        UntrustedIntrospection::Plain(_) => true,
        UntrustedIntrospection::Signed(jwt) => provider.signed(jwt),
    };
    let (audience, scope) = wanted;
    check_introspection(untrusted, valid, &Wanted { addressed: provider.addressed(api), audience, scope }, now())
}

/// A token for the API, with this scope.
fn token(provider: &Provider, proof: impl FnOnce(Request) -> Request, bound: bool) -> AccessToken {
    let wanted = ClientCredentials {
        scope: Some("api:read".to_owned()),
        resource: vec![API.to_owned()],
        ..ClientCredentials::default()
    };
    let machine = provider.basic("machine");
    let endpoint = &provider.metadata.token_endpoint;
    let request = build_client_credentials_request(provider.credential(&machine), endpoint, &wanted).unwrap();
    check_client_credentials_response(&send(&proof(request)), bound).unwrap().access_token
}

/// E03, E04
#[test]
fn a_token_is_good_where_it_is_for() {
    let provider = Provider::start();
    let token = token(&provider, |request| request, false);
    for (api, algorithm) in [(provider.basic("api"), None), (provider.basic("api-signed"), Some(Algorithm::Es256))] {
        let ask = |wanted| introspect(&provider, &api, algorithm, &token, wanted);
        let active = ask((Some(API), "api:read")).unwrap().unwrap();
        assert_eq!(active.claims.text("client_id").as_deref(), Some("machine"));
        assert!(active.expires_at_s.unwrap() > now().wall_ms / SECOND_MS);
        assert!(active.key_thumbprint.is_none());
        assert_eq!(ask((Some(API), "api:write")).unwrap_err().kind, Kind::InsufficientScope);
        assert_eq!(ask((Some("https://other.example/"), "")).unwrap_err().detail, "aud");
        let unknown = AccessToken::new(random());
        let asked = introspect(&provider, &api, algorithm, &unknown, (Some(API), ""));
        assert!(asked.unwrap().is_none());
    }
}

/// E03, J01; no downgrade, and no other algorithm.
#[test]
fn what_is_registered_as_signed_must_be_signed_so() {
    let provider = Provider::start();
    let token = token(&provider, |request| request, false);
    let api = provider.basic("api-signed");
    let asked = introspect(&provider, &api, Some(Algorithm::Rs256), &token, (None, ""));
    assert_eq!(asked.unwrap_err().detail, "alg");
    let endpoint = provider.edge.introspection_endpoint.as_deref().unwrap();
    let plain = send(&build_introspection_request(provider.credential(&api), endpoint, &token, false));
    assert_eq!(check_introspection_response(&plain, Some(Algorithm::Es256)).unwrap_err().detail, "content-type");
}

/// E04, P01; the key of the proof is the key of the token.
#[test]
fn a_bound_token_is_surfaced_with_its_key() {
    let provider = Provider::start();
    let key = DpopKey::new("client-key".to_owned(), &provider.key.public).unwrap();
    let token = token(
        &provider,
        |request| {
            let proof = Proof {
                method: request.method(),
                url: &request.url,
                nonce: None,
                token_hash: None,
                id: &random(),
                issued_at_s: now().wall_ms / SECOND_MS,
            };
            let proof = provider.key.sign(&proof.signing_input(&key).unwrap());
            request.with_header("dpop", proof)
        },
        true,
    );
    let active = introspect(&provider, &provider.basic("api"), None, &token, (Some(API), "api:read")).unwrap().unwrap();
    assert_eq!(active.key_thumbprint, Some(encode(&digest(256, &key.public))));
}

/// E01, E03
#[test]
fn a_revoked_token_is_not_active_any_more() {
    let provider = Provider::start();
    let sign_in = SignIn::new(&provider, provider.basic("bff:weird+%id"), Algorithm::Rs256);
    let answer = read_callback(&sign_in.walk(&sign_in.parameters()).redirect()).unwrap();
    let code = check_callback(answer, &sign_in.transaction, now()).unwrap();
    let tokens = sign_in.exchange(&code).unwrap();
    let api = provider.basic("api");
    let is_active = || introspect(&provider, &api, None, &tokens.access_token, (None, "openid")).unwrap().is_some();
    assert!(is_active());
    let endpoint = provider.metadata.revocation_endpoint.as_deref().unwrap();
    let revoke = |client: &Client, token, hint| {
        let request = build_revocation_request_as(provider.credential(client), endpoint, token, hint);
        check_revocation_response(&send(&request))
    };
    let access_token = tokens.access_token.secret();
    revoke(&sign_in.client, access_token, "access_token").unwrap();
    assert!(!is_active());
    revoke(&sign_in.client, access_token, "access_token").expect("what is gone is gone");
    let refresh_token = tokens.refresh_token.as_ref().unwrap().secret();
    revoke(&sign_in.client, refresh_token, "refresh_token").unwrap();
    assert_eq!(sign_in.refresh(&tokens).unwrap_err().kind, Kind::InvalidGrant);
}
