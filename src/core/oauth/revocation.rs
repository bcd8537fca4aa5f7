//! Token revocation (RFC 7009).

use super::client_auth::Credential;
use super::token::oauth_error;
use crate::core::base::error::{Error, Result};
use crate::core::base::http::{Request, Response};

/// The longest wait for an answer, in milliseconds: whoever signs out does not want to wait for the provider.
const PATIENCE_MS: u32 = 3_000;

/// Asks to revoke a token; `hint` is `refresh_token` or `access_token`.
#[must_use]
pub fn build_revocation_request(endpoint: &str, client_id: &str, token: &str, hint: &str) -> Request {
    let request = Request::post(endpoint, &[("token", token), ("token_type_hint", hint), ("client_id", client_id)]);
    Request { patience_ms: PATIENCE_MS, ..request }
}

/// Asks like [`build_revocation_request`], authenticating.
#[must_use]
pub fn build_revocation_request_as(credential: Credential<'_>, endpoint: &str, token: &str, hint: &str) -> Request {
    let request = credential.post(endpoint, &[("token", token), ("token_type_hint", hint)]);
    Request { patience_ms: PATIENCE_MS, ..request }
}

/// Whether the token is gone. A token that the provider does not know is gone as well (RFC 7009, section 2.2).
///
/// # Errors
/// The provider's own error, or that of the status.
pub fn check_revocation_response(response: &Response) -> Result<()> {
    if response.status == 200 {
        return Ok(());
    }
    Err(oauth_error(response).unwrap_or_else(|| response.failure()))
}

/// Whether a provider has said that it cannot take tokens of this kind back (section 2.2.1).
#[must_use]
pub fn is_of_unsupported_type(error: &Error) -> bool {
    error.oauth.as_ref().is_some_and(|oauth| oauth.error == "unsupported_token_type")
}
