//! The strict compact form of a signed token.

use super::given::{compact, test};
use tokenward::core::base::base64url::encode;
use tokenward::core::jose::jws::{Algorithm, MAX_TOKEN_CHARS, UntrustedJws};

const HEADER: &str = r#"{"alg":"RS256"}"#;

fn malformed(token: &str) {
    let claims = UntrustedJws::parse(token).and_then(|jws| jws.claims());
    assert!(claims.is_none(), "{}", token.chars().take(200).collect::<String>());
}

#[test]
fn the_three_parts_are_read() {
    let token = compact(r#"{"alg":"ES256","kid":"a/b","typ":"JWT","x":{}}"#, r#"{"sub":"é"}"#);
    let jws = UntrustedJws::parse(&token).unwrap();
    assert_eq!(jws.algorithm, Some(Algorithm::Es256));
    assert_eq!(jws.key_id.as_deref(), Some("a/b"));
    assert_eq!(jws.claims().unwrap().text("sub").as_deref(), Some("é"));
    assert_eq!(jws.signature, [7; 256]);
    assert_eq!([&jws.signing_input, ".", &encode(&jws.signature)].concat(), token);
}

/// J05
#[test]
fn two_four_and_five_parts_are_malformed() {
    let (header, payload, signature) = (encode(HEADER.as_bytes()), encode(b"{}"), encode(&[7; 256]));
    for parts in [
        vec![],
        vec![header.as_str()],
        vec![&header, &payload],
        vec![&header, &payload, &signature, ""],
        vec![&header, &payload, &signature, &signature],
        vec![&header, &payload, &payload, &payload, &signature],
        vec!["", &header, &payload, &signature],
        vec!["", "", ""],
        vec![&header, "", &signature],
        vec!["", &payload, &signature],
    ] {
        malformed(&parts.join("."));
    }
}

/// J05
#[test]
fn anything_but_plain_base64url_is_malformed() {
    let token = compact(HEADER, r#"{"sub":"alice"}"#);
    let (header, rest) = token.split_once('.').unwrap();
    let (payload, signature) = rest.split_once('.').unwrap();
    for bad in [
        [token.as_str(), "="].concat(),
        [token.as_str(), "=="].concat(),
        [&token, " "].concat(),
        [" ", &token].concat(),
        [&token, "\n"].concat(),
        [&token, "\0"].concat(),
        [header, " .", rest].concat(),
        [header, ".\t", rest].concat(),
        [header, "=.", rest].concat(),
        [header, ".", payload, "==.", signature].concat(),
        [header, ".", payload, ".", signature, "AAA"].concat(),
        [header, ".", payload, ".+", &signature[1..]].concat(),
        [header, ".", payload, "./", &signature[1..]].concat(),
        [header, ".", payload, ".%2B", &signature[1..]].concat(),
        [header, ".", payload, ".é", &signature[1..]].concat(),
        ["Bearer ", &token].concat(),
    ] {
        malformed(&bad);
    }
}

/// J05; the last character of 256 bytes carries two bits that must be zero.
#[test]
fn a_second_spelling_of_the_same_bytes_is_malformed() {
    let token = compact(HEADER, "{}");
    let (last, start) = (token.chars().last().unwrap(), &token[..token.len() - 1]);
    assert_eq!(last, 'w');
    assert!(UntrustedJws::parse(&token).is_some());
    for other in ["x", "y", "z", "_"] {
        malformed(&[start, other].concat());
    }
}

/// J05
#[test]
fn the_json_serialization_is_malformed() {
    let (header, signature) = (encode(HEADER.as_bytes()), encode(&[7; 256]));
    malformed(&format!(r#"{{"protected":"{header}","payload":"e30","signature":"{signature}"}}"#));
    malformed(&format!(r#"{{"payload":"e30","signatures":[{{"protected":"{header}","signature":"{signature}"}}]}}"#));
    malformed(&format!(r#"{{"a":"{header}.e30.{signature}"}}"#));
}

/// J05, J17
#[test]
fn a_part_that_is_no_json_object_is_malformed() {
    for part in
        ["", "null", "[]", "5", "\"alg\"", "{", "{}x", "{'alg':'RS256'}", r#"[{"alg":"RS256"}]"#, "\u{feff}{}", "e30"]
    {
        malformed(&compact(part, "{}"));
        malformed(&compact(HEADER, part));
    }
}

/// J17; a token within a token is not unpacked.
#[test]
fn a_nested_token_is_malformed() {
    malformed(&compact(HEADER, &compact(HEADER, "{}")));
    malformed(&compact(r#"{"alg":"RS256","cty":"JWT"}"#, &compact(HEADER, "{}")));
}

/// J06
#[test]
fn invalid_utf_8_is_malformed() {
    let invalid: [&[u8]; 6] = [
        b"{\"sub\":\"\xff\"}",
        b"{\"sub\":\"\xc3\"}",
        b"{\"sub\":\"\xc0\xaf\"}",
        b"{\"sub\":\"\xed\xa0\x80\"}",
        b"{\"sub\":\"\xf5\x80\x80\x80\"}",
        b"\xff\xfe{\0}\0",
    ];
    for bytes in invalid {
        let (header, part) = (encode(HEADER.as_bytes()), encode(bytes));
        malformed(&[&header, ".", &part, ".", &header].concat());
        malformed(&[&part, ".", &encode(b"{}"), ".", &header].concat());
    }
}

/// J03, J17; an algorithm that is not ours is read as none of ours, and a header without one is no header.
#[test]
fn the_algorithm_is_read_by_its_exact_name() {
    for name in ["none", "None", "NONE", "nOnE", "HS256", "rs256", " RS256", "RS256\\u0000", "", "dir", "RSA-OAEP"] {
        let jws = UntrustedJws::parse(&compact(&format!("{{\"alg\":\"{name}\"}}"), "{}")).unwrap();
        assert_eq!(jws.algorithm, None, "{name}");
    }
    for header in ["{}", r#"{"alg":null}"#, r#"{"alg":5}"#, r#"{"alg":["RS256"]}"#, r#"{"ALG":"RS256"}"#] {
        malformed(&compact(header, "{}"));
    }
}

/// J07
#[test]
fn what_is_critical_is_unknown() {
    for critical in [
        r#"["exp"]"#,
        r#"["b64"]"#,
        r#"["alg"]"#,
        r#"["x"]"#,
        "[]",
        r#""x""#,
        "5",
        "true",
        "false",
        "0",
        "\"\"",
        "{}",
        r#"["b64","b64"]"#,
        "[5]",
    ] {
        malformed(&compact(&format!(r#"{{"alg":"RS256","b64":false,"x":1,"exp":1,"crit":{critical}}}"#), "{}"));
    }
}

/// J17
#[test]
fn a_token_too_long_is_malformed() {
    let token = compact(HEADER, &format!("{{\"x\":\"{}\"}}", "x".repeat(40 * 1024)));
    assert!(token.len() <= MAX_TOKEN_CHARS);
    assert!(UntrustedJws::parse(&token).is_some());
    malformed(&compact(HEADER, &format!("{{\"x\":\"{}\"}}", "x".repeat(MAX_TOKEN_CHARS))));
    malformed(&"x".repeat(10 << 20));
    malformed(&".".repeat(10 << 20));
}

/// J19
#[test]
fn eddsa_and_ed25519_are_the_same_and_nothing_else_is() {
    assert!(Algorithm::EdDsa.is_same_as(Algorithm::Ed25519));
    for a in Algorithm::ALL {
        for b in Algorithm::ALL {
            let same = a == b || (a.curve() == Some("Ed25519") && b.curve() == Some("Ed25519"));
            assert_eq!(a.is_same_as(b), same, "{a:?} {b:?}");
        }
    }
}

#[test]
fn each_algorithm_has_its_own_name() {
    for algorithm in Algorithm::ALL {
        assert_eq!(Algorithm::from_name(algorithm.name()), Some(algorithm));
    }
    for name in ["none", "HS256", "", "ES256K", "Ed448", "rs256"] {
        assert_eq!(Algorithm::from_name(name), None, "{name}");
    }
}

/// J02
#[test]
fn each_algorithm_has_one_kind_of_key() {
    for (name, key_type, curve) in [
        ("RS256", "RSA", None),
        ("RS384", "RSA", None),
        ("RS512", "RSA", None),
        ("PS256", "RSA", None),
        ("PS384", "RSA", None),
        ("PS512", "RSA", None),
        ("ES256", "EC", Some("P-256")),
        ("ES384", "EC", Some("P-384")),
        ("ES512", "EC", Some("P-521")),
        ("EdDSA", "OKP", Some("Ed25519")),
        ("Ed25519", "OKP", Some("Ed25519")),
    ] {
        let algorithm = Algorithm::from_name(name).unwrap();
        assert_eq!((algorithm.key_type(), algorithm.curve()), (key_type, curve), "{name}");
    }
}

/// J07
#[test]
fn a_critical_nothing_is_malformed() {
    malformed(&compact(r#"{"alg":"RS256","crit":null}"#, "{}"));
}

/// J07; RFC 7797, section 6: it must be critical, and then it is unknown.
#[test]
fn an_unencoded_payload_is_malformed() {
    malformed(&compact(r#"{"alg":"RS256","b64":false}"#, "{}"));
}

/// RFC 7515, section 4.1.4
#[test]
fn a_name_of_a_key_that_is_no_string_is_malformed() {
    for kid in ["5", "[]", "{}", r#"["1"]"#, "true"] {
        malformed(&compact(&format!(r#"{{"alg":"RS256","kid":{kid}}}"#), "{}"));
    }
}

/// I13; RFC 7518, section 3.1, and RFC 8032, section 5.1.
#[test]
fn each_algorithm_has_one_digest() {
    for (names, bits) in [
        (&["RS256", "PS256", "ES256"][..], 256),
        (&["RS384", "PS384", "ES384"], 384),
        (&["RS512", "PS512", "ES512", "EdDSA", "Ed25519"], 512),
    ] {
        for name in names {
            assert_eq!(Algorithm::from_name(name).unwrap().digest_bits(), bits, "{name}");
        }
    }
}
