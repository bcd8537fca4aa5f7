//! Signed authorization responses (JWT Secured Authorization Response Mode for OAuth 2.0). Where one was asked for, nothing
//! else is an answer.

use super::callback::{CallbackParameters, MAX_CHARS, NAMES, form_of, read_claims};
use crate::core::base::error::{Error, Kind, Result};
use crate::core::base::form;
use crate::core::base::time::Now;
use crate::core::base::url::Url;
use crate::core::jose::jws::Algorithm;
use crate::core::jose::jwt::{Addressed, Flaw, UntrustedJwt};

/// A signed answer that has been read and not yet believed.
#[derive(Debug)]
pub struct UntrustedResponse {
    jwt: UntrustedJwt,
    iss: Option<String>,
}

/// Reads the answer in the query of a callback URL, signed with the algorithm registered for it.
///
/// # Errors
/// `authorization_response_invalid` naming what is wrong, `callback_parameter_duplicate` or `callback_malformed`.
pub fn read_jwt_callback(page_url: &str, algorithm: Algorithm) -> Result<UntrustedResponse> {
    let query = Url::parse(page_url).map(|url| url.query()).filter(|query| query.len() <= MAX_CHARS);
    read(&query.ok_or_else(|| Error::new(Kind::CallbackMalformed))?, algorithm)
}

/// Reads the answer in the form of a callback that is a POST.
///
/// # Errors
/// As [`read_jwt_callback`].
pub fn read_jwt_form_post(content_type: &str, body: &str, algorithm: Algorithm) -> Result<UntrustedResponse> {
    read(form_of(content_type, body)?, algorithm)
}

fn read(parameters: &str, algorithm: Algorithm) -> Result<UntrustedResponse> {
    let once = |name| {
        let mut values = form::values(parameters, name);
        let value = values.pop();
        if values.is_empty() { Ok(value) } else { Err(Error::about(Kind::CallbackParameterDuplicate, name)) }
    };
    let invalid = |detail| Error::about(Kind::AuthorizationResponseInvalid, detail);
    // What is not signed was not asked for, least of all beside what is.
    if let Some(name) = NAMES.into_iter().find(|name| *name != "iss" && !form::values(parameters, name).is_empty()) {
        return Err(invalid(name));
    }
    let response = once("response")?.ok_or_else(|| invalid("response"))?;
    let jwt = UntrustedJwt::read(&response, algorithm, &["", "JWT"]).map_err(refused)?;
    Ok(UntrustedResponse { jwt, iss: once("iss")? })
}

impl UntrustedResponse {
    /// The JWT, for the check of its signature.
    #[must_use]
    pub const fn jwt(&self) -> &UntrustedJwt {
        &self.jwt
    }

    /// Gives the parameters, once the signature was found `valid` and the answer is from this issuer, for this client and
    /// for now (JARM, section 2.4). They are then checked like any others.
    ///
    /// # Errors
    /// `authorization_response_invalid` naming the claim, `callback_iss_mismatch`, or `callback_state_missing`.
    pub fn check(self, valid: bool, expected: &Addressed<'_>, now: Now) -> Result<CallbackParameters> {
        let claims = self.jwt.believe(valid).map_err(refused)?;
        let checked = expected.check(&claims, &["exp"], now);
        checked.map_err(|claim| Error::about(Kind::AuthorizationResponseInvalid, claim))?;
        if self.iss.is_some_and(|iss| iss != expected.issuer) {
            return Err(Error::new(Kind::CallbackIssMismatch));
        }
        read_claims(&claims)
    }
}

fn refused(flaw: Flaw) -> Error {
    Error::about(Kind::AuthorizationResponseInvalid, flaw.name())
}
