//! Ports that remember, a provider that answers as told, and an executor that runs until nothing moves.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use base64ct::{Base64UrlUnpadded, Encoding as _};
use tokenward::core::base::error::{Error, Kind, Result};
use tokenward::core::base::http::{Request, Response};
use tokenward::core::base::json::Json;
use tokenward::core::base::time::Now;
use tokenward::core::config::Config;
use tokenward::core::jose::jws::Algorithm;
use tokenward::core::oauth::authorize::SignInOptions;
use tokenward::core::session::effect::{Event, Need};
use tokenward::core::session::message::Mark;
use tokenward::driver::session::{Session, Snapshot};
use tokenward::ports::{
    Audience, Change, Clock, Crypto, Fetch, Keys, Page, Random, Records, Store, Tabs, Timer, Window, Windows,
};

pub const ISSUER: &str = "https://op.example";
pub const APP: &str = "https://app.example/";
pub const START_MS: u64 = 1_800_000_000_000;

// Members of the metadata beyond the usual ones.
pub const USERINFO: (&str, &str) = ("userinfo_endpoint", r#""https://op.example/userinfo""#);
pub const PAR: (&str, &str) = ("pushed_authorization_request_endpoint", r#""https://op.example/par""#);
pub const PAR_REQUIRED: (&str, &str) = ("require_pushed_authorization_requests", "true");
pub const DPOP: (&str, &str) = ("dpop_signing_alg_values_supported", r#"["RS256","ES256"]"#);

/// Members that differ from the usual ones, as JSON text; an empty one takes the member away.
type Changes = RefCell<Vec<(String, String)>>;
type Work = Pin<Box<dyn Future<Output = ()>>>;

/// What a window comes back with: a query, without the state and the issuer, which are always right.
type Visitor = Result<String>;

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
    /// How far this device's clock is ahead of the provider's.
    pub ahead_ms: Cell<i64>,
    pub monotonic_ms: Cell<u64>,
    pub url: RefCell<String>,
    pub left_for: RefCell<Option<String>>,
    /// Where the last sign-in led.
    pub went_to: RefCell<String>,
    pub stored: RefCell<BTreeMap<String, String>>,
    pub store_is_broken: Cell<bool>,
    /// Where the app keeps tokens, and what its options have beyond the usual ones, as JSON members.
    pub storage: RefCell<String>,
    pub more_options: RefCell<String>,
    /// Every request: `POST path body` or `GET path`.
    pub requests: RefCell<Vec<String>>,
    /// The headers of every request, in the same order.
    pub headers: RefCell<Vec<Headers>>,
    pub metadata_changes: Changes,
    pub token_changes: Changes,
    /// What an endpoint answers next, by its path, instead of its usual.
    pub replies: RefCell<BTreeMap<&'static str, VecDeque<Result<Response>>>>,
    pub answers: RefCell<VecDeque<Answer>>,
    /// While closed, the token endpoint keeps its answers to itself, and the endpoint that is named here.
    pub gate_closed: Cell<bool>,
    pub gated_path: Cell<&'static str>,
    pub gated: RefCell<Vec<Waker>>,
    pub keys_are_away: Cell<bool>,
    /// The name of the key that tokens are signed with, and the algorithm; empty for the usual ones.
    pub signing_key: RefCell<String>,
    pub signing_algorithm: RefCell<String>,
    /// The names of the keys that the provider offers, beside the usual one.
    pub more_keys: RefCell<Vec<String>>,
    /// The names of the keys that a signature was checked with.
    pub checked_with: RefCell<Vec<String>>,
    /// What the revocation endpoint answers; 0 for its usual 200.
    pub revoke_status: Cell<u16>,
    pub nonce: RefCell<String>,
    pub signature_is_valid: Cell<bool>,
    pub id_token_changes: Changes,
    pub issued: Cell<u32>,
    pub timer: RefCell<Option<u64>>,
    pub spawned: RefCell<Vec<Work>>,
    pub events: RefCell<Vec<Event>>,
    pub statuses: RefCell<Vec<String>>,
    /// What happened, in order, where the order matters.
    pub journal: RefCell<Vec<String>>,
    /// The names of the keys that are kept.
    pub keys: RefCell<BTreeSet<String>>,
    /// What is written down for all tabs.
    pub mark: Cell<Mark>,
    pub mark_is_broken: Cell<bool>,
    /// Somebody else has the lock.
    pub lock_is_taken: Cell<bool>,
    pub locking: RefCell<Vec<Waker>>,
    /// What this tab told the others.
    pub said: RefCell<Vec<String>>,
    /// The visits of windows beside the page, and what comes back from the next.
    pub visits: RefCell<Vec<(Window, String)>>,
    pub visitors: RefCell<VecDeque<Visitor>>,
    randomness: Cell<u32>,
}

/// Headers by name.
pub type Headers = Vec<(&'static str, String)>;

/// A proof of possession, taken apart. That its signature is of its own words was checked.
pub struct Proof {
    pub header: Json,
    pub claims: Json,
    /// The name of the key that signed it.
    pub key: String,
}

impl Proof {
    pub fn read(compact: &str) -> Self {
        let parts: Vec<_> = compact.split('.').map(|part| Base64UrlUnpadded::decode_vec(part).unwrap()).collect();
        let [header, claims, signature] = &parts[..] else { panic!("one JWT in compact form: {compact}") };
        let json = |bytes: &[u8]| Json::parse(std::str::from_utf8(bytes).unwrap()).unwrap();
        let signature = String::from_utf8(signature.clone()).unwrap();
        let (key, signed) = signature.split_once(" signs ").unwrap();
        assert!(compact.starts_with(&[signed, "."].concat()), "the signature is over what was sent");
        Self { header: json(header), claims: json(claims), key: key.to_owned() }
    }

    pub fn claim(&self, name: &str) -> Option<String> {
        self.claims.text(name)
    }
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

    /// Has an endpoint answer so, once, after what it was told before.
    pub fn reply(&self, path: &'static str, response: Response) {
        self.replies.borrow_mut().entry(path).or_default().push_back(Ok(response));
    }

    /// Has an endpoint not answer, once.
    pub fn fail(&self, path: &'static str) {
        let silence = Err(Error::new(Kind::NetworkFailed));
        self.replies.borrow_mut().entry(path).or_default().push_back(silence);
    }

    /// The provider's metadata have these members, too.
    pub fn announce(&self, members: &[(&str, &str)]) {
        let members = members.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        self.metadata_changes.borrow_mut().extend(members);
    }

    /// The forms that were posted there, read.
    pub fn forms_to(&self, path: &str) -> Vec<BTreeMap<String, String>> {
        let requests = self.requests.borrow();
        let posts =
            requests.iter().filter_map(|line| line.strip_prefix("POST ")?.strip_prefix(path)?.strip_prefix(' '));
        posts.map(form).collect()
    }

    /// The values of a header of each request to this path.
    pub fn header_to(&self, path: &str, name: &str) -> Vec<Option<String>> {
        let requests = self.requests.borrow();
        let headers = self.headers.borrow();
        let to_path = requests.iter().zip(headers.iter()).filter(|(line, _)| line.split(' ').nth(1) == Some(path));
        let value = |headers: &Headers| {
            let mut values = headers.iter().filter(|(found, _)| *found == name).map(|(_, value)| value.clone());
            let first = values.next();
            assert!(values.next().is_none(), "{name} is sent once");
            first
        };
        to_path.map(|(_, headers)| value(headers)).collect()
    }

    /// The proof of each request to this path that has one.
    pub fn proofs_to(&self, path: &str) -> Vec<Proof> {
        self.header_to(path, "dpop").into_iter().flatten().map(|proof| Proof::read(&proof)).collect()
    }

    pub fn open_gate(&self) {
        self.gate_closed.set(false);
        for waker in self.gated.take() {
            waker.wake();
        }
    }

    fn claims(&self) -> String {
        let now_s = self.wall_ms.get().checked_add_signed(-self.ahead_ms.get()).unwrap() / 1000;
        let usual = [
            ("iss", format!("\"{ISSUER}\"")),
            ("sub", "\"ada\"".to_owned()),
            ("aud", "\"spa\"".to_owned()),
            ("exp", (now_s + 300).to_string()),
            ("iat", now_s.to_string()),
            ("nonce", format!("\"{}\"", self.nonce.borrow())),
        ];
        object(&usual, &self.id_token_changes.borrow())
    }

    pub fn id_token(&self) -> String {
        self.signed(&self.claims())
    }

    /// A token with these claims.
    pub fn signed(&self, claims: &str) -> String {
        let part = |text: &str| Base64UrlUnpadded::encode_string(text.as_bytes());
        let (key, algorithm) = (self.signing_key.borrow(), self.signing_algorithm.borrow());
        let key = if key.is_empty() { "k1" } else { key.as_str() };
        let algorithm = if algorithm.is_empty() { "RS256" } else { algorithm.as_str() };
        let header = format!(r#"{{"alg":"{algorithm}","kid":"{key}"}}"#);
        format!("{}.{}.{}", part(&header), part(claims), part("signature"))
    }

    /// A token response; its tokens are bound to the key that was proven.
    pub fn tokens(&self, seconds: u64, bound: bool) -> Response {
        let number = self.issued.get() + 1;
        self.issued.set(number);
        let usual = [
            ("access_token", format!("\"access-{number}\"")),
            ("token_type", format!("\"{}\"", if bound { "DPoP" } else { "Bearer" })),
            ("expires_in", seconds.to_string()),
            ("refresh_token", format!("\"refresh-{number}\"")),
            ("id_token", format!("\"{}\"", self.id_token())),
        ];
        json(200, &object(&usual, &self.token_changes.borrow()))
    }

    fn metadata(&self) -> Response {
        let place = |path: &str| format!("\"{ISSUER}{path}\"");
        let usual = [
            ("issuer", place("")),
            ("authorization_endpoint", place("/authorize")),
            ("token_endpoint", place("/token")),
            ("jwks_uri", place("/jwks")),
            ("revocation_endpoint", place("/revoke")),
            ("end_session_endpoint", place("/end")),
            ("authorization_response_iss_parameter_supported", "true".to_owned()),
        ];
        json(200, &object(&usual, &self.metadata_changes.borrow()))
    }

    fn key_set(&self) -> Response {
        let modulus = Base64UrlUnpadded::encode_string(&[0xff; 256]);
        let key = |name: &str| format!(r#"{{"kty":"RSA","kid":"{name}","n":"{modulus}","e":"AQAB"}}"#);
        let more = self.more_keys.borrow();
        let keys: Vec<String> = ["k1"].into_iter().chain(more.iter().map(String::as_str)).map(key).collect();
        json(200, &format!(r#"{{"keys":[{}]}}"#, keys.join(",")))
    }

    fn token_endpoint(&self, bound: bool) -> Result<Response> {
        let answer = self.answers.borrow_mut().pop_front().unwrap_or(Answer::Tokens(3600));
        match answer {
            Answer::Tokens(seconds) => Ok(self.tokens(seconds, bound)),
            Answer::Raw(status, body) => Ok(json(status, &body)),
            Answer::Busy(seconds) => Ok(Response { retry_after_s: Some(seconds), ..json(429, "") }),
            Answer::Silence => Err(Error::new(Kind::NetworkFailed)),
        }
    }
}

pub fn json(status: u16, body: &str) -> Response {
    Response::new(status, "application/json", body.to_owned())
}

/// The same answer with a nonce for the next proof.
pub fn with_nonce(nonce: &str, response: Response) -> Response {
    Response { dpop_nonce: Some(nonce.to_owned()), ..response }
}

/// The parameters of a form or query, each of which is there once.
pub fn form(text: &str) -> BTreeMap<String, String> {
    let mut parameters = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(text.as_bytes()).into_owned() {
        assert!(parameters.insert(name.clone(), value).is_none(), "{name} is sent once");
    }
    parameters
}

fn object(usual: &[(&str, String)], changes: &[(String, String)]) -> String {
    let mut members: BTreeMap<&str, &str> = usual.iter().map(|(name, value)| (*name, value.as_str())).collect();
    members.extend(changes.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let members = members.iter().filter(|(_, value)| !value.is_empty());
    format!("{{{}}}", members.map(|(name, value)| format!("\"{name}\":{value}")).collect::<Vec<_>>().join(","))
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
        let headers: Headers = request.headers.iter().map(|(name, value)| (*name, value.secret().to_owned())).collect();
        let is_proven = headers.iter().any(|(name, _)| *name == "dpop");
        world.headers.borrow_mut().push(headers);
        let reply = world.replies.borrow_mut().get_mut(path.as_str()).and_then(VecDeque::pop_front);
        if let Some(reply) = reply {
            return reply;
        }
        if path == world.gated_path.get() {
            Gate(Rc::clone(&world)).await;
        }
        match path.as_str() {
            "/.well-known/openid-configuration" => Ok(world.metadata()),
            "/jwks" if world.keys_are_away.get() => Err(Error::new(Kind::NetworkFailed)),
            "/jwks" => Ok(world.key_set()),
            "/token" => {
                Gate(Rc::clone(&world)).await;
                world.token_endpoint(is_proven)
            }
            "/revoke" => match world.revoke_status.get() {
                0 => Ok(json(200, "")),
                status => Ok(json(status, r#"{"error":"unsupported_token_type"}"#)),
            },
            "/par" => {
                let number = world.requests_to("/par");
                Ok(json(201, &format!(r#"{{"request_uri":"urn:pushed:{number}","expires_in":60}}"#)))
            }
            "/userinfo" => Ok(json(200, r#"{"sub":"ada","email":"ada@app.example"}"#)),
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
            return Err(Error::new(Kind::StorageFailed));
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
    fn start_timer(&self, delay_ms: u64) {
        self.0.timer.replace(Some(self.0.wall_ms.get() + delay_ms));
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
        Ok(next.to_le_bytes().into_iter().cycle().take(usize::try_from(count).unwrap()).collect())
    }
}

/// In sessionStorage where the app wants that, else nowhere.
impl Records for Fake {
    async fn load_record(&self, name: &str) -> Option<String> {
        self.load(name).unwrap()
    }

    fn save_record(&self, name: &str, record: &str) {
        if *self.0.storage.borrow() == "session" {
            let _ = self.save(name, record);
        }
    }

    fn remove_record(&self, name: &str) {
        if *self.0.storage.borrow() == "session" {
            let _ = self.remove(name);
        }
    }
}

struct Lock(Rc<World>);

impl Future for Lock {
    type Output = bool;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<bool> {
        if self.0.lock_is_taken.get() {
            self.0.locking.borrow_mut().push(context.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(true)
    }
}

/// One tab of its own, unless a test says what the others do.
impl Tabs for Fake {
    async fn lock(&self) -> bool {
        self.0.note("lock");
        Lock(Rc::clone(&self.0)).await
    }

    fn unlock(&self) {
        self.0.note("unlock");
    }

    async fn mark(&self, change: Change, floor: u32) -> Option<Mark> {
        if self.0.mark_is_broken.get() {
            return None;
        }
        let mark = self.0.mark.get();
        let may = match change {
            Change::None => false,
            Change::Next(from) | Change::Over(from) => from.is_none_or(|from| mark.generation <= from),
        };
        if may {
            let generation = match change {
                Change::Next(Some(from)) => from + 1,
                Change::Next(None) | Change::Over(None) => mark.generation.max(floor) + 1,
                _ => mark.generation + 1,
            };
            self.0.mark.set(Mark { generation, over: matches!(change, Change::Over(_)), written: false });
        }
        Some(Mark { written: may, ..self.0.mark.get() })
    }

    fn say(&self, text: &str) {
        self.0.note("say");
        self.0.said.borrow_mut().push(text.to_owned());
    }
}

impl Windows for Fake {
    async fn visit(&self, window: Window, url: &str, state: &str) -> Result<String> {
        self.0.visits.borrow_mut().push((window, url.to_owned()));
        let asked = form(url.split_once('?').unwrap().1);
        self.0.nonce.replace(asked["nonce"].clone());
        let visitor = self.0.visitors.borrow_mut().pop_front();
        let query = visitor.unwrap_or_else(|| Err(Error::new(Kind::InteractionRequired)))?;
        Ok(format!("{APP}callback?{query}&state={state}&iss={ISSUER}"))
    }
}

/// A digest that says what it is of, in each of its halves.
impl Crypto for Fake {
    async fn digest(&self, bits: u16, text: &str) -> Result<Vec<u8>> {
        Ok(format!("sha{bits}-of-{text}").repeat(2).into_bytes())
    }

    async fn verify(&self, _: Algorithm, key: &Json, _: &str, _: &[u8]) -> bool {
        self.0.checked_with.borrow_mut().push(key.text("kid").unwrap());
        self.0.signature_is_valid.get()
    }
}

/// A public half that names its key, and a signature that names key and text.
impl Keys for Fake {
    async fn make_key(&self, name: &str) -> Result<Json> {
        self.0.keys.borrow_mut().insert(name.to_owned());
        Ok(Json::parse(&format!(r#"{{"kty":"EC","crv":"P-256","x":"{name}","y":"y","d":"d"}}"#)).unwrap())
    }

    async fn sign(&self, name: &str, text: &str) -> Result<Vec<u8>> {
        if self.0.store_is_broken.get() {
            return Err(Error::new(Kind::StorageFailed));
        }
        if !self.0.keys.borrow().contains(name) {
            return Err(Error::new(Kind::DpopKeyLost));
        }
        Ok(format!("{name} signs {text}").into_bytes())
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
        self.0.url.replace(url::Url::parse(APP).unwrap().join(url).unwrap().into());
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

pub fn options(more: &str) -> Json {
    let comma = if more.is_empty() { "" } else { "," };
    let usual = format!(r#""issuer":"{ISSUER}","clientId":"spa","redirectUri":"/callback","scope":"openid""#);
    Json::parse(&format!("{{{usual}{comma}{more}}}")).unwrap()
}

impl Tab {
    pub fn new(storage: &str) -> Self {
        Self::with(storage, "")
    }

    /// A page whose options have these members beyond the usual ones.
    pub fn with(storage: &str, more_options: &str) -> Self {
        let world = Rc::new(World::default());
        world.wall_ms.set(START_MS);
        world.monotonic_ms.set(1_000);
        world.signature_is_valid.set(true);
        world.url.replace(format!("{APP}notes?page=2#end"));
        world.storage.replace(storage.to_owned());
        world.more_options.replace(more_options.to_owned());
        Self::over(world, storage)
    }

    /// Another page in the same world: a reload.
    pub fn over(world: Rc<World>, storage: &str) -> Self {
        world.storage.replace(storage.to_owned());
        let config = Config::read(&options(&world.more_options.borrow()), APP).unwrap();
        let session = Session::new(config, Fake(Rc::clone(&world)));
        Self { world, session }
    }

    pub fn start(&self) {
        let session = Rc::clone(&self.session);
        self.world.spawned.borrow_mut().push(Box::pin(async move { session.start(false).await }));
        self.run();
    }

    /// Runs this to its end.
    pub fn wait<T: 'static>(&self, work: impl Future<Output = T> + 'static) -> T {
        let slot = Rc::new(RefCell::new(None));
        let filled = Rc::clone(&slot);
        self.world.spawned.borrow_mut().push(Box::pin(async move {
            let value = work.await;
            filled.replace(Some(value));
        }));
        self.run();
        slot.take().expect("it ends")
    }

    /// Leaves for the provider, and gives the parameters that it was asked with.
    pub fn leave(&self) -> BTreeMap<String, String> {
        self.try_to_leave(SignInOptions::default()).unwrap()
    }

    /// The same for a sign-in with these options, which may fail. Where the request was pushed, what was pushed.
    pub fn try_to_leave(&self, options: SignInOptions) -> Result<BTreeMap<String, String>> {
        let session = Rc::clone(&self.session);
        self.wait(async move { session.sign_in(options, None).await })?;
        let url = self.world.left_for.take().expect("the page leaves");
        let query = url.split_once('?').unwrap().1;
        let mut asked = form(query);
        if asked.contains_key("request_uri") {
            asked = self.world.forms_to("/par").pop().unwrap();
        }
        self.world.went_to.replace(url);
        self.world.nonce.replace(asked["nonce"].clone());
        Ok(asked)
    }

    /// Leaves for the provider and comes back from it, which is another page.
    pub fn go(&self, options: SignInOptions) -> Self {
        let asked = self.try_to_leave(options).unwrap();
        let tab = self.reloaded();
        tab.come_back(&format!("code=c1&state={}&iss={ISSUER}", asked["state"]));
        tab
    }

    /// Another page with the same options, not started yet.
    pub fn reloaded(&self) -> Self {
        self.world.timer.take();
        let storage = self.world.storage.borrow().clone();
        Self::over(Rc::clone(&self.world), &storage)
    }

    /// Signs out, with a visit to the provider or without.
    pub fn sign_out(&self, at_provider: bool, revoke: bool) {
        let session = Rc::clone(&self.session);
        self.wait(async move { session.sign_out(at_provider, revoke).await }).unwrap();
    }

    /// The token for a request, with its proof where it is bound to a key.
    pub fn token_for(&self, method: &'static str, url: &'static str) -> Result<(String, Option<Proof>)> {
        let session = Rc::clone(&self.session);
        let answer = self.wait(async move { session.token(Need::default(), Some((method, url))).await });
        answer.map(|(token, _, proof)| (token.secret().to_owned(), proof.map(|proof| Proof::read(&proof))))
    }

    /// What the provider says about the user.
    pub fn userinfo(&self) -> Result<Json> {
        let session = Rc::clone(&self.session);
        self.wait(async move { session.userinfo().await })
    }

    /// Comes back from the provider with these parameters.
    pub fn come_back(&self, query: &str) {
        self.world.url.replace(format!("{APP}callback?{query}"));
        self.start();
    }

    /// A page that is signed in with a token of so many seconds.
    pub fn signed_in(storage: &str, seconds: u64) -> Self {
        let before = Self::new(storage);
        before.world.answer_with(&[Answer::Tokens(seconds)]);
        let tab = before.go(SignInOptions::default());
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
            let due = self.world.timer.borrow().filter(|at| *at <= end);
            let until = due.unwrap_or(end);
            let step = until.saturating_sub(self.world.wall_ms.get());
            self.world.wall_ms.set(until.max(self.world.wall_ms.get()));
            self.world.monotonic_ms.set(self.world.monotonic_ms.get() + step);
            if due.is_none() {
                return self.run();
            }
            self.world.timer.take();
            self.session.tick();
            self.run();
        }
    }

    /// Asks for a token; the slot is filled when the answer comes.
    pub fn want(&self, need: Need) -> Rc<RefCell<Option<Result<String>>>> {
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
