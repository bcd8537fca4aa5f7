//! The endpoint that gives a token against forged requests, for a session that a cookie names.

use super::answer;
use crate::core::base::error::{Error, Kind, Result};
use crate::core::base::http::{Request, Response};
use crate::core::base::secret::CsrfToken;

/// The members that name such a token, in the order in which they are looked for.
const MEMBERS: [&str; 3] = ["csrf_token", "csrfToken", "token"];

/// Asks for the token of the session that the cookie names.
#[must_use]
pub fn build_csrf_request(csrf_url: &str) -> Request {
    Request::get(csrf_url.to_owned())
}

/// Reads the token.
///
/// # Errors
/// `csrf_token_missing`, the server's own error, or what the status says.
pub fn check_csrf_response(response: &Response) -> Result<CsrfToken> {
    let body = answer::object(response, Kind::NotSignedIn)?;
    let token = MEMBERS.iter().find_map(|member| body.text(member)).filter(|token| !token.is_empty());
    token.map(CsrfToken::new).ok_or_else(|| Error::new(Kind::CsrfTokenMissing))
}
