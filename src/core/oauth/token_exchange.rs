//! Token exchange (RFC 8693): another token for one that somebody holds.

use super::client_auth::Credential;
use super::token::{read_tokens, resources, token_body};
use crate::core::base::error::{Error, Kind, Result};
use crate::core::base::http::{Request, Response};
use crate::core::base::secret::{ExchangedToken, RefreshToken};

/// An access token, as a type (RFC 8693, section 3).
pub const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// The `token_type` of what is no access token (RFC 8693, section 2.2.1).
const NOT_APPLICABLE: &str = "N_A";

/// A token, and what kind of token it is: neither goes without the other.
#[derive(Clone, Debug)]
pub struct TypedToken {
    /// The token.
    pub token: ExchangedToken,
    /// The identifier of its type, a URI (RFC 8693, section 3).
    pub token_type: String,
}

/// What is given, and what is wanted for it (RFC 8693, section 2.1).
#[derive(Clone, Debug)]
pub struct TokenExchange {
    /// Whose access it is.
    pub subject: TypedToken,
    /// Who acts, where that is somebody else.
    pub actor: Option<TypedToken>,
    /// The type that is wanted; the provider's choice where none is.
    pub requested_type: Option<String>,
    /// The scope.
    pub scope: Option<String>,
    /// Names of the services that the token is for.
    pub audience: Vec<String>,
    /// URIs of the services that the token is for.
    pub resource: Vec<String>,
}

/// What came of an exchange.
#[derive(Clone, Debug)]
pub struct IssuedToken {
    /// The token.
    pub token: ExchangedToken,
    /// The identifier of its type.
    pub issued_type: String,
    /// Whether it is an access token, to be sent to an API. What else it is, its type says.
    pub is_access_token: bool,
    /// Seconds it lives; `None` where the provider does not say.
    pub lifetime_s: Option<u64>,
    /// The scope granted, where it is not what was asked for.
    pub scope: Option<String>,
    /// A refresh token, where one came.
    pub refresh_token: Option<RefreshToken>,
}

/// Asks for an exchange.
#[must_use]
pub fn build_exchange_request(credential: Credential<'_>, token_endpoint: &str, exchange: &TokenExchange) -> Request {
    let mut parameters = vec![
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("subject_token", exchange.subject.token.secret()),
        ("subject_token_type", &exchange.subject.token_type),
    ];
    if let Some(actor) = &exchange.actor {
        parameters.extend([("actor_token", actor.token.secret()), ("actor_token_type", &actor.token_type)]);
    }
    parameters.extend(exchange.requested_type.iter().map(|wanted| ("requested_token_type", wanted.as_str())));
    parameters.extend(exchange.scope.iter().map(|scope| ("scope", scope.as_str())));
    parameters.extend(exchange.audience.iter().map(|audience| ("audience", audience.as_str())));
    parameters.extend(resources(&exchange.resource));
    credential.post(token_endpoint, &parameters)
}

/// Reads the answer to an exchange; `bound` where a proof of possession went with the request.
///
/// # Errors
/// The provider's own error, `token_response_invalid` naming the member, `token_type_unsupported`, or what
/// [`Response::json_object`] gives.
pub fn check_exchange_response(response: &Response, bound: bool, exchange: &TokenExchange) -> Result<IssuedToken> {
    let body = token_body(response)?;
    let issued_type = body.text("issued_token_type").filter(|issued| !issued.is_empty());
    // A token of another type than was asked for would be used as what it is not.
    let expected = |issued: &String| exchange.requested_type.as_ref().is_none_or(|wanted| wanted == issued);
    let issued_type = issued_type.filter(expected);
    let issued_type = issued_type.ok_or_else(|| Error::about(Kind::TokenResponseInvalid, "issued_token_type"))?;
    // What is called an access token must be usable as one.
    let is_access_token = issued_type == ACCESS_TOKEN
        || !body.text("token_type").is_some_and(|found| found.eq_ignore_ascii_case(NOT_APPLICABLE));
    let token_type = if !is_access_token {
        NOT_APPLICABLE
    } else if bound {
        "dpop"
    } else {
        "bearer"
    };
    let read = read_tokens(&body, token_type, None)?;
    Ok(IssuedToken {
        token: ExchangedToken::new(read.access_token.secret().to_owned()),
        issued_type,
        is_access_token,
        lifetime_s: read.lifetime_s,
        scope: read.scope,
        refresh_token: read.refresh_token,
    })
}
