//! What every other part of the core stands on.

pub mod base64url;
pub mod error;
pub mod flight;
pub mod form;
pub mod http;
pub mod json;
pub mod place;
pub mod secret;
pub mod text;
pub mod time;
pub mod url;
