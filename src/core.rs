//! The pure core: no clock, no randomness, no input or output, no JavaScript beyond reading JSON and URLs.
//!
//! The protocol part is pairs of functions, `build_x_request` and `check_x_response`, one file for each object of a
//! specification. The session part is one state machine.

pub mod base;
#[cfg(any(feature = "edge", not(target_arch = "wasm32")))]
pub mod bff;
pub mod config;
pub mod jose;
pub mod login;
pub mod machine;
pub mod oauth;
pub mod oidc;
pub mod options;
pub mod session;
pub mod verifier;
