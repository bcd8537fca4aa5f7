//! Hashing and checking signatures with WebCrypto, which is wherever we run.

use super::plumbing;
use crate::core::base::error::Result;
use crate::core::base::json::Json;
use crate::core::jose::jws::Algorithm;
use crate::core::jose::sound::is_in_range;
use crate::ports::{Crypto, platform_failure};

/// For what waits among the tasks of a session.
macro_rules! crypto_under_tickets {
    ($platform:ty) => {
        impl Crypto for $platform {
            async fn digest(&self, bits: u16, text: &str) -> Result<Vec<u8>> {
                let digest =
                    super::tasks::Answer::to(|answer, ticket| plumbing::begin_digest(answer, ticket, bits, text)).await;
                plumbing::bytes(&digest).ok_or_else(platform_failure)
            }

            async fn verify(&self, algorithm: Algorithm, key: &Json, signed: &str, signature: &[u8]) -> bool {
                let (name, js, bytes) = (algorithm.name(), key.as_js(), signature.to_vec());
                is_in_range(signature, key)
                    && super::tasks::Answer::to(|answer, ticket| {
                        plumbing::begin_verify(answer, ticket, name, js, signed, bytes);
                    })
                    .await
                    .is_truthy()
            }
        }
    };
}

#[cfg(feature = "page")]
crypto_under_tickets!(super::Web);

#[cfg(feature = "edge")]
crypto_under_tickets!(super::Backend);

#[cfg(feature = "edge")]
crypto_under_tickets!(super::Server);

#[cfg(feature = "edge")]
impl Crypto for super::Worker {
    async fn digest(&self, bits: u16, text: &str) -> Result<Vec<u8>> {
        plumbing::bytes(&plumbing::digest(bits, text).await).ok_or_else(platform_failure)
    }

    async fn verify(&self, algorithm: Algorithm, key: &Json, signed: &str, signature: &[u8]) -> bool {
        is_in_range(signature, key)
            && plumbing::verify(algorithm.name(), key.as_js(), signed, signature.to_vec()).await.is_truthy()
    }
}
