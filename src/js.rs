//! What JavaScript sees: convert, call, convert; no decisions.

#[cfg(feature = "browser")]
pub mod client;
pub mod convert;
#[cfg(feature = "edge")]
pub mod edge;
