//! The backend for front ends, natively: who is let in, where a request goes, what goes with it, and what becomes of a session.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that cannot go on has failed"
)]

mod bff {
    mod answer;
    mod arrival;
    mod config;
    mod cookie;
    mod endpoints;
    mod framing;
    mod gate;
    mod given;
    mod jar;
    mod key_change;
    mod keys;
    mod login;
    mod page;
    mod proxy;
    mod proxy_properties;
    mod race;
    mod record;
    mod refusals;
    mod route;
    mod seal;
    mod session;
    mod sessions;
    mod sim;
    mod tenants;
    mod world;
}
