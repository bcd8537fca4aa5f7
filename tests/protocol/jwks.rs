//! The provider's key set: which of its keys may check a signature.

use super::given::{Members, NOW_S, answer, at, compact, json_answer, kind, object, test};
use std::rc::Rc;
use tokenward::core::base::base64url::encode;
use tokenward::core::base::error::Kind;
use tokenward::core::base::time::Now;
use tokenward::core::jose::jwks::{Jwks, KeyCache, build_jwks_request, check_jwks_response};
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

/// J13; RFC 7518, section 6.3.1: of 1 everything is a signature, and an even one has no inverse.
#[test]
fn an_rsa_key_with_an_impossible_exponent_is_not_chosen() {
    for exponent in [&[1, 0, 1][..], &[3], &[17], &[1, 1], &[0xff; 8], &[0x80, 1]] {
        assert!(fits(&rsa(&[("e", &format!("\"{}\"", encode(exponent)))]), Algorithm::Rs256), "{exponent:?}");
    }
    for exponent in
        [&[][..], &[0], &[1], &[2], &[4], &[1, 0], &[1, 0, 0], &[0, 0], &[0, 1], &[0, 3], &[0, 1, 0, 1], &[0xff, 0xfe]]
    {
        assert!(!fits(&rsa(&[("e", &format!("\"{}\"", encode(exponent)))]), Algorithm::Rs256), "{exponent:?}");
    }
    for value in
        ["", "null", "65537", "\"\"", "\"AQAB=\"", "\"AQA B\"", "\"AQ+B\"", "\"65537 \"", "[]", r#"["AQAB"]"#, "{}"]
    {
        assert!(!fits(&rsa(&[("e", value)]), Algorithm::Rs256), "{value}");
    }
}

/// J13
#[test]
fn the_modulus_is_a_text() {
    for value in ["", "null", "5", "\"\"", "[]", "{}", "true"] {
        assert!(!fits(&rsa(&[("n", value)]), Algorithm::Rs256), "{value}");
    }
}

/// J18, T17
#[test]
fn a_set_has_so_many_keys_and_not_one_more() {
    let of = |keys: usize| {
        let all = vec![rsa(&[("kid", "\"other\"")]); keys - 1];
        format!("{{\"keys\":[{},{}]}}", all.join(","), rsa(&[]))
    };
    assert!(check_jwks_response(&json_answer(&of(256))).is_ok());
    assert_eq!(kind(&check_jwks_response(&json_answer(&of(257)))), Some(Kind::JwksInvalid));
    let mut keys = vec![rsa(&[("kid", "\"other\"")]); 255];
    keys.push(rsa(&[("mark", "\"the last one\"")]));
    assert_eq!(chosen(&keys, Algorithm::Rs256, &[("kid", "\"1\"")]).as_deref(), Some("the last one"));
}

/// J16, A14; each issuer has a set of its own, and a name in one means nothing in another.
#[test]
fn a_key_is_found_in_the_set_of_its_issuer_only() {
    let ours = set(&[rsa(&[("mark", "\"ours\"")])]);
    let theirs = set(&[rsa(&[("mark", "\"theirs\"")]), rsa(&[("kid", "\"2\""), ("mark", "\"theirs\"")])]);
    let key_of = |keys: &Jwks, kid: &str| {
        let jws = UntrustedJws::parse(&compact(&format!(r#"{{"alg":"RS256","kid":"{kid}"}}"#), "{}")).unwrap();
        keys.key_for(&jws, Algorithm::Rs256).map(|key| key.text("mark").unwrap())
    };
    assert_eq!(key_of(&ours, "1").as_deref(), Some("ours"));
    assert_eq!(key_of(&theirs, "1").as_deref(), Some("theirs"));
    assert_eq!(key_of(&ours, "2"), None, "what they call so is unknown here");
    let (mut our_cache, mut their_cache) = (KeyCache::default(), KeyCache::default());
    our_cache.keep(&Rc::new(ours), at(NOW_S));
    assert!(their_cache.fresh(at(NOW_S)).is_none(), "and so is what is kept");
    assert!(our_cache.may_look_again(at(NOW_S)) && their_cache.may_look_again(at(NOW_S)));
}

/// J12; OpenID Connect Core, section 10.1.1.
#[test]
fn a_thousand_unknown_keys_have_the_set_fetched_once_in_a_while() {
    let mut cache = KeyCache::default();
    cache.keep(&Rc::new(set(&[])), at(NOW_S));
    let looks = (0..1000).filter(|_| cache.may_look_again(at(NOW_S))).count();
    assert_eq!(looks, 1, "all at once");
    let looks = (1..60).filter(|second| cache.may_look_again(at(NOW_S + second))).count();
    assert_eq!(looks, 0, "within the minute");
    let looks: Vec<u64> = (60..=660).filter(|second| cache.may_look_again(at(NOW_S + second))).collect();
    assert_eq!(looks, [60, 120, 180, 240, 300, 360, 420, 480, 540, 600, 660], "one a minute");
}

/// J12
#[test]
fn the_wait_is_over_by_the_clock_that_says_more() {
    let look_at = |wall_ms, monotonic_ms| {
        let mut cache = KeyCache::default();
        assert!(cache.may_look_again(Now { wall_ms: 1_000_000, monotonic_ms: 1_000_000 }));
        cache.may_look_again(Now { wall_ms, monotonic_ms })
    };
    assert!(look_at(1_060_000, 1_000_000), "the page slept");
    assert!(look_at(0, 1_060_000), "somebody set the clock back");
    assert!(!look_at(1_059_999, 1_059_999));
    assert!(!look_at(0, 0));
}

/// D07
#[test]
fn a_set_is_kept_for_an_hour() {
    let mut cache = KeyCache::default();
    assert!(cache.fresh(at(NOW_S)).is_none());
    let (first, second) = (Rc::new(set(&[])), Rc::new(set(&[rsa(&[])])));
    cache.keep(&first, at(NOW_S));
    for seconds in [0, 1, 3599] {
        assert!(cache.fresh(at(NOW_S + seconds)).is_some_and(|kept| Rc::ptr_eq(&kept, &first)), "{seconds}");
    }
    assert!(cache.fresh(at(NOW_S - 86_400)).is_some(), "a clock that was set back makes nothing older");
    for seconds in [3600, 86_400] {
        assert!(cache.fresh(at(NOW_S + seconds)).is_none(), "{seconds}");
    }
    let asleep = Now { wall_ms: NOW_S * 1000, monotonic_ms: 3_600_000 };
    assert!(cache.fresh(asleep).is_none());
    cache.keep(&second, at(NOW_S + 10));
    assert!(cache.fresh(at(NOW_S + 3609)).is_some_and(|kept| Rc::ptr_eq(&kept, &second)), "the last one counts");
}

/// J12; what could not be fetched is not unknown.
#[test]
fn a_look_that_saw_nothing_does_not_count() {
    let mut cache = KeyCache::default();
    assert!(cache.may_look_again(at(NOW_S)));
    cache.take_look_back();
    assert!(cache.may_look_again(at(NOW_S)));
    assert!(!cache.may_look_again(at(NOW_S)));
}
