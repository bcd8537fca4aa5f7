//! Hashing and checking signatures. The vectors are those of RFC 7636, appendix B; RFC 7515, appendices A.2 and A.3; and
//! RFC 8037, appendix A.4.

use super::fakes::{json, signed, web};
use tokenward::core::base::base64url::{decode, encode};
use tokenward::core::base::json::{Json, Writer};
use tokenward::core::jose::jws::Algorithm;
use tokenward::ports::Crypto as _;
use wasm_bindgen_test::wasm_bindgen_test as test;

const RS256_KEY: &str = r#"{"kty":"RSA","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"}"#;
const RS256: &str = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";

const ES256_KEY: &str = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;
const ES256: &str = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

const ED25519_KEY: &str = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
const ED25519: &str = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

const VECTORS: [(Algorithm, &str, &str); 4] = [
    (Algorithm::Rs256, RS256_KEY, RS256),
    (Algorithm::Es256, ES256_KEY, ES256),
    (Algorithm::EdDsa, ED25519_KEY, ED25519),
    (Algorithm::Ed25519, ED25519_KEY, ED25519),
];

/// What was signed, and the signature.
fn parts(jws: &str) -> (&str, Vec<u8>) {
    let (signed, signature) = jws.rsplit_once('.').unwrap();
    (signed, decode(signature).unwrap())
}

/// The key with one member changed to this JSON.
fn with(key: &str, name: &str, value: &str) -> Json {
    let key = json(key);
    let kept = ["kty", "n", "e", "crv", "x", "y"].into_iter().filter(|member| *member != name && key.has(member));
    let key = kept.fold(Writer::default(), |copy, member| copy.json(member, &key.get(member).unwrap().to_text()));
    json(&key.json(name, value).finish())
}

/// A03
#[test]
async fn the_challenge_is_the_digest_of_the_verifier() {
    let digest = web().digest(256, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk").await.unwrap();
    assert_eq!(encode(&digest), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

#[test]
async fn the_digest_of_nothing_and_of_more_than_ascii_is_right() {
    for (text, digest) in
        [("", "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"), ("é", "SplVfkAzw1Od4utlRyAXytX5VX96BiWgnxw_biumnEw")]
    {
        assert_eq!(encode(&web().digest(256, text).await.unwrap()), digest);
    }
}

/// I13; the digests of "abc" (FIPS 180-4, examples).
#[test]
async fn each_length_of_digest_is_of_its_own_function() {
    for (bits, start) in [(256, [0xba, 0x78]), (384, [0xcb, 0x00]), (512, [0xdd, 0xaf])] {
        let digest = web().digest(bits, "abc").await.unwrap();
        assert_eq!((digest.len() * 8, &digest[..2]), (usize::from(bits), &start[..]));
    }
}

/// I04, J19
#[test]
async fn the_vectors_of_the_specifications_are_valid() {
    for (algorithm, key, jws) in VECTORS {
        let (signed, signature) = parts(jws);
        assert!(web().verify(algorithm, &json(key), signed, &signature).await, "{algorithm:?}");
    }
}

/// I04
#[test]
async fn one_other_byte_makes_a_signature_invalid() {
    for (algorithm, key, jws) in VECTORS {
        let (signed, signature) = parts(jws);
        let key = json(key);
        for at in [0, signature.len() / 2, signature.len() - 1] {
            let mut changed = signature.clone();
            changed[at] ^= 1;
            assert!(!web().verify(algorithm, &key, signed, &changed).await, "{algorithm:?} signature {at}");
        }
        for at in [0, signed.len() / 2, signed.len() - 1] {
            let mut changed = signed.as_bytes().to_vec();
            changed[at] ^= 1;
            let changed = String::from_utf8(changed).unwrap();
            assert!(!web().verify(algorithm, &key, &changed, &signature).await, "{algorithm:?} text {at}");
        }
    }
}

/// J13
#[test]
async fn a_signature_of_another_length_is_invalid() {
    for (algorithm, key, jws) in VECTORS {
        let (signed, signature) = parts(jws);
        let longer = [&signature[..], &[0]].concat();
        for changed in [&[][..], &signature[1..], &signature[..signature.len() - 1], &longer] {
            assert!(!web().verify(algorithm, &json(key), signed, changed).await, "{algorithm:?} {}", changed.len());
        }
    }
    let (signed, signature) = parts(ES256);
    assert!(!web().verify(Algorithm::Es256, &json(ES256_KEY), signed, &vec![0; signature.len()]).await);
}

/// J02; but for an RSA key as one of Ed25519, which the core never asks for: importing it crashes a tab of Firefox 153.
#[test]
async fn a_signature_is_valid_under_its_own_algorithm_only() {
    for (own, key, jws) in VECTORS {
        let (signed, signature) = parts(jws);
        let crashes = |other: Algorithm| own.key_type() == "RSA" && other.key_type() == "OKP";
        for other in Algorithm::ALL.into_iter().filter(|other| !other.is_same_as(own) && !crashes(*other)) {
            assert!(!web().verify(other, &json(key), signed, &signature).await, "{own:?} as {other:?}");
        }
    }
}

/// J13
#[test]
async fn a_key_that_cannot_be_used_makes_a_signature_invalid() {
    let (signed, signature) = parts(ES256);
    for (name, value) in [
        ("kty", "\"RSA\""),
        ("kty", "5"),
        ("crv", "\"P-384\""),
        ("crv", "null"),
        ("x", "\"\""),
        ("x", "null"),
        ("x", "\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEQ\""),
        ("y", "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\""),
        ("y", "{}"),
    ] {
        let key = with(ES256_KEY, name, value);
        assert!(!web().verify(Algorithm::Es256, &key, signed, &signature).await, "{name}: {value}");
    }
    for key in ["{}", "[]", "5", "\"key\"", r#"{"kty":"oct","k":"c2VjcmV0"}"#] {
        assert!(!web().verify(Algorithm::Es256, &json(key), signed, &signature).await, "{key}");
    }
}

/// Only public members are imported: whatever else the set says of a key was judged by the core.
#[test]
async fn other_members_of_a_key_do_not_matter() {
    for (algorithm, key, jws) in VECTORS {
        let (signed, signature) = parts(jws);
        for (name, value) in
            [("alg", "\"whatever\""), ("use", "\"sig\""), ("key_ops", "[]"), ("ext", "false"), ("kid", "5")]
        {
            assert!(web().verify(algorithm, &with(key, name, value), signed, &signature).await, "{algorithm:?} {name}");
        }
    }
}

/// I04; every other algorithm that can be registered, with keys made here.
#[test]
async fn each_algorithm_checks_what_the_browser_signed() {
    for (algorithm, parameters) in [
        (Algorithm::Rs384, r#"{"name":"RSASSA-PKCS1-v1_5","modulusLength":2048,"hash":"SHA-384"}"#),
        (Algorithm::Rs512, r#"{"name":"RSASSA-PKCS1-v1_5","modulusLength":2048,"hash":"SHA-512"}"#),
        (Algorithm::Ps256, r#"{"name":"RSA-PSS","modulusLength":2048,"hash":"SHA-256","saltLength":32}"#),
        (Algorithm::Ps384, r#"{"name":"RSA-PSS","modulusLength":2048,"hash":"SHA-384","saltLength":48}"#),
        (Algorithm::Ps512, r#"{"name":"RSA-PSS","modulusLength":2048,"hash":"SHA-512","saltLength":64}"#),
        (Algorithm::Es384, r#"{"name":"ECDSA","namedCurve":"P-384","hash":"SHA-384"}"#),
        (Algorithm::Es512, r#"{"name":"ECDSA","namedCurve":"P-521","hash":"SHA-512"}"#),
    ] {
        let made = signed(parameters, "header.payload").await;
        let key = Json::from_js(js_sys::Reflect::get(&made, &"key".into()).unwrap()).unwrap();
        let signature = js_sys::Uint8Array::new(&js_sys::Reflect::get(&made, &"signature".into()).unwrap()).to_vec();
        assert!(web().verify(algorithm, &key, "header.payload", &signature).await, "{algorithm:?}");
        assert!(!web().verify(algorithm, &key, "header.payloae", &signature).await, "{algorithm:?}");
    }
}
