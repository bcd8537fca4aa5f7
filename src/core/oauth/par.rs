//! Pushed authorization requests (RFC 9126).

use super::client_auth::Credential;
use super::token::oauth_error;
use crate::core::base::error::{Error, Kind, Phase, Result};
use crate::core::base::http::{Request, Response, with_query};

/// Pushes the parameters of an authorization request (RFC 9126, section 2.1).
#[must_use]
pub fn build_pushed_request(endpoint: &str, parameters: &[(&str, &str)]) -> Request {
    Request::post(endpoint, parameters)
}

/// Pushes like [`build_pushed_request`], authenticating as at the token endpoint.
#[must_use]
pub fn build_pushed_request_as(credential: Credential<'_>, endpoint: &str, parameters: &[(&str, &str)]) -> Request {
    credential.post(endpoint, parameters)
}

/// The `request_uri` that stands for the pushed parameters.
///
/// # Errors
/// The provider's own error, `par_response_invalid` naming the member, or what
/// [`Response::json_object_of`] gives.
pub fn check_pushed_response(response: &Response) -> Result<String> {
    if let Some(error) = oauth_error(response) {
        return Err(error.during(Phase::Authorize));
    }
    let body = response.json_object_of(201, &["application/json"]).map_err(|error| error.during(Phase::Authorize))?;
    if body.whole("expires_in").unwrap_or_default() == 0 {
        return Err(Error::about(Kind::ParResponseInvalid, "expires_in"));
    }
    let uri = body.text("request_uri").filter(|uri| !uri.is_empty());
    uri.ok_or_else(|| Error::about(Kind::ParResponseInvalid, "request_uri"))
}

/// The URL that the browser is sent to: nothing of the request but the name it was given (RFC 9126, section 4).
#[must_use]
pub fn build_pushed_authorization_url(endpoint: &str, client_id: &str, request_uri: &str) -> String {
    with_query(endpoint, &[("client_id", client_id), ("request_uri", request_uri)])
}
