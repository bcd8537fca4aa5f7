//! An app's own login: JSON endpoints of its own back end, which speak no OAuth. A pair of functions for each exchange, one
//! that builds the request and one that checks the answer.

mod answer;
pub mod config;
pub mod logout;
pub mod profile;
pub mod record;
pub mod refresh;
pub mod sign_in;
