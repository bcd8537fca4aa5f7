//! The token endpoint (RFC 6749, sections 4.1.3, 5 and 6).

use super::client_auth::{Client, Credential};
use super::restriction::Restriction;
use super::transaction::Transaction;
use crate::core::base::error::{Error, Kind, OAuthError, Result};
use crate::core::base::http::{Request, Response};
use crate::core::base::json::Json;
use crate::core::base::secret::{AccessToken, AuthorizationCode, ClientAssertion, RawIdToken, RefreshToken};
use crate::core::base::time::from_digits;
use crate::core::config::Config;

/// The longest lifetime that is believed, in seconds: a year. Longer ones are cut to it.
pub const MAX_LIFETIME_S: u64 = 365 * 24 * 60 * 60;

/// A token response that follows the rules.
#[derive(Clone, Debug)]
pub struct TokenResponse {
    /// The access token, of the type that was asked for.
    pub access_token: AccessToken,
    /// The refresh token, where one came.
    pub refresh_token: Option<RefreshToken>,
    /// The ID token, unchecked.
    pub id_token: Option<RawIdToken>,
    /// Seconds the access token lives; `None` where the provider does not say.
    pub lifetime_s: Option<u64>,
    /// The scope granted, where it is not what was asked for.
    pub scope: Option<String>,
    /// The authorization details granted (RFC 9396, section 7), all of a type that was asked for.
    pub authorization_details: Option<Json>,
}

/// Exchanges a code (RFC 6749, section 4.1.3; RFC 7636, section 4.5).
#[must_use]
pub fn build_code_request(config: &Config, transaction: &Transaction, code: &AuthorizationCode) -> Request {
    let mut parameters = vec![
        ("grant_type", "authorization_code"),
        ("code", code.secret()),
        ("redirect_uri", &transaction.redirect_uri),
        ("client_id", &transaction.client_id),
        ("code_verifier", transaction.verifier.secret()),
    ];
    parameters.extend(resources(&config.resource));
    Request::post(&transaction.metadata.token_endpoint, &parameters)
}

/// Exchanges a code like [`build_code_request`], authenticating at the provider that gave it.
///
/// # Errors
/// `callback_state_unknown` where the sign-in is another client's, or as [`Client::credential`].
pub fn build_code_request_as(
    client: &Client,
    assertion: Option<ClientAssertion>,
    transaction: &Transaction,
    code: &AuthorizationCode,
    resource: &[String],
) -> Result<Request> {
    if transaction.client_id != client.client_id {
        return Err(Error::new(Kind::CallbackStateUnknown));
    }
    let credential = client.credential(&transaction.metadata.issuer, assertion)?;
    let mut parameters = vec![
        ("grant_type", "authorization_code"),
        ("code", code.secret()),
        ("redirect_uri", &transaction.redirect_uri),
        ("code_verifier", transaction.verifier.secret()),
    ];
    parameters.extend(resources(resource));
    Ok(credential.post(&transaction.metadata.token_endpoint, &parameters))
}

/// Refreshes (RFC 6749, section 6). The scope is left out where nothing is restricted: it stays what was granted.
#[must_use]
pub fn build_refresh_request(
    config: &Config,
    token_endpoint: &str,
    refresh_token: &RefreshToken,
    restriction: Option<&Restriction>,
) -> Request {
    let mut parameters = vec![
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh_token.secret()),
        ("client_id", &config.client_id),
    ];
    let resource = match restriction {
        Some(restriction) => restriction.ask(&mut parameters, &config.resource),
        None => &config.resource,
    };
    parameters.extend(resources(resource));
    Request::post(token_endpoint, &parameters)
}

/// Refreshes like [`build_refresh_request`], authenticating.
#[must_use]
pub fn build_refresh_request_as(
    credential: Credential<'_>,
    token_endpoint: &str,
    refresh_token: &RefreshToken,
    resource: &[String],
) -> Request {
    let mut parameters = vec![("grant_type", "refresh_token"), ("refresh_token", refresh_token.secret())];
    parameters.extend(resources(resource));
    credential.post(token_endpoint, &parameters)
}

/// The resources that a token is to be for (RFC 8707, section 2).
pub(super) fn resources(resource: &[String]) -> impl Iterator<Item = (&'static str, &str)> {
    resource.iter().map(|one| ("resource", one.as_str()))
}

/// Reads a token response; `bound` where a proof of possession went with the request, so that a token for anybody's use
/// is not what was asked for (RFC 9449, section 5). `asked` are the authorization details of the request.
///
/// # Errors
/// The provider's own error, `token_response_invalid` naming the member, `token_type_unsupported`, or what
/// [`Response::json_object`] gives.
pub fn check_token_response(response: &Response, bound: bool, asked: Option<&Json>) -> Result<TokenResponse> {
    read_tokens(&token_body(response)?, if bound { "dpop" } else { "bearer" }, asked)
}

/// The body of an answer that is no refusal.
pub(super) fn token_body(response: &Response) -> Result<Json> {
    match oauth_error(response) {
        Some(error) => Err(error),
        None => response.json_object(),
    }
}

/// Reads the members of a token response of this `token_type`.
pub(in crate::core) fn read_tokens(body: &Json, token_type: &str, asked: Option<&Json>) -> Result<TokenResponse> {
    let text = |member: &'static str| match body.get(member) {
        Some(value) => match value.as_str().filter(|text| !text.is_empty()) {
            Some(text) => Ok(Some(text)),
            None => Err(Error::about(Kind::TokenResponseInvalid, member)),
        },
        None => Ok(None),
    };
    let required = |member| text(member)?.ok_or_else(|| Error::about(Kind::TokenResponseInvalid, member));
    let access_token = AccessToken::new(required("access_token")?);
    if !required("token_type")?.eq_ignore_ascii_case(token_type) {
        return Err(Error::new(Kind::TokenTypeUnsupported));
    }
    Ok(TokenResponse {
        access_token,
        refresh_token: text("refresh_token")?.map(RefreshToken::new),
        id_token: text("id_token")?.map(RawIdToken::new),
        lifetime_s: lifetime(body)?,
        // Some say so that they have nothing to say of it.
        scope: if body.is("scope", "") { None } else { text("scope")? },
        authorization_details: granted_details(body, asked)?,
    })
}

fn granted_details(body: &Json, asked: Option<&Json>) -> Result<Option<Json>> {
    const MEMBER: &str = "authorization_details";
    let types =
        |details: &Json| details.items().unwrap_or_default().iter().map(|one| one.text("type")).collect::<Vec<_>>();
    let Some(granted) = body.get(MEMBER) else {
        return Ok(None);
    };
    if !cfg!(feature = "details") {
        return Err(Error::about(Kind::TokenResponseInvalid, MEMBER));
    }
    let known = asked.map(types).unwrap_or_default();
    let types = types(&granted);
    let expected = !types.is_empty() && types.iter().all(|one| one.is_some() && known.contains(one));
    if expected { Ok(Some(granted)) } else { Err(Error::about(Kind::TokenResponseInvalid, MEMBER)) }
}

/// `expires_in`: a positive number of seconds, or the same as a string of digits, which some providers send. Absent means
/// unknown; no lifetime is invented.
pub(super) fn lifetime(body: &Json) -> Result<Option<u64>> {
    let Some(value) = body.get("expires_in") else {
        return Ok(None);
    };
    let seconds = match value.as_str() {
        Some(digits) => from_digits(&digits),
        None => body.whole("expires_in"),
    };
    match seconds {
        Some(seconds) if seconds > 0 => Ok(Some(seconds.min(MAX_LIFETIME_S))),
        _ => Err(Error::about(Kind::TokenResponseInvalid, "expires_in")),
    }
}

/// The provider's own error of a 4xx answer, where it is one (RFC 6749, section 5.2).
pub(in crate::core) fn oauth_error(response: &Response) -> Option<Error> {
    // A 429 is about the pace, whatever its body says, and a 5xx about the server.
    if !(400..500).contains(&response.status) || response.status == 429 {
        return None;
    }
    let body = response.any_json_object()?;
    let error = body.text("error")?;
    let oauth = OAuthError { error, description: body.text("error_description"), uri: body.text("error_uri") };
    Some(Error::from_oauth(oauth).with_status(response.status, response.retry_after_s))
}
