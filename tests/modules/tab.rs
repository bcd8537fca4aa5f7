//! One tab of a browser: an address bar, a store, a clock, and the provider at the other end of every request.

use super::platform::{Platform, platform};
use super::provider::Provider;
use core::cell::RefCell;
use core::future::{Future, poll_fn};
use core::pin::{Pin, pin};
use core::task::Poll;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use tokenward::core::base::error::{Error, Kind, Result};
use tokenward::core::base::http::{Request, Response};
use tokenward::core::base::json::Json;
use tokenward::core::base::time::Now;
use tokenward::core::jose::jws::Algorithm;
use tokenward::core::session::effect::Event;
use tokenward::core::session::message::Mark;
use tokenward::driver::session::Snapshot;
use tokenward::ports::{
    Audience, Change, Clock, Crypto, Fetch, Keys, Page, Random, Records, Store, Tabs, Timer, Window, Windows,
};

type Work = Pin<Box<dyn Future<Output = ()>>>;

/// What outlives a page.
pub(crate) struct Tab {
    pub provider: Rc<Provider>,
    pub url: RefCell<String>,
    /// Where the page was sent to.
    pub left_for: RefCell<Option<String>>,
    pub stored: RefCell<BTreeMap<String, String>>,
    /// The names of the keys that the client made and did not forget.
    pub keys: RefCell<BTreeSet<String>>,
    pub events: RefCell<Vec<Event>>,
    platform: Platform,
    spawned: RefCell<Vec<Work>>,
}

impl Tab {
    pub(crate) fn new(provider: Provider, url: &str) -> Rc<Self> {
        Rc::new(Self {
            provider: Rc::new(provider),
            url: RefCell::new(url.to_owned()),
            left_for: RefCell::default(),
            stored: RefCell::default(),
            keys: RefCell::default(),
            events: RefCell::default(),
            platform: platform(),
            spawned: RefCell::default(),
        })
    }

    /// Does this to its end, and beside it what the session does in the background.
    pub(crate) async fn run<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        let mut running: Vec<Work> = Vec::new();
        poll_fn(|context| {
            loop {
                running.append(&mut self.spawned.borrow_mut());
                let before = running.len();
                running.retain_mut(|one| one.as_mut().poll(context).is_pending());
                let rests = running.len() == before && self.spawned.borrow().is_empty();
                if let Poll::Ready(value) = work.as_mut().poll(context) {
                    return Poll::Ready(value);
                }
                if rests && self.spawned.borrow().is_empty() {
                    return Poll::Pending;
                }
            }
        })
        .await
    }
}

/// The ports of a page in the tab.
#[derive(Clone)]
pub(crate) struct Ports(pub Rc<Tab>);

impl core::fmt::Debug for Ports {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Ports")
    }
}

impl Fetch for Ports {
    async fn send(&self, request: Request) -> Result<Response> {
        let provider = Rc::clone(&self.0.provider);
        provider.log(request.method(), &request.url);
        // A token takes longer to make than a file to read: of requests that are on their way together, it comes last.
        for _ in 0..if request.form.is_some() { 2 } else { 1 } {
            another_turn().await;
        }
        provider.answer(&request)
    }
}

/// Lets the others go first, once.
async fn another_turn() {
    let mut is_over = false;
    poll_fn(|context| {
        if core::mem::replace(&mut is_over, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

impl Store for Ports {
    fn load(&self, name: &str) -> Result<Option<String>> {
        Ok(self.0.stored.borrow().get(name).cloned())
    }

    fn save(&self, name: &str, value: &str) -> Result<()> {
        self.0.stored.borrow_mut().insert(name.to_owned(), value.to_owned());
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<()> {
        self.0.stored.borrow_mut().remove(name);
        Ok(())
    }

    fn names(&self, prefix: &str) -> Result<Vec<String>> {
        Ok(self.0.stored.borrow().keys().filter(|name| name.starts_with(prefix)).cloned().collect())
    }
}

/// The record survives the page as what the sign-in left does.
impl Records for Ports {
    async fn load_record(&self, name: &str) -> Option<String> {
        self.load(name).ok().flatten()
    }

    fn save_record(&self, name: &str, record: &str) {
        self.0.stored.borrow_mut().insert(name.to_owned(), record.to_owned());
    }

    fn remove_record(&self, name: &str) {
        self.0.stored.borrow_mut().remove(name);
    }
}

/// There is no other tab.
impl Tabs for Ports {
    async fn lock(&self) -> bool {
        true
    }

    fn unlock(&self) {}

    async fn mark(&self, _: Change, _: u32) -> Option<Mark> {
        None
    }

    fn say(&self, _: &str) {}
}

/// There is no other window.
impl Windows for Ports {
    async fn visit(&self, _: Window, _: &str, _: &str) -> Result<String> {
        Err(Error::new(Kind::PopupBlocked))
    }
}

impl Clock for Ports {
    fn now(&self) -> Now {
        let now_ms = self.0.provider.now_s.get() * 1000;
        Now { wall_ms: now_ms, monotonic_ms: now_ms }
    }
}

impl Timer for Ports {
    /// Nothing here takes so long that a timer would fire.
    fn start_timer(&self, _: u64) {}

    fn stop_timer(&self) {}

    fn spawn(&self, work: Work) {
        self.0.spawned.borrow_mut().push(work);
    }
}

impl Random for Ports {
    fn bytes(&self, count: u32) -> Result<Vec<u8>> {
        self.0.platform.bytes(count)
    }
}

impl Crypto for Ports {
    async fn digest(&self, bits: u16, text: &str) -> Result<Vec<u8>> {
        self.0.platform.digest(bits, text).await
    }

    async fn verify(&self, algorithm: Algorithm, key: &Json, signed: &str, signature: &[u8]) -> bool {
        self.0.platform.verify(algorithm, key, signed, signature).await
    }
}

impl Keys for Ports {
    async fn make_key(&self, name: &str) -> Result<Json> {
        self.0.keys.borrow_mut().insert(name.to_owned());
        self.0.platform.make_key(name).await
    }

    async fn sign(&self, name: &str, text: &str) -> Result<Vec<u8>> {
        self.0.platform.sign(name, text).await
    }

    fn forget_key(&self, name: &str) {
        self.0.keys.borrow_mut().remove(name);
        self.0.platform.forget_key(name);
    }
}

impl Page for Ports {
    fn url(&self) -> String {
        self.0.url.borrow().clone()
    }

    fn replace_url(&self, url: &str) {
        let page = url::Url::parse(&self.0.url.borrow()).unwrap();
        self.0.url.replace(page.join(url).unwrap().into());
    }

    fn navigate(&self, url: &str) -> Result<()> {
        self.0.left_for.replace(Some(url.to_owned()));
        Ok(())
    }
}

impl Audience for Ports {
    fn publish(&self, _: &Snapshot) {}

    fn report(&self, event: &Event) {
        self.0.events.borrow_mut().push(event.clone());
    }
}
