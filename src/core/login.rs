//! An app's own login: JSON endpoints of its own back end, which speak no OAuth. A pair of functions for each exchange, one
//! that builds the request and one that checks the answer.

mod answer;
pub mod config;
pub mod cookies;
pub mod csrf;
pub mod logout;
pub mod profile;
pub mod record;
pub mod refresh;
pub mod sign_in;

use crate::core::base::json::Json;

/// The user of a login that names none.
#[must_use]
pub fn no_user() -> Option<Json> {
    Json::parse("{}")
}
