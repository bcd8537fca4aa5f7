//! A client for itself, without a user: what its options say, and what becomes of its token.

pub mod api_key;
pub mod config;
pub mod token;
