//! The authorization response (RFC 6749, section 4.1.2; RFC 9207).

use super::transaction::Transaction;
use crate::core::base::error::{Error, Kind, OAuthError, Phase, Result};
use crate::core::base::form;
use crate::core::base::secret::{AuthorizationCode, State, equal_in_constant_time};
use crate::core::base::time::Now;
use crate::core::base::url::Url;

/// The most characters of a callback query that are looked at.
const MAX_QUERY_CHARS: usize = 64 * 1024;

/// The parameters that may come once at most.
const NAMES: [&str; 6] = ["state", "code", "iss", "error", "error_description", "error_uri"];

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
    let (Some(page), Some(redirect)) = (Url::parse(page_url), Url::parse(redirect_uri)) else {
        return false;
    };
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
    for name in NAMES {
        if form::values(&query, name).len() > 1 {
            return Err(Error::about(Kind::CallbackParameterDuplicate, name));
        }
    }
    let value = |name| form::values(&query, name).pop();
    let given = |name| value(name).filter(|value| !value.is_empty());
    let state = given("state").ok_or_else(|| Error::new(Kind::CallbackStateMissing))?;
    let error = value("error").map(|error| OAuthError {
        error,
        description: value("error_description"),
        uri: value("error_uri"),
    });
    Ok(CallbackParameters {
        state: State::new(state),
        code: given("code").map(AuthorizationCode::new),
        iss: value("iss"),
        error,
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
        Some(iss) if iss != transaction.metadata.issuer => {
            return Err(Error::new(Kind::CallbackIssMismatch));
        }
        None if transaction.metadata.iss_parameter_supported => {
            return Err(Error::new(Kind::CallbackIssMissing));
        }
        _ => {}
    }
    match (parameters.code, parameters.error) {
        (Some(code), None) => Ok(code),
        (None, Some(error)) => Err(Error::from_oauth(error).during(Phase::Callback)),
        _ => Err(Error::new(Kind::CallbackMalformed)),
    }
}
