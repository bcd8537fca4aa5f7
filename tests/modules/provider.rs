//! An OpenID provider, with an API beside it, that keeps every rule but the one it is told to break, and that lets no
//! mistake of the client pass.

mod authorize;
mod client;
mod proof;
mod quirk;
mod registration;
mod token;
mod user;

pub(crate) use authorize::Back;
pub(crate) use quirk::{Members, Part, Quirk, Signature};
pub(crate) use registration::{Authentication, Binding, Mode, Registration};

use super::signing::{self, ED25519, Key, P256, RSA, compact, hs256};
use core::cell::{Cell, RefCell};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use token::{Code, Grant};
use tokenward::core::base::error::{Error, Kind, Result};
use tokenward::core::base::http::{Request, Response};

pub(crate) const ISSUER: &str = "https://op.example";
pub(crate) const API: &str = "https://api.example/accounts";
pub(crate) const CLIENT: &str = "client-1";
pub(crate) const REDIRECT_URI: &str = "https://app.example/callback";
pub(crate) const AFTER_SIGN_OUT: &str = "https://app.example/goodbye";
pub(crate) const SUBJECT: &str = "248289761001";
pub(crate) const SESSION: &str = "08a5019c-17e1-4977-8f42-65a12843ea02";
pub(crate) const START_S: u64 = 1_800_000_000;

/// The provider.
pub(crate) struct Provider {
    pub registration: Registration,
    /// The public half of the key that the client signs with.
    pub client_key: RefCell<Option<Value>>,
    /// What is unusual about it.
    pub quirk: Quirk,
    pub now_s: Cell<u64>,
    /// The keys it publishes. The first one that fits signs.
    pub keys: RefCell<Vec<&'static Key>>,
    /// Every request, in the order in which they were sent: the method, and the path or the name of the endpoint.
    requests: RefCell<Vec<String>>,
    /// What the client did wrong.
    complaints: RefCell<Vec<String>>,
    counted: Cell<u32>,
    pushed: RefCell<BTreeMap<String, BTreeMap<String, String>>>,
    codes: RefCell<BTreeMap<String, Code>>,
    access_tokens: RefCell<BTreeMap<String, Grant>>,
    refresh_tokens: RefCell<BTreeMap<String, Grant>>,
    refreshed: Cell<u32>,
    /// The identifiers of all that was to be used once.
    seen: RefCell<BTreeSet<String>>,
    /// The nonces that proofs have to have in them now: for the provider, and for the API.
    nonces: RefCell<[String; 2]>,
}

/// Why a request is not answered as it wanted to be.
pub(crate) enum Refusal {
    /// The client did something wrong.
    Complaint(String),
    /// This is the answer instead.
    Answer(Box<Response>),
}

type Answer = core::result::Result<Response, Refusal>;
type Checked<T> = core::result::Result<T, Refusal>;

/// Goes on where this is so; else the client did something wrong.
fn insist(is_so: bool, otherwise: &str) -> Checked<()> {
    if is_so { Ok(()) } else { Err(complaint(otherwise)) }
}

fn complaint(about: &str) -> Refusal {
    Refusal::Complaint(about.to_owned())
}

fn json_answer(status: u16, body: &Value) -> Response {
    Response::new(status, "application/json", body.to_string())
}

fn error(status: u16, code: &str) -> Response {
    json_answer(status, &json!({ "error": code }))
}

impl Provider {
    /// A provider that does everything right, for a client that registered the defaults.
    pub(crate) fn new() -> Self {
        Self {
            registration: Registration::default(),
            client_key: RefCell::default(),
            quirk: Quirk::None,
            now_s: Cell::new(START_S),
            keys: RefCell::new(vec![&RSA, &P256, &ED25519]),
            requests: RefCell::default(),
            complaints: RefCell::default(),
            counted: Cell::default(),
            pushed: RefCell::default(),
            codes: RefCell::default(),
            access_tokens: RefCell::default(),
            refresh_tokens: RefCell::default(),
            refreshed: Cell::default(),
            seen: RefCell::default(),
            nonces: RefCell::new(["as-nonce-0".to_owned(), "rs-nonce-0".to_owned()]),
        }
    }

    /// The same, with this about it.
    pub(crate) fn with(self, quirk: Quirk) -> Self {
        Self { quirk, ..self }
    }

    /// The requests so far are these, and none of them was wrong. Keys are fetched beside the others, sooner or later.
    pub(crate) fn assert_asked(&self, requests: &[&str]) {
        let is_for_keys = |request: &&str| request.starts_with("GET /jwks");
        let (keys, others): (Vec<_>, Vec<_>) = requests.iter().copied().partition(is_for_keys);
        self.assert_asked_but_for_keys(&others);
        let sent = self.requests.borrow();
        let sent: Vec<_> = sent.iter().map(String::as_str).filter(is_for_keys).collect();
        assert_eq!(sent, keys);
    }

    /// The requests so far are these, whatever was asked about keys, and none of them was wrong.
    pub(crate) fn assert_asked_but_for_keys(&self, requests: &[&str]) {
        self.assert_content();
        let sent = self.requests.borrow();
        let sent: Vec<_> = sent.iter().map(String::as_str).filter(|sent| !sent.starts_with("GET /jwks")).collect();
        assert_eq!(sent, requests);
    }

    /// Forgets the requests so far.
    pub(crate) fn forget_requests(&self) {
        self.requests.borrow_mut().clear();
    }

    /// Fails where the client did something wrong.
    pub(crate) fn assert_content(&self) {
        assert_eq!(*self.complaints.borrow(), [""; 0], "what the provider complains about");
    }

    /// The provider's metadata.
    pub(crate) fn metadata(&self) -> Value {
        let mut metadata = json!({
            "issuer": ISSUER,
            "authorization_endpoint": format!("{ISSUER}/authorize"),
            "token_endpoint": format!("{ISSUER}/token"),
            "token_endpoint_auth_methods_supported": [self.registration.authentication.name()],
            "jwks_uri": format!("{ISSUER}/jwks"),
            "userinfo_endpoint": format!("{ISSUER}/userinfo"),
            "revocation_endpoint": format!("{ISSUER}/revoke"),
            "end_session_endpoint": format!("{ISSUER}/end-session"),
            "pushed_authorization_request_endpoint": format!("{ISSUER}/par"),
            "require_pushed_authorization_requests": self.registration.must_push,
            "authorization_response_iss_parameter_supported": true,
            "code_challenge_methods_supported": ["S256"],
            "response_types_supported": [self.registration.mode.response_type()],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [self.registration.id_token_algorithm],
        });
        if self.registration.binding != Binding::None {
            metadata["dpop_signing_alg_values_supported"] = json!(["ES256"]);
        }
        self.quirk.change(Part::Metadata, &mut metadata);
        metadata
    }

    /// Remembers that a request was sent.
    pub(crate) fn log(&self, method: &str, url: &str) {
        let path = url.strip_prefix(ISSUER).unwrap_or(url).split('?').next().unwrap_or_default();
        self.requests.borrow_mut().push(format!("{method} {path}"));
    }

    /// Answers a request.
    pub(crate) fn answer(&self, request: &Request) -> Result<Response> {
        let incoming = client::Incoming::of(request);
        let metadata = self.metadata();
        let is = |endpoint: &str| metadata[endpoint] == request.url;
        let answer = match incoming.method {
            "GET" if request.url == format!("{ISSUER}/.well-known/openid-configuration") => {
                Ok(json_answer(200, &metadata))
            }
            "GET" if is("jwks_uri") => Ok(self.key_set()),
            "GET" if is("userinfo_endpoint") => self.userinfo(&incoming),
            "GET" if request.url == API => self.api(&incoming),
            "POST" if is("pushed_authorization_request_endpoint") => self.push(&incoming),
            "POST" if is("token_endpoint") => self.token(&incoming),
            "POST" if is("revocation_endpoint") => self.revoke(&incoming),
            _ => {
                self.complain(&format!("{} {}", incoming.method, request.url));
                return Err(Error::new(Kind::NetworkFailed));
            }
        };
        Ok(answer.unwrap_or_else(|refusal| self.refuse(refusal)))
    }

    fn refuse(&self, refusal: Refusal) -> Response {
        match refusal {
            Refusal::Answer(answer) => *answer,
            Refusal::Complaint(about) => {
                self.complain(&about);
                error(400, "invalid_request")
            }
        }
    }

    fn complain(&self, about: &str) {
        self.complaints.borrow_mut().push(about.to_owned());
    }

    fn key_set(&self) -> Response {
        let keys: Vec<_> = self.keys.borrow().iter().map(|key| key.public()).collect();
        json_answer(200, &json!({ "keys": keys }))
    }

    /// Whether nobody has used this before.
    fn is_new(&self, id: &Value) -> bool {
        id.as_str().is_some_and(|id| id.len() >= 16 && self.seen.borrow_mut().insert(id.to_owned()))
    }

    /// A name that was not given before.
    fn next(&self, kind: &str) -> String {
        let number = self.counted.get() + 1;
        self.counted.set(number);
        format!("{kind}-{number}")
    }

    /// A signed token that says this.
    fn signed(&self, part: Part, kind: Option<&str>, algorithm: &str, mut claims: Value) -> String {
        self.quirk.change(part, &mut claims);
        let signature = self.quirk.signature_of(part);
        let algorithm = match signature {
            Signature::Unsigned => "none",
            Signature::Hmac => "HS256",
            Signature::With(other) => other,
            Signature::Proper | Signature::Broken => algorithm,
        };
        let key = self.key_for(algorithm);
        let mut header = json!({ "alg": algorithm });
        if let Some(kind) = kind {
            header["typ"] = kind.into();
        }
        if !matches!(self.quirk, Quirk::NamesNoKey) {
            header["kid"] = key.id.into();
        }
        compact(&header, &claims, |text| match signature {
            Signature::Unsigned => Vec::new(),
            // With what everybody knows, as if it were a secret.
            Signature::Hmac => hs256(&key.public().to_string(), text),
            Signature::Proper | Signature::With(_) => key.sign(algorithm, text),
            Signature::Broken => {
                let mut bytes = key.sign(algorithm, text);
                bytes[20] ^= 1;
                bytes
            }
        })
    }

    fn key_for(&self, algorithm: &str) -> &'static Key {
        let kind = match algorithm {
            "ES256" => "EC",
            "EdDSA" => "OKP",
            _ => "RSA",
        };
        self.keys.borrow().iter().find(|key| key.public()["kty"] == kind).copied().expect("a key that fits")
    }

    /// Whether this was signed with one of its keys.
    fn has_signed(&self, token: &str) -> Option<Value> {
        let parts = signing::parts(token)?;
        let algorithm = parts.header["alg"].as_str()?;
        let signed = |key: &&Key| {
            Some(key.id) == parts.header["kid"].as_str()
                && signing::is_signed(algorithm, &key.public(), &parts.text, &parts.signature)
        };
        self.keys.borrow().iter().copied().any(|key| signed(&key)).then_some(parts.claims)
    }
}
