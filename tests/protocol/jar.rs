//! Signed authorization requests: what the object says, and what stays outside.

use super::given::{
    CLIENT, ISSUER, NOW_S, client, config, key, now, part, public_client, read_config, test, transaction,
};
use tokenward::core::base::http::with_query;
use tokenward::core::base::json::Json;
use tokenward::core::config::Config;
use tokenward::core::jose::jws::{Algorithm, with_signature};
use tokenward::core::oauth::authorize::{SignInOptions, build_authorization_parameters};
use tokenward::core::oauth::client_auth::ClientAuthentication;
use tokenward::core::oauth::jar::{build_request_object, build_signed_parameters};

fn parameters(config: &Config) -> Vec<(&'static str, String)> {
    let mut transaction = transaction(&[]);
    transaction.max_age_s = Some(60);
    let options = SignInOptions { prompt: Some("login".to_owned()), ..SignInOptions::default() };
    build_authorization_parameters(config, &transaction, "the-challenge".to_owned(), None, &options)
}

fn object_of(parameters: &[(&str, String)]) -> String {
    build_request_object(&public_client(), &key(), parameters, "the-id", now())
}

fn claims_of(parameters: &[(&str, String)]) -> Json {
    part(&object_of(parameters), 1)
}

/// X05
#[test]
fn the_object_says_who_for_whom_and_for_how_long() {
    let claims = claims_of(&parameters(&config()));
    for (name, text) in [("iss", CLIENT), ("client_id", CLIENT), ("aud", ISSUER), ("jti", "the-id")] {
        assert_eq!(claims.text(name).as_deref(), Some(text), "{name}");
    }
    for (name, seconds) in [("iat", NOW_S), ("nbf", NOW_S), ("exp", NOW_S + 300)] {
        assert_eq!(claims.whole(name), Some(seconds), "{name}");
    }
}

/// A02, A04, X05
#[test]
fn every_parameter_is_a_claim() {
    let claims = claims_of(&parameters(&config()));
    for (name, text) in [
        ("response_type", "code"),
        ("redirect_uri", "https://app.example/callback"),
        ("scope", "openid profile"),
        ("state", "the-state"),
        ("nonce", "the-nonce"),
        ("code_challenge", "the-challenge"),
        ("code_challenge_method", "S256"),
        ("prompt", "login"),
    ] {
        assert_eq!(claims.text(name).as_deref(), Some(text), "{name}");
    }
    assert!(
        claims.has_only(
            "iss aud client_id jti iat nbf exp response_type redirect_uri scope state nonce code_challenge \
             code_challenge_method prompt max_age"
        ),
        "and nothing else: {}",
        claims.to_text()
    );
}

/// X05, X10, X12; RFC 9101, section 4: what is JSON or a number is so as a claim.
#[test]
fn claims_have_their_own_types() {
    let options = [
        ("authorizationDetails", r#"[{"type":"payment","amount":{"eur":"1.00"}}]"#),
        ("resource", r#"["urn:a","urn:\"b"]"#),
    ];
    let claims = claims_of(&parameters(&read_config(&options).unwrap()));
    assert_eq!(claims.whole("max_age"), Some(60));
    let details = claims.get("authorization_details").and_then(|details| details.items()).unwrap();
    assert_eq!(details[0].text("type").as_deref(), Some("payment"));
    assert_eq!(claims.one_or_many("resource").unwrap(), ["urn:a", "urn:\"b"]);
    let one = read_config(&[("resource", "\"urn:a\"")]).unwrap();
    assert_eq!(claims_of(&parameters(&one)).text("resource").as_deref(), Some("urn:a"));
}

/// X05; RFC 9101, sections 4 and 10.8.
#[test]
fn no_parameter_becomes_a_claim_of_the_object_itself() {
    let mut parameters = parameters(&config());
    for name in ["request", "request_uri", "sub", "iss", "aud", "exp", "nbf", "iat", "jti", "client_id"] {
        parameters.push((name, "foreign".to_owned()));
    }
    let object = object_of(&parameters);
    // Reading it is enough to know that no name comes twice.
    let claims = part(&object, 1);
    assert!(!claims.to_text().contains("foreign"));
    assert!(!claims.has("request") && !claims.has("request_uri"));
    assert!(!claims.has("sub"), "it could be taken for a client assertion");
}

/// X05, X06
#[test]
fn the_object_is_of_its_kind_and_signed() {
    let header = part(&object_of(&parameters(&config())), 0);
    assert_eq!(header.to_text(), r#"{"alg":"ES256","kid":"key-1","typ":"oauth-authz-req+jwt"}"#);
    for algorithm in Algorithm::ALL {
        let mut own = key();
        own.algorithm = algorithm;
        let object = build_request_object(&public_client(), &own, &parameters(&config()), "i", now());
        let name = part(&object, 0).text("alg").unwrap();
        assert_eq!(name, algorithm.name());
        assert!(!name.eq_ignore_ascii_case("none") && !name.starts_with("HS"));
    }
}

/// X05; a request object is for every client with a key, however it authenticates.
#[test]
fn outside_the_object_stands_who_asks_and_nothing_to_change() {
    let client = client(ClientAuthentication::PrivateKeyJwt { key: key(), typed: false });
    let signing_input = build_request_object(&client, &key(), &parameters(&config()), "i", now());
    let object = with_signature(&signing_input, &[7; 64]);
    let outside = build_signed_parameters(&client, object.clone());
    assert_eq!(outside, [("client_id", CLIENT.to_owned()), ("request", object.clone())]);
    assert_eq!(part(&object, 1).text("client_id").as_deref(), Some(CLIENT), "equal inside and outside");
    let pairs: Vec<_> = outside.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let url = with_query("https://op.example/authorize", &pairs);
    assert_eq!(url, format!("https://op.example/authorize?client_id=web&request={object}"));
}
