//! Hashing and checking signatures with WebCrypto.

use super::plumbing;
use crate::core::base::error::Result;
use crate::core::base::json::Json;
use crate::core::jose::jws::Algorithm;
use crate::core::jose::sound::is_in_range;
use crate::ports::{Crypto, platform_failure};

/// Where there is WebCrypto: wherever we run.
pub trait HasWebCrypto {}

#[cfg(feature = "page")]
impl HasWebCrypto for super::Web {}

#[cfg(feature = "edge")]
impl HasWebCrypto for super::Worker {}

impl<T: HasWebCrypto> Crypto for T {
    async fn digest(&self, bits: u16, text: &str) -> Result<Vec<u8>> {
        plumbing::bytes(&plumbing::digest(bits, text).await).ok_or_else(platform_failure)
    }

    async fn verify(&self, algorithm: Algorithm, key: &Json, signed: &str, signature: &[u8]) -> bool {
        is_in_range(signature, key)
            && plumbing::verify(algorithm.name(), key.as_js(), signed, signature.to_vec()).await.is_truthy()
    }
}
