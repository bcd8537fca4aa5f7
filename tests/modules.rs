//! The relying-party modules of the OpenID Foundation's conformance suite, each as one small test under its own name,
//! against a provider in this process that keeps every rule but the one that the test names.
//!
//! They run natively under `cargo test`, and in a browser under `wasm-pack test`, where hashes, keys and signatures are
//! WebCrypto's. A doc comment names the rules of the conformance checklist that a test holds.

#![cfg(any(not(target_arch = "wasm32"), all(feature = "full", feature = "edge")))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that cannot go on has failed"
)]

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

mod modules {
    #[macro_use]
    mod harness;
    mod confidential;
    mod platform;
    mod provider;
    mod relying_party;
    mod signing;
    mod tab;

    mod basic;
    mod fapi2;
    mod full;
    mod logout;
    mod refresh;
}
