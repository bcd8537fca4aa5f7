//! What a worker or a server asks for: each call stands alone, is made by a client for itself, or is a request of a browser.

pub mod bff;
mod client;
pub mod machine;
pub mod metadata;
pub mod sealing;
pub mod verifier;
pub mod verify;
