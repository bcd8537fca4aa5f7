//! The keys of a server as `src/web/sealing.js` makes them, with code that is not ours.

use aes_gcm::aead::{Aead as _, Payload};
use aes_gcm::{Aes256Gcm, KeyInit as _};
use core::cell::{Cell, RefCell};
use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use tokenward::core::base::base64url::{decode, encode};
use tokenward::core::base::error::Result;
use tokenward::ports::{Aead, Random, platform_failure};

/// Two secrets of 32 bytes, and one that is longer.
pub(super) const SECRETS: [&str; 3] = [
    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
    "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8",
    "QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl9gYWJjZGVmZw",
];

/// HKDF with SHA-256, no salt and one block of output (RFC 5869).
fn hkdf(secret: &[u8], info: &str) -> [u8; 32] {
    let hmac = |key: &[u8], parts: &[&[u8]]| -> [u8; 32] {
        let mut mac = <Hmac<Sha256> as hmac::Mac>::new_from_slice(key).unwrap();
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    };
    hmac(&hmac(&[0; 32], &[secret]), &[info.as_bytes(), &[1]])
}

/// Keys by their ids, and randomness that counts.
#[derive(Default)]
pub(super) struct Keys {
    by_id: Vec<(String, Aes256Gcm)>,
    bytes_given: Cell<u8>,
    /// The platform refuses whatever it is asked.
    pub(super) fails: Cell<bool>,
    /// The ids of the keys that were to open something.
    pub(super) opened: RefCell<Vec<String>>,
}

impl Keys {
    /// The keys of these secrets, in their order.
    pub(super) fn of(secrets: &[&str]) -> Self {
        let keys = secrets.iter().map(|secret| decode(secret).unwrap());
        let keys = keys.map(|secret| {
            let key = Aes256Gcm::new(&hkdf(&secret, "tokenward sealing key").into());
            (encode(&hkdf(&secret, "tokenward key id")[..6]), key)
        });
        Self { by_id: keys.collect(), ..Self::default() }
    }

    fn key(&self, id: &str) -> Option<&Aes256Gcm> {
        let found = self.by_id.iter().find(|(known, _)| known == id);
        found.filter(|_| !self.fails.get()).map(|(_, key)| key)
    }
}

impl Random for Keys {
    fn bytes(&self, count: u32) -> Result<Vec<u8>> {
        let byte = self.bytes_given.get();
        self.bytes_given.set(byte.wrapping_add(1));
        if self.fails.get() { Err(platform_failure()) } else { Ok(vec![byte; usize::try_from(count).unwrap()]) }
    }
}

impl Aead for Keys {
    async fn key_ids(&self) -> Result<Vec<String>> {
        if self.fails.get() {
            Err(platform_failure())
        } else {
            Ok(self.by_id.iter().map(|(id, _)| id.clone()).collect())
        }
    }

    async fn seal(&self, key_id: &str, nonce: &[u8], associated: &str, plain: &[u8]) -> Result<Vec<u8>> {
        let payload = Payload { msg: plain, aad: associated.as_bytes() };
        self.key(key_id).and_then(|key| key.encrypt(nonce.into(), payload).ok()).ok_or_else(platform_failure)
    }

    async fn open(&self, key_id: &str, nonce: &[u8], associated: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        self.opened.borrow_mut().push(key_id.to_owned());
        self.key(key_id)?.decrypt(nonce.into(), Payload { msg: sealed, aad: associated.as_bytes() }).ok()
    }
}

/// What the work gives; nothing here waits for anything.
pub(super) fn at_once<T>(work: impl Future<Output = T>) -> T {
    match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("it waits"),
    }
}
