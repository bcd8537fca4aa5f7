//! What the outside does for the core: small traits, real in `web`, fakes in the native tests.

use crate::core::base::error::{Error, Result};
use crate::core::base::http::{Request, Response};
use crate::core::base::json::Json;
use crate::core::base::time::Now;
use crate::core::jose::jws::{Algorithm, SigningKey};
use crate::core::session::effect::Event;
use crate::core::session::message::Mark;
use core::future::Future;
use core::pin::Pin;

/// Sends requests to the provider: no cookies, no cache, no redirect followed, at most
/// [`crate::core::base::http::MAX_BODY_BYTES`] read, and an end to waiting.
pub trait Fetch {
    /// Sends one request.
    ///
    /// # Errors
    /// `network_failed`, `timed_out` or `response_too_large`.
    fn send(&self, request: Request) -> impl Future<Output = Result<Response>>;
}

/// Strings by name, in this tab only: what has to survive a visit to the provider.
pub trait Store {
    /// What is stored under the name.
    ///
    /// # Errors
    /// `storage_failed`.
    fn load(&self, name: &str) -> Result<Option<String>>;
    /// Stores under the name.
    ///
    /// # Errors
    /// `storage_failed`.
    fn save(&self, name: &str, value: &str) -> Result<()>;
    /// Removes what is stored under the name.
    ///
    /// # Errors
    /// `storage_failed`.
    fn remove(&self, name: &str) -> Result<()>;
    /// The names that begin so.
    ///
    /// # Errors
    /// `storage_failed`.
    fn names(&self, prefix: &str) -> Result<Vec<String>>;
}

/// Reads both clocks.
pub trait Clock {
    /// The time now.
    fn now(&self) -> Now;
}

/// One timer, and work in the background.
pub trait Timer {
    /// Has the session [`crate::driver::session::Session::tick`] in `delay_ms`, and forgets any earlier such wish.
    fn start_timer(&self, delay_ms: u64);
    /// Forgets the wish.
    fn stop_timer(&self);
    /// Runs the future to its end.
    fn spawn(&self, work: Pin<Box<dyn Future<Output = ()>>>);
}

/// Randomness fit for secrets.
pub trait Random {
    /// So many random bytes.
    ///
    /// # Errors
    /// `internal` where the platform has none.
    fn bytes(&self, count: u32) -> Result<Vec<u8>>;
}

/// Hashing and checking signatures.
pub trait Crypto {
    /// The SHA-2 digest of 256, 384 or 512 bits of the text's bytes.
    ///
    /// # Errors
    /// `internal` where the platform refuses.
    fn digest(&self, bits: u16, text: &str) -> impl Future<Output = Result<Vec<u8>>>;
    /// Whether the signature over the signed text is valid. A key that cannot be used makes it invalid.
    fn verify(&self, algorithm: Algorithm, key: &Json, signed: &str, signature: &[u8]) -> impl Future<Output = bool>;
}

/// Keys whose private half nobody can read, by name. They are on P-256, and outlive the page.
pub trait Keys {
    /// Makes a key, and gives its public half as a JWK.
    ///
    /// # Errors
    /// `storage_failed` where it cannot be kept.
    fn make_key(&self, name: &str) -> impl Future<Output = Result<Json>>;
    /// The ES256 signature of the text's bytes.
    ///
    /// # Errors
    /// `dpop_key_lost` where there is no such key any more, `storage_failed` where it cannot be looked for now.
    fn sign(&self, name: &str, text: &str) -> impl Future<Output = Result<Vec<u8>>>;
    /// Destroys the key.
    fn forget_key(&self, name: &str);
}

/// A private key that the app gave.
pub trait Signer {
    /// The signature of the text's bytes with the key, by its algorithm.
    ///
    /// # Errors
    /// `internal` where the platform refuses.
    fn sign_with(&self, key: &SigningKey, text: &str) -> impl Future<Output = Result<Vec<u8>>>;
}

/// Encryption that also shows who encrypted: AES-256-GCM, with keys that nobody can read.
pub trait Aead {
    /// What names the keys, in the order that the app gave them.
    ///
    /// # Errors
    /// `internal` where the platform refuses.
    fn key_ids(&self) -> impl Future<Output = Result<Vec<String>>>;
    /// The ciphertext and its tag of 128 bits. No key is given the same nonce twice.
    ///
    /// # Errors
    /// `internal` where the platform refuses.
    fn seal(&self, key_id: &str, nonce: &[u8], associated: &str, plain: &[u8])
    -> impl Future<Output = Result<Vec<u8>>>;
    /// What was sealed with these; `None` where nothing was, and where there is no such key.
    fn open(
        &self,
        key_id: &str,
        nonce: &[u8],
        associated: &str,
        sealed: &[u8],
    ) -> impl Future<Output = Option<Vec<u8>>>;
}

/// What a store has under a key.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The value.
    pub value: String,
    /// Which of all values it is.
    pub version: String,
}

/// What must be under a key for a write to happen.
#[derive(Clone, Copy, Debug)]
pub enum Expected<'a> {
    /// Whatever.
    Anything,
    /// Nothing.
    Nothing,
    /// The value of this version.
    Version(&'a str),
}

/// What isolates share. Of several writes at once that expect the same, one is made.
pub trait Shared {
    /// What is under each of these keys.
    ///
    /// # Errors
    /// `store_failed`.
    fn read(&self, keys: &[String]) -> impl Future<Output = Result<Vec<Option<Stored>>>>;
    /// Writes until the end of its time, in milliseconds since the epoch, where what is there is what is expected. Gives the
    /// new version; `None` where something else is there.
    ///
    /// # Errors
    /// `store_failed`: then it may have been written all the same.
    fn write(
        &self,
        key: &str,
        value: &str,
        expected: Expected<'_>,
        expires_at_ms: u64,
    ) -> impl Future<Output = Result<Option<String>>>;
    /// Removes what is under the key.
    ///
    /// # Errors
    /// `store_failed`.
    fn remove(&self, key: &str) -> impl Future<Output = Result<()>>;
}

/// Lets time pass.
pub trait Pause {
    /// So many milliseconds.
    fn pause(&self, milliseconds: u64) -> impl Future<Output = ()>;
}

/// Whoever reads what happens at a server.
pub trait Journal {
    /// Something happened, and why where it is a failure. Nobody may learn a secret of it.
    fn note(&self, event: &'static str, error: Option<&Error>);
}

/// Where the proofs that were used are kept, if the app keeps them, so that isolates know of each other's.
pub trait ReplayStore {
    /// Keeps the name until then, in seconds since the epoch; false where it is there already. `None` where the app keeps
    /// none.
    ///
    /// # Errors
    /// `replay_store_failed`.
    fn insert_if_absent(&self, name: &str, until_s: u64) -> impl Future<Output = Option<Result<bool>>>;
}

/// Where the app keeps the record of the session, if anywhere.
pub trait Records {
    /// The record of this name.
    fn load_record(&self, name: &str) -> impl Future<Output = Option<String>>;
    /// Stores the record. What cannot be stored costs the next reload its session, not this page.
    fn save_record(&self, name: &str, record: &str);
    /// Removes the record.
    fn remove_record(&self, name: &str);
}

/// What is to become of what is written down for all tabs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing: it is read.
    None,
    /// One more token set, where no more than so many are written down; `None` for any number.
    Next(Option<u32>),
    /// The end of the session, where no more than so many token sets are written down; `None` for any number.
    Over(Option<u32>),
}

/// The other tabs of this origin that have the same client.
pub trait Tabs {
    /// Waits for the lock that only one of them has; false where the wait was given up by [`Self::unlock`].
    fn lock(&self) -> impl Future<Output = bool>;
    /// Gives the lock back, or gives up waiting for it.
    fn unlock(&self);
    /// Changes what is written down in one step, after all records that are being stored, and gives what is there then;
    /// `None` where nothing can be written. `floor`: what any number counts as at least, where the browser has lost it.
    fn mark(&self, change: Change, floor: u32) -> impl Future<Output = Option<Mark>>;
    /// Tells the others.
    fn say(&self, text: &str);
}

/// A window beside the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// One that the user sees.
    Popup,
    /// One that nobody sees.
    Frame,
}

/// Visits to the provider that leave the page where it is.
pub trait Windows {
    /// Goes to `url` in the window, and gives the URL of this app that it came back to with this `state`.
    ///
    /// # Errors
    /// `popup_blocked`, `popup_closed`, `timed_out`, or `interaction_required` where a frame brings no answer.
    fn visit(&self, window: Window, url: &str, state: &str) -> impl Future<Output = Result<String>>;
}

/// The page around.
pub trait Page {
    /// The page's URL now.
    fn url(&self) -> String;
    /// Puts another URL of this origin in the address bar, without loading it or adding to the history.
    fn replace_url(&self, url: &str);
    /// Leaves for another URL.
    ///
    /// # Errors
    /// `not_in_browser`.
    fn navigate(&self, url: &str) -> Result<()>;
}

/// Whoever watches the session.
pub trait Audience {
    /// The snapshot changed.
    fn publish(&self, session: &crate::driver::session::Snapshot);
    /// Something happened.
    fn report(&self, event: &Event);
}

/// Everything a session needs.
pub trait Ports:
    Fetch + Store + Records + Tabs + Clock + Timer + Random + Crypto + Keys + Page + Windows + Audience + 'static
{
}

impl<T> Ports for T where
    T: Fetch + Store + Records + Tabs + Clock + Timer + Random + Crypto + Keys + Page + Windows + Audience + 'static
{
}

/// Everything a backend for front ends needs.
pub trait BffPorts: Fetch + Clock + Random + Crypto + Signer + Aead + Shared + Pause + Journal + 'static {}

impl<T> BffPorts for T where T: Fetch + Clock + Random + Crypto + Signer + Aead + Shared + Pause + Journal + 'static {}

/// A failure of the platform that nobody can mend from here.
#[must_use]
pub fn platform_failure() -> Error {
    Error::new(crate::core::base::error::Kind::Internal)
}
