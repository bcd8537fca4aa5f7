//! The numbers of keys and signatures. RFC 7518, section 6; RFC 8725, section 3.4.

use super::given::{Members, json, object, test};
use tokenward::core::base::base64url::encode;
use tokenward::core::jose::jws::Algorithm;
use tokenward::core::jose::sound::{is_in_range, is_sound};

fn quoted(bytes: &[u8]) -> String {
    format!("\"{}\"", encode(bytes))
}

/// Whether a key with these members is sound; an empty text leaves one out.
fn sound(algorithm: Algorithm, members: Members<'_>) -> bool {
    is_sound(&json(&object(&[], members)), algorithm)
}

fn rsa(modulus: &[u8], exponent: &[u8]) -> bool {
    sound(Algorithm::Ps256, &[("n", &quoted(modulus)), ("e", &quoted(exponent))])
}

fn bytes(first: u8, length: usize) -> Vec<u8> {
    let mut bytes = vec![0xa5; length];
    bytes[0] = first;
    bytes
}

/// J13
#[test]
fn a_modulus_has_2048_bits() {
    for (first, length) in [(0x80, 256), (0xff, 256), (0x01, 257), (0x80, 384), (0x01, 512)] {
        assert!(rsa(&bytes(first, length), &[1, 0, 1]), "{first:#x} and {length} bytes");
    }
    for (first, length) in [(0x7f, 256), (0x01, 256), (0xff, 255), (0xff, 128), (0xff, 1)] {
        assert!(!rsa(&bytes(first, length), &[1, 0, 1]), "{first:#x} and {length} bytes");
    }
    assert!(!rsa(&[], &[1, 0, 1]));
}

/// J13; not every WebCrypto counts the bits without them.
#[test]
fn zeros_in_front_make_no_modulus_longer() {
    for zeros in [1, 128, 129, 256] {
        for length in [128, 255, 256] {
            let padded = [vec![0; zeros], bytes(0xff, length)].concat();
            assert!(!rsa(&padded, &[1, 0, 1]), "{zeros} and {length}");
        }
    }
}

/// J13
#[test]
fn an_exponent_is_odd_and_more_than_1() {
    for exponent in [&[3][..], &[17], &[1, 0, 1], &[0xff, 0xff, 0xff, 0xff, 0xff]] {
        assert!(rsa(&bytes(0xff, 256), exponent), "{exponent:?}");
    }
    for exponent in [&[][..], &[0], &[1], &[2], &[1, 0], &[0, 1], &[0, 3], &[0, 1, 0, 1], &[1, 0, 0]] {
        assert!(!rsa(&bytes(0xff, 256), exponent), "{exponent:?}");
    }
}

/// J13; RFC 7518, sections 6.2.1.2 and 6.2.1.3; RFC 8037, section 2
#[test]
fn a_coordinate_has_the_length_of_its_curve() {
    for (algorithm, length) in [
        (Algorithm::Es256, 32),
        (Algorithm::Es384, 48),
        (Algorithm::Es512, 66),
        (Algorithm::EdDsa, 32),
        (Algorithm::Ed25519, 32),
    ] {
        let good = quoted(&vec![7; length]);
        let has_two = algorithm.key_type() == "EC";
        assert!(sound(algorithm, &[("x", &good), ("y", &good)]));
        assert_eq!(sound(algorithm, &[("x", &good)]), !has_two, "{algorithm:?}");
        for other in [0, 1, length - 1, length + 1, 2 * length] {
            let bad = quoted(&vec![7; other]);
            assert!(!sound(algorithm, &[("x", &bad), ("y", &good)]), "{algorithm:?} {other}");
            assert!(!sound(algorithm, &[("x", &bad), ("y", &bad)]), "{algorithm:?} {other}");
            assert_eq!(sound(algorithm, &[("x", &good), ("y", &bad)]), !has_two, "{algorithm:?} {other}");
        }
    }
}

/// J13
#[test]
fn a_number_is_strict_base64url() {
    let (coordinate, modulus) = (encode(&[7; 32]), encode(&bytes(0xff, 256)));
    for bad in ["", "5", "null", "[]", "\"\"", "\"not base64\""] {
        assert!(!sound(Algorithm::Ed25519, &[("x", bad)]), "{bad}");
        assert!(!sound(Algorithm::Rs256, &[("n", bad), ("e", "\"AQAB\"")]), "{bad}");
        assert!(!sound(Algorithm::Rs256, &[("n", &format!("\"{modulus}\"")), ("e", bad)]), "{bad}");
    }
    for (before, after) in [("", "="), ("", " "), (" ", ""), ("", "\\n")] {
        assert!(
            !sound(Algorithm::Ed25519, &[("x", &format!("\"{before}{coordinate}{after}\""))]),
            "{before:?} {after:?}"
        );
        let modulus = format!("\"{before}{modulus}{after}\"");
        assert!(!sound(Algorithm::Rs256, &[("n", &modulus), ("e", "\"AQAB\"")]), "{before:?} {after:?}");
    }
}

/// J13; the seven numbers, each with either sign of the other coordinate.
#[test]
fn a_point_of_small_order_is_no_key() {
    let order_eight = ["JuiVj8KyJ7BFw_SJ8u-Y8NXfrAXTxjM5sTgCiG1T_AU", "xxdqcD1N2E-6PAt2DRBnDyogU_osOczGTsf9d5KsA3o"];
    let mut points: Vec<Vec<u8>> =
        order_eight.iter().map(|point| tokenward::core::base::base64url::decode(point).unwrap()).collect();
    for (first, between, last) in [(0, 0, 0), (1, 0, 0), (0xec, 0xff, 0x7f), (0xed, 0xff, 0x7f), (0xee, 0xff, 0x7f)] {
        let mut point = vec![between; 32];
        point[0] = first;
        point[31] = last;
        points.push(point);
    }
    for mut point in points {
        for _ in 0..2 {
            assert!(!sound(Algorithm::EdDsa, &[("x", &quoted(&point))]), "{point:?}");
            point[31] ^= 0x80;
        }
    }
}

#[test]
fn a_point_that_only_looks_a_little_like_one_is_a_key() {
    for (at, byte) in [(0, 2), (1, 1), (7, 0x80)] {
        let mut point = vec![0; 32];
        point[at] = byte;
        assert!(sound(Algorithm::Ed25519, &[("x", &quoted(&point))]), "{at}");
    }
    for (at, byte) in [(0, 0xeb), (0, 0xef), (1, 0xfe), (7, 0x7f)] {
        let mut point = vec![0xff; 32];
        point[at] = byte;
        assert!(sound(Algorithm::Ed25519, &[("x", &quoted(&point))]), "{at}");
    }
}

/// J13; RFC 8017, sections 5.2.2, 8.1.2 and 8.2.2
#[test]
fn an_rsa_signature_is_as_long_as_the_modulus_and_less() {
    let modulus = bytes(0xc0, 256);
    let key = json(&object(&[], &[("kty", "\"RSA\""), ("n", &quoted(&modulus))]));
    let mut less = modulus.clone();
    less[255] -= 1;
    for good in [&less, &vec![0; 256], &bytes(0xbf, 256)] {
        assert!(is_in_range(good, &key));
    }
    let mut more = modulus.clone();
    more[255] += 1;
    for bad in [&modulus, &more, &vec![0xff; 256], &less[1..].to_vec(), &[vec![0], less.clone()].concat(), &vec![]] {
        assert!(!is_in_range(bad, &key), "{}", bad.len());
    }
}

#[test]
fn a_signature_of_another_type_of_key_is_not_measured_by_a_modulus() {
    let key = json(r#"{"kty":"EC","n":"AQAB"}"#);
    assert!(is_in_range(&[7; 64], &key));
}
