//! Who decides what about a JWS: the caller the algorithms and keys, the core what fits, the platform the signature.

use super::given::{Judge, at_once, json, key, set, token};
use tokenward::core::base::error::{Class, Kind, Phase, Result};
use tokenward::core::jose::jws::Algorithm;
use tokenward::edge::verify::{Verified, verify_jws};

const HEADER: &str = r#"{"alg":"EdDSA","kid":"1"}"#;

fn verify(judge: &Judge, token: &str, keys: &str, options: &str) -> Result<Verified> {
    at_once(verify_jws(judge, token, &json(keys), &json(options)))
}

/// Why it is refused although the platform would say that the signature is valid, and was never asked.
fn refusal(token: &str, keys: &str, options: &str) -> Kind {
    let judge = Judge::saying(true);
    let error = verify(&judge, token, keys, options).unwrap_err();
    assert!(judge.asked.borrow().is_empty(), "{error}");
    error.kind
}

fn ed25519(header: &str) -> String {
    token(header, b"payload", 64)
}

const EDDSA: &str = r#"{"algorithms":["EdDSA"]}"#;

#[test]
fn what_was_signed_is_given_with_the_header() {
    let judge = Judge::saying(true);
    let token = token(HEADER, &[0, 159, 146, 150], 64);
    let verified = verify(&judge, &token, &set(&[key(Some("1"))]), EDDSA).unwrap();
    assert_eq!(verified.payload, [0, 159, 146, 150]);
    assert_eq!(verified.header.to_text(), HEADER);
    let (signed, _) = token.rsplit_once('.').unwrap();
    assert_eq!(*judge.asked.borrow(), [(Algorithm::EdDsa, Some("1".to_owned()), signed.to_owned(), 64)]);
}

/// J20
#[test]
fn without_a_valid_signature_nothing_is_given() {
    let error = verify(&Judge::saying(false), &ed25519(HEADER), &key(Some("1")), EDDSA).unwrap_err();
    assert_eq!((error.kind, error.phase), (Kind::JwsSignatureInvalid, Phase::Verify));
    assert_eq!(error.kind.entry().class, Class::Protocol);
}

/// J01
#[test]
fn the_caller_names_the_algorithms() {
    let keys = key(Some("1"));
    for options in [r#"{"algorithms":["ES256"]}"#, r#"{"algorithms":["RS256","PS256","ES512"]}"#] {
        assert_eq!(refusal(&ed25519(HEADER), &keys, options), Kind::JwsAlgorithmUnexpected, "{options}");
    }
    // Before any key is looked for.
    assert_eq!(refusal(&ed25519(HEADER), &set(&[]), r#"{"algorithms":["ES256"]}"#), Kind::JwsAlgorithmUnexpected);
    for alg in ["none", "HS256", "eddsa", "ES256K", ""] {
        let token = ed25519(&format!(r#"{{"alg":"{alg}"}}"#));
        assert_eq!(refusal(&token, &keys, EDDSA), Kind::JwsAlgorithmUnexpected, "{alg}");
    }
}

/// J19
#[test]
fn both_names_of_ed25519_are_one() {
    for header in [r#"{"alg":"EdDSA"}"#, r#"{"alg":"Ed25519"}"#] {
        for options in [EDDSA, r#"{"algorithms":["ES256","Ed25519"]}"#] {
            assert!(verify(&Judge::saying(true), &ed25519(header), &key(None), options).is_ok(), "{header} {options}");
        }
    }
}

/// J03, J04
#[test]
fn nobody_can_allow_what_is_no_signature_of_a_public_key() {
    for options in [
        "{}",
        r#"{"algorithms":[]}"#,
        r#"{"algorithms":null}"#,
        r#"{"algorithms":"EdDSA"}"#,
        r#"{"algorithms":{"0":"EdDSA"}}"#,
        r#"{"algorithms":["none"]}"#,
        r#"{"algorithms":["HS256"]}"#,
        r#"{"algorithms":["EdDSA","HS256"]}"#,
        r#"{"algorithms":["EdDSA",""]}"#,
        r#"{"algorithms":["EdDSA",null]}"#,
        r#"{"algorithms":["EdDSA",["EdDSA"]]}"#,
        r#"{"algorithms":["eddsa"]}"#,
        r#"{"algorithms":["EdDSA"],"algorithm":"none"}"#,
        r#"{"algorithms":["EdDSA"],"audience":null}"#,
        r#"["EdDSA"]"#,
        r#""EdDSA""#,
        "5",
        "null",
    ] {
        assert_eq!(refusal(&ed25519(HEADER), &key(Some("1")), options), Kind::InvalidOption, "{options}");
    }
}

#[test]
fn keys_are_a_set_or_one_key() {
    let many = set(&vec![key(Some("1")); 257]);
    for keys in ["{}", "[]", "null", "5", "\"key\"", r#"{"keys":{}}"#, r#"{"keys":null}"#, r#"{"keys":5}"#, &many] {
        assert_eq!(refusal(&ed25519(HEADER), keys, EDDSA), Kind::InvalidOption, "{keys}");
    }
    assert_eq!(refusal(&ed25519(HEADER), &set(&[]), EDDSA), Kind::JwsKeyUnknown);
}

/// J02, J04, J10, J11, J18
#[test]
fn no_key_or_several_are_none() {
    let other = r#"{"kty":"OKP","crv":"Ed448","x":"AA","kid":"1"}"#.to_owned();
    let secret = r#"{"kty":"oct","k":"c2VjcmV0","kid":"1"}"#.to_owned();
    let private = key(Some("1")).replace('}', r#","d":"AA"}"#);
    let token = ed25519(HEADER);
    for keys in [
        set(&[key(None)]),
        set(&[key(Some("2"))]),
        set(&[key(Some("1")), key(Some("1"))]),
        set(&[other.clone(), secret.clone(), private.clone()]),
        key(Some("2")),
        other,
        secret,
        private,
    ] {
        assert_eq!(refusal(&token, &keys, EDDSA), Kind::JwsKeyUnknown, "{keys}");
    }
    let unnamed = ed25519(r#"{"alg":"EdDSA"}"#);
    assert_eq!(refusal(&unnamed, &set(&[key(Some("1")), key(Some("2"))]), EDDSA), Kind::JwsKeyUnknown);
}

/// J10
#[test]
fn one_key_without_a_name_is_meant_whatever_the_token_calls_it() {
    assert!(verify(&Judge::saying(true), &ed25519(HEADER), &key(None), EDDSA).is_ok());
}

/// J05, J07, J17
#[test]
fn what_is_no_strict_token_is_malformed() {
    let good = ed25519(HEADER);
    let (start, signature) = good.rsplit_once('.').unwrap();
    let (header, _) = start.split_once('.').unwrap();
    for token in [
        String::new(),
        start.to_owned(),
        [&good, "."].concat(),
        [&good, "="].concat(),
        [header, ".cGF5bG9hZA==.", signature].concat(),
        [header, ".cGF5bG9hZB.", signature].concat(),
        [header, ".cGF5 bG9hZA.", signature].concat(),
        ed25519(r#"{"alg":"EdDSA","crit":["x"],"x":1}"#),
        ed25519(r#"{"alg":"EdDSA","b64":false}"#),
        ed25519(r#"{"alg":"EdDSA","alg":"EdDSA"}"#),
        token(HEADER, &vec![b'x'; 64 * 1024], 64),
    ] {
        assert_eq!(refusal(&token, &key(Some("1")), EDDSA), Kind::JwsMalformed, "{}", &token[..token.len().min(99)]);
    }
}

/// J13
#[test]
fn a_signature_of_another_length_is_not_even_looked_at() {
    for bytes in [0, 63, 65, 128] {
        let token = token(HEADER, b"payload", bytes);
        assert_eq!(refusal(&token, &key(Some("1")), EDDSA), Kind::JwsSignatureInvalid, "{bytes}");
    }
}

/// RFC 7515, appendix F: a detached payload is signed too, so an empty one is valid only where it is what was signed.
#[test]
fn an_empty_payload_is_one() {
    let verified = verify(&Judge::saying(true), &token(HEADER, b"", 64), &key(Some("1")), EDDSA).unwrap();
    assert_eq!(verified.payload, b"");
}
