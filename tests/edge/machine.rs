//! A client for itself against token endpoints that only remember: what is sent, and what an answer does.

use super::given::at_once;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use tokenward::core::base::error::{Error, Kind, Phase, Result};
use tokenward::core::base::form::values;
use tokenward::core::base::http::{Request, Response};
use tokenward::core::base::json::Json;
use tokenward::core::base::secret::AccessToken;
use tokenward::core::base::time::Now;
use tokenward::core::jose::jws::SigningKey;
use tokenward::core::machine::config::MachineConfig;
use tokenward::core::session::effect::Need;
use tokenward::edge::machine::Machine;
use tokenward::ports::{Clock, Fetch, Random, Signer};

const TOKEN: &str = r#"{"access_token":"at","token_type":"bearer","expires_in":3600}"#;

#[derive(Default)]
struct World {
    sent: RefCell<Vec<Request>>,
    answers: RefCell<VecDeque<(u16, String)>>,
    now_s: Cell<u64>,
    named: Cell<u8>,
}

impl Fetch for &World {
    async fn send(&self, request: Request) -> Result<Response> {
        self.sent.borrow_mut().push(request);
        let (status, body) = self.answers.borrow_mut().pop_front().ok_or_else(|| Error::new(Kind::NetworkFailed))?;
        Ok(Response::new(status, "application/json", body))
    }
}

impl Clock for &World {
    fn now(&self) -> Now {
        Now { wall_ms: 1_800_000_000_000 + self.now_s.get() * 1000, monotonic_ms: self.now_s.get() * 1000 }
    }
}

impl Random for &World {
    fn bytes(&self, count: u32) -> Result<Vec<u8>> {
        self.named.set(self.named.get().wrapping_add(1));
        Ok(vec![self.named.get(); usize::try_from(count).unwrap()])
    }
}

impl Signer for &World {
    async fn sign_with(&self, key: &SigningKey, text: &str) -> Result<Vec<u8>> {
        assert_eq!((key.algorithm.name(), text.split('.').count()), ("ES256", 2));
        Ok(vec![7; 64])
    }
}

impl World {
    fn answering(answers: &[(u16, &str)]) -> Self {
        let answers = answers.iter().map(|(status, body)| (*status, (*body).to_owned())).collect();
        Self { answers: RefCell::new(answers), ..Self::default() }
    }

    fn form(&self, at: usize, name: &str) -> Vec<String> {
        values(self.sent.borrow()[at].form.as_ref().unwrap().secret(), name)
    }
}

fn config(options: &str) -> Result<MachineConfig> {
    MachineConfig::read(&Json::parse(options).unwrap())
}

fn with(more: &str) -> MachineConfig {
    config(&format!(r#"{{"tokenUrl":"https://op.example/token","clientId":"app","clientSecret":"s3cret"{more}}}"#))
        .unwrap()
}

fn machine<'a>(world: &'a World, more: &str) -> Machine<&'a World> {
    Machine::new(with(more), 40_000, world)
}

/// What one caller gets, which waits for nobody else.
fn token_for(machine: &Machine<&World>, need: &Need) -> Result<String> {
    let mut since = None;
    for _ in 0..3 {
        let told = machine.ask(need.clone(), since)?;
        since = since.or(Some(told.generation));
        if let Some(flight) = told.flight {
            at_once(machine.renew(flight));
        }
        if let Some(token) = told.token {
            return Ok(AccessToken::secret(&token).to_owned());
        }
    }
    panic!("it goes round and round");
}

fn token(machine: &Machine<&World>) -> Result<String> {
    token_for(machine, &Need::default())
}

/// T14; `token_type` in lower case is taken, and the answer is kept.
#[test]
fn a_form_has_the_secret_where_it_is_wanted() {
    let world = World::answering(&[(200, TOKEN)]);
    let client = machine(&world, r#","auth":"post","scope":"read""#);
    assert_eq!((token(&client).unwrap(), token(&client).unwrap()), ("at".to_owned(), "at".to_owned()));
    assert_eq!(world.sent.borrow().len(), 1);
    assert_eq!(
        (world.form(0, "client_secret"), world.form(0, "scope")),
        (vec!["s3cret".to_owned()], vec!["read".to_owned()])
    );
    assert!(world.sent.borrow()[0].headers.is_empty());
}

#[test]
fn without_a_word_on_it_the_secret_is_in_the_header() {
    let world = World::answering(&[(200, TOKEN)]);
    token(&machine(&world, "")).unwrap();
    let sent = world.sent.borrow();
    assert_eq!((sent[0].headers[0].0, sent[0].headers[0].1.secret()), ("authorization", "Basic YXBwOnMzY3JldA=="));
    assert_eq!(sent[0].form.as_ref().unwrap().secret(), "grant_type=client_credentials");
}

/// S4: exactly these four.
#[test]
fn a_json_body_has_exactly_the_four_members() {
    let world = World::answering(&[(200, TOKEN)]);
    token(&machine(&world, r#","body":"json","audience":"https://api.example""#)).unwrap();
    let sent = world.sent.borrow();
    let body = Json::parse(sent[0].form.as_ref().unwrap().secret()).unwrap();
    assert!(body.has_only("client_id client_secret audience grant_type"));
    let member = |name| body.text(name).unwrap();
    assert_eq!((member("client_id"), member("client_secret")), ("app".to_owned(), "s3cret".to_owned()));
    assert_eq!(
        (member("audience"), member("grant_type")),
        ("https://api.example".to_owned(), "client_credentials".to_owned())
    );
    let header = |name| sent[0].headers.iter().find(|(found, _)| *found == name).map(|(_, value)| value.secret());
    assert_eq!((header("content-type"), header("authorization")), (Some("application/json"), None));
}

#[test]
fn a_key_signs_each_request_anew_for_its_issuer() {
    let options = r#"{"tokenUrl":"https://op.example/token","issuer":"https://op.example","clientId":"app","privateKey":{"alg":"ES256","kid":"k"}}"#;
    let world = World::answering(&[(200, TOKEN), (200, TOKEN)]);
    let client = Machine::new(config(options).unwrap(), 40_000, &world);
    token(&client).unwrap();
    token_for(&client, &Need { force: true, ..Need::default() }).unwrap();
    let assertions: Vec<_> = (0..2).map(|at| world.form(at, "client_assertion").remove(0)).collect();
    assert_ne!(assertions[0], assertions[1]);
    let claims = tokenward::core::base::base64url::decode_text(assertions[0].split('.').nth(1).unwrap()).unwrap();
    assert!(Json::parse(&claims).unwrap().is("aud", "https://op.example"), "{claims}");
}

#[test]
fn the_issuer_is_asked_once_where_tokens_are_given() {
    let metadata = r#"{"issuer":"https://op.example","token_endpoint":"https://op.example/t","token_endpoint_auth_methods_supported":["client_secret_post"]}"#;
    let options = r#"{"issuer":"https://op.example","clientId":"app","clientSecret":"s3cret"}"#;
    let world = World::answering(&[(404, "{}"), (200, metadata), (200, TOKEN), (200, TOKEN)]);
    let client = Machine::new(config(options).unwrap(), 40_000, &world);
    token(&client).unwrap();
    token_for(&client, &Need { force: true, ..Need::default() }).unwrap();
    let urls: Vec<_> = world.sent.borrow().iter().map(|request| request.url.clone()).collect();
    assert_eq!(
        urls[1..],
        ["https://op.example/.well-known/oauth-authorization-server", "https://op.example/t", "https://op.example/t"]
    );
    assert_eq!(world.form(2, "client_secret"), ["s3cret"], "as the metadata say");
    assert!(client.may_receive_token("https://op.example/api"), "whoever gave it may have it");
}

#[test]
fn metadata_of_somebody_else_get_no_secret() {
    for metadata in [
        r#"{"issuer":"https://evil.example","token_endpoint":"https://evil.example/t"}"#,
        r#"{"issuer":"https://op.example","token_endpoint":"http://op.example/t"}"#,
        r#"{"issuer":"https://op.example","token_endpoint":"https://op.example/t","token_endpoint_auth_methods_supported":["tls_client_auth"]}"#,
    ] {
        let options = r#"{"issuer":"https://op.example","clientId":"app","clientSecret":"s3cret"}"#;
        let world = World::answering(&[(200, metadata)]);
        let error = token(&Machine::new(config(options).unwrap(), 40_000, &world)).unwrap_err();
        assert_eq!((error.phase, world.sent.borrow().len()), (Phase::Discovery, 1), "{metadata}");
    }
}

/// S2, where a refresh token was shipped.
#[test]
fn a_refresh_token_is_used_where_the_app_says_so() {
    let shipped = TOKEN.replace('}', r#","refresh_token":"rt"}"#);
    let answers = [(200, shipped.as_str()), (200, TOKEN), (400, r#"{"error":"invalid_grant"}"#), (200, TOKEN)];
    let world = World::answering(&answers);
    let client = machine(&world, r#","auth":"post","useRefreshToken":true"#);
    for second in [0, 4000, 8000] {
        world.now_s.set(second);
        token(&client).unwrap();
    }
    let grants: Vec<_> = (0..4).map(|at| world.form(at, "grant_type").remove(0)).collect();
    assert_eq!(grants, ["client_credentials", "refresh_token", "refresh_token", "client_credentials"]);
    assert_eq!(world.form(2, "refresh_token"), ["rt"], "an answer without one leaves the one there is");
    assert_eq!(world.form(1, "client_secret"), ["s3cret"]);
}

/// T14
#[test]
fn a_refresh_token_that_came_along_is_left_otherwise() {
    let shipped = TOKEN.replace('}', r#","refresh_token":"rt"}"#);
    let world = World::answering(&[(200, &shipped), (200, &shipped)]);
    let client = machine(&world, "");
    token(&client).unwrap();
    world.now_s.set(4000);
    token(&client).unwrap();
    assert_eq!(world.form(1, "grant_type"), ["client_credentials"]);
    assert!(!client.inspect().has_refresh_token);
}

#[test]
fn a_client_that_is_not_known_is_told_so_without_asking_again() {
    let world = World::answering(&[(401, r#"{"error":"invalid_client","error_description":"no such client"}"#)]);
    let client = machine(&world, "");
    for _ in 0..1000 {
        let error = token(&client).unwrap_err();
        let oauth = error.oauth.clone().unwrap();
        assert_eq!((oauth.error.as_str(), error.status, error.phase), ("invalid_client", Some(401), Phase::Token));
    }
    assert_eq!(world.sent.borrow().len(), 1);
}

/// T16; what is no header value would be in the platform's error.
#[test]
fn a_token_that_fits_into_no_header_is_refused() {
    for token_text in ["a\\nb", "a\\u0000", "\\u4e2d", "a\\u007f"] {
        let world = World::answering(&[(200, &TOKEN.replace("\"at\"", &format!("\"{token_text}\"")))]);
        let error = token(&machine(&world, "")).unwrap_err();
        assert_eq!((error.kind, error.detail), (Kind::TokenResponseInvalid, "access_token"), "{token_text}");
    }
}

#[test]
fn the_token_goes_where_it_is_meant_to_and_nowhere_else() {
    let world = World::default();
    let client = machine(&world, r#","apis":["https://api.example/v1"]"#);
    assert!(client.may_receive_token("https://api.example/v1/x"));
    for url in
        ["https://api.example/v2", "https://op.example/token", "https://api.example.evil/v1", "http://api.example/v1"]
    {
        assert!(!client.may_receive_token(url), "{url}");
        assert!(!client.heed(url, 401, None), "what others say is nothing to it: {url}");
    }
    assert!(client.heed("https://api.example/v1", 401, None));
    assert!(!client.heed("https://api.example/v1", 401, Some("Bearer error=\"insufficient_scope\"")));
    assert!(!client.heed("https://api.example/v1", 403, None));
}

#[test]
fn what_is_disposed_of_is_over() {
    let world = World::answering(&[(200, TOKEN), (200, TOKEN)]);
    let client = machine(&world, "");
    token(&client).unwrap();
    client.dispose();
    assert_eq!(token(&client).unwrap_err().kind, Kind::Disposed);
    assert!(!client.inspect().has_token);
}

#[test]
fn options_are_read_strictly() {
    for (options, name) in [
        (r#"{"clientId":"a","clientSecret":"s"}"#, "tokenUrl"),
        (r#"{"tokenUrl":"op.example","clientId":"a","clientSecret":"s"}"#, "tokenUrl"),
        (r#"{"tokenUrl":"http://op.example","clientId":"a","clientSecret":"s"}"#, "tokenUrl"),
        (r#"{"tokenUrl":"https://op.example#x","clientId":"a","clientSecret":"s"}"#, "tokenUrl"),
        (r#"{"tokenUrl":"https://u:p@op.example","clientId":"a","clientSecret":"s"}"#, "tokenUrl"),
        (r#"{"tokenUrl":"https://op.example","clientId":"","clientSecret":"s"}"#, "clientId"),
        (r#"{"tokenUrl":"https://op.example","clientId":"a"}"#, "clientSecret"),
        (r#"{"tokenUrl":"https://op.example","clientId":"a","clientSecret":""}"#, "clientSecret"),
        (
            r#"{"tokenUrl":"https://op.example","clientId":"a","clientSecret":"s","privateKey":{"alg":"ES256"}}"#,
            "privateKey",
        ),
        (r#"{"tokenUrl":"https://op.example","clientId":"a","privateKey":{"alg":"HS256"}}"#, "privateKey"),
        (r#"{"tokenUrl":"https://op.example","clientId":"a","privateKey":{"alg":"ES256"},"auth":"basic"}"#, "auth"),
        (
            r#"{"tokenUrl":"https://op.example","clientId":"a","clientSecret":"s","auth":"private_key_jwt"}"#,
            "privateKey",
        ),
        (r#"{"tokenUrl":"https://op.example","clientId":"a","clientSecret":"s","auth":"none"}"#, "auth"),
        (r#"{"tokenUrl":"https://op.example","clientId":"a","clientSecret":"s","body":"xml"}"#, "body"),
        (
            r#"{"tokenUrl":"https://op.example","clientId":"a","clientSecret":"s","body":"json","resource":["urn:a","urn:b"]}"#,
            "resource",
        ),
        (r#"{"tokenUrl":"https://op.example","clientId":"a","clientSecret":"s","apis":["*"]}"#, "apis"),
        (
            r#"{"tokenUrl":"https://op.example","clientId":"a","clientSecret":"s","refresh":{"beforeExpirySeconds":-1}}"#,
            "refresh",
        ),
        (
            r#"{"tokenUrl":"https://op.example","clientId":"a","clientSecret":"s","tokenURL":"x"}"#,
            "a name that no option has",
        ),
    ] {
        let error = config(options).unwrap_err();
        let kind = if options.contains("http:") { Kind::EndpointInsecure } else { Kind::InvalidOption };
        assert_eq!((error.kind, error.detail), (kind, name), "{options}");
        assert!(!error.message().contains("s3cret"));
    }
    assert!(!format!("{:?}", with("")).contains("s3cret"));
}
