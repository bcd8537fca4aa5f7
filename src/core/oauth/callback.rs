//! The authorization response (RFC 6749, section 4.1.2; RFC 9207).

use super::transaction::Transaction;
use crate::core::base::error::{Error, Kind, OAuthError, Phase, Result};
use crate::core::base::form;
use crate::core::base::secret::{AuthorizationCode, State, equal_in_constant_time};
use crate::core::base::time::Now;
use crate::core::base::url::Url;

/// The most characters of a callback query that are looked at.
const MAX_QUERY_CHARS: usize = 64 * 1024;

/// The parameters of an authorization response, none of them believed yet. Unknown ones are ignored.
#[derive(Debug)]
pub struct CallbackParameters {
    /// The `state`.
    pub state: State,
    code: Option<AuthorizationCode>,
    iss: Option<String>,
    error: Option<OAuthError>,
}

/// Whether a page's URL is an answer to a sign-in of this client: at its redirect URI, with a code or an error. One
/// without a state counts only while a sign-in is under way, since `?code=` may be the app's own.
#[must_use]
pub fn is_callback(page_url: &str, redirect_uri: &str, sign_in_pending: bool) -> bool {
    let (Some(page), Some(redirect)) = (Url::parse(page_url), Url::parse(redirect_uri)) else { return false };
    let query = page.query();
    let has = |name: &str| !form::values(&query, name).is_empty();
    page.origin() == redirect.origin()
        && page.path() == redirect.path()
        && (has("code") || has("error"))
        && (has("state") || sign_in_pending)
}

/// Reads the parameters of a callback URL, each at most once (RFC 6749, section 3.1).
///
/// # Errors
/// `callback_parameter_duplicate`, `callback_state_missing` or `callback_malformed`.
pub fn read_callback(page_url: &str) -> Result<CallbackParameters> {
    let query = Url::parse(page_url).map(|url| url.query()).filter(|query| query.len() <= MAX_QUERY_CHARS);
    let query = query.ok_or_else(|| Error::new(Kind::CallbackMalformed))?;
    let single = |name: &'static str| {
        let mut values = form::values(&query, name);
        let value = values.pop();
        if values.is_empty() { Ok(value) } else { Err(Error::about(Kind::CallbackParameterDuplicate, name)) }
    };
    let state = single("state")?.filter(|state| !state.is_empty());
    let code = single("code")?.filter(|code| !code.is_empty());
    let (iss, error) = (single("iss")?, single("error")?);
    let (description, uri) = (single("error_description")?, single("error_uri")?);
    let state = state.ok_or_else(|| Error::new(Kind::CallbackStateMissing))?;
    Ok(CallbackParameters {
        state: State::new(state),
        code: code.map(AuthorizationCode::new),
        iss,
        error: error.map(|error| OAuthError { error, description, uri }),
    })
}

/// Checks an authorization response against the sign-in it claims to answer, and gives the code.
///
/// # Errors
/// `callback_state_unknown`, `callback_expired`, `callback_iss_missing`, `callback_iss_mismatch`, `callback_malformed`, or
/// the provider's own error.
pub fn check_callback(
    parameters: CallbackParameters,
    transaction: &Transaction,
    now: Now,
) -> Result<AuthorizationCode> {
    if !equal_in_constant_time(parameters.state.secret(), transaction.state.secret()) {
        return Err(Error::new(Kind::CallbackStateUnknown));
    }
    if transaction.is_expired(now) {
        return Err(Error::new(Kind::CallbackExpired));
    }
    match parameters.iss {
        Some(iss) if iss != transaction.metadata.issuer => return Err(Error::new(Kind::CallbackIssMismatch)),
        None if transaction.metadata.iss_parameter_supported => return Err(Error::new(Kind::CallbackIssMissing)),
        _ => {}
    }
    match (parameters.code, parameters.error) {
        (Some(code), None) => Ok(code),
        (None, Some(error)) => Err(Error::from_oauth(error).during(Phase::Callback)),
        _ => Err(Error::new(Kind::CallbackMalformed)),
    }
}
