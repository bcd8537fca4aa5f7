//! The provider's key set, after a line with the header of the JWS that a key is sought for: the key that is chosen is
//! public, fits, and is the only one.

#![cfg_attr(not(test), no_main)]

#[cfg(not(test))]
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use tokenward::core::base::base64url::encode;
use tokenward::core::base::http::Response;
use tokenward::core::jose::jwks::check_jwks_response;
use tokenward::core::jose::jws::{Algorithm, UntrustedJws};

fuzz_target!(|input: &str| {
    let (header, document) = input.split_once('\n').unwrap_or_default();
    let token = [encode(header.as_bytes()), encode(b"{}"), encode(&[7; 64])].join(".");
    let (Some(jws), Ok(keys)) = (UntrustedJws::parse(&token), check_jwks_response(&answer(document))) else { return };
    let twice = check_jwks_response(&answer(&doubled(document)));

    for algorithm in Algorithm::ALL {
        let Some(key) = keys.key_for(&jws, algorithm) else { continue };
        assert!(key.is("kty", algorithm.key_type()));
        assert!(algorithm.curve().is_none_or(|curve| key.is("crv", curve)));
        assert!(key.is_or_lacks("use", "sig"));
        let verifies = key.one_or_many("key_ops").is_some_and(|operations| operations.contains(&"verify".to_owned()));
        assert!(verifies || !key.has("key_ops"));
        assert!(!key.has("d") && !key.has("k"), "a key that is not public");
        assert!(jws.key_id.as_ref().is_none_or(|id| key.is("kid", id)));
        let own = key.text("alg").map(|name| Algorithm::from_name(&name).unwrap());
        assert!(own.is_none_or(|own| own.is_same_as(algorithm)));
        let still = twice.as_ref().is_ok_and(|twice| twice.key_for(&jws, algorithm).is_some());
        assert!(!still, "one key of several");
    }
});

fn answer(body: &str) -> Response {
    Response::new(200, "application/jwk-set+json", body.to_owned())
}

/// The set with every key in it twice.
fn doubled(document: &str) -> String {
    let mut document: Value = serde_json::from_str(document).unwrap();
    document["keys"].as_array_mut().unwrap().extend_from_within(..);
    document.to_string()
}
