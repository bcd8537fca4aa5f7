//! Signatures and signed tokens, by code that is not the client's. The keys are for these tests only: everybody knows
//! them.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use hmac::{Hmac, Mac as _};
use p256::ecdsa::signature::{Signer as _, Verifier as _};
use rsa::rand_core::{CryptoRng, RngCore};
use rsa::signature::{RandomizedSigner as _, SignatureEncoding as _};
use rsa::traits::PublicKeyParts as _;
use rsa::{BigUint, RsaPrivateKey, RsaPublicKey, pkcs1v15, pss};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256, Sha384, Sha512};
use std::sync::LazyLock;

const PRIMES: [[&str; 2]; 2] = [
    [
        "d92160a9f634af64e308cf4501fb4d85a9e0d94b88525d0c05af7c429e1d4a1fe8168404f2f38db38a5f7ca632933dbb2a47f974aa605849bb90d77a538dfdd226e5922caa4dfe461c86c4a1f2064af1fb14f36dba58e099d63c5f983a47d03a8c6eb8ce87266d0bb7fa7e1407cd2a62fa921a6fe44d4dc63d0a324a523c29f3",
        "cc357ad981493f095c5ca9d92596feb53561c76d7c49abc00f8ad7ee013983033e2ca6bb8f0f82350d71c30ecfb9deae1b4a10ac09e291ce84ff15dd9d11f8519745b673c184a893f91e9e16d11ad76933422f734c0719b73b6c0ab8b685b89eff4e8e4ef4363440a7be4294d78620545897556f6b42c49ba27dd6b9307fe483",
    ],
    [
        "c800f7951035ada8d9bd90ff84f13790018cd11f6a652f0b73b69606658cb19527fd2e6dd6ee8c45a130ad2a351a8d4d19fdfc388e4ac81ac73abeed0a80bcc7d5ce6dfa57658cfe1994746862f71041c3c2815218bbc09599977354f71e6bfba34c7079652f4ebde588aba2917f41fd20bd8023bc44f5860305e9ed8a90f6ef",
        "bbc643605a2a45d36cfddf51a4439a629e56aabdb92c348ca2d08e37d9a351d6549c39fede29e4c91c8b08962d40408d98669236ac54b66955ccabe43fd6c5e6d92fa01afe5225527807cfe0159ffe48a5313298cd43a017cbe78990dd38fed4394f26ff8f3035d3fd989cf6629b1c583880e31668a6c9484806420b0e6a5b8d",
    ],
];

/// The provider's keys, and that of a confidential client.
pub(crate) static RSA: LazyLock<Key> = LazyLock::new(|| Key::rsa("rsa-1", PRIMES[0]));
pub(crate) static NEXT_RSA: LazyLock<Key> = LazyLock::new(|| Key::rsa("rsa-2", PRIMES[1]));
pub(crate) static P256: LazyLock<Key> = LazyLock::new(|| Key::p256("ec-1", Sha256::digest("the provider").into()));
pub(crate) static ED25519: LazyLock<Key> = LazyLock::new(|| Key::ed25519("ed-1"));

/// A key pair with the name it has in a key set.
#[derive(Clone)]
pub(crate) struct Key {
    pub id: &'static str,
    pair: Pair,
}

#[derive(Clone)]
enum Pair {
    Rsa(Box<RsaPrivateKey>),
    P256(p256::ecdsa::SigningKey),
    Ed25519(ed25519_dalek::SigningKey),
}

impl Key {
    fn rsa(id: &'static str, [p, q]: [&str; 2]) -> Self {
        let number = |hex: &str| BigUint::parse_bytes(hex.as_bytes(), 16).unwrap();
        let pair = RsaPrivateKey::from_p_q(number(p), number(q), BigUint::from(65_537_u32)).unwrap();
        Self { id, pair: Pair::Rsa(Box::new(pair)) }
    }

    pub(crate) fn p256(id: &'static str, scalar: [u8; 32]) -> Self {
        Self { id, pair: Pair::P256(p256::ecdsa::SigningKey::from_bytes(&scalar.into()).unwrap()) }
    }

    fn ed25519(id: &'static str) -> Self {
        Self { id, pair: Pair::Ed25519(ed25519_dalek::SigningKey::from_bytes(&Sha256::digest(id).into())) }
    }

    /// The public half as JWK.
    pub(crate) fn public(&self) -> Value {
        let mut jwk = match &self.pair {
            Pair::Rsa(pair) => {
                json!({ "kty": "RSA", "n": encode(&pair.n().to_bytes_be()), "e": encode(&pair.e().to_bytes_be()) })
            }
            Pair::P256(pair) => {
                let point = pair.verifying_key().to_encoded_point(false);
                json!({ "kty": "EC", "crv": "P-256", "x": encode(point.x().unwrap()), "y": encode(point.y().unwrap()) })
            }
            Pair::Ed25519(pair) => {
                json!({ "kty": "OKP", "crv": "Ed25519", "x": encode(pair.verifying_key().as_bytes()) })
            }
        };
        jwk["kid"] = self.id.into();
        jwk["use"] = "sig".into();
        jwk
    }

    /// The signature of the text.
    pub(crate) fn sign(&self, algorithm: &str, text: &str) -> Vec<u8> {
        match (&self.pair, algorithm) {
            (Pair::Rsa(pair), "RS256") => {
                pkcs1v15::SigningKey::<Sha256>::new((**pair).clone()).sign(text.as_bytes()).to_vec()
            }
            (Pair::Rsa(pair), "PS256") => {
                let key = pss::SigningKey::<Sha256>::new((**pair).clone());
                key.sign_with_rng(&mut Counting(0), text.as_bytes()).to_vec()
            }
            (Pair::P256(pair), "ES256") => {
                let signature: p256::ecdsa::Signature = pair.sign(text.as_bytes());
                signature.to_vec()
            }
            (Pair::Ed25519(pair), "EdDSA") => pair.sign(text.as_bytes()).to_vec(),
            _ => panic!("{algorithm} with {}", self.id),
        }
    }
}

/// The salt of a signature may be known.
struct Counting(u8);

impl CryptoRng for Counting {}

impl RngCore for Counting {
    fn next_u32(&mut self) -> u32 {
        self.0 = self.0.wrapping_add(1);
        self.0.into()
    }

    fn next_u64(&mut self) -> u64 {
        self.next_u32().into()
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            *byte = self.next_u32().to_le_bytes()[0];
        }
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rsa::rand_core::Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

/// Whether the signature is the key's over this text.
pub(crate) fn is_signed(algorithm: &str, key: &Value, text: &str, signature: &[u8]) -> bool {
    let member = |name: &str| key[name].as_str().and_then(decode).unwrap_or_default();
    let number = |name| BigUint::from_bytes_be(&member(name));
    let rsa = || RsaPublicKey::new(number("n"), number("e")).unwrap();
    match algorithm {
        "RS256" => pkcs1v15::Signature::try_from(signature)
            .is_ok_and(|it| pkcs1v15::VerifyingKey::<Sha256>::new(rsa()).verify(text.as_bytes(), &it).is_ok()),
        "PS256" => pss::Signature::try_from(signature)
            .is_ok_and(|it| pss::VerifyingKey::<Sha256>::new(rsa()).verify(text.as_bytes(), &it).is_ok()),
        "ES256" => {
            let point = [&[4][..], &member("x"), &member("y")].concat();
            let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(&point);
            let signature = p256::ecdsa::Signature::from_slice(signature);
            key.is_ok_and(|key| signature.is_ok_and(|it| key.verify(text.as_bytes(), &it).is_ok()))
        }
        "EdDSA" | "Ed25519" => {
            let key = ed25519_dalek::VerifyingKey::from_bytes(&member("x").try_into().unwrap());
            let signature = ed25519_dalek::Signature::from_slice(signature);
            key.is_ok_and(|key| signature.is_ok_and(|it| key.verify_strict(text.as_bytes(), &it).is_ok()))
        }
        _ => false,
    }
}

/// The HMAC with SHA-256 of the text.
pub(crate) fn hs256(secret: &str, text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// The digest of so many bits.
pub(crate) fn digest(bits: u16, text: &str) -> Vec<u8> {
    match bits {
        256 => Sha256::digest(text).to_vec(),
        384 => Sha384::digest(text).to_vec(),
        512 => Sha512::digest(text).to_vec(),
        _ => panic!("SHA-{bits}"),
    }
}

pub(crate) fn encode(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    Base64UrlUnpadded::decode_vec(text).ok()
}

/// The hash by which an ID token names what came beside it (OpenID Connect Core 1.0, section 3.1.3.6).
pub(crate) fn half_hash(algorithm: &str, text: &str) -> String {
    let digest = digest(if algorithm == "EdDSA" { 512 } else { 256 }, text);
    encode(&digest[..digest.len() / 2])
}

/// A token in compact form; its signature is what `sign` makes of the text before it.
pub(crate) fn compact(header: &Value, claims: &Value, sign: impl FnOnce(&str) -> Vec<u8>) -> String {
    let text = format!("{}.{}", encode(header.to_string().as_bytes()), encode(claims.to_string().as_bytes()));
    let signature = encode(&sign(&text));
    format!("{text}.{signature}")
}

/// The parts of a token in compact form.
pub(crate) struct Parts {
    pub header: Value,
    pub claims: Value,
    pub text: String,
    pub signature: Vec<u8>,
}

/// Takes a token apart; `None` where it is none.
pub(crate) fn parts(compact: &str) -> Option<Parts> {
    let (text, signature) = compact.rsplit_once('.')?;
    let (header, claims) = text.split_once('.')?;
    let object = |part| serde_json::from_slice(&decode(part)?).ok().filter(Value::is_object);
    Some(Parts {
        header: object(header)?,
        claims: object(claims)?,
        text: text.to_owned(),
        signature: decode(signature)?,
    })
}

/// The thumbprint of a P-256 key (RFC 7638, section 3).
pub(crate) fn thumbprint(key: &Value) -> String {
    // The members of an object are written in the order of their names.
    let required = json!({ "crv": key["crv"], "kty": key["kty"], "x": key["x"], "y": key["y"] });
    encode(&digest(256, &required.to_string()))
}
