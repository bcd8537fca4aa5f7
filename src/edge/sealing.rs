//! Seals and opens texts with the keys that the platform holds.

use crate::core::base::error::Result;
use crate::core::base::time::Now;
use crate::core::bff::seal::{KeyRing, NONCE_BYTES, Opened, Sealed, build_plain, build_sealed, check_opened};
use crate::ports::{Aead, Random, platform_failure};

/// The ring of the keys that the platform holds.
///
/// # Errors
/// `internal` where the platform refuses.
pub async fn key_ring(ports: &impl Aead) -> Result<KeyRing> {
    KeyRing::new(ports.key_ids().await?).ok_or_else(platform_failure)
}

/// Seals the text under the ring's first key, for one purpose and until its end.
///
/// # Errors
/// `session_too_large`; `internal` where the platform refuses.
pub async fn seal(
    ports: &(impl Aead + Random),
    ring: &KeyRing,
    purpose: &str,
    text: &str,
    expires_at_s: u64,
) -> Result<String> {
    let nonce = ports.bytes(NONCE_BYTES)?;
    let sealed = ports.seal(ring.first(), &nonce, purpose, &build_plain(text, expires_at_s)).await?;
    build_sealed(ring.first(), &nonce, &sealed)
}

/// Opens a text that was sealed for this purpose; `None` where it was not, is changed, has ended or is under no key of the ring.
pub async fn open(ports: &impl Aead, ring: &KeyRing, purpose: &str, sealed: &str, now: Now) -> Option<Opened> {
    let sealed = Sealed::parse(sealed)?;
    if !ring.holds(sealed.key_id) {
        return None;
    }
    let plain = ports.open(sealed.key_id, &sealed.nonce, purpose, &sealed.sealed).await?;
    let text = check_opened(plain, now)?;
    Some(Opened { text, is_under_older_key: sealed.key_id != ring.first() })
}
