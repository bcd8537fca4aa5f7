//! The authorization response (RFC 6749, section 4.1.2; RFC 9207), in whichever way it comes: as a query, as a form, or as
//! the claims of a JWT.

use super::transaction::Transaction;
use crate::core::base::error::{Error, Kind, OAuthError, Phase, Result};
use crate::core::base::form;
use crate::core::base::http::media_type;
use crate::core::base::json::Json;
use crate::core::base::secret::{AuthorizationCode, State, equal_in_constant_time};
use crate::core::base::time::Now;
use crate::core::base::url::Url;

/// The most characters of a callback's query or form that are looked at.
pub(super) const MAX_CHARS: usize = 64 * 1024;

/// The parameters that may come once at most.
pub(super) const NAMES: [&str; 6] = ["state", "code", "iss", "error", "error_description", "error_uri"];

/// The parameters of an authorization response, none of them believed yet. Unknown ones are ignored.
#[derive(Debug)]
pub struct CallbackParameters {
    /// The `state`.
    pub state: State,
    code: Option<AuthorizationCode>,
    iss: Option<String>,
    error: Option<OAuthError>,
}

/// The fewest characters of a state that this package made: those of its randomness.
const STATE_CHARS: usize = 43;

/// Whether a page's URL is an answer to a sign-in of this client: at its redirect URI, with a code or an error. One
/// without a state that may be ours counts only while a sign-in is under way: `?code=` and `?state=` may be the app's own.
#[must_use]
pub fn is_callback(page_url: &str, redirect_uri: &str, sign_in_pending: bool) -> bool {
    let (Some(page), Some(redirect)) = (Url::parse(page_url), Url::parse(redirect_uri)) else {
        return false;
    };
    let query = page.query();
    let has = |name: &str, chars| form::values(&query, name).iter().any(|value| value.len() >= chars);
    page.origin() == redirect.origin()
        && page.path() == redirect.path()
        && (has("code", 0) || has("error", 0))
        && (has("state", STATE_CHARS) || sign_in_pending)
}

/// Reads the parameters of a callback URL, each at most once (RFC 6749, section 3.1).
///
/// # Errors
/// `callback_parameter_duplicate`, `callback_state_missing` or `callback_malformed`.
pub fn read_callback(page_url: &str) -> Result<CallbackParameters> {
    let query = Url::parse(page_url).map(|url| url.query()).filter(|query| query.len() <= MAX_CHARS);
    let query = query.ok_or_else(|| Error::new(Kind::CallbackMalformed))?;
    read_from(|name| form::values(&query, name))
}

/// Reads the parameters of a callback that is a POST (OAuth 2.0 Form Post Response Mode, section 2).
///
/// # Errors
/// As [`read_callback`].
pub fn read_form_post(content_type: &str, body: &str) -> Result<CallbackParameters> {
    let form = form_of(content_type, body)?;
    read_from(|name| form::values(form, name))
}

/// The form of a POST.
pub(in crate::core) fn form_of<'a>(content_type: &str, body: &'a str) -> Result<&'a str> {
    let is_form = media_type(content_type) == "application/x-www-form-urlencoded" && body.len() <= MAX_CHARS;
    if is_form { Ok(body) } else { Err(Error::new(Kind::CallbackMalformed)) }
}

/// Reads the parameters that are claims of a JWT that is believed.
pub(super) fn read_claims(claims: &Json) -> Result<CallbackParameters> {
    let foreign = NAMES.into_iter().find(|name| claims.has(name) && claims.text(name).is_none());
    match foreign {
        Some(name) => Err(Error::about(Kind::AuthorizationResponseInvalid, name)),
        None => read_from(|name| claims.text(name).into_iter().collect()),
    }
}

fn read_from(values: impl Fn(&str) -> Vec<String>) -> Result<CallbackParameters> {
    for name in NAMES {
        if values(name).len() > 1 {
            return Err(Error::about(Kind::CallbackParameterDuplicate, name));
        }
    }
    let value = |name| values(name).pop();
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

impl CallbackParameters {
    /// The same where a token came along that is checked to be from this issuer: the token names it as well as the
    /// parameter would (RFC 9207, section 2.4).
    pub(in crate::core) fn vouched_for_by(mut self, issuer: &str) -> Self {
        self.iss.get_or_insert_with(|| issuer.to_owned());
        self
    }
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
