//! Tokens for the client itself (RFC 6749, section 4.4).

use super::client_auth::Credential;
use super::token::{TokenResponse, build_refresh_request_as, check_token_response, resources};
use crate::core::base::error::{Error, Kind, Result};
use crate::core::base::http::{Request, Response};
use crate::core::base::secret::RefreshToken;

/// What a token for the client itself is to be good for.
#[derive(Clone, Debug, Default)]
pub struct ClientCredentials {
    /// The scope; the provider's default where there is none.
    pub scope: Option<String>,
    /// The `audience` parameter, which some providers ask for.
    pub audience: Option<String>,
    /// Resource indicators (RFC 8707).
    pub resource: Vec<String>,
}

/// Asks for a token.
///
/// # Errors
/// `invalid_option`, where the client has nothing to authenticate with (RFC 6749, section 4.4).
pub fn build_client_credentials_request(
    credential: Credential<'_>,
    token_endpoint: &str,
    wanted: &ClientCredentials,
) -> Result<Request> {
    if !credential.is_confidential() {
        return Err(Error::about(Kind::InvalidOption, "clientSecret"));
    }
    let mut parameters = vec![("grant_type", "client_credentials")];
    parameters.extend(wanted.scope.iter().map(|scope| ("scope", scope.as_str())));
    parameters.extend(wanted.audience.iter().map(|audience| ("audience", audience.as_str())));
    parameters.extend(resources(&wanted.resource));
    Ok(credential.post(token_endpoint, &parameters))
}

/// Renews such a token with the refresh token that came with it, where the client is to use that.
///
/// # Errors
/// As [`build_client_credentials_request`].
pub fn build_client_refresh_request(
    credential: Credential<'_>,
    token_endpoint: &str,
    refresh_token: &RefreshToken,
) -> Result<Request> {
    if !credential.is_confidential() {
        return Err(Error::about(Kind::InvalidOption, "clientSecret"));
    }
    Ok(build_refresh_request_as(credential, token_endpoint, refresh_token, &[]))
}

/// Reads the answer; `bound` as in [`check_token_response`]. A client that can ask again has no use for a refresh token
/// (RFC 6749, section 4.4.3), and there is no user whom an ID token could name: both are left.
///
/// # Errors
/// As [`check_token_response`].
pub fn check_client_credentials_response(response: &Response, bound: bool) -> Result<TokenResponse> {
    let answer = check_token_response(response, bound, None)?;
    Ok(TokenResponse { refresh_token: None, id_token: None, ..answer })
}
