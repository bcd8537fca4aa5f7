//! What JavaScript sees: convert, call, convert; no decisions.

#[cfg(feature = "openid")]
pub mod client;
pub mod convert;
#[cfg(feature = "edge")]
pub mod edge;
#[cfg(feature = "login")]
pub mod login;
#[cfg(feature = "page")]
mod session;
