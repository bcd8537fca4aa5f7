//! The provider's metadata: what is accepted names the issuer that was asked and only places where a secret may go.

#![cfg_attr(not(test), no_main)]

use core::net::IpAddr;
#[cfg(not(test))]
use libfuzzer_sys::fuzz_target;
use tokenward::core::base::http::Response;
use tokenward::core::base::json::{Json, Writer};
use tokenward::core::base::url::Url;
use tokenward::core::oauth::discovery::{Metadata, check_discovery_response};

const ISSUER: &str = "https://op.example";

fuzz_target!(|document: &str| {
    let answer = Response::new(200, "application/json", document.to_owned());
    let Ok(metadata) = check_discovery_response(&answer, ISSUER) else { return };
    assert!(check_discovery_response(&answer, "https://other.example").is_err());
    let document = Json::parse(document).unwrap();
    assert_eq!(metadata.issuer, ISSUER);
    assert_eq!(document.text("issuer").as_deref(), Some(ISSUER));
    if document.has("code_challenge_methods_supported") {
        let methods = document.one_or_many("code_challenge_methods_supported").unwrap();
        assert!(methods.contains(&"S256".to_owned()));
    }
    let required = [&metadata.authorization_endpoint, &metadata.token_endpoint, &metadata.jwks_uri];
    let optional = [&metadata.revocation_endpoint, &metadata.end_session_endpoint];
    for endpoint in required.into_iter().chain(optional.into_iter().flatten()) {
        assert!(may_receive_secrets(endpoint), "{endpoint}");
    }

    let written = metadata.write(Writer::default()).finish();
    let read = Metadata::read(&Json::parse(&written).unwrap(), ISSUER).unwrap();
    assert_eq!(read.write(Writer::default()).finish(), written);
    assert_eq!(read.revocation_endpoint, metadata.revocation_endpoint);
    assert_eq!(read.end_session_endpoint, metadata.end_session_endpoint);
    assert_eq!(read.iss_parameter_supported, metadata.iss_parameter_supported);
});

/// The rule of endpoints in other words than the crate's own.
fn may_receive_secrets(endpoint: &str) -> bool {
    let url = Url::parse(endpoint).unwrap();
    let host = url.host();
    let is_loopback = host.trim_matches(['[', ']']).parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
    let is_here = is_loopback || host.rsplit('.').next() == Some("localhost");
    let href = url.href();
    let is_secure = href.starts_with("https://") || href.starts_with("http://") && is_here;
    is_secure && !endpoint.contains('#') && !url.has_userinfo()
}
