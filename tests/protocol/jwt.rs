//! A JWT of any kind, before it is believed: which kinds are read where.

use super::given::{compact, test};
use tokenward::core::base::base64url::encode;
use tokenward::core::jose::jws::Algorithm;
use tokenward::core::jose::jwt::{Flaw, UntrustedJwt};

/// Every kind of JWT that a provider or a client signs, by its `typ` (RFC 7515, section 4.1.9 and those that name it).
const KINDS: [&str; 9] = [
    "JWT",
    "at+jwt",
    "dpop+jwt",
    "logout+jwt",
    "secevent+jwt",
    "token-introspection+jwt",
    "oauth-authz-req+jwt",
    "client-authentication+jwt",
    "kb+jwt",
];

fn read(header: &str, kinds: &[&str]) -> Option<Flaw> {
    UntrustedJwt::read(&compact(header, r#"{"sub":"alice"}"#), Algorithm::Rs256, kinds).err()
}

fn typed(typ: &str) -> String {
    format!(r#"{{"alg":"RS256","typ":"{typ}"}}"#)
}

/// J09; the whole matrix: each kind where each is expected.
#[test]
fn a_token_of_one_kind_is_refused_where_another_is_expected() {
    for expected in KINDS {
        for kind in KINDS {
            let flaw = (kind != expected).then_some(Flaw::Malformed);
            for spelling in [
                kind.to_owned(),
                kind.to_ascii_uppercase(),
                ["application/", kind].concat(),
                ["Application/", &kind.to_ascii_uppercase()].concat(),
            ] {
                assert_eq!(read(&typed(&spelling), &[expected]), flaw, "{spelling} where {expected} is expected");
            }
        }
        assert_eq!(read(r#"{"alg":"RS256"}"#, &[expected]), Some(Flaw::Malformed), "none where {expected} is expected");
    }
}

/// J09
#[test]
fn a_kind_is_compared_whole() {
    for typ in [
        "",
        "+jwt",
        "t+jwt",
        "xat+jwt",
        "at+jwt ",
        " at+jwt",
        "at+jwtx",
        "at+jwt;v=1",
        "at-jwt",
        "at jwt",
        "/at+jwt",
        "x/at+jwt",
        "text/at+jwt",
        "application/",
        "application//at+jwt",
        "application/x/at+jwt",
        "applicationat+jwt",
        "application/application/at+jwt",
        "xapplication/at+jwt",
        "é+jwt",
        "at+jwt\\u0000",
        "ＡＴ+jwt",
    ] {
        assert_eq!(read(&typed(typ), &["at+jwt"]), Some(Flaw::Malformed), "{typ}");
    }
}

/// J09
#[test]
fn a_token_that_says_no_kind_is_read_where_none_is_needed() {
    for header in [r#"{"alg":"RS256"}"#, r#"{"alg":"RS256","typ":""}"#] {
        assert_eq!(read(header, &["", "JWT"]), None, "{header}");
        assert_eq!(read(header, &["JWT"]), Some(Flaw::Malformed), "{header}");
        assert_eq!(read(header, &[]), Some(Flaw::Malformed), "{header}");
    }
    for typ in ["application/", "/", " ", "x", "at+jwt"] {
        assert_eq!(read(&typed(typ), &["", "JWT"]), Some(Flaw::Malformed), "{typ}");
    }
}

/// J09; or else a token of another kind passes for one of no kind.
#[test]
fn a_kind_of_another_type_is_not_absent() {
    for typ in ["null", "5", "true", "{}", "[]", r#"["JWT"]"#, r#"["at+jwt"]"#] {
        let header = format!(r#"{{"alg":"RS256","typ":{typ}}}"#);
        assert_eq!(read(&header, &["", "JWT"]), Some(Flaw::Malformed), "{typ}");
    }
}

/// J01, J03, J05
#[test]
fn what_is_wrong_with_a_token_is_told_apart() {
    let claims = r#"{"sub":"alice"}"#;
    let flaw = |token: &str, algorithm| UntrustedJwt::read(token, algorithm, &["", "JWT"]).err();
    let with = |alg: &str| compact(&format!(r#"{{"alg":"{alg}"}}"#), claims);
    assert_eq!(flaw(&with("RS256"), Algorithm::Rs256), None);
    for malformed in ["", "a.b.c", "e30.e30", &compact("{}", claims), &compact(r#"{"alg":"RS256"}"#, "[]")] {
        assert_eq!(flaw(malformed, Algorithm::Rs256), Some(Flaw::Malformed), "{malformed}");
    }
    for alg in ["none", "None", "HS256", "RS384", "PS256", "ES256", "EdDSA", ""] {
        assert_eq!(flaw(&with(alg), Algorithm::Rs256), Some(Flaw::Algorithm), "{alg}");
    }
    assert_eq!(flaw(&with("ES256"), Algorithm::Es256), Some(Flaw::Signature), "256 bytes are too many for it");
}

/// J20
#[test]
fn the_claims_come_with_the_signature_only() {
    let token = compact(r#"{"alg":"RS256","kid":"1"}"#, r#"{"sub":"alice"}"#);
    let read = || UntrustedJwt::read(&token, Algorithm::Rs256, &[""]).unwrap();
    assert_eq!(read().believe(false).err(), Some(Flaw::Signature));
    assert!(read().believe(true).unwrap().is("sub", "alice"));
    assert_eq!([read().signing_input(), ".", &encode(read().signature())].concat(), token);
    assert_eq!(read().algorithm(), Algorithm::Rs256);
    assert!(!format!("{:?}", read()).contains("alice"));
}

/// J19; the algorithm that was registered checks the signature, not the name in the token.
#[test]
fn the_registered_name_of_ed25519_is_the_one_that_counts() {
    let header = encode(br#"{"alg":"EdDSA"}"#);
    let token = [&header, ".", &encode(b"{}"), ".", &encode(&[7; 64])].concat();
    let jwt = UntrustedJwt::read(&token, Algorithm::Ed25519, &[""]).unwrap();
    assert_eq!(jwt.algorithm(), Algorithm::Ed25519);
}
