//! The options of `passwordLogin`.

use crate::core::base::error::{Error, Kind, Result};
use crate::core::base::json::Json;
use crate::core::base::url::Url;
use crate::core::config::{Apis, before_expiry, uri};
use crate::core::options::Options;

/// The options, checked.
#[derive(Clone, Debug)]
pub struct LoginConfig {
    /// Where credentials go, as written: the name of the session.
    pub name: String,
    /// Where credentials go, absolute.
    pub login_url: String,
    /// Where refresh tokens go, absolute; without it no refresh token is kept.
    pub refresh_url: Option<String>,
    /// Where the server is told of a sign-out, absolute.
    pub logout_url: Option<String>,
    /// Where the user's profile is, absolute.
    pub profile_url: Option<String>,
    /// Who may receive the access token.
    pub apis: Apis,
    /// Seconds before expiry at which to refresh, before the cap at half the lifetime.
    pub before_expiry_s: u64,
}

/// The facade knows the session by an issuer and a client like any other; here those are the login's URL, and nothing.
const NAMES: &str = "issuer clientId loginUrl refreshUrl logoutUrl profileUrl apis storage refresh";

impl LoginConfig {
    /// Reads the options of a page at `page_url`. Without `apis`, the token is for the origin that gives it.
    ///
    /// # Errors
    /// `invalid_option` or `endpoint_insecure`, naming the option; `not_in_browser` where the page has no URL.
    pub fn read(object: &Json, page_url: &str) -> Result<Self> {
        let page = Url::parse(page_url).ok_or_else(|| Error::new(Kind::NotInBrowser))?;
        let mut options = Options::new(object, NAMES);
        let mut endpoint = |name| object.has(name).then(|| uri(&mut options, name, page_url, "/"));
        let login_url = endpoint("loginUrl").unwrap_or_default();
        let (refresh_url, logout_url) = (endpoint("refreshUrl"), endpoint("logoutUrl"));
        let profile_url = endpoint("profileUrl");
        let config = Self {
            name: options.required_text("loginUrl"),
            apis: Apis::read(&mut options, &Url::parse(&login_url).unwrap_or(page)),
            login_url,
            refresh_url,
            logout_url,
            profile_url,
            before_expiry_s: before_expiry(&mut options),
        };
        // Where records go is the facade's matter.
        options.one_of("storage", &["memory", "session", "own"]);
        options.finish(config)
    }
}
