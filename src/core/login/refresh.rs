//! The refresh endpoint: a refresh token for an access token.

use super::answer;
use crate::core::base::error::{Error, Kind, Result};
use crate::core::base::http::{Request, Response};
use crate::core::base::json::Writer;
use crate::core::base::secret::RefreshToken;
use crate::core::oauth::token::{TokenResponse, read_tokens};

/// Spends the refresh token.
#[must_use]
pub fn build_refresh_request(refresh_url: &str, refresh_token: &RefreshToken) -> Request {
    Request::post_json(refresh_url, Writer::default().text("refresh_token", refresh_token.secret()).finish())
}

/// Reads the new tokens. An answer without a refresh token leaves the one held as it is.
///
/// # Errors
/// `invalid_grant` where the refresh token is refused, in whatever words, `token_response_invalid`,
/// `token_type_unsupported`, or what the status says.
pub fn check_refresh_response(response: &Response) -> Result<TokenResponse> {
    // Only another sign-in helps; nothing is tried again.
    if matches!(response.status, 400 | 401 | 403) {
        let error = Error::new(Kind::InvalidGrant).with_status(response.status, None);
        return Err(error.saying(answer::words(response)));
    }
    read_tokens(&answer::object(response, Kind::InvalidGrant)?, "bearer", None)
}
