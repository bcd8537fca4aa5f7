//! Tokens that come without a browser of one's own: for the client itself, on a device, for another token.

use super::browser::Browser;
use super::crypto::{digest, now};
use super::provider::Provider;
use super::wire::send;
use tokenward::core::base::error::{Kind, Result};
use tokenward::core::base::secret::ExchangedToken;
use tokenward::core::jose::jws::Algorithm;
use tokenward::core::oauth::client_auth::{Client, ClientAuthentication};
use tokenward::core::oauth::client_credentials::{
    ClientCredentials, build_client_credentials_request, check_client_credentials_response,
};
use tokenward::core::oauth::device::{
    DeviceAuthorization, Polling, build_device_request, build_device_token_request, check_device_response,
};
use tokenward::core::oauth::token::{TokenResponse, check_token_response};
use tokenward::core::oauth::token_exchange::{
    ACCESS_TOKEN, TokenExchange, TypedToken, build_exchange_request, check_exchange_response,
};
use tokenward::core::oidc::id_token::{Expected, Origin, UntrustedIdToken, half_hash};

/// T14, E07
#[test]
fn a_machine_gets_a_token_for_itself() {
    let provider = Provider::start();
    for client in [provider.basic("machine"), provider.signing("machine-pkjwt", true)] {
        let wanted = ClientCredentials { scope: Some("api:read".to_owned()), ..ClientCredentials::default() };
        let endpoint = &provider.metadata.token_endpoint;
        let request = build_client_credentials_request(provider.credential(&client), endpoint, &wanted).unwrap();
        let token = check_client_credentials_response(&send(&request), false).unwrap();
        assert_eq!((token.scope.as_deref(), token.lifetime_s), (Some("api:read"), Some(300)));
        assert!(token.refresh_token.is_none());
    }
}

/// X10
#[test]
fn a_token_for_an_unknown_api_is_refused_by_name() {
    let provider = Provider::start();
    let machine = provider.basic("machine");
    let wanted = ClientCredentials { resource: vec!["https://other.example/".to_owned()], ..Default::default() };
    let endpoint = &provider.metadata.token_endpoint;
    let request = build_client_credentials_request(provider.credential(&machine), endpoint, &wanted).unwrap();
    let refused = check_client_credentials_response(&send(&request), false);
    assert_eq!(refused.unwrap_err().kind, Kind::InvalidTarget);
}

fn ask_for_codes(provider: &Provider, device: &Client) -> DeviceAuthorization {
    let endpoint = provider.edge.device_authorization_endpoint.as_deref().unwrap();
    let request = build_device_request(provider.credential(device), endpoint, Some("openid profile"), &[]);
    check_device_response(&send(&request)).unwrap()
}

fn poll(provider: &Provider, device: &Client, codes: &DeviceAuthorization) -> Result<TokenResponse> {
    let endpoint = &provider.metadata.token_endpoint;
    let request = build_device_token_request(provider.credential(device), endpoint, &codes.device_code);
    check_token_response(&send(&request), false, None)
}

/// E05, I04; the waiting is not lived through: time is an argument.
#[test]
fn a_device_waits_for_its_user() {
    let provider = Provider::start();
    let device = provider.client("device", ClientAuthentication::Public);
    let codes = ask_for_codes(&provider, &device);
    assert_eq!((codes.interval_s, codes.lifetime_s), (5, 600), "the provider gives no interval");
    let mut time = now();
    let mut polling = Polling::new(&codes, time);
    assert_eq!(polling.wait_ms(time).unwrap(), 5000);
    time.wall_ms += 5000;
    assert_eq!(polling.wait_ms(time).unwrap(), 0);
    assert!(polling.take(poll(&provider, &device, &codes), time).unwrap().is_none(), "the user is not done");
    assert_eq!(polling.wait_ms(time).unwrap(), 5000);
    let page = Browser::default().walk(codes.verification_uri_complete.as_deref().unwrap()).page();
    assert!(page.contains("The device is signed in."), "{page}");
    let tokens = polling.take(poll(&provider, &device, &codes), time).unwrap().unwrap();
    let untrusted = UntrustedIdToken::read(tokens.id_token.as_ref().unwrap(), Algorithm::Rs256).unwrap();
    let valid = provider.signed(untrusted.jwt());
    let expected = Expected {
        issuer: &provider.issuer,
        client_id: "device",
        origin: Origin::Device,
        access_token_hash: &half_hash(&digest(256, tokens.access_token.secret())),
        tolerance_s: 5,
    };
    let claims = untrusted.check(valid, &expected, now()).unwrap();
    assert_eq!(claims.text("sub").as_deref(), Some("alice"));
    // The code is used up.
    let again = polling.take(poll(&provider, &device, &codes), time);
    assert_eq!(again.unwrap_err().kind, Kind::InvalidGrant);
}

/// E06
#[test]
fn a_token_is_exchanged_for_another() {
    let provider = Provider::start();
    let device = provider.client("device", ClientAuthentication::Public);
    let codes = ask_for_codes(&provider, &device);
    Browser::default().walk(codes.verification_uri_complete.as_deref().unwrap()).page();
    let subject = poll(&provider, &device, &codes).unwrap().access_token;
    let exchanger = provider.basic("exchanger");
    let exchange = |subject: &str, actor: Option<&str>, requested: Option<&str>| {
        let typed = |token: &str| TypedToken {
            token: ExchangedToken::new(token.to_owned()),
            token_type: ACCESS_TOKEN.to_owned(),
        };
        let exchange = TokenExchange {
            subject: typed(subject),
            actor: actor.map(typed),
            requested_type: requested.map(str::to_owned),
            scope: Some("api:read".to_owned()),
            audience: Vec::new(),
            resource: Vec::new(),
        };
        let endpoint = &provider.metadata.token_endpoint;
        let request = build_exchange_request(provider.credential(&exchanger), endpoint, &exchange);
        check_exchange_response(&send(&request), false, &exchange)
    };
    let issued = exchange(subject.secret(), None, Some(ACCESS_TOKEN)).unwrap();
    assert!(issued.is_access_token);
    assert_eq!((issued.issued_type.as_str(), issued.scope.as_deref()), (ACCESS_TOKEN, Some("api:read")));
    assert_ne!(issued.token.secret(), subject.secret());
    assert!(exchange(subject.secret(), Some("an-actor"), None).is_ok(), "an actor goes with its type");
    let other = exchange(subject.secret(), None, Some("urn:ietf:params:oauth:token-type:jwt"));
    assert_eq!(other.unwrap_err().detail, "issued_token_type", "what was not asked for is not taken");
    assert_eq!(exchange("unknown", None, None).unwrap_err().kind, Kind::InvalidGrant);
}
