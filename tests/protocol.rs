//! The protocol core, rule by rule: natively under `cargo test`, and the same tests in a browser under `wasm-pack test`, so
//! that the parsers of both builds cannot drift apart.
//!
//! A doc comment names the rule of the conformance checklist that a test holds.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that cannot go on has failed"
)]

// Without this feature the suite runs wherever the test runner is told to.
#[cfg(all(target_arch = "wasm32", feature = "page"))]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

mod protocol {
    mod apis;
    mod authorize;
    mod base64url;
    mod callback;
    mod challenge;
    mod client_auth;
    mod client_credentials;
    #[cfg(not(target_arch = "wasm32"))]
    mod confidential_properties;
    mod config;
    mod device;
    mod discovery;
    mod dpop;
    mod error_table;
    mod form;
    mod given;
    mod http;
    mod hybrid;
    mod id_token;
    mod introspection;
    mod jar;
    mod jarm;
    mod json;
    mod jwks;
    mod jws;
    mod jwt;
    mod kinds;
    mod login;
    mod logout;
    mod logout_token;
    mod par;
    #[cfg(not(target_arch = "wasm32"))]
    mod properties;
    mod revocation;
    mod secrets;
    mod sound;
    mod time;
    mod token;
    mod token_exchange;
    mod token_failures;
    mod tokens;
    mod transaction;
    mod url;
    mod userinfo;
}
