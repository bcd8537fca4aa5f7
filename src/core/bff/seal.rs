//! Texts that only we can read and nobody can change or move: `<key id>.<base64url of nonce, ciphertext and tag>`.
//!
//! The cipher is AES-256-GCM (NIST SP 800-38D) with a random nonce. What a text is for, [`purpose`], is authenticated with it, and
//! when it expires is sealed in it. A key seals no more than 2^32 texts (section 8.3): a ring
//! is to have a new first key before that.

use crate::core::base::base64url::{decode, encode};
use crate::core::base::error::{Error, Kind, Result};
use crate::core::base::json::Writer;
use crate::core::base::secret::Unsealed;
use crate::core::base::text::concat;
use crate::core::base::time::{Now, SECOND_MS};
use zeroize::Zeroizing;

/// How many random bytes a nonce is.
pub const NONCE_BYTES: u32 = 12;

/// The most characters of a sealed text: what all stores take, also those that an app brings.
pub const MAX_SEALED_CHARS: usize = 32_000;

/// How many characters name a key.
const KEY_ID_CHARS: usize = 8;

const TAG_BYTES: usize = 16;
const EXPIRY_BYTES: usize = 8;

/// What a text is sealed for: a place, such as the name of a cookie or a key of the store, of one app as a client of one provider.
/// Others may have the same keys. No two write alike.
#[must_use]
pub fn purpose(issuer: &str, client_id: &str, origin: &str, place: &str) -> String {
    Writer::default()
        .text("iss", issuer)
        .text("client_id", client_id)
        .text("origin", origin)
        .text("place", place)
        .finish()
}

/// The keys by their ids: the first one seals, and all of them open.
#[derive(Clone, Debug)]
pub struct KeyRing(Vec<String>);

impl KeyRing {
    /// The ring of these; `None` where there are none, one is twice there, or one is no id.
    #[must_use]
    pub fn new(ids: Vec<String>) -> Option<Self> {
        let once = |id: &String| ids.iter().filter(|other| *other == id).count() == 1;
        let sound = !ids.is_empty() && ids.iter().all(|id| is_key_id(id) && once(id));
        sound.then_some(Self(ids))
    }

    /// The key that seals.
    #[must_use]
    pub fn first(&self) -> &str {
        self.0.first().map(String::as_str).unwrap_or_default()
    }

    /// Whether the key may open.
    #[must_use]
    pub fn holds(&self, key_id: &str) -> bool {
        self.0.iter().any(|id| id == key_id)
    }
}

/// What was sealed.
#[derive(Debug)]
pub struct Opened {
    /// The text.
    pub text: Unsealed,
    /// It was sealed under a key that is no longer the first: whoever keeps it is to be given it anew.
    pub is_under_older_key: bool,
}

/// A sealed text in its parts.
#[derive(Debug)]
pub struct Sealed<'a> {
    /// Which key sealed it.
    pub key_id: &'a str,
    /// What the key was used with this once.
    pub nonce: Vec<u8>,
    /// The ciphertext and its tag.
    pub sealed: Vec<u8>,
}

impl<'a> Sealed<'a> {
    /// Reads a sealed text; `None` where it cannot be one. Each has one way to write it.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        if text.len() > MAX_SEALED_CHARS {
            return None;
        }
        let (key_id, rest) = text.split_once('.')?;
        let mut nonce = decode(rest)?;
        let nonce_bytes = usize::try_from(NONCE_BYTES).ok()?;
        let least = nonce_bytes.saturating_add(EXPIRY_BYTES).saturating_add(TAG_BYTES);
        if !is_key_id(key_id) || nonce.len() < least {
            return None;
        }
        let sealed = nonce.split_off(nonce_bytes);
        Some(Self { key_id, nonce, sealed })
    }
}

/// What is to be sealed: the text, with its end.
#[must_use]
pub fn build_plain(text: &str, expires_at_s: u64) -> Zeroizing<Vec<u8>> {
    let mut plain = Zeroizing::new(Vec::with_capacity(EXPIRY_BYTES.saturating_add(text.len())));
    plain.extend_from_slice(&expires_at_s.to_be_bytes());
    plain.extend_from_slice(text.as_bytes());
    plain
}

/// The sealed text of these parts.
///
/// # Errors
/// `session_too_large`.
pub fn build_sealed(key_id: &str, nonce: &[u8], sealed: &[u8]) -> Result<String> {
    let text = concat(&[key_id, ".", &encode(&[nonce, sealed].concat())]);
    if text.len() > MAX_SEALED_CHARS { Err(Error::new(Kind::SessionTooLarge)) } else { Ok(text) }
}

/// The text in what was opened; `None` from its end on.
#[must_use]
pub fn check_opened(plain: Vec<u8>, now: Now) -> Option<Unsealed> {
    let plain = Zeroizing::new(plain);
    let (expiry, text) = plain.split_first_chunk::<EXPIRY_BYTES>()?;
    let expires_at_ms = u64::from_be_bytes(*expiry).saturating_mul(SECOND_MS);
    let text = core::str::from_utf8(text).ok()?;
    (now.wall_ms < expires_at_ms).then(|| Unsealed::new(text.to_owned()))
}

fn is_key_id(text: &str) -> bool {
    text.len() == KEY_ID_CHARS && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}
