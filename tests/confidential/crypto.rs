//! The cryptography that a port would do: signatures by the client's key, checks by the provider's keys, digests.

use p256::ecdsa::signature::{Signer as _, Verifier as _};
use p256::ecdsa::{Signature, SigningKey, VerifyingKey};
use rsa::{BigUint, RsaPublicKey, pkcs1v15, pss};
use sha2::{Digest as _, Sha256, Sha384, Sha512};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::{SystemTime, UNIX_EPOCH};
use tokenward::core::base::base64url::decode;
use tokenward::core::base::json::Json;
use tokenward::core::base::time::Now;
use tokenward::core::jose::jws::{Algorithm, with_signature};
use tokenward::core::oauth::pkce::token_from;

pub(super) fn now() -> Now {
    let wall_ms = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis().try_into().unwrap();
    Now { wall_ms, monotonic_ms: 0 }
}

/// A random text that nobody else has. Each state of a hasher begins at random.
pub(super) fn random() -> String {
    let bytes: Vec<u8> = (0..4).flat_map(|_| RandomState::new().build_hasher().finish().to_le_bytes()).collect();
    token_from(&bytes)
}

/// The SHA-2 digest of so many bits.
pub(super) fn digest(bits: u16, text: &str) -> Vec<u8> {
    match bits {
        256 => Sha256::digest(text).to_vec(),
        384 => Sha384::digest(text).to_vec(),
        512 => Sha512::digest(text).to_vec(),
        _ => panic!("{bits}"),
    }
}

/// A key on P-256, with its private half.
#[derive(Debug)]
pub(super) struct PrivateKey {
    pair: SigningKey,
    /// Its public half as a JWK.
    pub(super) public: Json,
}

impl PrivateKey {
    pub(super) fn read(jwk: &Json) -> Self {
        Self { pair: SigningKey::from_slice(&member(jwk, "d")).unwrap(), public: jwk.clone() }
    }

    /// The JWT of what is to be signed.
    pub(super) fn sign(&self, signing_input: &str) -> String {
        let signature: Signature = self.pair.sign(signing_input.as_bytes());
        with_signature(signing_input, &signature.to_bytes())
    }
}

/// Whether a signature is one of this key's.
pub(super) fn verify(algorithm: Algorithm, key: &Json, signed: &str, signature: &[u8]) -> bool {
    let signed = signed.as_bytes();
    let number = |name| BigUint::from_bytes_be(&member(key, name));
    let rsa = || RsaPublicKey::new(number("n"), number("e")).unwrap();
    match algorithm {
        Algorithm::Rs256 => pkcs1v15::Signature::try_from(signature)
            .is_ok_and(|signature| pkcs1v15::VerifyingKey::<Sha256>::new(rsa()).verify(signed, &signature).is_ok()),
        Algorithm::Ps256 => pss::Signature::try_from(signature)
            .is_ok_and(|signature| pss::VerifyingKey::<Sha256>::new(rsa()).verify(signed, &signature).is_ok()),
        Algorithm::Es256 => {
            // SEC 1, section 2.3.3: a point without compression.
            let point = [vec![4], member(key, "x"), member(key, "y")].concat();
            let key = VerifyingKey::from_sec1_bytes(&point).unwrap();
            Signature::from_slice(signature).is_ok_and(|signature| key.verify(signed, &signature).is_ok())
        }
        Algorithm::EdDsa => {
            let key = ed25519_dalek::VerifyingKey::try_from(member(key, "x").as_slice()).unwrap();
            let signature = ed25519_dalek::Signature::from_slice(signature);
            signature.is_ok_and(|signature| key.verify(signed, &signature).is_ok())
        }
        _ => panic!("{algorithm:?}"),
    }
}

fn member(jwk: &Json, name: &str) -> Vec<u8> {
    decode(&jwk.text(name).unwrap()).unwrap()
}
