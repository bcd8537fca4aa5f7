//! The session: when to refresh, what to store, whom to tell.

pub mod effect;
pub mod machine;
pub mod message;
pub mod refresh;
mod restricted;
mod tabs;
pub mod tokens;
pub mod trouble;
mod waiters;
