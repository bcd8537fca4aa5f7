//! OAuth 2.0 (RFC 6749, hardened by RFC 9700): a pair of functions for each exchange, one that builds the request and one
//! that checks the answer.

pub mod access_token;
pub mod authorize;
pub mod callback;
pub mod challenge;
pub mod client_auth;
pub mod client_credentials;
pub mod device;
pub mod discovery;
#[cfg_attr(not(feature = "dpop"), path = "oauth/unbound.rs")]
pub mod dpop;
pub mod introspection;
pub mod jar;
pub mod jarm;
pub mod par;
pub mod pkce;
pub mod proof;
#[cfg_attr(not(feature = "restriction"), path = "oauth/unrestricted.rs")]
pub mod restriction;
pub mod revocation;
pub mod token;
pub mod token_exchange;
pub mod transaction;
