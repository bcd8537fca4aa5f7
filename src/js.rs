//! What JavaScript sees: convert, call, convert; no decisions.

#[cfg(feature = "edge")]
pub mod bff;
#[cfg(feature = "openid")]
pub mod client;
pub mod convert;
#[cfg(feature = "edge")]
pub mod edge;
#[cfg(feature = "login")]
pub mod login;
pub mod need;
#[cfg(feature = "page")]
mod session;
#[cfg(feature = "edge")]
pub mod verifier;
