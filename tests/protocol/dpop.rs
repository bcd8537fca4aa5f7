//! Proofs of possession: what they say, exactly, and which nonce is for whom.

use super::given::{Members, NOW_S, PUBLIC_KEY, answer, dpop_key, json, kind, object, test};
use tokenward::core::base::base64url::decode_text;
use tokenward::core::base::error::{Kind, Result};
use tokenward::core::base::json::Json;
use tokenward::core::oauth::dpop::{Complaint, DpopKey, Nonces, Proof, Role, proof_complaint};

const TOKEN_ENDPOINT: Proof<'_> = Proof {
    method: "POST",
    url: "https://op.example/token",
    nonce: None,
    token_hash: None,
    id: "the-id",
    issued_at_s: NOW_S,
};

/// Header and claims of a proof, as JSON text.
fn parts(proof: &Proof<'_>) -> [String; 2] {
    let signed = proof.signing_input(&dpop_key()).unwrap();
    let mut parts = signed.split('.').map(|part| decode_text(part).unwrap());
    let both = [parts.next().unwrap(), parts.next().unwrap()];
    assert!(parts.next().is_none(), "two parts are signed: {signed}");
    both
}

fn claims(proof: &Proof<'_>) -> Json {
    json(&parts(proof)[1])
}

/// A JWK as a browser exports it, some members changed.
fn key_of(changes: Members<'_>) -> Result<DpopKey> {
    let exported: Members<'_> = &[
        ("crv", "\"P-256\""),
        ("ext", "true"),
        ("key_ops", "[]"),
        ("kty", "\"EC\""),
        ("x", "\"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs\""),
        ("y", "\"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA\""),
    ];
    DpopKey::new("the-key".to_owned(), &json(&object(exported, changes)))
}

/// P01, P10; the SHA-256 of this very text is the `jkt` that RFC 9449, section 6.1 gives for the key:
/// `0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I`.
#[test]
fn a_key_is_the_text_that_its_thumbprint_is_of() {
    let more: Members<'_> = &[
        ("kid", "\"k\""),
        ("use", "\"sig\""),
        ("alg", "\"ES256\""),
        ("d", "\"the-private-half\""),
        ("x5c", "[]"),
        ("a", "{}"),
    ];
    for changes in [&[][..], more] {
        let key = key_of(changes).unwrap();
        assert_eq!(key.public, PUBLIC_KEY);
        assert_eq!(key.name, "the-key");
        assert!(!format!("{key:?}").contains("the-private-half"));
    }
}

/// P01; a proof can be signed with nothing else.
#[test]
fn a_key_that_is_not_on_the_curve_is_none() {
    for name in ["crv", "x", "y"] {
        for value in ["", "null", "5", "true", "[]", "{}"] {
            assert_eq!(kind(&key_of(&[(name, value)])), Some(Kind::Internal), "{name}: {value}");
        }
    }
    for curve in ["\"P-384\"", "\"P-521\"", "\"p-256\"", "\"Ed25519\"", "\"secp256k1\"", "\"\""] {
        assert_eq!(kind(&key_of(&[("crv", curve)])), Some(Kind::Internal), "{curve}");
    }
}

/// P01
#[test]
fn a_proof_says_this_and_nothing_else() {
    let [header, claims] = parts(&TOKEN_ENDPOINT);
    assert_eq!(header, format!(r#"{{"typ":"dpop+jwt","alg":"ES256","jwk":{PUBLIC_KEY}}}"#));
    assert_eq!(claims, r#"{"jti":"the-id","htm":"POST","htu":"https://op.example/token","iat":1800000000}"#);
}

/// P01, P03
#[test]
fn a_proof_to_an_api_says_which_token_and_nonce_go_with_it() {
    let proof = Proof {
        method: "DELETE",
        url: "https://api.example/v1/notes/7",
        nonce: Some("the-nonce"),
        token_hash: Some("the-hash"),
        ..TOKEN_ENDPOINT
    };
    let [header, claims] = parts(&proof);
    assert_eq!(header, parts(&TOKEN_ENDPOINT)[0]);
    assert_eq!(
        claims,
        concat!(
            r#"{"jti":"the-id","htm":"DELETE","htu":"https://api.example/v1/notes/7","iat":1800000000,"#,
            r#""ath":"the-hash","nonce":"the-nonce"}"#
        )
    );
}

/// P03
#[test]
fn each_claim_is_there_exactly_where_it_was_given() {
    for (token_hash, nonce) in [(None, None), (Some("h"), None), (None, Some("n")), (Some("h"), Some("n"))] {
        let claims = claims(&Proof { token_hash, nonce, ..TOKEN_ENDPOINT });
        assert_eq!(claims.text("ath").as_deref(), token_hash);
        assert_eq!(claims.text("nonce").as_deref(), nonce);
        assert_eq!(claims.mentions("ath"), token_hash.is_some(), "not even as null");
        assert_eq!(claims.mentions("nonce"), nonce.is_some());
    }
}

/// P01
#[test]
fn the_proof_is_for_the_method_as_it_is_sent() {
    for method in ["GET", "HEAD", "PUT", "PATCH", "patch", "QUERY", "M-SEARCH"] {
        assert!(claims(&Proof { method, ..TOKEN_ENDPOINT }).is("htm", method), "{method}");
    }
}

/// P04
#[test]
fn the_proof_is_for_the_url_in_normal_form() {
    for (url, target) in [
        ("https://RS:443/a/../b?x#y", "https://rs/b"),
        ("HTTPS://Api.Example", "https://api.example/"),
        ("https://api.example?x=1", "https://api.example/"),
        ("https://api.example#top", "https://api.example/"),
        ("https://api.example/?", "https://api.example/"),
        ("https://api.example/v1?", "https://api.example/v1"),
        ("https://api.example/v1/?a=%2f#/b", "https://api.example/v1/"),
        ("https://api.example:443/v1", "https://api.example/v1"),
        ("https://api.example:0443/v1", "https://api.example/v1"),
        ("https://api.example:8443/v1", "https://api.example:8443/v1"),
        ("https://api.example:80/v1", "https://api.example:80/v1"),
        ("http://localhost:80/v1", "http://localhost/v1"),
        ("http://127.1:8080/v1", "http://127.0.0.1:8080/v1"),
        ("http://[0:0::1]:8080/v1", "http://[::1]:8080/v1"),
        ("https://bücher.example/ü", "https://xn--bcher-kva.example/%C3%BC"),
        ("https://user:password@api.example/v1", "https://api.example/v1"),
        ("https://api.example/a/./b/%2e%2E/c", "https://api.example/a/c"),
        ("https://api.example/../../a", "https://api.example/a"),
        ("https://api.example\\a\\b", "https://api.example/a/b"),
        (" https://api.example/\ta\n", "https://api.example/a"),
        ("https://api.example/a b", "https://api.example/a%20b"),
        ("https://api.example//a//b", "https://api.example//a//b"),
        ("https://api.example/a;p=1", "https://api.example/a;p=1"),
    ] {
        assert_eq!(claims(&Proof { url, ..TOKEN_ENDPOINT }).text("htu").as_deref(), Some(target), "{url:?}");
    }
}

/// P04; the request line has it so, and a server that compares without another look must find the same.
#[test]
fn what_the_url_parser_leaves_in_a_path_is_left() {
    for path in ["/%7euser", "/%7Euser", "/a%2fb", "/a%2Fb", "/V1/Notes", "/%e2%82%ac"] {
        let url = ["https://api.example", path].concat();
        assert!(claims(&Proof { url: &url, ..TOKEN_ENDPOINT }).is("htu", &url), "{path}");
    }
}

#[test]
fn there_is_no_proof_for_what_is_no_url() {
    for url in ["", "/relative", "api.example/v1", "https://", "not a url"] {
        let input = Proof { url, ..TOKEN_ENDPOINT }.signing_input(&dpop_key());
        assert_eq!(kind(&input), Some(Kind::Internal), "{url}");
    }
}

/// P05, P12
#[test]
fn a_complaint_about_a_proof_is_a_400_or_401_that_says_so() {
    let nonce = r#"{"error":"use_dpop_nonce","error_description":"x"}"#;
    let proof = r#"{"error":"invalid_dpop_proof"}"#;
    for status in [400, 401] {
        for media_type in ["application/json", "text/html", ""] {
            assert_eq!(proof_complaint(&answer(status, media_type, nonce)), Some(Complaint::Nonce));
            assert_eq!(proof_complaint(&answer(status, media_type, proof)), Some(Complaint::Proof));
        }
    }
    for status in [0, 200, 201, 302, 403, 404, 429, 500, 503] {
        for body in [nonce, proof] {
            assert_eq!(proof_complaint(&answer(status, "application/json", body)), None, "{status} {body}");
        }
    }
    for body in [
        "",
        "{}",
        "[]",
        "null",
        "use_dpop_nonce",
        r#""use_dpop_nonce""#,
        r#"["use_dpop_nonce"]"#,
        r#"{"error":null}"#,
        r#"{"error":["use_dpop_nonce"]}"#,
        r#"{"error":"USE_DPOP_NONCE"}"#,
        r#"{"error":"use_dpop_nonce "}"#,
        r#"{"error":"invalid_grant"}"#,
        r#"{"error_description":"use_dpop_nonce"}"#,
        r#"{"error":"use_dpop_nonce","error":"use_dpop_nonce"}"#,
    ] {
        assert_eq!(proof_complaint(&answer(400, "application/json", body)), None, "{body}");
    }
}

const BOTH: [Role; 2] = [Role::AuthorizationServer, Role::ResourceServer];

/// P07
#[test]
fn a_nonce_is_for_its_server_in_its_role_only() {
    for [own, other] in [BOTH, [BOTH[1], BOTH[0]]] {
        let mut nonces = Nonces::default();
        nonces.keep(own, "https://one.example/token?x#y", "n1");
        for same in ["https://one.example/", "https://ONE.example:443/v1/other?q", "https://user@one.example"] {
            assert_eq!(nonces.of(own, same), Some("n1"), "{same}");
            assert_eq!(nonces.of(other, same), None, "the same place in another role: {same}");
        }
        for elsewhere in [
            "https://two.example/token",
            "https://www.one.example/token",
            "https://one.example.evil.example/token",
            "https://one.example:8443/token",
            "http://one.example/token",
            "",
            "/token",
        ] {
            assert_eq!(nonces.of(own, elsewhere), None, "{elsewhere}");
        }
    }
}

/// P07
#[test]
fn the_newest_nonce_of_each_server_counts() {
    let mut nonces = Nonces::default();
    let servers = ["https://one.example/", "https://two.example/", "https://three.example/"];
    for round in ["1", "2", "3"] {
        for server in servers {
            for role in BOTH {
                nonces.keep(role, server, &format!("{role:?}-{server}-{round}"));
            }
        }
    }
    for server in servers {
        for role in BOTH {
            assert_eq!(nonces.of(role, server), Some(format!("{role:?}-{server}-3").as_str()));
        }
    }
}

/// P07; RFC 9449, section 8.1.
#[test]
fn what_is_no_nonce_is_left() {
    let server = "https://op.example/token";
    let role = Role::AuthorizationServer;
    let longest = "n".repeat(1024);
    let too_long = "n".repeat(1025);
    let mut nonces = Nonces::default();
    for good in ["!", "#[]~", "eyJ7S_zG.eyJH0-Z.HX4w-7v", &longest] {
        nonces.keep(role, server, good);
        assert_eq!(nonces.of(role, server), Some(good));
    }
    for bad in ["", " ", "a b", "a\"b", "a\\b", "a\tb", "a\nb", "\u{7f}", "é", "n1, n2", &too_long] {
        nonces.keep(role, server, bad);
        assert_eq!(nonces.of(role, server), Some(longest.as_str()), "the last one stays: {bad:?}");
    }
    for url in ["", "/token", "not a url"] {
        nonces.keep(role, url, "n");
        assert_eq!(nonces.of(role, url), None, "{url}");
    }
}

/// P07
#[test]
fn so_many_servers_are_remembered_and_those_heard_of_last() {
    let server = |number: usize| format!("https://s{number}.example/");
    let mut nonces = Nonces::default();
    for number in 0..1000 {
        nonces.keep(Role::ResourceServer, &server(number), "n");
        nonces.keep(Role::ResourceServer, &server(0), "n");
    }
    let known: Vec<usize> =
        (0..1000).filter(|number| nonces.of(Role::ResourceServer, &server(*number)).is_some()).collect();
    assert!((2..=64).contains(&known.len()), "{known:?}");
    assert_eq!(known[0], 0);
    assert_eq!(known[1..], (1000 - known.len() + 1..1000).collect::<Vec<_>>());
}
