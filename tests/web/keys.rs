//! Keys that prove possession: made, used, found again by another page, destroyed, and never readable.

use super::fakes::{extracting, sleep, stored_keys, web};
use tokenward::core::base::error::Kind;
use tokenward::core::base::json::Json;
use tokenward::core::jose::jws::Algorithm;
use tokenward::ports::{Crypto as _, Keys as _};
use wasm_bindgen_test::wasm_bindgen_test as test;

async fn is_signed_by(public: &Json, name: &str) -> bool {
    let signature = web().sign(name, "a.b").await.unwrap();
    assert_eq!(signature.len(), 64, "r and s, as a JWS has them");
    web().verify(Algorithm::Es256, public, "a.b", &signature).await
}

/// The removal is not waited for by whoever signs out.
async fn until_stored(name: &str, stored: bool) {
    for _ in 0..100 {
        if stored_keys().await.contains(&name.to_owned()) == stored {
            return;
        }
        sleep(20).await;
    }
    panic!("{name} is not as it should be");
}

/// P01, P11
#[test]
async fn a_key_signs_what_its_public_half_checks() {
    let public = web().make_key("keys-1").await.unwrap();
    assert!(public.is("kty", "EC") && public.is("crv", "P-256") && !public.has("d"));
    assert!(is_signed_by(&public, "keys-1").await);
    let other = web().make_key("keys-2").await.unwrap();
    assert!(!is_signed_by(&other, "keys-1").await, "each name has a key of its own");
}

/// P11
#[test]
async fn nobody_can_read_the_private_half() {
    web().make_key("keys-3").await.unwrap();
    assert_eq!(extracting("keys-3").await, "false InvalidAccessError InvalidAccessError");
}

/// P11
#[test]
async fn a_key_is_stored_until_it_is_forgotten() {
    web().make_key("keys-4").await.unwrap();
    until_stored("keys-4", true).await;
    web().forget_key("keys-4");
    until_stored("keys-4", false).await;
    assert_eq!(web().sign("keys-4", "x").await.unwrap_err().kind, Kind::DpopKeyLost);
}

#[test]
async fn a_key_that_was_never_made_is_lost() {
    assert_eq!(web().sign("never", "x").await.unwrap_err().kind, Kind::DpopKeyLost);
}
