//! The options of `passwordLogin` and of `cookieSession`.

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
    /// The session is one that a cookie names, and there are no tokens.
    pub cookies: Option<Cookies>,
}

/// What a session is that a cookie names.
#[derive(Clone, Debug)]
pub struct Cookies {
    /// Where it is told who is signed in, absolute.
    pub user_url: Option<String>,
    /// Where a token against forged requests is given, absolute.
    pub csrf_url: Option<String>,
}

/// The facade knows the session by an issuer and a client like any other; here those are the login's URL, and nothing.
const NAMES: &str = "issuer clientId cookies loginUrl refreshUrl logoutUrl profileUrl apis storage refresh";

/// That it is one with cookies the facade says, which has a function of its own for it.
const COOKIE_NAMES: &str = "issuer clientId cookies loginUrl logoutUrl userUrl csrf apis storage";

impl LoginConfig {
    /// Reads the options of a page at `page_url`. Without `apis`, the token is for the origin that gives it.
    ///
    /// # Errors
    /// `invalid_option` or `endpoint_insecure`, naming the option; `not_in_browser` where the page has no URL.
    pub fn read(object: &Json, page_url: &str) -> Result<Self> {
        let page = Url::parse(page_url).ok_or_else(|| Error::new(Kind::NotInBrowser))?;
        let has_cookies = object.truth("cookies") == Some(true);
        let mut options = Options::new(object, if has_cookies { COOKIE_NAMES } else { NAMES });
        let mut endpoint = |name| object.has(name).then(|| uri(&mut options, name, page_url, "/"));
        let login_url = endpoint("loginUrl").unwrap_or_default();
        let (refresh_url, logout_url) = (endpoint("refreshUrl"), endpoint("logoutUrl"));
        let (profile_url, user_url) = (endpoint("profileUrl"), endpoint("userUrl"));
        let config = Self {
            name: options.required_text("loginUrl"),
            apis: Apis::read(&mut options, &Url::parse(&login_url).unwrap_or(page)),
            login_url,
            refresh_url,
            logout_url,
            profile_url,
            before_expiry_s: before_expiry(&mut options),
            cookies: has_cookies.then(|| Cookies { user_url, csrf_url: csrf_url(&mut options, page_url) }),
        };
        // Where records go is the facade's matter; a cookie leaves none.
        options.one_of("storage", if has_cookies { &[] } else { &["memory", "session", "own"] });
        options.finish(config)
    }
}

/// Where the token is given, unless it is in a cookie, which the facade reads.
fn csrf_url(options: &mut Options<'_>, page_url: &str) -> Option<String> {
    let csrf = options.object().get("csrf")?;
    let mut own = Options::new(&csrf, "cookie url header");
    let header = own.required_text("header");
    let is_plain = |name: &str| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    // These have other meanings, and other rules.
    let is_taken = ["authorization", "cookie", "content-type"].iter().any(|name| header.eq_ignore_ascii_case(name));
    let cookie = own.text("cookie");
    let url = csrf.has("url").then(|| uri(&mut own, "url", page_url, "/"));
    if own.finish(()).is_err() || !is_plain(&header) || is_taken || cookie.is_some() == url.is_some() {
        options.refuse("csrf");
    }
    url
}
