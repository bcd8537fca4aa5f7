//! Ports that remember, a provider that answers as told, and an executor that runs until nothing moves.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use base64ct::{Base64UrlUnpadded, Encoding as _};
use tokenward::core::base::error::{Error, Result};
use tokenward::core::base::http::{Request, Response};
use tokenward::core::base::json::Json;
use tokenward::core::base::time::Now;
use tokenward::core::config::Config;
use tokenward::core::jose::jws::Algorithm;
use tokenward::core::oauth::authorize::SignInOptions;
use tokenward::core::session::effect::Event;
use tokenward::driver::session::{Session, Snapshot};
use tokenward::ports::{Audience, Clock, Crypto, Fetch, Keys, Page, Random, Store, Timer};

pub const ISSUER: &str = "https://op.example";
pub const APP: &str = "https://app.example/";
pub const START_MS: u64 = 1_800_000_000_000;

/// When to wake the machine, and how.
type Wake = (u64, Box<dyn FnOnce()>);
type Work = Pin<Box<dyn Future<Output = ()>>>;

/// What the token endpoint does with the next request.
#[derive(Clone)]
pub enum Answer {
    /// Tokens that live so many seconds.
    Tokens(u64),
    /// A body as it is, with a status.
    Raw(u16, String),
    /// A 429 that asks to wait so many seconds.
    Busy(u32),
    /// No answer.
    Silence,
}

#[derive(Default)]
pub struct World {
    pub wall_ms: Cell<u64>,
    pub monotonic_ms: Cell<u64>,
    pub url: RefCell<String>,
    pub left_for: RefCell<Option<String>>,
    pub stored: RefCell<BTreeMap<String, String>>,
    pub store_is_broken: Cell<bool>,
    /// Every request: `POST path body` or `GET path`.
    pub requests: RefCell<Vec<String>>,
    pub answers: RefCell<VecDeque<Answer>>,
    /// While closed, the token endpoint keeps its answers to itself.
    pub gate_closed: Cell<bool>,
    pub gated: RefCell<Vec<Waker>>,
    pub keys_are_away: Cell<bool>,
    /// What the revocation endpoint answers; 0 for its usual 200.
    pub revoke_status: Cell<u16>,
    pub nonce: RefCell<String>,
    pub signature_is_valid: Cell<bool>,
    pub id_token_changes: RefCell<Vec<(String, String)>>,
    pub issued: Cell<u32>,
    pub timer: RefCell<Option<Wake>>,
    pub spawned: RefCell<Vec<Work>>,
    pub events: RefCell<Vec<Event>>,
    pub statuses: RefCell<Vec<String>>,
    /// What happened, in order, where the order matters.
    pub journal: RefCell<Vec<String>>,
    /// The names of the keys that are kept.
    pub keys: RefCell<BTreeSet<String>>,
    randomness: Cell<u8>,
}

impl World {
    pub fn note(&self, what: &str) {
        self.journal.borrow_mut().push(what.to_owned());
    }

    pub fn requests_to(&self, path: &str) -> usize {
        self.requests.borrow().iter().filter(|request| request.contains(path)).count()
    }

    pub fn answer_with(&self, answers: &[Answer]) {
        self.answers.borrow_mut().extend(answers.iter().cloned());
    }

    pub fn open_gate(&self) {
        self.gate_closed.set(false);
        for waker in self.gated.take() {
            waker.wake();
        }
    }

    fn claims(&self) -> String {
        let now_s = self.wall_ms.get() / 1000;
        let mut claims = BTreeMap::from([
            ("iss", format!("\"{ISSUER}\"")),
            ("sub", "\"ada\"".to_owned()),
            ("aud", "\"spa\"".to_owned()),
            ("exp", (now_s + 300).to_string()),
            ("iat", now_s.to_string()),
            ("nonce", format!("\"{}\"", self.nonce.borrow())),
        ]);
        let changes = self.id_token_changes.borrow();
        for (name, value) in changes.iter() {
            claims.insert(name, value.clone());
        }
        let members: Vec<String> = claims.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        format!("{{{}}}", members.join(","))
    }

    pub fn id_token(&self) -> String {
        let part = |text: &str| Base64UrlUnpadded::encode_string(text.as_bytes());
        format!("{}.{}.{}", part(r#"{"alg":"RS256","kid":"k1"}"#), part(&self.claims()), part("signature"))
    }

    fn token_endpoint(&self) -> Result<Response> {
        let answer = self.answers.borrow_mut().pop_front().unwrap_or(Answer::Tokens(3600));
        match answer {
            Answer::Tokens(seconds) => {
                let number = self.issued.get() + 1;
                self.issued.set(number);
                Ok(json(
                    200,
                    &format!(
                        r#"{{"access_token":"access-{number}","token_type":"Bearer","expires_in":{seconds},"refresh_token":"refresh-{number}","id_token":"{}"}}"#,
                        self.id_token()
                    ),
                ))
            }
            Answer::Raw(status, body) => Ok(json(status, &body)),
            Answer::Busy(seconds) => Ok(Response { retry_after_s: Some(seconds), ..json(429, "") }),
            Answer::Silence => Err(Error::new(tokenward::core::base::error::Kind::NetworkFailed)),
        }
    }
}

pub fn json(status: u16, body: &str) -> Response {
    Response::new(status, "application/json", body.to_owned())
}

/// The ports, all in one world.
#[derive(Clone)]
pub struct Fake(pub Rc<World>);

impl std::fmt::Debug for Fake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Fake")
    }
}

struct Gate(Rc<World>);

impl Future for Gate {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.0.gate_closed.get() {
            self.0.gated.borrow_mut().push(context.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(())
    }
}

impl Fetch for Fake {
    async fn send(&self, request: Request) -> Result<Response> {
        let world = Rc::clone(&self.0);
        let path = request.url.strip_prefix(ISSUER).unwrap_or(&request.url).to_owned();
        let line = match &request.form {
            Some(form) => format!("POST {path} {}", form.secret()),
            None => format!("GET {path}"),
        };
        world.note(&line);
        world.requests.borrow_mut().push(line);
        match path.as_str() {
            "/.well-known/openid-configuration" => Ok(json(
                200,
                &format!(
                    r#"{{"issuer":"{ISSUER}","authorization_endpoint":"{ISSUER}/authorize","token_endpoint":"{ISSUER}/token","jwks_uri":"{ISSUER}/jwks","revocation_endpoint":"{ISSUER}/revoke","end_session_endpoint":"{ISSUER}/end","authorization_response_iss_parameter_supported":true}}"#
                ),
            )),
            "/jwks" if world.keys_are_away.get() => Err(Error::new(tokenward::core::base::error::Kind::NetworkFailed)),
            "/jwks" => {
                let modulus = Base64UrlUnpadded::encode_string(&[0xff; 256]);
                Ok(json(200, &format!(r#"{{"keys":[{{"kty":"RSA","kid":"k1","n":"{modulus}","e":"AQAB"}}]}}"#)))
            }
            "/token" => {
                Gate(Rc::clone(&world)).await;
                world.token_endpoint()
            }
            "/revoke" => match world.revoke_status.get() {
                0 => Ok(json(200, "")),
                status => Ok(json(status, r#"{"error":"unsupported_token_type"}"#)),
            },
            _ => Ok(json(404, "")),
        }
    }
}

impl Store for Fake {
    fn load(&self, name: &str) -> Result<Option<String>> {
        Ok(self.0.stored.borrow().get(name).cloned())
    }

    fn save(&self, name: &str, value: &str) -> Result<()> {
        if self.0.store_is_broken.get() {
            return Err(Error::new(tokenward::core::base::error::Kind::StorageFailed));
        }
        self.0.note(&format!("save {}", name.split(['.', ' ']).nth(1).unwrap()));
        self.0.stored.borrow_mut().insert(name.to_owned(), value.to_owned());
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<()> {
        self.0.note(&format!("remove {}", name.split(['.', ' ']).nth(1).unwrap()));
        self.0.stored.borrow_mut().remove(name);
        Ok(())
    }

    fn names(&self, prefix: &str) -> Result<Vec<String>> {
        Ok(self.0.stored.borrow().keys().filter(|name| name.starts_with(prefix)).cloned().collect())
    }
}

impl Clock for Fake {
    fn now(&self) -> Now {
        Now { wall_ms: self.0.wall_ms.get(), monotonic_ms: self.0.monotonic_ms.get() }
    }
}

impl Timer for Fake {
    fn start_timer(&self, delay_ms: u64, wake: Box<dyn FnOnce()>) {
        self.0.timer.replace(Some((self.0.wall_ms.get() + delay_ms, wake)));
    }

    fn stop_timer(&self) {
        self.0.timer.take();
    }

    fn spawn(&self, work: Work) {
        self.0.spawned.borrow_mut().push(work);
    }
}

impl Random for Fake {
    fn bytes(&self, count: u32) -> Result<Vec<u8>> {
        let next = self.0.randomness.get().wrapping_add(1);
        self.0.randomness.set(next);
        Ok(vec![next; usize::try_from(count).unwrap()])
    }
}

impl Crypto for Fake {
    async fn digest(&self, bits: u16, text: &str) -> Result<Vec<u8>> {
        Ok(format!("sha{bits}-of-{text}").into_bytes())
    }

    async fn verify(&self, _: Algorithm, _: &Json, _: &str, _: &[u8]) -> bool {
        self.0.signature_is_valid.get()
    }
}

/// The public half of every key, and a signature that names key and text.
impl Keys for Fake {
    async fn make_key(&self, name: &str) -> Result<Json> {
        self.0.keys.borrow_mut().insert(name.to_owned());
        Ok(Json::parse(r#"{"kty":"EC","crv":"P-256","x":"the-x","y":"the-y"}"#).unwrap())
    }

    async fn sign(&self, name: &str, text: &str) -> Result<Vec<u8>> {
        if !self.0.keys.borrow().contains(name) {
            return Err(Error::new(tokenward::core::base::error::Kind::DpopKeyLost));
        }
        Ok(format!("{name} signs {text}").into_bytes())
    }

    fn detach_key(&self, name: &str) {
        self.0.note(&format!("detach {}", self.0.keys.borrow().contains(name)));
    }

    fn forget_key(&self, name: &str) {
        self.0.note(&format!("forget {}", self.0.keys.borrow_mut().remove(name)));
    }
}

impl Page for Fake {
    fn url(&self) -> String {
        self.0.url.borrow().clone()
    }

    fn replace_url(&self, url: &str) {
        self.0.note(&format!("address {url}"));
        self.0.url.replace(format!("https://app.example{url}"));
    }

    fn navigate(&self, url: &str) -> Result<()> {
        self.0.left_for.replace(Some(url.to_owned()));
        Ok(())
    }
}

impl Audience for Fake {
    fn publish(&self, session: &Snapshot) {
        let status = match session {
            Snapshot::SignedOut { reason, .. } => format!("signedOut {}", reason.name()),
            Snapshot::SignedIn { stale, .. } => format!("signedIn stale={stale}"),
        };
        self.0.note(&status);
        self.0.statuses.borrow_mut().push(status);
    }

    fn report(&self, event: &Event) {
        self.0.events.borrow_mut().push(event.clone());
    }
}

/// One page with one session.
pub struct Tab {
    pub world: Rc<World>,
    pub session: Rc<Session<Fake>>,
}

pub fn options(storage: &str) -> Json {
    Json::parse(&format!(
        r#"{{"issuer":"{ISSUER}","clientId":"spa","redirectUri":"/callback","scope":"openid","storage":"{storage}"}}"#
    ))
    .unwrap()
}

impl Tab {
    pub fn new(storage: &str) -> Self {
        let world = Rc::new(World::default());
        world.wall_ms.set(START_MS);
        world.monotonic_ms.set(1_000);
        world.signature_is_valid.set(true);
        world.url.replace(format!("{APP}notes?page=2#end"));
        Self::over(world, storage)
    }

    /// Another page in the same world: a reload.
    pub fn over(world: Rc<World>, storage: &str) -> Self {
        let config = Config::read(&options(storage), APP).unwrap();
        let session = Session::new(config, Fake(Rc::clone(&world)));
        Self { world, session }
    }

    pub fn start(&self) {
        let session = Rc::clone(&self.session);
        self.world.spawned.borrow_mut().push(Box::pin(async move { session.start().await }));
        self.run();
    }

    /// Leaves for the provider, and gives the parameters that it was asked with.
    pub fn leave(&self) -> BTreeMap<String, String> {
        let session = Rc::clone(&self.session);
        self.world.spawned.borrow_mut().push(Box::pin(async move {
            session.sign_in(SignInOptions::default()).await.unwrap();
        }));
        self.run();
        let url = url::Url::parse(&self.world.left_for.take().expect("the page leaves")).unwrap();
        let asked: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
        self.world.nonce.replace(asked["nonce"].clone());
        asked
    }

    /// Comes back from the provider with these parameters.
    pub fn come_back(&self, query: &str) {
        self.world.url.replace(format!("{APP}callback?{query}"));
        self.start();
    }

    /// A page that is signed in with a token of so many seconds.
    pub fn signed_in(storage: &str, seconds: u64) -> Self {
        let before = Self::new(storage);
        let asked = before.leave();
        before.world.answer_with(&[Answer::Tokens(seconds)]);
        let tab = Self::over(Rc::clone(&before.world), storage);
        tab.come_back(&format!("code=c1&state={}&iss={ISSUER}", asked["state"]));
        assert!(tab.is_signed_in(), "{:?}", tab.session.snapshot());
        tab
    }

    pub fn is_signed_in(&self) -> bool {
        matches!(self.session.snapshot(), Some(Snapshot::SignedIn { .. }))
    }

    pub fn error_code(&self) -> Option<&'static str> {
        match self.session.snapshot() {
            Some(Snapshot::SignedOut { error: Some(error), .. }) => Some(error.kind.entry().code),
            _ => None,
        }
    }

    /// Runs until nothing moves.
    pub fn run(&self) {
        let mut running: Vec<Work> = Vec::new();
        for _ in 0..50 {
            running.append(&mut self.world.spawned.borrow_mut());
            let mut context = Context::from_waker(Waker::noop());
            running.retain_mut(|work| work.as_mut().poll(&mut context).is_pending());
        }
        self.world.spawned.borrow_mut().extend(running);
    }

    /// Lets time pass, firing the timer whenever it is due.
    pub fn pass(&self, milliseconds: u64) {
        let end = self.world.wall_ms.get() + milliseconds;
        loop {
            let due = self.world.timer.borrow().as_ref().map(|(at, _)| *at).filter(|at| *at <= end);
            let until = due.unwrap_or(end);
            let step = until.saturating_sub(self.world.wall_ms.get());
            self.world.wall_ms.set(until.max(self.world.wall_ms.get()));
            self.world.monotonic_ms.set(self.world.monotonic_ms.get() + step);
            if due.is_none() {
                return self.run();
            }
            let (_, wake) = self.world.timer.take().expect("a timer is due");
            wake();
            self.run();
        }
    }

    /// Asks for a token; the slot is filled when the answer comes.
    pub fn want(&self, need: tokenward::core::session::effect::Need) -> Rc<RefCell<Option<Result<String>>>> {
        let slot = Rc::new(RefCell::new(None));
        let (session, filled) = (Rc::clone(&self.session), Rc::clone(&slot));
        self.world.spawned.borrow_mut().push(Box::pin(async move {
            let answer = session.token(need, None).await.map(|(token, _, _)| token.secret().to_owned());
            filled.replace(Some(answer));
        }));
        self.run();
        slot
    }
}
