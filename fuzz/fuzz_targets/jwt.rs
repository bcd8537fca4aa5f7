//! A token in compact form; or, since no mutation reaches through base64url, its header and its payload on a line each.
//! What is accepted is the whole text of the token, and says everything that an ID token must say.

#![cfg_attr(not(test), no_main)]

#[cfg(not(test))]
use libfuzzer_sys::fuzz_target;
use tokenward::core::base::base64url::encode;
use tokenward::core::base::secret::{Nonce, RawIdToken};
use tokenward::core::base::time::Now;
use tokenward::core::jose::jws::{Algorithm, UntrustedJws};
use tokenward::core::oidc::id_token::{Asked, Expected, Origin, UntrustedIdToken};

const NOW_S: u64 = 1_800_000_000;
const TOLERANCE_S: u64 = 60;
const MAX_AGE_S: u64 = 600;

fuzz_target!(|input: &str| {
    let token = match input.split_once('\n') {
        Some((header, payload)) => [header, payload, &"s".repeat(64)].map(|part| encode(part.as_bytes())).join("."),
        None => input.to_owned(),
    };
    let raw = RawIdToken::new(token.clone());
    let Some(jws) = UntrustedJws::parse(&token) else {
        assert!(Algorithm::ALL.iter().all(|algorithm| UntrustedIdToken::read(&raw, *algorithm).is_err()));
        return;
    };
    assert_eq!([&jws.signing_input, ".", &encode(&jws.signature)].concat(), token);

    let nonce = Nonce::new("the-nonce".to_owned());
    let asked = Asked { nonce: &nonce, max_age_s: Some(MAX_AGE_S), acr_values: None, subject: None };
    let sign_in = expected(Origin::SignIn(asked));
    let now = Now { wall_ms: NOW_S * 1000, monotonic_ms: 0 };
    for algorithm in Algorithm::ALL {
        let read = || UntrustedIdToken::read(&raw, algorithm);
        assert!(read().and_then(|token| token.check(false, &sign_in, now)).is_err());
        let Ok(claims) = read().and_then(|token| token.check(true, &sign_in, now)) else { continue };
        assert!(jws.algorithm.is_some_and(|own| own.is_same_as(algorithm)));
        assert!(claims.is("iss", "https://op.example") && claims.is("nonce", "the-nonce"));
        assert_eq!(claims.one_or_many("aud").unwrap(), ["web"]);
        assert!(claims.is_or_lacks("at_hash", "the-hash"));
        assert!((1..=255).contains(&claims.text("sub").unwrap().len()));
        let time = |name| claims.whole(name).unwrap();
        assert!(time("iat") <= NOW_S + TOLERANCE_S && NOW_S < time("exp").saturating_add(TOLERANCE_S));
        assert!(time("auth_time") >= NOW_S - MAX_AGE_S - TOLERANCE_S);
        let refreshed = expected(Origin::Refresh(&claims, 0));
        assert!(read().unwrap().check(true, &refreshed, now).is_ok(), "a session goes on from itself");
    }
});

fn expected(origin: Origin<'_>) -> Expected<'_> {
    Expected {
        issuer: "https://op.example",
        client_id: "web",
        origin,
        access_token_hash: "the-hash",
        tolerance_s: TOLERANCE_S,
    }
}
