//! Whether the numbers of a key and of a signature are what they are said to be (RFC 7518, section 6; RFC 8725, section
//! 3.4). That a point is on its curve, every WebCrypto sees; what is here, not every one does.

use super::jws::Algorithm;
use crate::core::base::base64url::decode;
use crate::core::base::json::Json;

/// The bytes of an RSA modulus, at least (RFC 7518, section 3.3).
const MIN_MODULUS_BYTES: usize = 256;

/// Whether the key's numbers are written in the one way there is, and give the security that the algorithm stands for.
#[must_use]
pub fn is_sound(key: &Json, algorithm: Algorithm) -> bool {
    match algorithm.signature_bytes() {
        None => {
            let (modulus, exponent) = (number(key, "n"), number(key, "e"));
            let least = if modulus.len() == MIN_MODULUS_BYTES { 0x80 } else { 1 };
            modulus.len() >= MIN_MODULUS_BYTES
                && modulus.first().is_some_and(|first| *first >= least)
                && exponent.last().is_some_and(|last| last % 2 == 1)
                && exponent != [1]
                && exponent.first() != Some(&0)
        }
        Some(length) => {
            let x = number(key, "x");
            let is_curve = algorithm.key_type() == "EC";
            x.len() == length / 2 && if is_curve { number(key, "y").len() == x.len() } else { !is_of_small_order(&x) }
        }
    }
}

/// Whether the signature is a number that the key's arithmetic gives: with RSA, one of the modulus's length that is less
/// than the modulus (RFC 8017, sections 5.2.2, 8.1.2 and 8.2.2).
#[must_use]
pub fn is_in_range(signature: &[u8], key: &Json) -> bool {
    modulus(key).is_none_or(|modulus| is_below(signature, &modulus))
}

/// The modulus of a key of RSA.
#[must_use]
pub fn modulus(key: &Json) -> Option<Vec<u8>> {
    key.is("kty", "RSA").then(|| number(key, "n"))
}

/// Whether the signature has the modulus's length and is less than it.
#[must_use]
pub fn is_below(signature: &[u8], modulus: &[u8]) -> bool {
    signature.len() == modulus.len() && signature < modulus
}

/// The bytes of a member in strict base64url; none where it is not.
#[inline(never)]
fn number(key: &Json, name: &str) -> Vec<u8> {
    key.text(name).and_then(|text| decode(&text)).unwrap_or_default()
}

/// Whether anybody can sign for this public key of Ed25519: it has no more than eight multiples. There are seven such
/// numbers, and no other key has the same 64 bits in front by chance.
fn is_of_small_order(point: &[u8]) -> bool {
    let start = point.first_chunk().map_or(0, |start| u64::from_le_bytes(*start));
    matches!(
        start,
        0 | 1
            | 0xffff_ffff_ffff_ffec
            | 0xffff_ffff_ffff_ffed
            | 0xffff_ffff_ffff_ffee
            | 0xb027_b2c2_8f95_e826
            | 0x4fd8_4d3d_706a_17c7
    )
}
