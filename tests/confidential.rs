//! A confidential client against a real provider: the certified `oidc-provider`, which `node` runs beside these tests.
//!
//! What the core builds is sent as it is, over loopback, and what comes back is checked by the core; signatures are made
//! and checked by another library than WebCrypto. `PROVIDER_DEBUG=1` shows what the provider objects to.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a test that cannot go on has failed, and a real provider lives in real time"
)]

mod confidential {
    mod browser;
    mod code;
    mod crypto;
    mod hybrid;
    mod introspection;
    mod logout;
    mod provider;
    mod tokens;
    mod wire;
}
