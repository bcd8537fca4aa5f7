//! The login endpoint: credentials for tokens and the user.

use super::{answer, no_user};
use crate::core::base::error::{Error, Kind, Result};
use crate::core::base::http::{Request, Response};
use crate::core::base::json::Json;
use crate::core::oauth::token::{TokenResponse, read_tokens};

/// Asks for tokens with the credentials, in whatever members the endpoint expects.
///
/// # Errors
/// `invalid_option` where the credentials are no object.
pub fn build_login_request(login_url: &str, credentials: Option<&Json>) -> Result<Request> {
    let credentials = credentials.filter(|credentials| credentials.is_object());
    let credentials = credentials.ok_or_else(|| Error::about(Kind::InvalidOption, "credentials"))?;
    Ok(Request::post_json(login_url, credentials.to_text()))
}

/// Reads the tokens, and the user in the member `user`; where the endpoint names none, an object without members.
///
/// # Errors
/// `invalid_credentials`, the server's own error, `token_response_invalid`, `token_type_unsupported`, or what the status says.
pub fn check_login_response(response: &Response) -> Result<(TokenResponse, Json)> {
    let body = answer::object(response, Kind::InvalidCredentials)?;
    let tokens = read_tokens(&body, "bearer", None)?;
    let user = body.get("user").filter(Json::is_object).or_else(no_user);
    let user = user.ok_or_else(|| Error::about(Kind::TokenResponseInvalid, "user"))?;
    Ok((tokens, user))
}
