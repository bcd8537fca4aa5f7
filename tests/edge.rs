//! What a worker or a server asks for, natively: the rules alone, over ports that remember what was asked of them.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that cannot go on has failed"
)]

mod edge {
    mod access_token;
    mod api_keys;
    mod app_token;
    mod given;
    mod keys;
    mod machine;
    mod proof;
    mod resource;
    mod verifier;
    mod verify;
}
