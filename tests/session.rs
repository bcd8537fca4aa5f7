//! The session: the machine alone, and the driver over ports that remember what was asked of them.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that fails may panic, and nobody reads its documentation"
)]
#![cfg_attr(
    not(all(feature = "dpop", feature = "par")),
    allow(dead_code, unused_imports, reason = "a build that can do less has fewer tests")
)]

mod session {
    mod support;

    mod callback_once;
    #[cfg(feature = "details")]
    mod details;
    #[cfg(feature = "dpop")]
    mod dpop;
    mod failures;
    mod kept;
    mod lifetimes;
    #[cfg(feature = "par")]
    mod par;
    mod refresh_schedule;
    #[cfg(feature = "restriction")]
    mod restricted;
    mod secrets;
    mod sign_in;
    mod sign_out;
    mod single_flight;
    mod step_up;
    mod storage;
    mod tabs;
    mod userinfo;
    mod windows;
}
