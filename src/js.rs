//! What JavaScript sees: convert, call, convert; no decisions.

pub mod client;
pub mod convert;
