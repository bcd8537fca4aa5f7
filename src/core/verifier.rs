//! Access tokens as a resource server sees them: what it takes, whose keys it believes, and how it says no.

pub mod config;
pub mod credentials;
pub mod keys;
pub mod need;
pub mod refusal;
pub mod replays;
