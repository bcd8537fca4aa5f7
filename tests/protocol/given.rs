//! What every test starts from: one client at one provider, and the way to change one thing about it.

use tokenward::core::base::base64url::{decode_text, encode};
use tokenward::core::base::error::{Kind, Result};
use tokenward::core::base::http::Response;
use tokenward::core::base::json::{Json, Writer};
use tokenward::core::base::secret::{ClientSecret, CodeVerifier, Nonce, State};
use tokenward::core::base::time::Now;
use tokenward::core::config::Config;
use tokenward::core::jose::jws::{Algorithm, SigningKey};
use tokenward::core::jose::jwt::Addressed;
use tokenward::core::oauth::client_auth::{Client, ClientAuthentication, Credential};
use tokenward::core::oauth::discovery::{Metadata, check_discovery_response};
use tokenward::core::oauth::dpop::DpopKey;
use tokenward::core::oauth::transaction::Transaction;

// The one place that knows there are two test harnesses: each module imports `test` from here.
#[cfg(not(target_arch = "wasm32"))]
pub(super) use core::prelude::v1::test;
#[cfg(target_arch = "wasm32")]
pub(super) use wasm_bindgen_test::wasm_bindgen_test as test;

pub(super) const PAGE: &str = "https://app.example/start?tab=1#top";
pub(super) const CALLBACK: &str = "https://app.example/callback";
pub(super) const ISSUER: &str = "https://op.example";
pub(super) const CLIENT: &str = "web";
pub(super) const NOW_S: u64 = 1_800_000_000;

/// Members as name and JSON text. An empty text takes the member away.
pub(super) type Members<'a> = &'a [(&'a str, &'a str)];

const OPTIONS: Members<'_> = &[
    ("issuer", r#""https://op.example""#),
    ("clientId", r#""web""#),
    ("redirectUri", r#""https://app.example/callback""#),
];

const METADATA: Members<'_> = &[
    ("issuer", r#""https://op.example""#),
    ("authorization_endpoint", r#""https://op.example/authorize""#),
    ("token_endpoint", r#""https://op.example/token""#),
    ("jwks_uri", r#""https://op.example/jwks""#),
    ("revocation_endpoint", r#""https://op.example/revoke""#),
    ("end_session_endpoint", r#""https://op.example/logout""#),
    ("code_challenge_methods_supported", r#"["plain","S256"]"#),
];

pub(super) fn at(seconds: u64) -> Now {
    Now { wall_ms: seconds * 1000, monotonic_ms: 0 }
}

pub(super) fn now() -> Now {
    at(NOW_S)
}

pub(super) fn json(text: &str) -> Json {
    Json::parse(text).unwrap_or_else(|| panic!("not JSON: {text}"))
}

/// An object of these members, some of them changed.
pub(super) fn object(members: Members<'_>, changes: Members<'_>) -> String {
    let kept = members.iter().filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    let all = kept.chain(changes).filter(|(_, json)| !json.is_empty());
    all.fold(Writer::default(), |object, (name, json)| object.json(name, json)).finish()
}

pub(super) fn read_config(changes: Members<'_>) -> Result<Config> {
    Config::read(&json(&object(OPTIONS, changes)), PAGE)
}

pub(super) fn config() -> Config {
    read_config(&[]).unwrap()
}

pub(super) fn read_metadata(changes: Members<'_>) -> Result<Metadata> {
    check_discovery_response(&json_answer(&object(METADATA, changes)), ISSUER)
}

/// A sign-in begun now.
pub(super) fn transaction(metadata_changes: Members<'_>) -> Transaction {
    Transaction {
        state: State::new("the-state".to_owned()),
        nonce: Nonce::new("the-nonce".to_owned()),
        verifier: CodeVerifier::new("the-verifier".to_owned()),
        client_id: CLIENT.to_owned(),
        redirect_uri: CALLBACK.to_owned(),
        scope: "openid profile".to_owned(),
        return_to: "/start?tab=1#top".to_owned(),
        max_age_s: None,
        acr_values: None,
        subject: None,
        dpop_key: None,
        started_wall_ms: now().wall_ms,
        metadata: read_metadata(metadata_changes).unwrap().into(),
    }
}

/// The public half of the key in RFC 9449, section 6.1, as it is hashed.
pub(super) const PUBLIC_KEY: &str = concat!(
    r#"{"crv":"P-256","kty":"EC","x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs","#,
    r#""y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA"}"#
);

pub(super) fn dpop_key() -> DpopKey {
    DpopKey::new("the-key".to_owned(), &json(PUBLIC_KEY)).unwrap()
}

pub(super) fn answer(status: u16, media_type: &str, body: &str) -> Response {
    Response::new(status, media_type, body.to_owned())
}

pub(super) fn json_answer(body: &str) -> Response {
    answer(200, "application/json", body)
}

/// A token in compact form. The signature has the right length for nothing but RSA, and nobody checks it here.
pub(super) fn compact(header: &str, payload: &str) -> String {
    [&encode(header.as_bytes()), ".", &encode(payload.as_bytes()), ".", &encode(&[7; 256])].concat()
}

/// How it failed, if it did.
pub(super) fn kind<T>(result: &Result<T>) -> Option<Kind> {
    result.as_ref().err().map(|error| error.kind)
}

/// How it failed and over what, if it did.
pub(super) fn fault<T>(result: &Result<T>) -> Option<(Kind, &'static str)> {
    result.as_ref().err().map(|error| (error.kind, error.detail))
}

/// A signed token of the provider's in compact form, in a kind of its own where it has one.
pub(super) fn token_of(kind: Option<&str>, claims: &str) -> String {
    compact(&Writer::default().text("alg", "RS256").optional("typ", kind).finish(), claims)
}

/// The JSON object in this part of a token in compact form.
pub(super) fn part(compact: &str, place: usize) -> Json {
    json(&decode_text(compact.split('.').nth(place).unwrap()).unwrap())
}

/// What a token of this provider for this client is held to.
pub(super) fn addressed(tolerance_s: u64) -> Addressed<'static> {
    Addressed { issuer: ISSUER, client_id: CLIENT, tolerance_s }
}

pub(super) fn key() -> SigningKey {
    SigningKey { name: "k".to_owned(), algorithm: Algorithm::Es256, key_id: Some("key-1".to_owned()) }
}

pub(super) fn client(authentication: ClientAuthentication) -> Client {
    Client { issuer: ISSUER.to_owned(), client_id: CLIENT.to_owned(), authentication }
}

pub(super) fn public_client() -> Client {
    client(ClientAuthentication::Public)
}

/// A client that authenticates with its secret in the header.
pub(super) fn confidential_client() -> Client {
    client(ClientAuthentication::Basic { secret: ClientSecret::new("the-secret".to_owned()) })
}

/// What a request of this client shows to its provider.
pub(super) fn credential(client: &Client) -> Credential<'_> {
    client.credential(ISSUER, None).unwrap()
}

/// Each value of another type than a string.
pub(super) const NO_STRINGS: [&str; 6] = ["5", "true", "[]", "{}", r#"["x"]"#, "0"];

/// Each value that is no time at all.
pub(super) const NO_TIMES: [&str; 7] = ["\"1800000300\"", "true", "[]", "[1800000300]", "{}", "-1", "\"\""];

/// Each value that is not this provider's name.
pub(super) const OTHER_ISSUERS: [&str; 9] = [
    "",
    "null",
    "5",
    r#"["https://op.example"]"#,
    "\"\"",
    "\"https://op.example/\"",
    "\"https://OP.example\"",
    "\"http://op.example\"",
    "\"https://evil.example\"",
];

/// Each audience that is not this client alone.
pub(super) const OTHER_AUDIENCES: [&str; 13] = [
    "",
    "null",
    "5",
    "true",
    "{}",
    "[]",
    "[null]",
    "\"\"",
    "\"other\"",
    "\"WEB\"",
    r#"["web","other"]"#,
    r#"["other"]"#,
    r#"["web",5]"#,
];
