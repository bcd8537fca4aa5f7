//! Proofs of possession as a resource server sees them: what each must be and say, and that it is good once.

use super::resource::{CLAIMS, GOOD, HEADER, World, digest, key, prove, signed, why, with, with_key};
use tokenward::core::base::base64url::encode;
use tokenward::core::base::error::Kind;
use tokenward::edge::verifier::{Judged, Verifier};

const URL: &str = "https://api.example/notes?page=2";

const CLAIMS_OF_PROOF: &str = r#"{"jti":"one","htm":"GET","htu":"https://api.example/notes","iat":1800000000}"#;

fn jwk() -> String {
    key("").replace(r#","kid":"""#, "")
}

fn header() -> String {
    format!(r#"{{"typ":"dpop+jwt","alg":"ES256","jwk":{}}}"#, jwk())
}

fn jkt() -> String {
    let input = r#"{"crv":"P-256","kty":"EC","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;
    encode(&digest(input))
}

fn token() -> String {
    signed(HEADER, &with(CLAIMS, "\"jti\"", &format!("\"cnf\":{{\"jkt\":\"{}\"}},\"jti\"", jkt())), GOOD)
}

/// The claims with the digest of the token.
fn claims() -> String {
    with(CLAIMS_OF_PROOF, "}", &format!(",\"ath\":\"{}\"}}", encode(&digest(&token()))))
}

fn proof() -> String {
    signed(&header(), &claims(), GOOD)
}

fn present(verifier: &Verifier<&World>, proof: &str) -> Judged<Option<String>> {
    prove(verifier, &token(), &jkt(), Some(proof), URL)
}

fn refusal(proof: &str) -> (Kind, &'static str) {
    let refused = present(&with_key(&World::default(), ""), proof).unwrap_err();
    assert_eq!(refused.refusal.status, 401);
    assert!(
        refused
            .refusal
            .challenge
            .as_ref()
            .unwrap()
            .starts_with("DPoP realm=\"https://api.example\", error=\"invalid_dpop_proof\"")
    );
    why(&refused)
}

fn invalid(what: &'static str) -> (Kind, &'static str) {
    (Kind::DpopProofInvalid, what)
}

/// RFC 7638, section 3.1: the thumbprint that the tests bind tokens to is computed as the specification does.
#[test]
fn the_thumbprint_is_that_of_the_specification() {
    let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
    let header = format!(
        r#"{{"typ":"dpop+jwt","alg":"RS256","jwk":{{"kty":"RSA","n":"{n}","e":"AQAB","alg":"RS256","kid":"2011-04-29"}}}}"#
    );
    let [start, _] = [signed(&header, &claims(), GOOD), String::new()];
    let (input, _) = start.rsplit_once('.').unwrap();
    let proof = [input, &encode(&[GOOD; 256])].join(".");
    let verifier_world = World::default();
    let verifier = with_key(&verifier_world, "");
    assert!(prove(&verifier, &token(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs", Some(&proof), URL).is_ok());
}

#[test]
fn a_good_proof_is_good_once() {
    let world = World::default();
    let verifier = with_key(&world, "");
    assert_eq!(present(&verifier, &proof()).unwrap(), None);
    let refused = present(&verifier, &proof()).unwrap_err();
    assert_eq!(
        (why(&refused).0, refused.refusal.status, refused.refusal.error),
        (Kind::DpopProofReplayed, 401, "invalid_dpop_proof")
    );
    let other = signed(&header(), &with(&claims(), "\"one\"", "\"two\""), GOOD);
    assert!(present(&verifier, &other).is_ok());
    world.later(120);
    assert_eq!(
        why(&present(&verifier, &proof()).unwrap_err()).0,
        Kind::DpopProofReplayed,
        "as long as it would be good"
    );
    world.later(1);
    assert_eq!(why(&present(&verifier, &proof()).unwrap_err()), invalid("iat"));
    world.later(10);
    assert!(present(&verifier, "x").is_err());
}

/// P13
#[test]
fn a_proof_that_is_changed_in_any_way_is_refused() {
    let (header, claims) = (header(), claims());
    let changed_header = |part: &str, other: &str| signed(&with(&header, part, other), &claims, GOOD);
    let changed = |part: &str, other: &str| signed(&header, &with(&claims, part, other), GOOD);
    let y = r#""y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0""#;
    let ath = format!(r#","ath":"{}""#, encode(&digest(&token())));
    for (proof, what) in [
        // 1 and 2: one header, and a JWT in it.
        (String::new(), "no DPoP header"),
        (format!("{}, {}", proof(), proof()), "not a JWT"),
        (format!("{}.x", proof()), "not a JWT"),
        (proof().replace('.', "%2E"), "not a JWT"),
        (signed(&header, "[]", GOOD), "not a JWT"),
        (changed_header("\"typ\"", "\"crit\":[\"x\"],\"typ\""), "not a JWT"),
        (changed("{", &format!("{{\"x\":\"{}\",", "x".repeat(9000))), "too long"),
        // 3: the claims that must be there.
        (changed("\"jti\":\"one\",", ""), "jti"),
        (changed("\"one\"", "\"\""), "jti"),
        (changed("\"one\"", "5"), "jti"),
        (changed("\"one\"", &format!("\"{}\"", "x".repeat(257))), "jti"),
        (changed("\"htm\":\"GET\",", ""), "htm"),
        (changed("\"htu\":\"https://api.example/notes\",", ""), "htu"),
        (changed("\"iat\":1800000000,", ""), "iat"),
        // 4: its type.
        (changed_header("dpop+jwt", "JWT"), "typ"),
        (changed_header("dpop+jwt", "at+jwt"), "typ"),
        (changed_header("\"typ\":\"dpop+jwt\",", ""), "typ"),
        // 5: its algorithm.
        (changed_header("ES256", "none"), "alg"),
        (changed_header("ES256", "HS256"), "alg"),
        (changed_header("ES256", "ES512"), "alg"),
        // 6: its signature.
        (signed(&header, &claims, GOOD + 1), "signature"),
        (proof().replace(&encode(&[GOOD; 64]), &encode(&[GOOD; 63])), "signature"),
        // 7: its key, which is public.
        (changed_header(y, &format!("{y},\"d\":\"AA\"")), "jwk"),
        (changed_header(y, &format!("{y},\"d\":null")), "jwk"),
        (changed_header(y, &format!("{y},\"p\":\"AA\"")), "jwk"),
        (changed_header(y, &format!("{y},\"k\":\"AA\"")), "jwk"),
        (changed_header(y, "\"y\":\"AA\""), "jwk"),
        (changed_header(y, &format!("{y},\"use\":\"enc\"")), "jwk"),
        (changed_header("\"EC\"", "\"oct\""), "jwk"),
        (changed_header("\"P-256\"", "\"P-384\""), "jwk"),
        (changed_header(&jwk(), "\"key\""), "jwk"),
        (changed_header(&format!(",\"jwk\":{}", jwk()), ""), "jwk"),
        // 8: the method.
        (changed("GET", "POST"), "htm"),
        (changed("GET", "get"), "htm"),
        // 9: the URL.
        (changed("https://api.example/notes", "https://api.example/notes/"), "htu"),
        (changed("https://api.example/notes", "https://api.example/Notes"), "htu"),
        (changed("https://api.example/notes", "http://api.example/notes"), "htu"),
        (changed("https://api.example/notes", "https://api.example:444/notes"), "htu"),
        (changed("https://api.example/notes", "https://api.example.evil/notes"), "htu"),
        (changed("https://api.example/notes", "https://user@api.example/notes"), "htu"),
        (changed("https://api.example/notes", "/notes"), "htu"),
        // 11: the time.
        (changed("1800000000", "1799999879"), "iat"),
        (changed("1800000000", "1800000061"), "iat"),
        (changed("1800000000", "\"1800000000\""), "iat"),
        // 12: the token.
        (changed(&ath, ""), "ath"),
        (changed(&encode(&digest(&token())), &encode(&digest("other"))), "ath"),
    ] {
        assert_eq!(refusal(&proof), invalid(what), "{what}: {}", &proof[..proof.len().min(40)]);
    }
    let world = World::default();
    let verifier = with_key(&world, "");
    assert_eq!(why(&prove(&verifier, &token(), &jkt(), None, URL).unwrap_err()), invalid("no DPoP header"));
    let other = encode(&digest("other"));
    assert_eq!(
        why(&prove(&verifier, &token(), &other, Some(&proof()), URL).unwrap_err()),
        invalid("not the key of the token")
    );
    assert!(verifier.known().proofs == 0, "what is refused is not remembered");
}

/// RFC 9449, section 4.3, on the comparison of URLs.
#[test]
fn a_url_may_be_written_in_another_way() {
    for (said, url) in [
        ("HTTPS://API.example:443/notes?x#y", "https://api.example/notes"),
        ("https://api.example/a%2fb%7ec", "https://api.example/a%2Fb~c?page"),
        ("https://api.example/x/../notes", "https://api.example/notes#z"),
        ("https://api.example", "https://api.example/"),
        ("https://api.example/100%", "https://api.example/100%"),
        ("https://api.example/%zz%4", "https://api.example/%zz%4?page"),
        ("https://api.example/%+A%7E%", "https://api.example/%+A~%"),
    ] {
        let world = World::default();
        let proof = signed(&header(), &with(&claims(), "https://api.example/notes", said), GOOD);
        assert!(prove(&with_key(&world, ""), &token(), &jkt(), Some(&proof), url).is_ok(), "{said}");
    }
    for (said, url) in [
        ("https://api.example/%+A", "https://api.example/%0A"),
        ("https://api.example/%%32F", "https://api.example/%2F"),
        ("https://api.example/%", "https://api.example/"),
    ] {
        let world = World::default();
        let proof = signed(&header(), &with(&claims(), "https://api.example/notes", said), GOOD);
        let refused = prove(&with_key(&world, ""), &token(), &jkt(), Some(&proof), url).unwrap_err();
        assert_eq!(why(&refused), invalid("htu"), "{said}");
    }
    let world = World::default();
    let behind = with_key(&world, r#","dpop":{"origin":"https://api.example"}"#);
    assert!(prove(&behind, &token(), &jkt(), Some(&proof()), "http://10.0.0.7:8080/notes").is_ok());
}

#[test]
fn a_nonce_that_this_server_has_is_asked_for() {
    let world = World::default();
    let secret = "c".repeat(43);
    let verifier = with_key(&world, &format!(r#","dpop":{{"nonceSecret":"{secret}"}}"#));
    let with_nonce = |nonce: &str, id: &str| {
        signed(
            &header(),
            &with(&with(&claims(), "\"one\"", &format!("\"{id}\"")), "}", &format!(",\"nonce\":\"{nonce}\"}}")),
            GOOD,
        )
    };
    let refused = present(&verifier, &proof()).unwrap_err();
    assert_eq!(
        (why(&refused).0, refused.refusal.error, refused.refusal.status),
        (Kind::DpopNonceRequired, "use_dpop_nonce", 401)
    );
    let nonce = refused.nonce.unwrap();
    assert!(!nonce.contains(&secret) && nonce.len() == 43);
    assert_eq!(verifier.known().proofs, 0, "it may come again with the nonce");
    assert_eq!(present(&verifier, &with_nonce(&nonce, "one")).unwrap(), None);
    assert!(present(&verifier, &with_nonce("guessed", "two")).is_err());
    // Soon there is another one; for a while both will do.
    world.later(120);
    let next = present(&verifier, &with_nonce(&nonce, "three")).unwrap().unwrap();
    assert_ne!(next, nonce);
    assert_eq!(present(&verifier, &with_nonce(&next, "four")).unwrap(), None);
    let refused = present(&verifier, "x").unwrap_err();
    assert_eq!((why(&refused), refused.nonce), (invalid("not a JWT"), Some(next)));
}

#[test]
fn proofs_are_remembered_where_the_app_says_so() {
    let world = World::default();
    world.store.replace(Some(Vec::new()));
    assert!(present(&with_key(&world, ""), &proof()).is_ok());
    assert_eq!(
        why(&present(&with_key(&world, ""), &proof()).unwrap_err()).0,
        Kind::DpopProofReplayed,
        "another isolate"
    );
    assert!(world.store.borrow().as_ref().unwrap().iter().all(|name| name.len() == 43), "no more than a digest");
    world.store_fails.set(true);
    let refused =
        present(&with_key(&world, ""), &signed(&header(), &with(&claims(), "\"one\"", "\"two\""), GOOD)).unwrap_err();
    assert_eq!(
        (why(&refused).0, refused.refusal.status, refused.refusal.challenge),
        (Kind::ReplayStoreFailed, 503, None)
    );
}

#[test]
fn what_is_remembered_has_a_bound_and_an_end() {
    use tokenward::core::verifier::replays::{MAX_PROOFS, Replays};
    let mut replays = Replays::default();
    for name in 0..MAX_PROOFS {
        assert_eq!(replays.insert(&name.to_string(), 100, 1), Some(true));
    }
    assert_eq!(replays.insert("more", 100, 1), None);
    assert_eq!(replays.insert("7", 100, 1), Some(false), "none is forgotten before its time");
    assert_eq!(replays.insert("more", 200, 100), Some(true));
    assert_eq!(replays.len(), 1);
}
