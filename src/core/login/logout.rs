//! The logout endpoint.

use crate::core::base::http::Request;
use crate::core::base::secret::AccessToken;

/// The longest wait for an answer, in milliseconds: whoever signs out does not want to wait for the server.
const PATIENCE_MS: u32 = 3_000;

/// Tells the server that the session is over. What it answers changes nothing: the session is over here either way.
#[must_use]
pub fn build_logout_request(logout_url: &str, access_token: &AccessToken) -> Request {
    Request { patience_ms: PATIENCE_MS, ..Request::post_nothing(logout_url).with_bearer(access_token) }
}
