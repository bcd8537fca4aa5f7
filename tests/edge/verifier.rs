//! What a request shows who it is from, and the answers that say no.

use super::resource::{GOOD, World, ask, good, need, set, verifier, why, with_key};
use tokenward::core::base::error::Kind;
use tokenward::core::oauth::challenge::read_challenges;
use tokenward::core::verifier::need::Need;
use tokenward::edge::verifier::Begun;

fn refused(header: Option<&str>) -> (Kind, u16, String) {
    let refused = ask(&with_key(&World::default(), ""), header, &Need::default()).unwrap_err();
    (refused.error.kind, refused.refusal.status, refused.refusal.challenge.unwrap())
}

/// B08
#[test]
fn whoever_shows_nothing_is_told_what_to_show() {
    for header in
        [None, Some(""), Some("Basic YXBwOnNlY3JldA=="), Some("Bearertoken"), Some("Token x"), Some(" Bearer x")]
    {
        let (kind, status, challenge) = refused(header);
        assert_eq!((kind, status), (Kind::AccessTokenMissing, 401), "{header:?}");
        assert_eq!(
            challenge,
            "Bearer realm=\"https://api.example\", DPoP realm=\"https://api.example\", algs=\"ES256 EdDSA PS256 RS256\""
        );
    }
}

/// B09
#[test]
fn credentials_that_cannot_be_read_are_a_bad_request() {
    let twice = format!("Bearer {}, Bearer {}", good(), good());
    for header in ["Bearer", "Bearer ", "Bearer a b", "Bearer a,b", "DPoP \u{e4}", "Bearer \"x\"", &twice] {
        let (kind, status, challenge) = refused(Some(header));
        assert_eq!((kind, status), (Kind::AuthorizationMalformed, 400), "{header}");
        assert!(challenge.contains("error=\"invalid_request\""), "{challenge}");
    }
    let world = World::default();
    for header in [format!("bearer {}", good()), format!("BEARER   {} ", good())] {
        assert!(ask(&with_key(&world, ""), Some(&header), &Need::default()).is_ok(), "{header}");
    }
}

/// B08; what clients read, ours among them.
#[test]
fn challenges_are_well_formed() {
    let world = World::default();
    let verifier = with_key(&world, r#","dpop":{"algorithms":["ES256"]}"#);
    let header = format!("Bearer {}", good());
    let refused = ask(&verifier, Some(&header), &need(r#"{"scope":"admin"}"#)).unwrap_err();
    let challenges = read_challenges(&refused.refusal.challenge.unwrap());
    assert_eq!(challenges.iter().map(|one| one.scheme.as_str()).collect::<Vec<_>>(), ["Bearer", "DPoP"]);
    assert_eq!((challenges[0].get("error"), challenges[0].get("scope")), (Some("insufficient_scope"), Some("admin")));
    assert_eq!((challenges[1].get("error"), challenges[1].get("algs")), (None, Some("ES256")));
}

#[test]
fn an_audience_cannot_break_out_of_the_challenge() {
    let world = World::default();
    let odd = tokenward::edge::verifier::Verifier::new(
        super::resource::config(
            r#"{"issuer":"https://op.example","audience":"a\"\\\r\n\u00e4b","jwks":{"keys":[]},"dpop":false}"#,
        )
        .unwrap(),
        1,
        &world,
    );
    let refused = ask(&odd, None, &Need::default()).unwrap_err();
    assert_eq!(refused.refusal.challenge.as_deref(), Some("Bearer realm=\"a\\\"\\\\b\""));
}

#[test]
fn what_a_call_asks_for_is_read_strictly() {
    for (text, name) in [
        (r#"{"scopes":"x"}"#, "a name that no option has"),
        (r#"{"scope":""}"#, "scope"),
        (r#"{"scope":" "}"#, "scope"),
        (r#"{"scope":["x"]}"#, "scope"),
        (r#"{"scope":"a\"b"}"#, "scope"),
        (r#"{"acrValues":"a\\b"}"#, "acrValues"),
        (r#"{"maxAgeSeconds":-1}"#, "maxAgeSeconds"),
        (r#"{"maxAgeSeconds":"60"}"#, "maxAgeSeconds"),
        (r#"{"maxAgeSeconds":1e12}"#, "maxAgeSeconds"),
    ] {
        let error = Need::read(&super::given::json(text)).unwrap_err();
        assert_eq!((error.kind, error.detail), (Kind::InvalidOption, name), "{text}");
    }
}

#[test]
fn nothing_printed_has_a_token() {
    let world = World::answering(&[(200, &set(&["1"]))]);
    let verifier = verifier(
        &world,
        r#","jwksUrl":"https://op.example/jwks","dpop":{"nonceSecret":"secretsecretsecretsecretsecretsecretsecretsecret"}"#,
    );
    let token = super::resource::signed(super::resource::HEADER, "{}", GOOD);
    let refused = ask(&verifier, Some(&format!("Bearer {token}")), &Need::default()).unwrap_err();
    assert_eq!(why(&refused), (Kind::AccessTokenInvalid, "iss"));
    for printed in [format!("{verifier:?}"), format!("{refused:?}")] {
        assert!(!printed.contains(&token[..20]) && !printed.contains("secretsecret"), "{printed}");
    }
}

#[test]
fn what_is_disposed_of_is_over() {
    let world = World::default();
    let verifier = with_key(&world, "");
    let Ok(Begun::Check(_, None)) = verifier.begin(7, Some(&good()), false, &Need::default()) else { panic!() };
    verifier.dispose();
    let refused = ask(&verifier, Some(&format!("Bearer {}", good())), &Need::default()).unwrap_err();
    assert_eq!((refused.error.kind, refused.refusal.status), (Kind::Disposed, 500));
    assert_eq!(verifier.settle(7, true).unwrap_err().error.kind, Kind::Disposed, "in the middle of its check");
}
