//! When the issuer's keys are fetched, and what becomes of tokens while they cannot be.

use super::given::at_once;
use super::resource::{CLAIMS, GOOD, HEADER, World, bearer, good, set, signed, verifier, why, with};
use tokenward::core::base::base64url::encode;
use tokenward::core::base::error::{Error, Kind, Phase};
use tokenward::core::verifier::need::Need;
use tokenward::edge::verifier::{Begun, Verifier};

const URL: &str = r#","jwksUrl":"https://op.example/jwks""#;

fn naming(kid: &str) -> String {
    signed(&with(HEADER, "\"1\"", &format!("\"{kid}\"")), CLAIMS, GOOD)
}

/// A token that outlives the test.
fn lasting() -> String {
    signed(HEADER, &with(CLAIMS, "1800003600", "1900000000"), GOOD)
}

#[test]
fn the_issuer_says_where_its_keys_are() {
    let metadata = r#"{"issuer":"https://op.example","jwks_uri":"https://op.example/keys"}"#;
    let world = World::answering(&[(404, "{}"), (200, metadata), (200, &set(&["1"])), (200, &set(&["1", "2"]))]);
    let verifier = verifier(&world, "");
    assert!(bearer(&verifier, &good()).is_ok() && bearer(&verifier, &good()).is_ok());
    assert_eq!(
        world.urls(),
        [
            "https://op.example/.well-known/openid-configuration",
            "https://op.example/.well-known/oauth-authorization-server",
            "https://op.example/keys"
        ]
    );
    world.later(30);
    assert!(bearer(&verifier, &naming("2")).is_ok());
    assert_eq!(world.urls().len(), 4, "where they are was known");
    assert!(world.sent.borrow().iter().all(|request| request.patience_ms == 5000));
}

/// J16
#[test]
fn metadata_of_somebody_else_bring_no_keys() {
    for metadata in [
        r#"{"issuer":"https://evil.example","jwks_uri":"https://evil.example/keys"}"#,
        r#"{"issuer":"https://op.example","jwks_uri":"http://op.example/keys"}"#,
        r#"{"issuer":"https://op.example"}"#,
    ] {
        let world = World::answering(&[(200, metadata), (200, &set(&["1"]))]);
        let refused = bearer(&verifier(&world, ""), &good()).unwrap_err();
        assert_eq!(
            (refused.refusal.status, refused.refusal.challenge, world.urls().len()),
            (503, None, 1),
            "{metadata}"
        );
        assert_eq!(refused.error.phase, Phase::Discovery);
    }
}

/// J12
#[test]
fn a_thousand_unknown_keys_have_the_set_fetched_once_in_a_while() {
    let world = World::answering(&[(200, &set(&["1"])), (200, &set(&["1"])), (200, &set(&["1"]))]);
    let verifier = verifier(&world, URL);
    for kid in 0..1000 {
        let refused = bearer(&verifier, &naming(&format!("random {kid}"))).unwrap_err();
        assert_eq!((refused.error.kind, refused.refusal.status), (Kind::JwsKeyUnknown, 401));
    }
    assert_eq!(world.urls().len(), 1, "the set was just fetched");
    world.later(29);
    assert!(bearer(&verifier, &naming("random")).is_err());
    assert_eq!(world.urls().len(), 1);
    world.later(1);
    for kid in 0..1000 {
        assert!(bearer(&verifier, &naming(&format!("random {kid}"))).is_err());
    }
    assert!(bearer(&verifier, &good()).is_ok());
    assert_eq!(world.urls().len(), 2);
    let no_copy = |at: usize| world.sent.borrow()[at].headers.iter().any(|(name, _)| *name == "cache-control");
    assert_eq!((no_copy(0), no_copy(1)), (false, true), "a copy would not know of a new key either");
}

#[test]
fn a_new_key_is_found_and_one_that_is_gone_is_not_used() {
    let world = World::answering(&[(200, &set(&["1"])), (200, &set(&["2"]))]);
    let verifier = verifier(&world, URL);
    assert_eq!(bearer(&verifier, &good()).unwrap().whole("generation"), Some(1));
    world.later(30);
    assert_eq!(bearer(&verifier, &naming("2")).unwrap().whole("generation"), Some(2));
    assert_eq!(bearer(&verifier, &good()).unwrap_err().error.kind, Kind::JwsKeyUnknown);
    assert_eq!(verifier.known().generation, 2, "by which what was said of its tokens is void");
}

#[test]
fn the_same_set_again_is_no_other() {
    let world = World::answering(&[(200, &set(&["1"])), (200, &set(&["1"]))]);
    let verifier = verifier(&world, URL);
    bearer(&verifier, &lasting()).unwrap();
    let until = verifier.known().idle_until_ms;
    world.later(3600);
    assert!(bearer(&verifier, &lasting()).is_ok(), "served while the next set comes");
    assert_eq!((world.urls().len(), verifier.known().generation), (2, 1));
    assert_eq!(verifier.known().idle_until_ms, until + 3_600_000);
}

#[test]
fn keys_past_their_age_are_used_while_nobody_answers_but_not_for_ever() {
    let world = World::answering(&[(200, &set(&["1"]))]);
    let verifier = verifier(&world, &format!(r#"{URL},"keys":{{"staleSeconds":600}}"#));
    bearer(&verifier, &lasting()).unwrap();
    world.later(3599);
    assert!(bearer(&verifier, &lasting()).is_ok());
    assert_eq!(world.urls().len(), 1, "young enough");
    world.later(1);
    for _ in 0..100 {
        assert!(bearer(&verifier, &lasting()).is_ok());
    }
    assert_eq!((world.urls().len(), verifier.known().error.unwrap().kind), (2, Kind::NetworkFailed));
    world.later(30);
    assert!(bearer(&verifier, &lasting()).is_ok());
    assert_eq!(world.urls().len(), 3, "one look in each cooldown");
    world.later(570);
    let refused = bearer(&verifier, &lasting()).unwrap_err();
    assert_eq!((refused.error.kind, refused.refusal.status), (Kind::NetworkFailed, 503));
    assert_eq!(refused.error.phase, Phase::Verify);
    world.later(30);
    world.answer(&[(200, &set(&["1"]))]);
    assert!(bearer(&verifier, &lasting()).is_ok(), "back again");
    assert!(verifier.known().error.is_none());
}

#[test]
fn without_keys_nobody_is_let_in_and_the_issuer_is_asked_ever_more_seldom() {
    let world = World::answering(&[(503, "{}"), (500, "{}"), (200, "<html>"), (200, r#"{"keys":5}"#)]);
    let verifier = verifier(&world, URL);
    let mut looks = Vec::new();
    for second in 0..70 {
        let refused = bearer(&verifier, &good()).unwrap_err();
        assert_eq!((refused.refusal.status, refused.refusal.challenge), (503, None));
        assert!(refused.refusal.retry_after_s.is_some_and(|seconds| (1..=30).contains(&seconds)));
        looks.extend((looks.len() < world.urls().len()).then_some(second));
        world.later(1);
    }
    assert_eq!(looks, [0, 1, 3, 7, 15, 31, 61]);
}

#[test]
fn what_cannot_be_looked_up_is_not_unknown() {
    let world = World::answering(&[(200, &set(&["1"]))]);
    let verifier = verifier(&world, URL);
    bearer(&verifier, &good()).unwrap();
    world.later(30);
    for _ in 0..3 {
        let refused = bearer(&verifier, &naming("2")).unwrap_err();
        assert_eq!((why(&refused).0, refused.refusal.status), (Kind::NetworkFailed, 503));
    }
    assert!(bearer(&verifier, &good()).is_ok(), "the others are not concerned");
    assert_eq!(world.urls().len(), 2);
}

#[test]
fn a_crowd_waits_for_one_request_and_one_that_is_lost_is_made_again() {
    let world = World::answering(&[(200, &set(&["1"]))]);
    let verifier = verifier(&world, URL);
    let header = format!("Bearer {}", good());
    let begin = |ticket| verifier.begin(ticket, Some(&header), true, &Need::default()).unwrap();
    let Begun::Renew(lost, false) = begin(0) else { panic!() };
    for ticket in 1..100 {
        assert!(matches!(begin(ticket), Begun::Wait));
    }
    world.later(40);
    let Begun::Renew(flight, _) = begin(100) else { panic!("whoever was to fetch it is gone") };
    at_once(verifier.renew(flight, false));
    assert!(matches!(begin(101), Begun::Check(_, None)));
    // It comes after all, and brings nothing: that is no trouble.
    at_once(verifier.renew(lost, false));
    assert!(verifier.known().error.is_none());
    assert!(matches!(begin(102), Begun::Check(_, None)));
}

#[test]
fn keys_that_are_given_never_change() {
    let world = World::default();
    let verifier = super::resource::with_key(&world, "");
    world.later(30);
    assert_eq!(bearer(&verifier, &naming("2")).unwrap_err().error.kind, Kind::JwsKeyUnknown);
    world.later(100_000);
    assert_eq!(bearer(&verifier, &naming("2")).unwrap_err().error.kind, Kind::JwsKeyUnknown);
    assert!(bearer(&verifier, &lasting()).is_ok() && world.sent.borrow().is_empty());
}

/// J13; whoever is told to fetch the keys does so, whatever becomes of the token.
#[test]
fn a_number_that_is_no_signature_keeps_nobody_from_fetching_the_keys() {
    let rsa = format!(r#"{{"keys":[{{"kty":"RSA","kid":"1","e":"AQAB","n":"{}"}}]}}"#, encode(&[0xc1; 256]));
    let header = with(HEADER, "ES256", "RS256");
    let claims = with(CLAIMS, "1800003600", "1900000000");
    let token =
        |signature: u8| [encode(header.as_bytes()), encode(claims.as_bytes()), encode(&[signature; 256])].join(".");
    let world = World::answering(&[(200, &rsa), (200, &rsa)]);
    let verifier = verifier(&world, URL);
    assert!(bearer(&verifier, &token(GOOD)).is_ok());
    assert_eq!(bearer(&verifier, &token(0xff)).unwrap_err().error.kind, Kind::JwsSignatureInvalid);
    world.later(3600);
    assert_eq!(bearer(&verifier, &token(0xff)).unwrap_err().error.kind, Kind::JwsSignatureInvalid);
    assert_eq!((world.urls().len(), verifier.known().renewing), (2, false));
}

/// Who begins with `token` and is told to fetch the keys, which takes so many seconds.
fn fetch_for(world: &World, verifier: &Verifier<&World>, token: &str, seconds: u64) {
    let begun = verifier.begin(0, Some(token), false, &Need::default()).unwrap();
    let Begun::Renew(flight, anew) = begun else { panic!("{begun:?}") };
    world.later(seconds);
    at_once(verifier.renew(flight, anew));
}

/// J12; a look is over when its answer came: one that takes as long as the rest between two would be followed by the next.
#[test]
fn a_look_that_takes_its_time_is_followed_by_a_rest_all_the_same() {
    for (answer, kind) in [(None, Kind::NetworkFailed), (Some(set(&["1"])), Kind::JwsKeyUnknown)] {
        let world = World::answering(&[(200, &set(&["1"]))]);
        let verifier = verifier(&world, &format!(r#"{URL},"keys":{{"cooldownSeconds":1}}"#));
        bearer(&verifier, &good()).unwrap();
        world.later(1);
        world.answer(&answer.iter().map(|keys| (200, keys.as_str())).collect::<Vec<_>>());
        fetch_for(&world, &verifier, &naming("2"), 20);
        let refused = verifier.begin(1, Some(&naming("2")), false, &Need::default()).unwrap_err();
        assert_eq!((refused.error.kind, world.urls().len()), (kind, 2));
        assert!(bearer(&verifier, &good()).is_ok(), "the others are not concerned");
        world.later(1);
        assert!(matches!(verifier.begin(2, Some(&naming("2")), false, &Need::default()), Ok(Begun::Renew(_, true))));
    }
}

#[test]
fn an_issuer_that_says_when_to_come_back_is_not_asked_for_an_unknown_key_before() {
    let world = World::answering(&[(200, &set(&["1"]))]);
    let verifier = verifier(&world, URL);
    bearer(&verifier, &good()).unwrap();
    world.later(30);
    world.answers.borrow_mut().push_back(Err(Error::new(Kind::RateLimited).with_status(429, Some(120))));
    for (seconds, looks) in [(0, 2), (30, 2), (89, 2), (1, 3)] {
        world.later(seconds);
        assert_eq!(bearer(&verifier, &naming("2")).unwrap_err().refusal.status, 503);
        assert_eq!(world.urls().len(), looks);
    }
}

/// A set is as old as its answer: by then one that was asked for long ago would be too old to be used once.
#[test]
fn keys_that_come_late_are_used() {
    let world = World::answering(&[(200, &set(&["1"]))]);
    let verifier = verifier(&world, &format!(r#"{URL},"keys":{{"maxAgeSeconds":1,"staleSeconds":0}}"#));
    fetch_for(&world, &verifier, &good(), 4);
    assert!(matches!(verifier.begin(1, Some(&good()), false, &Need::default()), Ok(Begun::Check(_, None))));
}

#[test]
fn an_issuer_that_fails_late_fails_everybody() {
    let world = World::default();
    let verifier = verifier(&world, URL);
    let begin = |ticket| verifier.begin(ticket, Some(&good()), false, &Need::default());
    let Ok(Begun::Renew(lost, false)) = begin(0) else { panic!() };
    world.later(40);
    let Ok(Begun::Renew(next, false)) = begin(1) else { panic!("the first one is given up") };
    world.later(40);
    at_once(verifier.renew(lost, false));
    assert_eq!(begin(2).unwrap_err().error.kind, Kind::NetworkFailed);
    world.answer(&[(200, &set(&["1"]))]);
    at_once(verifier.renew(next, false));
    assert!(matches!(begin(3), Ok(Begun::Check(_, None))));
}

/// J12
#[test]
fn a_copy_is_no_look_at_the_issuer() {
    let copy = set(&["1"]);
    let world = World::answering(&[(200, &copy), (200, &set(&["1", "2"]))]);
    let verifier = verifier(&world, URL);
    verifier.heed_copy(true);
    assert!(bearer(&verifier, &good()).is_ok());
    verifier.heed_copy(false);
    assert!(bearer(&verifier, &naming("2")).is_ok(), "the copy was older than the key");
    for _ in 0..100 {
        assert_eq!(bearer(&verifier, &naming("3")).unwrap_err().error.kind, Kind::JwsKeyUnknown);
    }
    assert_eq!(world.urls().len(), 2, "that was the one look of its time");
}

/// J12; a place whose copies end soon gives no more looks for it.
#[test]
fn copies_that_come_and_go_leave_one_look_in_a_while() {
    let world = World::default();
    let verifier = verifier(&world, &format!(r#"{URL},"keys":{{"maxAgeSeconds":1,"staleSeconds":0}}"#));
    for second in 0..29 {
        world.answer(&[(200, &set(&["1"]))]);
        verifier.heed_copy(true);
        assert!(bearer(&verifier, &good()).is_ok());
        if second == 0 {
            world.answer(&[(200, &set(&["1"]))]);
            verifier.heed_copy(false);
        }
        assert_eq!(bearer(&verifier, &naming("2")).unwrap_err().error.kind, Kind::JwsKeyUnknown);
        assert!(world.answers.borrow().is_empty());
        world.later(1);
    }
    assert_eq!(world.urls().len(), 30, "29 copies and one look");
}
