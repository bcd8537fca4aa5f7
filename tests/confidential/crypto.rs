//! The cryptography that a port would do: signatures by the client's key, checks by the provider's keys, digests.

use ring::rand::{SecureRandom as _, SystemRandom};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair, RSA_PKCS1_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
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

/// A random text that nobody else has.
pub(super) fn random() -> String {
    let mut bytes = [0; 32];
    SystemRandom::new().fill(&mut bytes).unwrap();
    token_from(&bytes)
}

/// The SHA-2 digest of so many bits.
pub(super) fn digest(bits: u16, text: &str) -> Vec<u8> {
    let algorithm = match bits {
        256 => &ring::digest::SHA256,
        384 => &ring::digest::SHA384,
        512 => &ring::digest::SHA512,
        _ => panic!("{bits}"),
    };
    ring::digest::digest(algorithm, text.as_bytes()).as_ref().to_vec()
}

/// A key on P-256, with its private half.
#[derive(Debug)]
pub(super) struct PrivateKey {
    pair: EcdsaKeyPair,
    /// Its public half as a JWK.
    pub(super) public: Json,
}

impl PrivateKey {
    pub(super) fn read(jwk: &Json) -> Self {
        let private = member(jwk, "d");
        let pair = EcdsaKeyPair::from_private_key_and_public_key(
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            &private,
            &point(jwk),
            &SystemRandom::new(),
        );
        Self { pair: pair.unwrap(), public: jwk.clone() }
    }

    /// The JWT of what is to be signed.
    pub(super) fn sign(&self, signing_input: &str) -> String {
        let signature = self.pair.sign(&SystemRandom::new(), signing_input.as_bytes()).unwrap();
        with_signature(signing_input, signature.as_ref())
    }
}

/// Whether a signature is one of this key's.
pub(super) fn verify(algorithm: Algorithm, key: &Json, signed: &str, signature: &[u8]) -> bool {
    let signed = signed.as_bytes();
    let rsa = || RsaPublicKeyComponents { n: member(key, "n"), e: member(key, "e") };
    let checked = match algorithm {
        Algorithm::Rs256 => rsa().verify(&RSA_PKCS1_2048_8192_SHA256, signed, signature),
        Algorithm::Ps256 => rsa().verify(&RSA_PSS_2048_8192_SHA256, signed, signature),
        Algorithm::Es256 => UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point(key)).verify(signed, signature),
        Algorithm::EdDsa => UnparsedPublicKey::new(&ED25519, member(key, "x")).verify(signed, signature),
        _ => panic!("{algorithm:?}"),
    };
    checked.is_ok()
}

fn member(jwk: &Json, name: &str) -> Vec<u8> {
    decode(&jwk.text(name).unwrap()).unwrap()
}

/// A point as SEC 1, section 2.3.3, writes it without compression.
fn point(jwk: &Json) -> Vec<u8> {
    [vec![4], member(jwk, "x"), member(jwk, "y")].concat()
}
