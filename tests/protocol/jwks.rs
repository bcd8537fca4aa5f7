//! The provider's key set: which of its keys may check a signature.

use super::given::{Members, answer, compact, json_answer, kind, object, test};
use tokenward::core::base::base64url::encode;
use tokenward::core::base::error::Kind;
use tokenward::core::jose::jwks::{Jwks, build_jwks_request, check_jwks_response};
use tokenward::core::jose::jws::{Algorithm, UntrustedJws};

const RSA: Members<'_> = &[
    ("kty", "\"RSA\""),
    ("kid", "\"1\""),
    ("use", "\"sig\""),
    ("alg", "\"RS256\""),
    ("key_ops", r#"["verify"]"#),
    (
        "n",
        "\"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ\"",
    ),
    ("e", "\"AQAB\""),
];

const EC: Members<'_> = &[
    ("kty", "\"EC\""),
    ("kid", "\"1\""),
    ("crv", "\"P-256\""),
    ("x", "\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\""),
    ("y", "\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\""),
];

const OKP: Members<'_> =
    &[("kty", "\"OKP\""), ("crv", "\"Ed25519\""), ("x", "\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"")];

fn rsa(changes: Members<'_>) -> String {
    object(RSA, changes)
}

fn set(keys: &[String]) -> Jwks {
    check_jwks_response(&json_answer(&format!("{{\"keys\":[{}]}}", keys.join(",")))).unwrap()
}

/// The mark of the key that would check a token with this header.
fn chosen(keys: &[String], algorithm: Algorithm, header: Members<'_>) -> Option<String> {
    let name = format!("\"{}\"", algorithm.name());
    let header = object(&[("alg", &name)], header);
    let jws = UntrustedJws::parse(&compact(&header, "{}")).unwrap();
    set(keys).key_for(&jws, algorithm).map(|key| key.text("mark").unwrap_or_default())
}

fn fits(key: &str, algorithm: Algorithm) -> bool {
    chosen(&[key.to_owned()], algorithm, &[]).is_some()
}

/// D08
#[test]
fn the_set_is_asked_for_without_a_secret() {
    let request = build_jwks_request("https://keys.example/jwks?x=1");
    assert_eq!(request.url, "https://keys.example/jwks?x=1");
    assert!(request.form.is_none());
}

#[test]
fn the_named_key_is_chosen() {
    let keys = [
        rsa(&[("mark", "\"a\"")]),
        rsa(&[("kid", "\"2\""), ("mark", "\"b\"")]),
        rsa(&[("kid", ""), ("mark", "\"c\"")]),
    ];
    assert_eq!(chosen(&keys, Algorithm::Rs256, &[("kid", "\"1\"")]).as_deref(), Some("a"));
    assert_eq!(chosen(&keys, Algorithm::Rs256, &[("kid", "\"2\"")]).as_deref(), Some("b"));
    for kid in ["\"3\"", "\"\"", "\"1 \"", "\"https://evil.example/jwks\""] {
        assert_eq!(chosen(&keys, Algorithm::Rs256, &[("kid", kid)]), None, "{kid}");
    }
}

/// J10
#[test]
fn without_a_name_the_only_fitting_key_is_chosen() {
    let other = [object(EC, &[]), rsa(&[("use", "\"enc\"")]), rsa(&[("mark", "\"a\"")])];
    assert_eq!(chosen(&other, Algorithm::Rs256, &[]).as_deref(), Some("a"));
}

/// J10
#[test]
fn without_a_name_several_fitting_keys_are_none() {
    let keys = [rsa(&[]), rsa(&[("kid", "\"2\"")])];
    assert_eq!(chosen(&keys, Algorithm::Rs256, &[]), None);
}

/// J11
#[test]
fn one_name_on_several_keys_counts_only_where_one_of_them_fits() {
    let keys = [rsa(&[("mark", "\"rsa\"")]), object(EC, &[("mark", "\"ec\"")])];
    let named = &[("kid", "\"1\"")];
    assert_eq!(chosen(&keys, Algorithm::Rs256, named).as_deref(), Some("rsa"));
    assert_eq!(chosen(&keys, Algorithm::Es256, named).as_deref(), Some("ec"));
    assert_eq!(chosen(&[rsa(&[]), rsa(&[])], Algorithm::Rs256, named), None);
}

/// J02
#[test]
fn a_key_for_another_use_is_not_chosen() {
    for (name, good, bad) in [
        ("use", &["", "null", "\"sig\""][..], &["\"enc\"", "\"SIG\"", "\"\"", "5", "[\"sig\"]"][..]),
        (
            "key_ops",
            &["", "null", r#"["verify"]"#, r#"["sign","verify"]"#],
            &["[]", r#"["encrypt"]"#, r#"["sign"]"#, r#"["Verify"]"#, "\"encrypt\""],
        ),
        (
            "alg",
            &["", "null", "\"RS256\""],
            &["\"RS384\"", "\"PS256\"", "\"RSA-OAEP\"", "\"HS256\"", "\"none\"", "\"\"", "\"rs256\""],
        ),
        ("kty", &["\"RSA\""], &["", "null", "\"EC\"", "\"OKP\"", "\"oct\"", "\"rsa\"", "5"]),
    ] {
        for value in good {
            assert!(fits(&rsa(&[(name, value)]), Algorithm::Rs256), "{name}: {value}");
        }
        for value in bad {
            assert!(!fits(&rsa(&[(name, value)]), Algorithm::Rs256), "{name}: {value}");
        }
    }
}

/// J02
#[test]
fn a_key_on_another_curve_is_not_chosen() {
    assert!(fits(&object(EC, &[]), Algorithm::Es256));
    for algorithm in [Algorithm::Es384, Algorithm::Es512, Algorithm::Rs256, Algorithm::Ed25519] {
        assert!(!fits(&object(EC, &[]), algorithm), "{algorithm:?}");
    }
    for curve in ["", "null", "\"P-384\"", "\"p-256\"", "\"secp256k1\"", "\"Ed25519\""] {
        assert!(!fits(&object(EC, &[("crv", curve)]), Algorithm::Es256), "{curve}");
    }
    for curve in ["", "\"Ed448\"", "\"X25519\"", "\"P-256\""] {
        assert!(!fits(&object(OKP, &[("crv", curve)]), Algorithm::Ed25519), "{curve}");
    }
}

/// J04
#[test]
fn a_symmetric_key_is_never_chosen() {
    let symmetric = r#"{"kty":"oct","kid":"1","k":"c2VjcmV0","alg":"HS256"}"#.to_owned();
    for algorithm in Algorithm::ALL {
        assert!(!fits(&symmetric, algorithm), "{algorithm:?}");
    }
    assert!(!fits(&rsa(&[("k", "\"c2VjcmV0\"")]), Algorithm::Rs256));
}

/// J18
#[test]
fn a_private_key_in_the_public_set_is_not_chosen() {
    for value in ["\"AQAB\"", "\"\"", "5", "{}"] {
        assert!(!fits(&rsa(&[("d", value)]), Algorithm::Rs256), "{value}");
    }
    assert!(!fits(&object(EC, &[("d", "\"x\"")]), Algorithm::Es256));
    let keys = [rsa(&[("d", "\"x\"")]), rsa(&[("mark", "\"good\"")])];
    assert_eq!(chosen(&keys, Algorithm::Rs256, &[("kid", "\"1\"")]).as_deref(), Some("good"));
}

/// J18
#[test]
fn what_is_unknown_in_the_set_is_passed_over() {
    let unknown = [r#"{"kty":"OKP-future","kid":"1"}"#, "{}", "null", "5", "\"key\"", "[]", r#"[{"kty":"RSA"}]"#];
    let mut keys = unknown.map(str::to_owned).to_vec();
    keys.push(rsa(&[("mark", "\"good\"")]));
    assert_eq!(chosen(&keys, Algorithm::Rs256, &[("kid", "\"1\"")]).as_deref(), Some("good"));
    assert_eq!(chosen(&keys, Algorithm::Rs256, &[]).as_deref(), Some("good"));
}

/// J19
#[test]
fn both_names_of_ed25519_fit_one_key() {
    for named in ["", "\"EdDSA\"", "\"Ed25519\""] {
        let key = object(OKP, &[("alg", named)]);
        assert!(fits(&key, Algorithm::EdDsa) && fits(&key, Algorithm::Ed25519), "{named}");
    }
    assert!(!fits(&object(OKP, &[("alg", "\"ES256\"")]), Algorithm::EdDsa));
}

/// J08
#[test]
fn a_key_that_the_token_brings_along_is_never_used() {
    let brought = rsa(&[("mark", "\"brought\"")]);
    let header: Members<'_> = &[
        ("jwk", &brought),
        ("jku", "\"https://evil.example/jwks\""),
        ("x5u", "\"https://evil.example/x\""),
        ("x5c", "[]"),
    ];
    assert_eq!(chosen(&[], Algorithm::Rs256, header), None);
    let keys = [rsa(&[("mark", "\"ours\"")])];
    assert_eq!(chosen(&keys, Algorithm::Rs256, header).as_deref(), Some("ours"));
}

#[test]
fn what_is_no_key_set_is_refused() {
    for body in ["{}", r#"{"keys":null}"#, r#"{"keys":{}}"#, r#"{"keys":"x"}"#, r#"{"keys":5}"#, r#"{"Keys":[]}"#] {
        assert_eq!(kind(&check_jwks_response(&json_answer(body))), Some(Kind::JwksInvalid), "{body}");
    }
    for body in ["", "[]", "null", "<html>", "{"] {
        assert_eq!(kind(&check_jwks_response(&json_answer(body))), Some(Kind::ResponseUnusable), "{body}");
    }
}

#[test]
fn a_key_set_has_two_media_types_and_status_200() {
    for media_type in ["application/json", "application/jwk-set+json"] {
        assert!(check_jwks_response(&answer(200, media_type, r#"{"keys":[]}"#)).is_ok(), "{media_type}");
    }
    for (status, media_type, kind_of_failure) in [
        (200, "text/html", Kind::ResponseUnusable),
        (200, "", Kind::ResponseUnusable),
        (404, "application/json", Kind::ResponseUnusable),
        (0, "", Kind::TokenRedirectRefused),
        (302, "application/json", Kind::TokenRedirectRefused),
        (429, "application/json", Kind::RateLimited),
        (500, "application/json", Kind::ServerError),
    ] {
        let checked = check_jwks_response(&answer(status, media_type, r#"{"keys":[]}"#));
        assert_eq!(kind(&checked), Some(kind_of_failure), "{status} {media_type}");
    }
}

/// J02
#[test]
fn what_a_key_says_of_itself_in_another_type_is_not_absent() {
    for (name, value) in
        [("key_ops", "5"), ("key_ops", "{}"), ("key_ops", r#"["encrypt",5]"#), ("alg", "5"), ("alg", r#"["RSA-OAEP"]"#)]
    {
        assert!(!fits(&rsa(&[(name, value)]), Algorithm::Rs256), "{name}: {value}");
    }
}

/// J13; RFC 7518, section 3.3. The browsers verify with whatever they are given.
#[test]
fn a_short_rsa_key_is_not_chosen() {
    let modulus = |bytes: usize| format!("\"{}\"", encode(&vec![0xff; bytes]));
    assert!(fits(&rsa(&[("n", &modulus(256))]), Algorithm::Rs256));
    for bytes in [0, 64, 128, 255] {
        assert!(!fits(&rsa(&[("n", &modulus(bytes))]), Algorithm::Rs256), "{bytes}");
    }
}
