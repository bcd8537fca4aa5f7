//! Hashing and checking signatures with WebCrypto.

use super::{Web, plumbing};
use crate::core::base::error::Result;
use crate::core::base::json::Json;
use crate::core::jose::jws::Algorithm;
use crate::ports::{Crypto, platform_failure};

impl Crypto for Web {
    async fn digest(&self, bits: u16, text: &str) -> Result<Vec<u8>> {
        plumbing::bytes(&plumbing::digest(bits, text).await).ok_or_else(platform_failure)
    }

    async fn verify(&self, algorithm: Algorithm, key: &Json, signed: &str, signature: &[u8]) -> bool {
        plumbing::verify(algorithm.name(), key.as_js(), signed, signature.to_vec()).await.is_truthy()
    }
}
