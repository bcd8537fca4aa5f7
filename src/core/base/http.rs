//! Requests the core asks for, responses it checks.

use super::error::{Error, Kind, Result};
use super::form;
use super::json::Json;
use super::secret::{AccessToken, Body};
use crate::core::base::text::concat;

/// The most bytes of a body that are read, in bytes; the port stops there.
pub const MAX_BODY_BYTES: u32 = 1 << 20;

/// The longest wait for an answer that somebody needs, in milliseconds.
const PATIENCE_MS: u32 = 30_000;

/// A request to the provider. Never follows a redirect, sends a cookie or is cached.
#[derive(Clone)]
pub struct Request {
    /// Where to.
    pub url: String,
    /// The body of a POST, a form unless a header says otherwise, and none where it is empty; `None` for a GET. Wiped when
    /// dropped.
    pub form: Option<Body>,
    /// Headers beyond those that every request has, by name. Wiped when dropped.
    pub headers: Vec<(&'static str, Body)>,
    /// The longest wait for an answer, in milliseconds.
    pub patience_ms: u32,
}

impl core::fmt::Debug for Request {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.method())?;
        f.write_str(" ")?;
        f.write_str(&self.url)
    }
}

impl Request {
    /// A GET.
    #[must_use]
    pub fn get(url: String) -> Self {
        Self { url, form: None, headers: Vec::new(), patience_ms: PATIENCE_MS }
    }

    /// A POST of form parameters (RFC 6749, appendix B).
    #[must_use]
    pub fn post(url: &str, parameters: &[(&str, &str)]) -> Self {
        Self { form: Some(Body::new(form::write(parameters))), ..Self::get(url.to_owned()) }
    }

    /// A POST of JSON.
    #[must_use]
    pub fn post_json(url: &str, json: String) -> Self {
        let request = Self { form: Some(Body::new(json)), ..Self::get(url.to_owned()) };
        request.with_header("content-type", "application/json".to_owned())
    }

    /// A POST without a body.
    #[must_use]
    pub fn post_nothing(url: &str) -> Self {
        Self { form: Some(Body::new(String::new())), ..Self::get(url.to_owned()) }
    }

    /// The same with the token (RFC 6750, section 2.1).
    #[must_use]
    pub fn with_bearer(self, token: &AccessToken) -> Self {
        self.with_header("authorization", concat(&["Bearer ", token.secret()]))
    }

    /// The same with one more header.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, Body::new(value)));
        self
    }

    /// The method.
    #[must_use]
    pub const fn method(&self) -> &'static str {
        if self.form.is_some() { "POST" } else { "GET" }
    }
}

/// `url` with the parameters added to whatever query it has.
#[must_use]
pub fn with_query(url: &str, parameters: &[(&str, &str)]) -> String {
    let separator = if url.bytes().any(|b| b == b'?') { "&" } else { "?" };
    concat(&[url, separator, &form::write(parameters)])
}

/// An answer to a [`Request`].
#[derive(Clone)]
pub struct Response {
    /// The status; 0 for a redirect, which is not followed.
    pub status: u16,
    /// The media type, without parameters, in lower case.
    pub media_type: String,
    /// Seconds to wait, from `Retry-After`.
    pub retry_after_s: Option<u32>,
    /// The nonce for the next DPoP proof, from `DPoP-Nonce` (RFC 9449, section 8).
    pub dpop_nonce: Option<String>,
    /// The server's time, from `Date`, in milliseconds since the epoch; most servers do not let a page read it.
    pub date_ms: Option<u64>,
    /// What a resource server asks for, from `WWW-Authenticate` (RFC 9110, section 11.6.1).
    pub challenge: Option<String>,
    /// The body. Wiped when dropped.
    pub body: Body,
}

impl core::fmt::Debug for Response {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Response").field("status", &self.status).finish_non_exhaustive()
    }
}

impl Response {
    /// An answer with this status, `Content-Type` and body, and no other header.
    #[must_use]
    pub fn new(status: u16, content_type: &str, body: String) -> Self {
        let media_type = media_type(content_type);
        let body = Body::new(body);
        Self { status, media_type, retry_after_s: None, dpop_nonce: None, date_ms: None, challenge: None, body }
    }

    /// The JSON object of a 200; what else came is an error: a redirect, a busy or broken server, or something that
    /// speaks another language (a captive portal, an error page).
    ///
    /// # Errors
    /// `token_redirect_refused`, `rate_limited`, `server_error` or `response_unusable`.
    pub fn json_object(&self) -> Result<Json> {
        self.json_object_of(200, &["application/json"])
    }

    /// The JSON object of an answer with this status, in one of these media types.
    ///
    /// # Errors
    /// As [`Self::json_object`].
    pub fn json_object_of(&self, status: u16, media_types: &[&str]) -> Result<Json> {
        let expected = self.status == status && media_types.contains(&self.media_type.as_str());
        expected.then(|| self.any_json_object()).flatten().ok_or_else(|| self.failure())
    }

    /// The JSON object of any answer, where the body is one.
    #[must_use]
    pub fn any_json_object(&self) -> Option<Json> {
        Json::parse(self.body.secret()).filter(Json::is_object)
    }

    /// The error that this status alone speaks for.
    #[must_use]
    pub fn failure(&self) -> Error {
        match self.status {
            0 => Error::new(Kind::TokenRedirectRefused),
            status => Error::from_status(status, self.retry_after_s),
        }
    }
}

/// The media type of a `Content-Type`, without parameters, in lower case.
#[must_use]
pub fn media_type(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim_ascii().to_ascii_lowercase()
}
