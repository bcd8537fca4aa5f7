//! A verifier, its issuer and its callers: what an issuer signs, what a client proves, and a platform that believes one
//! signature.

use super::given::{at_once, json};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use tokenward::core::base::base64url::encode;
use tokenward::core::base::error::{Error, Kind, Result};
use tokenward::core::base::http::{Request, Response};
use tokenward::core::base::json::Json;
use tokenward::core::base::time::Now;
use tokenward::core::jose::jws::Algorithm;
use tokenward::core::oauth::proof::Asked;
use tokenward::core::verifier::config::VerifierConfig;
use tokenward::core::verifier::need::Need;
use tokenward::edge::verifier::{Begun, Judged, Refused, Verifier};
use tokenward::ports::{Clock, Crypto, Fetch, ReplayStore};

pub(super) const NOW_S: u64 = 1_800_000_000;

pub(super) const HEADER: &str = r#"{"alg":"ES256","kid":"1","typ":"at+jwt"}"#;

/// What a good token says, with marks for what the tests change.
pub(super) const CLAIMS: &str = r#"{"iss":"https://op.example","aud":"https://api.example","sub":"user","client_id":"app","iat":1800000000,"exp":1800003600,"jti":"id","scope":"read write"}"#;

pub(super) const OPTIONS: &str = r#"{"issuer":"https://op.example","audience":"https://api.example"}"#;

/// A signature that the platform here believes; any other it does not.
pub(super) const GOOD: u8 = 7;

/// A key on P-256 of this name.
pub(super) fn key(kid: &str) -> String {
    format!(
        r#"{{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","kid":"{kid}"}}"#
    )
}

pub(super) fn set(kids: &[&str]) -> String {
    format!(r#"{{"keys":[{}]}}"#, kids.iter().map(|kid| key(kid)).collect::<Vec<_>>().join(","))
}

pub(super) fn signed(header: &str, claims: &str, signature: u8) -> String {
    [encode(header.as_bytes()), encode(claims.as_bytes()), encode(&[signature; 64])].join(".")
}

pub(super) fn good() -> String {
    signed(HEADER, CLAIMS, GOOD)
}

/// `text` with one part of it changed, which must be there.
pub(super) fn with(text: &str, part: &str, other: &str) -> String {
    assert_eq!(text.matches(part).count(), 1, "{part} in {text}");
    text.replace(part, other)
}

/// The issuer's endpoints, a clock, and a store of the app where it has one.
#[derive(Debug, Default)]
pub(super) struct World {
    pub(super) sent: RefCell<Vec<Request>>,
    pub(super) answers: RefCell<VecDeque<Result<Response>>>,
    pub(super) later_ms: Cell<u64>,
    pub(super) store: RefCell<Option<Vec<String>>>,
    pub(super) store_fails: Cell<bool>,
}

impl World {
    pub(super) fn answering(answers: &[(u16, &str)]) -> Self {
        let world = Self::default();
        world.answer(answers);
        world
    }

    pub(super) fn answer(&self, answers: &[(u16, &str)]) {
        let made =
            answers.iter().map(|(status, body)| Ok(Response::new(*status, "application/json", (*body).to_owned())));
        self.answers.borrow_mut().extend(made);
    }

    pub(super) fn urls(&self) -> Vec<String> {
        self.sent.borrow().iter().map(|request| request.url.clone()).collect()
    }

    pub(super) fn later(&self, seconds: u64) {
        self.later_ms.set(self.later_ms.get() + seconds * 1000);
    }
}

impl Fetch for &World {
    async fn send(&self, request: Request) -> Result<Response> {
        self.sent.borrow_mut().push(request);
        self.answers.borrow_mut().pop_front().unwrap_or_else(|| Err(Error::new(Kind::NetworkFailed)))
    }
}

impl Clock for &World {
    fn now(&self) -> Now {
        Now { wall_ms: NOW_S * 1000 + self.later_ms.get(), monotonic_ms: self.later_ms.get() }
    }
}

impl Crypto for &World {
    async fn digest(&self, bits: u16, text: &str) -> Result<Vec<u8>> {
        assert_eq!(bits, 256);
        Ok(digest(text))
    }

    async fn verify(&self, _: Algorithm, _: &Json, _: &str, signature: &[u8]) -> bool {
        signature.iter().all(|byte| *byte == GOOD)
    }
}

impl ReplayStore for &World {
    async fn insert_if_absent(&self, name: &str, _: u64) -> Option<Result<bool>> {
        let mut store = self.store.borrow_mut();
        let names = store.as_mut()?;
        if self.store_fails.get() {
            return Some(Err(Error::new(Kind::ReplayStoreFailed)));
        }
        let is_new = !names.iter().any(|known| known == name);
        names.push(name.to_owned());
        Some(Ok(is_new))
    }
}

pub(super) fn digest(text: &str) -> Vec<u8> {
    use sha2::Digest as _;
    sha2::Sha256::digest(text).to_vec()
}

pub(super) fn config(options: &str) -> Result<VerifierConfig> {
    VerifierConfig::read(&json(options))
}

/// A verifier with these options, beside those that each needs.
pub(super) fn verifier<'a>(world: &'a World, more: &str) -> Verifier<&'a World> {
    Verifier::new(config(&with(OPTIONS, "}", &format!("{more}}}"))).unwrap(), 40_000, world)
}

/// The same with one key, which no one fetches.
pub(super) fn with_key<'a>(world: &'a World, more: &str) -> Verifier<&'a World> {
    verifier(world, &format!(r#","jwks":{}{more}"#, set(&["1"])))
}

pub(super) fn need(text: &str) -> Need {
    Need::read(&json(text)).unwrap()
}

/// What somebody gets for this header, who waits for nobody else.
pub(super) fn ask(verifier: &Verifier<&World>, header: Option<&str>, need: &Need) -> Judged<Json> {
    for ticket in 0..3 {
        match verifier.begin(ticket, header, true, need)? {
            Begun::Check(key, beside) => {
                let valid = verifier.signed(ticket, &key, |_, signature| signature.iter().all(|byte| *byte == GOOD));
                let told = verifier.settle(ticket, valid == Some(true)).map(|told| json(&told.finish()));
                if let Some(flight) = beside {
                    at_once(verifier.renew(flight, false));
                }
                return told;
            }
            Begun::Renew(flight, anew) => at_once(verifier.renew(flight, anew)),
            Begun::Wait => panic!("it waits"),
        }
    }
    panic!("it goes round and round");
}

pub(super) fn bearer(verifier: &Verifier<&World>, token: &str) -> Judged<Json> {
    ask(verifier, Some(&format!("Bearer {token}")), &Need::default())
}

/// Why a token is refused, and what is wrong with it.
pub(super) fn why(refused: &Refused) -> (Kind, &'static str) {
    (refused.error.kind, refused.error.detail)
}

/// What the client of a bound token sends.
pub(super) fn prove(
    verifier: &Verifier<&World>,
    token: &str,
    jkt: &str,
    proof: Option<&str>,
    url: &str,
) -> Judged<Option<String>> {
    let asked = Asked { method: "GET", url };
    at_once(verifier.prove(&format!("DPoP {token}"), jkt, proof, &asked))
}
