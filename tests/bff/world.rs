//! Around a backend: a provider that rotates refresh tokens and ends a family of which one comes twice, a store with
//! compare-and-set, an API that takes what the provider gave, and browsers with their cookies.

use super::jar::Jar;
use super::sim::{START_MS, Sim};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;
use tokenward::core::base::base64url::encode;
use tokenward::core::base::error::{Error, Kind, Result};
use tokenward::core::base::form::values;
use tokenward::core::base::http::{Request, Response};
use tokenward::core::base::json::Json;
use tokenward::core::base::time::Now;
use tokenward::core::bff::config::BffConfig;
use tokenward::core::bff::headers::Headers;
use tokenward::core::jose::jws::{Algorithm, SigningKey};
use tokenward::edge::bff::{Asked, Bff, Handled, Passed};
use tokenward::ports::{Aead, Clock, Crypto, Expected, Fetch, Journal, Pause, Random, Shared, Signer, Stored};

pub(super) const ISSUER: &str = "https://op.example";
pub(super) const ORIGIN: &str = "https://app.example";

/// The most characters of a value that our stores take.
const MOST_STORED_CHARS: usize = 32_000;

/// What an isolate runs on. Isolates of one world share its store and its provider, and nothing else.
#[derive(Clone)]
pub(super) struct Ports {
    pub(super) world: Rc<World>,
    /// The ids of its key ring.
    pub(super) ring: Vec<&'static str>,
}

pub(super) struct World {
    pub(super) sim: Rc<Sim>,
    pub(super) provider: Provider,
    entries: RefCell<HashMap<String, (String, u64, u64)>>,
    writes: Cell<u64>,
    /// Milliseconds that a look at the store takes at most; none where it is 0.
    pub(super) store_ms: u64,
    /// The store fails.
    pub(super) store_fails: Cell<bool>,
    /// The store says of every write that something else is there than was expected.
    pub(super) store_refuses: Cell<bool>,
    pub(super) events: RefCell<Vec<String>>,
    /// Everything that was sent, but for what the provider's documents are asked with.
    pub(super) sent: RefCell<Vec<Request>>,
}

#[derive(Default)]
pub(super) struct Provider {
    /// The refresh token that each family has now, by its first.
    families: RefCell<BTreeMap<String, u64>>,
    pub(super) ended: RefCell<HashSet<String>>,
    /// When each access token ends.
    access: RefCell<HashMap<String, u64>>,
    pub(super) refreshes: Cell<u64>,
    pub(super) lifetime_s: Cell<u64>,
    /// Milliseconds that an answer takes at most.
    pub(super) answer_ms: Cell<u64>,
    /// Milliseconds that an answer takes beside, whatever is asked.
    pub(super) token_ms: Cell<u64>,
    /// The name of the key that it signs with, and has in its key set.
    pub(super) key_id: Cell<&'static str>,
    /// How often somebody asked for the key set, and how many milliseconds that takes.
    pub(super) key_sets: Cell<u64>,
    pub(super) key_set_ms: Cell<u64>,
    /// A refresh brings an ID token too.
    pub(super) renews_id_token: Cell<bool>,
    /// It says nothing of itself, and leaves whoever asks to wait.
    pub(super) is_mute: Cell<bool>,
    /// Milliseconds that its metadata and its keys take.
    pub(super) documents_ms: Cell<u64>,
    /// In how many of a hundred requests for new tokens the request never gets there, nor any answer back.
    pub(super) lost_percent: Cell<u64>,
    /// In how many of a hundred the provider has a fault, and does nothing.
    pub(super) fault_percent: Cell<u64>,
    /// So many requests get no answer, and do not arrive.
    pub(super) unanswered: Cell<u32>,
    /// What the next answers of the token endpoint are, in the place of tokens.
    /// Which tokens it does not revoke, by their hint, and why.
    pub(super) revocation_error: Cell<Option<(&'static str, &'static str)>>,
    pub(super) says: RefCell<Vec<(u16, &'static str)>>,
    /// Claims beside the usual ones of the next ID token.
    pub(super) claims: RefCell<String>,
    /// What each sign-in sent, by its code.
    nonces: RefCell<HashMap<String, String>>,
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        let provider = Provider::default();
        provider.lifetime_s.set(300);
        provider.key_id.set("k");
        Self {
            sim: Sim::new(seed),
            provider,
            entries: RefCell::default(),
            writes: Cell::default(),
            store_ms: 0,
            store_fails: Cell::default(),
            store_refuses: Cell::default(),
            events: RefCell::default(),
            sent: RefCell::default(),
        }
    }

    /// An isolate with these options beside the usual ones.
    pub(super) fn isolate(self: &Rc<Self>, more: &str) -> Rc<Bff<Ports>> {
        self.isolate_with(more, &["key-one1", "key-two2"])
    }

    pub(super) fn isolate_with(self: &Rc<Self>, more: &str, ring: &[&'static str]) -> Rc<Bff<Ports>> {
        let ports = Ports { world: Rc::clone(self), ring: ring.to_vec() };
        Rc::new(Bff::new(config(more).unwrap(), ports))
    }

    pub(super) fn wall_ms(&self) -> u64 {
        START_MS + self.sim.now_ms()
    }

    /// What the store has under keys that begin so, as it is written there.
    pub(super) fn stored(&self, prefix: &str) -> Vec<String> {
        let entries = self.entries.borrow();
        let live = entries.iter().filter(|(key, entry)| key.starts_with(prefix) && entry.2 > self.wall_ms());
        live.map(|(key, _)| key.clone()).collect()
    }

    /// What the API says to this token.
    pub(super) fn takes(&self, authorization: &str) -> bool {
        let token = authorization.strip_prefix("Bearer ").unwrap_or_default();
        self.provider.access.borrow().get(token).is_some_and(|end| *end > self.sim.now_ms())
    }

    /// A logout token with these claims beside issuer, audience and times.
    pub(super) fn logout_token(&self, more: &str) -> String {
        let now_s = self.wall_ms() / 1000;
        let claims = format!(r#"{{"iss":"{ISSUER}","aud":"app","iat":{now_s},"exp":{},{more}}}"#, now_s + 120);
        sign(r#"{"alg":"EdDSA","kid":"k","typ":"logout+jwt"}"#, &claims)
    }
}

/// A token whose signature nobody has made, and [`Ports`] believes.
pub(super) fn sign(header: &str, claims: &str) -> String {
    [encode(header.as_bytes()), encode(claims.as_bytes()), encode(&[7; 64])].join(".")
}

pub(super) fn config(more: &str) -> Result<BffConfig> {
    let usual = [
        ("privateKey", "clientSecret", "s3cret-of-app"),
        ("issuer", "issuer", ISSUER),
        ("clientId", "clientId", "app"),
        ("origin", "origin", ORIGIN),
    ];
    let usual = usual.iter().filter(|(instead, _, _)| !more.contains(&format!("\"{instead}\":")));
    let usual: Vec<String> = usual.map(|(_, name, value)| format!(r#""{name}":"{value}","#)).collect();
    let usual = usual.concat();
    let options = format!(
        r#"{{{usual}"apis":[{{"path":"/api","target":"https://api.example/v1"}}],"idTokenSignedResponseAlg":"EdDSA"{more}}}"#
    );
    BffConfig::read(&Json::parse(&options).unwrap())
}

impl Provider {
    /// Whoever comes with this code was sent here with this nonce.
    pub(super) fn expect(&self, code: &str, nonce: &str) {
        self.nonces.borrow_mut().insert(code.to_owned(), nonce.to_owned());
    }

    fn tokens(&self, family: &str, number: u64, world: &World, id_token: &str) -> String {
        let access = format!("at-{family}-{number}");
        let lifetime_s = self.lifetime_s.get();
        self.access.borrow_mut().insert(access.clone(), world.sim.now_ms() + lifetime_s * 1000);
        self.families.borrow_mut().insert(family.to_owned(), number);
        format!(
            r#"{{"access_token":"{access}","token_type":"Bearer","expires_in":{lifetime_s},"refresh_token":"rt-{family}-{number}"{id_token}}}"#
        )
    }

    fn answer(&self, world: &World, form: &str) -> (u16, String) {
        if let Some((status, body)) = self.says.borrow_mut().pop() {
            return (status, body.to_owned());
        }
        let one = |name| values(form, name).pop().unwrap_or_default();
        if one("grant_type") == "authorization_code" {
            let family = one("code");
            let now_s = world.wall_ms() / 1000;
            let (nonces, more) = (self.nonces.borrow(), self.claims.borrow());
            let nonce = &nonces[&family];
            let claims = format!(
                r#"{{"iss":"{ISSUER}","aud":"app","sub":"user-of-{family}","sid":"sid-{family}","iat":{now_s},"exp":{},"nonce":"{nonce}"{more}}}"#,
                now_s + 300
            );
            return (200, self.tokens(&family, 1, world, &self.id_token(&claims)));
        }
        self.refreshes.set(self.refreshes.get() + 1);
        let presented = one("refresh_token");
        let (family, number) = presented.strip_prefix("rt-").and_then(|rest| rest.rsplit_once('-')).unwrap();
        let current = self.families.borrow().get(family).copied();
        if current != number.parse().ok() {
            self.ended.borrow_mut().insert(family.to_owned());
        }
        if self.ended.borrow().contains(family) {
            return (400, r#"{"error":"invalid_grant"}"#.to_owned());
        }
        let now_s = world.wall_ms() / 1000;
        let claims = format!(
            r#"{{"iss":"{ISSUER}","aud":"app","sub":"user-of-{family}","sid":"sid-{family}","iat":{now_s},"exp":{}}}"#,
            now_s + 300
        );
        let id_token = if self.renews_id_token.get() { self.id_token(&claims) } else { String::new() };
        (200, self.tokens(family, current.unwrap() + 1, world, &id_token))
    }

    /// The member of a token response with these claims.
    fn id_token(&self, claims: &str) -> String {
        let header = format!(r#"{{"alg":"EdDSA","kid":"{}"}}"#, self.key_id.get());
        format!(r#","id_token":"{}""#, sign(&header, claims))
    }
}

impl Fetch for Ports {
    async fn send(&self, request: Request) -> Result<Response> {
        let (world, provider) = (&self.world, &self.world.provider);
        let json = |status, body: String| Ok(Response::new(status, "application/json", body));
        if request.form.is_none() {
            let (patience_ms, documents_ms) = (request.patience_ms.into(), provider.documents_ms.get());
            world.sim.sleep(documents_ms.min(patience_ms)).await;
            if documents_ms > patience_ms {
                return Err(Error::new(Kind::TimedOut));
            }
        }
        if request.url.ends_with("/.well-known/openid-configuration") {
            if provider.is_mute.get() {
                world.sim.sleep(request.patience_ms.into()).await;
                return Err(Error::new(Kind::TimedOut));
            }
            return json(
                200,
                format!(
                    r#"{{"issuer":"{ISSUER}","authorization_endpoint":"{ISSUER}/authorize","token_endpoint":"{ISSUER}/token",
                    "jwks_uri":"{ISSUER}/jwks","revocation_endpoint":"{ISSUER}/revoke","end_session_endpoint":"{ISSUER}/end",
                    "token_endpoint_auth_methods_supported":["client_secret_basic","private_key_jwt"],
                    "token_endpoint_auth_signing_alg_values_supported":["ES256"]}}"#
                ),
            );
        }
        if request.url.ends_with("/jwks") {
            provider.key_sets.set(provider.key_sets.get() + 1);
            let key = r#""kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo""#;
            let body = format!(r#"{{"keys":[{{{key},"kid":"{}"}}]}}"#, provider.key_id.get());
            world.sim.sleep(provider.key_set_ms.get()).await;
            return json(200, body);
        }
        world.sent.borrow_mut().push(request.clone());
        if request.url.ends_with("/revoke") {
            let error = world.provider.revocation_error.get().filter(|(hint, _)| {
                values(request.form.as_ref().unwrap().secret(), "token_type_hint") == [hint.to_owned()]
            });
            if let Some((_, error)) = error {
                return json(400, format!(r#"{{"error":"{error}"}}"#));
            }
            return json(200, String::new());
        }
        if provider.unanswered.get() > 0 {
            provider.unanswered.set(provider.unanswered.get() - 1);
            return Err(Error::new(Kind::NetworkFailed));
        }
        let form = request.form.as_ref().map(|form| form.secret().to_owned()).unwrap_or_default();
        let is_refresh = form.contains("grant_type=refresh_token");
        if is_refresh && world.sim.chance(provider.lost_percent.get()) {
            // Half of them with whoever sent them.
            let ends = world.sim.chance(50);
            world.sim.sleep(if ends { 3_600_000 } else { request.patience_ms.into() }).await;
            return Err(Error::new(Kind::TimedOut));
        }
        let whole_ms = world.sim.below(provider.answer_ms.get());
        let there_ms = whole_ms / 2;
        world.sim.sleep(there_ms).await;
        if is_refresh && world.sim.chance(provider.fault_percent.get()) {
            return json(503, String::new());
        }
        let (status, body) = provider.answer(world, &form);
        world.sim.sleep(whole_ms - there_ms + provider.token_ms.get()).await;
        json(status, body)
    }
}

impl Clock for Ports {
    fn now(&self) -> Now {
        Now { wall_ms: self.world.wall_ms(), monotonic_ms: START_MS + self.world.sim.now_ms() }
    }
}

impl Random for Ports {
    fn bytes(&self, count: u32) -> Result<Vec<u8>> {
        Ok((0..count).map(|_| u8::try_from(self.world.sim.below(256)).unwrap()).collect())
    }
}

/// Not SHA-2, and as good as that here: what differs stays different.
fn mix(text: &str) -> [u8; 32] {
    let mut state = [0xcbf2_9ce4_8422_2325_u64, 1, 2, 3];
    for (at, byte) in text.bytes().enumerate() {
        let one = &mut state[at % 4];
        *one = (*one ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3).rotate_left(23);
    }
    let whole = state.iter().fold(0_u64, |whole, one| whole.rotate_left(7) ^ one);
    let mut bytes = [0; 32];
    for (at, part) in bytes.chunks_exact_mut(8).enumerate() {
        part.copy_from_slice(&(state[at] ^ whole).to_be_bytes());
    }
    bytes
}

impl Crypto for Ports {
    async fn digest(&self, _: u16, text: &str) -> Result<Vec<u8>> {
        Ok(mix(text).to_vec())
    }

    async fn verify(&self, _: Algorithm, _: &Json, _: &str, signature: &[u8]) -> bool {
        signature == [7; 64]
    }
}

impl Signer for Ports {
    async fn sign_with(&self, _: &SigningKey, _: &str) -> Result<Vec<u8>> {
        Ok(vec![7; 64])
    }
}

/// Readable, but bound to its key, place and bytes as what is sealed is.
impl Aead for Ports {
    async fn key_ids(&self) -> Result<Vec<String>> {
        Ok(self.ring.iter().map(|id| (*id).to_owned()).collect())
    }

    async fn seal(&self, key_id: &str, nonce: &[u8], associated: &str, plain: &[u8]) -> Result<Vec<u8>> {
        let tag = mix(&format!("{key_id} {associated} {} {}", encode(nonce), encode(plain)));
        Ok([plain, &tag[..16]].concat())
    }

    async fn open(&self, key_id: &str, nonce: &[u8], associated: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let plain = &sealed[..sealed.len() - 16];
        let same = self.seal(key_id, nonce, associated, plain).await.unwrap();
        (same == sealed && self.ring.contains(&key_id)).then(|| plain.to_vec())
    }
}

impl Ports {
    async fn travel(&self) -> Result<()> {
        let half_ms = self.world.sim.below(self.world.store_ms) / 2;
        if self.world.store_ms > 0 {
            self.world.sim.sleep(half_ms).await;
        }
        if self.world.store_fails.get() { Err(Error::new(Kind::StoreFailed)) } else { Ok(()) }
    }
}

impl Shared for Ports {
    async fn read(&self, keys: &[String]) -> Result<Vec<Option<Stored>>> {
        self.travel().await?;
        let now_ms = self.world.wall_ms();
        let found = |key: &String| {
            let entries = self.world.entries.borrow();
            let (value, version, _) = entries.get(key).filter(|(_, _, end)| *end > now_ms)?;
            Some(Stored { value: value.clone(), version: version.to_string() })
        };
        let found = keys.iter().map(found).collect();
        self.travel().await?;
        Ok(found)
    }

    async fn write(
        &self,
        key: &str,
        value: &str,
        expected: Expected<'_>,
        expires_at_ms: u64,
    ) -> Result<Option<String>> {
        self.travel().await?;
        if value.chars().count() > MOST_STORED_CHARS {
            return Err(Error::new(Kind::StoreFailed));
        }
        let now_ms = self.world.wall_ms();
        let there = self.world.entries.borrow().get(key).filter(|(_, _, end)| *end > now_ms).map(|one| one.1);
        let is_expected = match expected {
            Expected::Anything => true,
            _ if self.world.store_refuses.get() => false,
            Expected::Nothing => there.is_none(),
            Expected::Version(version) => there.is_some_and(|there| there.to_string() == version),
        };
        let version = self.world.writes.get() + 1;
        if is_expected {
            self.world.writes.set(version);
            self.world.entries.borrow_mut().insert(key.to_owned(), (value.to_owned(), version, expires_at_ms));
        }
        self.travel().await?;
        Ok(is_expected.then(|| version.to_string()))
    }

    async fn remove(&self, key: &str) -> Result<()> {
        self.travel().await?;
        self.world.entries.borrow_mut().remove(key);
        Ok(())
    }
}

impl Pause for Ports {
    async fn pause(&self, milliseconds: u64) {
        self.world.sim.sleep(milliseconds).await;
    }
}

impl Journal for Ports {
    fn note(&self, event: &'static str, error: Option<&Error>) {
        let code = error.map_or("", |error| error.kind.entry().code);
        self.world.events.borrow_mut().push(format!("{event} {code}").trim().to_owned());
    }
}

/// An answer as a browser sees it.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Seen {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn cookies(&self) -> Vec<&str> {
        self.headers.iter().filter(|(name, _)| name == "set-cookie").map(|(_, value)| value.as_str()).collect()
    }

    pub(super) fn json(&self) -> Json {
        Json::parse(&self.body).unwrap_or_else(|| panic!("not JSON: {}", self.body))
    }
}

pub(super) const NAVIGATION: [(&str, &str); 2] = [("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")];
pub(super) const PAGE: [(&str, &str); 3] =
    [("x-tokenward", "1"), ("sec-fetch-site", "same-origin"), ("origin", ORIGIN)];

pub(super) fn asked(method: &str, path: &str, headers: &[(&str, &str)], cookie: &str, body: &str) -> Asked {
    let mut pairs: Vec<_> = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    if !cookie.is_empty() {
        pairs.push(("cookie".to_owned(), cookie.to_owned()));
    }
    Asked {
        method: method.to_owned(),
        url: format!("{ORIGIN}{path}"),
        headers: Headers::new(pairs),
        body: body.to_owned(),
    }
}

/// What an endpoint answers. None of those that are asked here sends anything on.
pub(super) async fn ask(bff: &Bff<Ports>, asked: Asked) -> Seen {
    match bff.handle(asked).await {
        Handled::Answer(answer) => Seen {
            status: answer.status,
            headers: answer.headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            body: answer.body,
        },
        other => panic!("no answer: {other:?}"),
    }
}

/// Goes to the provider and back, as the user whose name the code is, and keeps the cookies.
pub(super) async fn sign_in(world: &World, bff: &Bff<Ports>, jar: &RefCell<Jar>, code: &str) -> Seen {
    let header = jar.borrow().header();
    let left = ask(bff, asked("GET", "/auth/login?returnTo=/inbox", &NAVIGATION, &header, "")).await;
    let location = left.header("location").unwrap_or_else(|| panic!("{left:?}")).to_owned();
    left.cookies().iter().for_each(|cookie| jar.borrow_mut().take_one(cookie));
    let query = location.split_once('?').unwrap().1;
    let one = |name| values(query, name).pop().unwrap();
    world.provider.expect(code, &one("nonce"));
    let path = format!("/auth/callback?code={code}&state={}&iss={ISSUER}", one("state"));
    let header = jar.borrow().header();
    let back = ask(bff, asked("GET", &path, &NAVIGATION, &header, "")).await;
    back.cookies().iter().for_each(|cookie| jar.borrow_mut().take_one(cookie));
    back
}

/// A browser in front of a backend, and the time around both.
pub(super) struct Browser {
    pub(super) world: Rc<World>,
    pub(super) bff: Rc<Bff<Ports>>,
    pub(super) jar: Rc<RefCell<Jar>>,
}

impl Browser {
    pub(super) fn at(world: &Rc<World>, more: &str) -> Self {
        Self::before(world, &world.isolate(more))
    }

    pub(super) fn before(world: &Rc<World>, bff: &Rc<Bff<Ports>>) -> Self {
        Self { world: Rc::clone(world), bff: Rc::clone(bff), jar: Rc::default() }
    }

    /// The same with the cookies that it has now, and its own from then on.
    pub(super) fn copy(&self) -> Self {
        let jar = Rc::new(RefCell::new(self.jar.borrow().clone()));
        Self { world: Rc::clone(&self.world), bff: Rc::clone(&self.bff), jar }
    }

    /// The same in front of another backend.
    pub(super) fn goes_to(&self, bff: &Rc<Bff<Ports>>) -> Self {
        Self { bff: Rc::clone(bff), ..self.copy() }
    }

    pub(super) fn sign_in(&self, code: &str) -> Seen {
        let (world, bff, jar, code) =
            (Rc::clone(&self.world), Rc::clone(&self.bff), Rc::clone(&self.jar), code.to_owned());
        self.world.sim.wait_for(async move { sign_in(&world, &bff, &jar, &code).await })
    }

    pub(super) fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Seen {
        let (bff, asked) = (Rc::clone(&self.bff), asked(method, path, headers, &self.jar.borrow().header(), body));
        let seen = self.world.sim.wait_for(async move { ask(&bff, asked).await });
        seen.cookies().iter().for_each(|cookie| self.jar.borrow_mut().take_one(cookie));
        seen
    }

    pub(super) fn session(&self) -> Json {
        self.ask("GET", "/auth/session", &PAGE, "").json()
    }

    pub(super) fn is_signed_in(&self) -> bool {
        self.session().is("status", "signedIn")
    }

    /// Calls an API that answers with these, the last one again and again: what each call shows it, and the answer at last.
    pub(super) fn call(&self, answers: &[(u16, &'static str)]) -> (Vec<String>, u16) {
        let (bff, asked) = (Rc::clone(&self.bff), asked("GET", "/api/x", &PAGE, &self.jar.borrow().header(), ""));
        let (jar, answers) = (Rc::clone(&self.jar), answers.to_vec());
        self.world.sim.wait_for(async move {
            let mut shown = Vec::new();
            let mut passage = match bff.handle(asked).await {
                Handled::Pass(passage) => passage,
                Handled::Answer(answer) => return (shown, answer.status),
                Handled::NotOurs => panic!("not ours"),
            };
            loop {
                shown.push(
                    passage.headers.iter().find(|(name, _)| name == "authorization").unwrap().1.secret().to_owned(),
                );
                let (status, challenge) = answers[(shown.len() - 1).min(answers.len() - 1)];
                let headers = Headers::new(vec![("www-authenticate".to_owned(), challenge.to_owned())]);
                match bff.settle(*passage, status, &headers, true).await {
                    Passed::Again(again) => passage = again,
                    Passed::Answer(answer) => return (shown, answer.status),
                    Passed::Down(down) => {
                        let cookies = down.iter().filter(|(name, _)| name == "set-cookie");
                        cookies.for_each(|(_, cookie)| jar.borrow_mut().take_one(cookie));
                        return (shown, status);
                    }
                }
            }
        })
    }

    pub(super) fn sleep(&self, milliseconds: u64) {
        let sim = Rc::clone(&self.world.sim);
        self.world.sim.wait_for(async move { sim.sleep(milliseconds).await });
    }
}
