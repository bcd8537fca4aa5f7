//! Sign-in on a device that has no browser (RFC 8628): another device shows the page, this one asks until it is done.

use super::client_auth::Credential;
use super::token::{TokenResponse, lifetime, oauth_error, resources};
use crate::core::base::error::{Error, Kind, Phase, Result};
use crate::core::base::http::{Request, Response};
use crate::core::base::json::Json;
use crate::core::base::secret::DeviceCode;
use crate::core::base::time::{Now, SECOND_MS};
use crate::core::base::url::Url;

/// Between two questions, in seconds, where the provider does not say (RFC 8628, section 3.2).
const DEFAULT_INTERVAL_S: u64 = 5;

/// What `slow_down` adds, in milliseconds (RFC 8628, section 3.5).
const SLOW_DOWN_MS: u64 = 5 * SECOND_MS;

/// The longest pause that doubling leads to, in milliseconds.
const MAX_BACK_OFF_MS: u64 = 60 * SECOND_MS;

/// The most characters of a code that a person is to type.
const MAX_USER_CODE_CHARS: usize = 255;

/// What the user is to be shown, and what the device asks with (RFC 8628, section 3.2).
#[derive(Clone, Debug)]
pub struct DeviceAuthorization {
    /// What the device asks with.
    pub device_code: DeviceCode,
    /// What the user types.
    pub user_code: String,
    /// Where the user types it.
    pub verification_uri: String,
    /// The same with the code in it, for a QR code.
    pub verification_uri_complete: Option<String>,
    /// Seconds until the codes are worth nothing.
    pub lifetime_s: u64,
    /// Seconds between two questions.
    pub interval_s: u64,
}

/// Asks for the codes (RFC 8628, section 3.1).
#[must_use]
pub fn build_device_request(
    credential: Credential<'_>,
    endpoint: &str,
    scope: Option<&str>,
    resource: &[String],
) -> Request {
    let mut parameters: Vec<_> = scope.into_iter().map(|scope| ("scope", scope)).collect();
    parameters.extend(resources(resource));
    credential.post(endpoint, &parameters)
}

/// Reads the codes.
///
/// # Errors
/// The provider's own error, `device_response_invalid` naming the member, or what [`Response::json_object`] gives.
pub fn check_device_response(response: &Response) -> Result<DeviceAuthorization> {
    if let Some(error) = oauth_error(response) {
        return Err(error.during(Phase::Authorize));
    }
    let body = response.json_object().map_err(|error| error.during(Phase::Authorize))?;
    let user_code = text(&body, "user_code")?;
    // It is shown to people, in terminals too.
    if user_code.len() > MAX_USER_CODE_CHARS || user_code.chars().any(char::is_control) {
        return Err(invalid("user_code"));
    }
    let interval_s = match body.whole("interval") {
        None if body.has("interval") => return Err(invalid("interval")),
        None => DEFAULT_INTERVAL_S,
        Some(seconds) => seconds.max(1),
    };
    Ok(DeviceAuthorization {
        device_code: DeviceCode::new(text(&body, "device_code")?),
        user_code,
        verification_uri: page(&body, "verification_uri")?,
        verification_uri_complete: match body.get("verification_uri_complete") {
            Some(_) => Some(page(&body, "verification_uri_complete")?),
            None => None,
        },
        lifetime_s: lifetime(&body).ok().flatten().ok_or_else(|| invalid("expires_in"))?,
        interval_s,
    })
}

fn invalid(member: &'static str) -> Error {
    Error::about(Kind::DeviceResponseInvalid, member)
}

fn text(body: &Json, member: &'static str) -> Result<String> {
    body.text(member).filter(|text| !text.is_empty()).ok_or_else(|| invalid(member))
}

/// A page that a person may be sent to, and type a password.
fn page(body: &Json, member: &'static str) -> Result<String> {
    let text = text(body, member)?;
    let url = Url::parse(&text).filter(|url| url.is_secure() && !url.has_userinfo());
    if url.is_some() { Ok(text) } else { Err(invalid(member)) }
}

/// Asks whether the user is done (RFC 8628, section 3.4).
#[must_use]
pub fn build_device_token_request(credential: Credential<'_>, token_endpoint: &str, code: &DeviceCode) -> Request {
    let grant_type = "urn:ietf:params:oauth:grant-type:device_code";
    credential.post(token_endpoint, &[("grant_type", grant_type), ("device_code", code.secret())])
}

/// When to ask whether the user is done, and when to stop (RFC 8628, section 3.5).
#[derive(Clone, Debug)]
pub struct Polling {
    started: Now,
    lifetime_ms: u64,
    interval_ms: u64,
    paused: Now,
    pause_ms: u64,
}

impl Polling {
    /// Starts with the answer that brought the codes.
    #[must_use]
    pub const fn new(device: &DeviceAuthorization, now: Now) -> Self {
        let interval_ms = device.interval_s.saturating_mul(SECOND_MS);
        let lifetime_ms = device.lifetime_s.saturating_mul(SECOND_MS);
        Self { started: now, lifetime_ms, interval_ms, paused: now, pause_ms: interval_ms }
    }

    /// Milliseconds until it is time to look here again; at 0 it is time to ask.
    ///
    /// # Errors
    /// `expired_token`, where there is nothing left to ask for.
    pub fn wait_ms(&self, now: Now) -> Result<u64> {
        let left_ms = self.lifetime_ms.saturating_sub(now.since(self.started));
        if left_ms == 0 {
            return Err(Error::new(Kind::ExpiredToken));
        }
        Ok(self.pause_ms.saturating_sub(now.since(self.paused)).min(left_ms))
    }

    /// Takes an answer, as [`super::token::check_token_response`] reads it: the tokens, or nothing where it is to be asked
    /// again.
    ///
    /// # Errors
    /// What ends it: `access_denied`, `expired_token`, or whatever else is not about time.
    pub fn take(&mut self, answer: Result<TokenResponse>, now: Now) -> Result<Option<TokenResponse>> {
        let error = match answer {
            Ok(tokens) => return Ok(Some(tokens)),
            Err(error) => error,
        };
        match error.oauth.as_ref().map(|oauth| oauth.error.as_str()) {
            Some("authorization_pending") => {}
            Some("slow_down") => self.interval_ms = self.interval_ms.saturating_add(SLOW_DOWN_MS),
            _ if error.is_retryable() => {
                let doubled = self.interval_ms.saturating_mul(2).min(MAX_BACK_OFF_MS);
                self.interval_ms = self.interval_ms.max(doubled);
            }
            _ => return Err(error),
        }
        let asked_ms = error.retry_after_s.map_or(0, |seconds| u64::from(seconds).saturating_mul(SECOND_MS));
        self.paused = now;
        self.pause_ms = self.interval_ms.max(asked_ms);
        Ok(None)
    }
}
