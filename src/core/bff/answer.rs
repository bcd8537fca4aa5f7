//! What an endpoint answers: never to be kept by anybody, and never to be shown inside another page.

use crate::core::base::error::{Class, Error, Kind};
use crate::core::base::json::Writer;
use crate::core::base::time::digits;

/// An answer, whole.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Names in lower case, and values.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: String,
}

impl Answer {
    /// An answer with this status, and a body of this media type.
    #[must_use]
    pub fn new(status: u16, content_type: &'static str, body: String) -> Self {
        let mut headers = vec![
            ("cache-control", "no-store".to_owned()),
            ("referrer-policy", "no-referrer".to_owned()),
            ("x-content-type-options", "nosniff".to_owned()),
        ];
        if !content_type.is_empty() {
            headers.push(("content-type", content_type.to_owned()));
        }
        Self { status, headers, body }
    }

    /// A JSON object.
    #[must_use]
    pub fn json(status: u16, object: Writer) -> Self {
        Self::new(status, "application/json", object.finish())
    }

    /// Sends the browser on with a GET.
    #[must_use]
    pub fn redirect(url: &str) -> Self {
        Self::new(303, "", String::new()).with("location", url.to_owned())
    }

    /// Says what went wrong.
    #[must_use]
    pub fn failure(error: &Error) -> Self {
        let entry = error.kind.entry();
        let object = Writer::default().text("error", entry.code).text("message", &error.message());
        // What mends a connection is said for pages there, not for servers.
        let is_mend = !entry.suggestion.is_empty() && entry.class != Class::Network;
        let object = object.optional("suggestion", is_mend.then_some(entry.suggestion));
        Self::json(status_of(error), object).retrying(error)
    }

    /// The same, with what the provider asks to wait.
    #[must_use]
    pub fn retrying(self, error: &Error) -> Self {
        match error.retry_after_s.filter(|_| self.status == 503) {
            Some(seconds) => self.with("retry-after", digits(seconds.into())),
            None => self,
        }
    }

    /// The same with one more header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The same with these cookies set.
    #[must_use]
    pub fn with_cookies(mut self, cookies: Vec<String>) -> Self {
        self.headers.extend(cookies.into_iter().map(|cookie| ("set-cookie", cookie)));
        self
    }
}

/// The status that stands for a failure of a request to an endpoint.
#[must_use]
pub fn status_of(error: &Error) -> u16 {
    match error.kind {
        Kind::NotSignedIn => 401,
        Kind::AccessDenied | Kind::Csrf => 403,
        Kind::RefreshFailed | Kind::StoreFailed | Kind::RateLimited | Kind::Disposed => 503,
        Kind::TimedOut => 504,
        Kind::WebSocketUnsupported => 501,
        Kind::InvalidOption
        | Kind::CallbackStateMissing
        | Kind::CallbackStateUnknown
        | Kind::CallbackExpired
        | Kind::CallbackParameterDuplicate
        | Kind::CallbackMalformed
        | Kind::CallbackIssMissing
        | Kind::CallbackIssMismatch
        | Kind::LogoutTokenInvalid
        | Kind::RequestRefused => 400,
        _ => match error.kind.entry().class {
            Class::OAuth => 403,
            Class::Network | Class::Protocol => 502,
            _ => 500,
        },
    }
}
