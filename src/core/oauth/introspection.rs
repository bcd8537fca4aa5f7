//! Token introspection (RFC 7662), signed where that is registered (RFC 9701): what the provider says of an access token
//! that somebody sent to this API.

use super::client_auth::Credential;
use super::token::oauth_error;
use crate::core::base::error::{Error, Kind, Phase, Result};
use crate::core::base::http::{Request, Response};
use crate::core::base::json::Json;
use crate::core::base::secret::AccessToken;
use crate::core::base::text::concat;
use crate::core::base::time::{Now, SECOND_MS};
use crate::core::jose::jws::Algorithm;
use crate::core::jose::jwt::{Addressed, Flaw, UntrustedJwt, check_times};

/// What a signed answer calls itself, as a media type and as a `typ` (RFC 9701, section 5).
const KIND: &str = "token-introspection+jwt";

/// The oldest a signed answer to a question asked now may be, in seconds: nothing else in it says which question it answers.
const MAX_AGE_S: u64 = 60;

/// An answer that has been read and not yet believed.
#[derive(Debug)]
pub enum UntrustedIntrospection {
    /// Vouched for by the connection alone.
    Plain(Json),
    /// Signed.
    Signed(UntrustedJwt),
}

/// What a token must be good for.
#[derive(Debug)]
pub struct Wanted<'a> {
    /// The provider, for this client.
    pub addressed: Addressed<'a>,
    /// This API, as the token's audience names it. `None` where tokens of this provider name none, so that every one of its
    /// tokens is good here.
    pub audience: Option<&'a str>,
    /// The scope that is needed, in words.
    pub scope: &'a str,
}

/// A token that is good.
#[derive(Clone, Debug)]
pub struct ActiveToken {
    /// All that the provider says of it.
    pub claims: Json,
    /// The thumbprint of the key that the token is bound to: who sends it must prove to hold that key (RFC 9449, section 7).
    pub key_thumbprint: Option<String>,
    /// Seconds since the epoch after which no answer about it is worth anything.
    pub expires_at_s: Option<u64>,
}

/// Asks about a token. `signed` where a signed answer is registered.
#[must_use]
pub fn build_introspection_request(
    credential: Credential<'_>,
    endpoint: &str,
    token: &AccessToken,
    signed: bool,
) -> Request {
    let accept = if signed { concat(&["application/", KIND]) } else { "application/json".to_owned() };
    let request = credential.post(endpoint, &[("token", token.secret()), ("token_type_hint", "access_token")]);
    request.with_header("accept", accept)
}

/// Reads an answer: signed where `algorithm` is registered for it, plain where none is, and never the other.
///
/// # Errors
/// `introspection_invalid`, the provider's own error, or what the status says.
pub fn check_introspection_response(
    response: &Response,
    algorithm: Option<Algorithm>,
) -> Result<UntrustedIntrospection> {
    if response.status != 200 {
        let error = oauth_error(response).unwrap_or_else(|| response.failure());
        return Err(error.during(Phase::Fetch));
    }
    let media_type = response.media_type.strip_prefix("application/").unwrap_or_default();
    match algorithm {
        Some(algorithm) if media_type == KIND => {
            let jwt = UntrustedJwt::read(response.body.secret(), algorithm, &[KIND]);
            jwt.map(UntrustedIntrospection::Signed).map_err(refused)
        }
        None if media_type == "json" => {
            let plain = response.any_json_object().ok_or_else(|| invalid("not JSON"))?;
            Ok(UntrustedIntrospection::Plain(plain))
        }
        _ => Err(invalid("content-type")),
    }
}

/// Believes an answer; a signed one was found `valid`. `None` where the token is not active.
///
/// # Errors
/// `introspection_invalid` naming the claim, or `insufficient_scope`.
pub fn check_introspection(
    untrusted: UntrustedIntrospection,
    valid: bool,
    wanted: &Wanted<'_>,
    now: Now,
) -> Result<Option<ActiveToken>> {
    let claims = match untrusted {
        UntrustedIntrospection::Plain(claims) => claims,
        UntrustedIntrospection::Signed(jwt) => believe(jwt, valid, &wanted.addressed, now)?,
    };
    // Active is true, not "true", 1 or anything else that some languages take for it.
    if claims.truth("active") != Some(true) {
        return Ok(None);
    }
    if !claims.is_or_lacks("iss", wanted.addressed.issuer) {
        return Err(invalid("iss"));
    }
    let is_for = |audience: &str| claims.one_or_many("aud").is_some_and(|all| all.iter().any(|one| one == audience));
    if !wanted.audience.is_none_or(is_for) {
        return Err(invalid("aud"));
    }
    match check_times(&claims, &[], wanted.addressed.tolerance_s, now) {
        // The provider took it for active a moment ago: by now it is not, or not yet.
        Err(name) if claims.whole(name).is_some() => return Ok(None),
        checked => checked.map_err(invalid)?,
    }
    let key_thumbprint = key_thumbprint(&claims)?;
    let granted = claims.text("scope").unwrap_or_default();
    let needed = wanted.scope.split(' ').filter(|word| !word.is_empty());
    if needed.into_iter().any(|word| !granted.split(' ').any(|one| one == word)) {
        return Err(Error::new(Kind::InsufficientScope));
    }
    let expires_at_s = claims.whole("exp");
    Ok(Some(ActiveToken { claims, key_thumbprint, expires_at_s }))
}

/// The answer within a signed one (RFC 9701, section 5).
fn believe(jwt: UntrustedJwt, valid: bool, addressed: &Addressed<'_>, now: Now) -> Result<Json> {
    let claims = jwt.believe(valid).map_err(refused)?;
    addressed.check(&claims, &["iat"], now).map_err(invalid)?;
    let oldest_s = (now.wall_ms / SECOND_MS).saturating_sub(MAX_AGE_S).saturating_sub(addressed.tolerance_s);
    if claims.whole("iat").is_none_or(|issued_s| issued_s < oldest_s) {
        return Err(invalid("iat"));
    }
    claims.get("token_introspection").filter(Json::is_object).ok_or_else(|| invalid("token_introspection"))
}

/// The key that a token is bound to (RFC 9449, section 6.2). A binding that nobody here can check makes it good for nothing.
fn key_thumbprint(claims: &Json) -> Result<Option<String>> {
    let bound = claims.has("cnf") || claims.text("token_type").is_some_and(|found| found.eq_ignore_ascii_case("dpop"));
    if !bound {
        return Ok(None);
    }
    let thumbprint = claims.get("cnf").and_then(|key| key.text("jkt")).filter(|thumbprint| !thumbprint.is_empty());
    thumbprint.map(Some).ok_or_else(|| invalid("cnf"))
}

fn invalid(detail: &'static str) -> Error {
    Error::about(Kind::IntrospectionInvalid, detail)
}

fn refused(flaw: Flaw) -> Error {
    invalid(flaw.name())
}
