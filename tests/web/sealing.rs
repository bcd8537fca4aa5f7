//! Sealing with keys that nobody can read.

use super::fakes::{take_answers, watch_derived_keys};
use core::future::{Future as _, poll_fn};
use core::hint::black_box;
use core::pin::pin;
use js_sys::Array;
use std::collections::HashSet;
use tokenward::core::base::error::{Kind, Result};
use tokenward::core::base::time::Now;
use tokenward::edge::sealing;
use tokenward::ports::{Aead, Random};
use tokenward::web::SealingKeys;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Those of `tests/bff/keys.rs`.
const SECRETS: [&str; 3] = [
    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
    "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8",
    "QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl9gYWJjZGVmZw",
];

/// What `tests/bff/seal.rs` sealed under the first of them, with the id and with code that is not WebCrypto's.
const VECTOR: &str = "5RbZ9S43.AAAAAAAAAAAAAAAAg8lRRMBaIww_GA0uNEEc37SWsAplEoi9Aref8c0";

const COOKIE: &str = "__Host-tokenward";

fn list(texts: &[&str]) -> JsValue {
    texts.iter().map(|text| JsValue::from_str(text)).collect::<Array>().into()
}

/// A server with these secrets.
struct Server(SealingKeys);

impl Server {
    fn of(secrets: &[&str]) -> Self {
        take_answers();
        Self(SealingKeys::new(&list(secrets)).unwrap())
    }
}

impl Random for Server {
    fn bytes(&self, count: u32) -> Result<Vec<u8>> {
        super::fakes::web().bytes(count)
    }
}

impl Aead for Server {
    async fn key_ids(&self) -> Result<Vec<String>> {
        self.0.key_ids().await
    }

    async fn seal(&self, key_id: &str, nonce: &[u8], associated: &str, plain: &[u8]) -> Result<Vec<u8>> {
        self.0.seal(key_id, nonce, associated, plain).await
    }

    async fn open(&self, key_id: &str, nonce: &[u8], associated: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        self.0.open(key_id, nonce, associated, sealed).await
    }
}

async fn seal(server: &Server, text: &str) -> String {
    let ring = sealing::key_ring(server).await.unwrap();
    sealing::seal(server, &ring, COOKIE, text, 60).await.unwrap()
}

/// The text, and whether it is under an older key.
async fn open(server: &Server, purpose: &str, sealed: &str) -> Option<(String, bool)> {
    let ring = sealing::key_ring(server).await.unwrap();
    let opened = sealing::open(server, &ring, purpose, sealed, Now::default()).await?;
    Some((opened.text.secret().to_owned(), opened.is_under_older_key))
}

/// C03
#[test]
async fn what_other_code_sealed_is_opened() {
    assert_eq!(open(&Server::of(&SECRETS[..1]), COOKIE, VECTOR).await, Some(("hello".to_owned(), false)));
    assert_eq!(open(&Server::of(&[SECRETS[2], SECRETS[0]]), COOKIE, VECTOR).await, Some(("hello".to_owned(), true)));
    assert_eq!(open(&Server::of(&SECRETS[1..]), COOKIE, VECTOR).await, None);
    assert_eq!(open(&Server::of(&SECRETS), "__Host-other", VECTOR).await, None);
}

/// C03; of every length up to that of a large session.
#[test]
async fn what_was_sealed_is_opened() {
    let server = Server::of(&SECRETS);
    for text in ["", "é😀\0", &"x".repeat(2_000), &"x".repeat(23_000)] {
        let sealed = seal(&server, text).await;
        assert_eq!(open(&server, COOKIE, &sealed).await, Some((text.to_owned(), false)), "{}", text.len());
    }
}

/// C03
#[test]
async fn each_sealing_has_a_nonce_of_its_own() {
    let server = Server::of(&SECRETS);
    let mut seen = HashSet::new();
    for _ in 0..200 {
        assert!(seen.insert(seal(&server, "text").await[..9 + 16].to_owned()));
    }
}

/// C03
#[test]
async fn one_other_byte_anywhere_opens_nothing() {
    let server = Server::of(&SECRETS);
    let id = &server.key_ids().await.unwrap()[0];
    let nonce = [7; 12];
    let sealed = server.seal(id, &nonce, COOKIE, b"a text").await.unwrap();
    assert_eq!(sealed.len(), 6 + 16);
    assert_eq!(server.open(id, &nonce, COOKIE, &sealed).await.as_deref(), Some(&b"a text"[..]));
    for at in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        assert_eq!(server.open(id, &nonce, COOKIE, &changed).await, None, "byte {at}");
        assert_eq!(server.open(id, &nonce, COOKIE, &sealed[..at]).await, None, "{at} bytes");
    }
    for at in 0..nonce.len() {
        let mut changed = nonce;
        changed[at] ^= 1;
        assert_eq!(server.open(id, &changed, COOKIE, &sealed).await, None, "byte {at} of the nonce");
    }
    for other in ["", "__Host-tokenwar", "__Host-tokenward\0", "__host-tokenward"] {
        assert_eq!(server.open(id, &nonce, other, &sealed).await, None, "{other}");
    }
}

/// C03; JavaScript sees bytes where they lie in a memory that moves when it grows.
#[test]
async fn what_is_sealed_is_what_was_there_when_it_began() {
    let server = Server::of(&SECRETS);
    let id = &server.key_ids().await.unwrap()[0];
    let mut work = pin!(server.seal(id, &[7; 12], COOKIE, b"a text"));
    let sealed = poll_fn(|context| {
        let polled = work.as_mut().poll(context);
        drop(black_box(vec![1_u8; 48 << 20]));
        polled
    });
    let sealed = sealed.await.unwrap();
    assert_eq!(server.open(id, &[7; 12], COOKIE, &sealed).await.as_deref(), Some(&b"a text"[..]));
}

/// C03
#[test]
async fn a_key_is_known_by_its_id() {
    let server = Server::of(&SECRETS);
    let ids = server.key_ids().await.unwrap();
    assert_eq!((ids.len(), &*ids[0]), (3, &VECTOR[..8]));
    let sealed = server.seal(&ids[1], &[7; 12], COOKIE, b"a text").await.unwrap();
    assert!(server.open(&ids[1], &[7; 12], COOKIE, &sealed).await.is_some());
    for other in [&*ids[0], &ids[2], "abcdefgh", ""] {
        assert_eq!(server.open(other, &[7; 12], COOKIE, &sealed).await, None, "{other}");
    }
    assert_eq!(server.seal("abcdefgh", &[7; 12], COOKIE, b"a text").await.unwrap_err().kind, Kind::Internal);
    // The order is the app's.
    let turned = Server::of(&[SECRETS[2], SECRETS[0]]).key_ids().await.unwrap();
    assert_eq!([&turned[0], &turned[1]], [&ids[2], &ids[0]]);
}

/// C03
#[test]
async fn nobody_can_read_a_key_and_each_is_made_once() {
    let seen = watch_derived_keys();
    let server = Server::of(&SECRETS[..2]);
    assert_eq!(seen.length(), 0, "nothing before it is needed");
    for _ in 0..3 {
        let sealed = seal(&server, "text").await;
        assert!(open(&server, COOKIE, &sealed).await.is_some());
    }
    let seen: Vec<String> = seen.iter().filter_map(|key| key.as_string()).collect();
    assert_eq!(seen, ["AES-GCM 256 decrypt encrypt false unreadable"; 2]);
}

/// C03; and none is there twice: nobody means that.
#[test]
fn a_secret_is_32_bytes_in_base64url_or_more() {
    let refusal = |secrets: &JsValue| {
        let error = SealingKeys::new(secrets).unwrap_err();
        (error.kind, error.detail)
    };
    let short = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg";
    let padded = format!("{}=", SECRETS[0]);
    let standard = format!("{}+/", &SECRETS[2][..52]);
    for secret in [
        "",
        short,
        &padded,
        &standard,
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9",
        "a passphrase of more than 32 characters, with spaces",
    ] {
        assert_eq!(refusal(&list(&[secret])), (Kind::InvalidOption, "keys"), "{secret}");
        assert_eq!(refusal(&list(&[SECRETS[0], secret])), (Kind::InvalidOption, "keys"), "{secret}");
    }
    let number: JsValue = Array::of1(&5.into()).into();
    let twice = list(&[SECRETS[0], SECRETS[1], SECRETS[0]]);
    for secrets in [twice, list(&[]), JsValue::UNDEFINED, JsValue::NULL, SECRETS[0].into(), number] {
        assert_eq!(refusal(&secrets), (Kind::InvalidOption, "keys"), "{secrets:?}");
    }
    assert_eq!(format!("{:?}", SealingKeys::new(&list(&SECRETS)).unwrap()), "SealingKeys");
}
