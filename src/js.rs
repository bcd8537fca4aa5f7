//! What JavaScript sees: convert, call, convert; no decisions.

#[cfg(feature = "page")]
pub mod client;
pub mod convert;
#[cfg(feature = "edge")]
pub mod edge;
pub mod need;
