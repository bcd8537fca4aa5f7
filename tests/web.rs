//! The browser ports, each through its trait, in a real browser.

#![cfg(all(target_arch = "wasm32", feature = "page"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that cannot go on has failed"
)]

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

mod web {
    mod clock;
    mod crypto;
    mod fakes;
    mod fetch;
    mod fetch_failures;
    mod keys;
    mod page;
    mod random;
    #[cfg(feature = "edge")]
    mod sealing;
    mod store;
    mod tabs;
    mod timer;
}
