//! The session that a cookie names: there is no token that anybody here could read, only a server that says who is signed in.

use super::answer;
use crate::core::base::error::{Error, Kind, Result};
use crate::core::base::http::{Request, Response};
use crate::core::base::json::Json;
use crate::core::base::secret::CsrfToken;

/// The name under which a request carries the token against forged requests to the facade, which knows the header's own.
const CSRF_HEADER: &str = "csrf";

/// Tells the server that the session is over.
#[must_use]
pub fn build_logout_request(logout_url: &str, csrf: &CsrfToken) -> Request {
    with_csrf(Request::post_nothing(logout_url), csrf)
}

/// The same request with the token; an empty one stands for none.
#[must_use]
pub fn with_csrf(request: Request, csrf: &CsrfToken) -> Request {
    if csrf.secret().is_empty() { request } else { request.with_header(CSRF_HEADER, csrf.secret().to_owned()) }
}

/// Reads the answer to a login, which may name the user in the member `user`, and may be no JSON.
///
/// # Errors
/// `invalid_credentials`, the server's own error, or what the status says.
pub fn check_login_response(response: &Response) -> Result<Option<Json>> {
    answer::accepted(response, Kind::InvalidCredentials)?;
    Ok(response.any_json_object().and_then(|body| body.get("user")).filter(Json::is_object))
}

/// Whether a sign-out was done. Who was signed out already is.
///
/// # Errors
/// The server's own error, or what the status says.
pub fn check_logout_response(response: &Response) -> Result<()> {
    if response.status == 401 { Ok(()) } else { answer::accepted(response, Kind::ResponseUnusable) }
}

/// Asks who is signed in.
#[must_use]
pub fn build_user_request(user_url: &str) -> Request {
    Request::get(user_url.to_owned())
}

/// Reads who is signed in.
///
/// # Errors
/// `not_signed_in` where nobody is, the server's own error, or what the status says.
pub fn check_user_response(response: &Response) -> Result<Json> {
    if response.status == 401 {
        return Err(Error::new(Kind::NotSignedIn).with_status(401, None).saying(answer::words(response)));
    }
    answer::object(response, Kind::NotSignedIn)
}
