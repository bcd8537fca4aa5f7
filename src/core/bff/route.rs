//! Whose a request is: an endpoint's, an API's, or the app's own.

use super::framing::{self, is_host};
use super::path::{fault_of, read_loosely};
use super::places::{Places, ProxiedApi};
use crate::core::base::error::Error;
use crate::core::base::place::below;
use crate::core::base::text::concat;
use crate::core::base::url::Url;

/// Whose a request is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// A sign-in begins.
    Login,
    /// The provider sent the browser back with an answer.
    Callback,
    /// A page asks who is signed in.
    Session,
    /// A page signs out.
    Logout,
    /// The provider sent the browser back after a sign-out.
    LoggedOut,
    /// The provider says that a session is over.
    BackchannelLogout,
    /// It goes on to an API.
    Proxy {
        /// The index of the API, in the order of the option.
        api: usize,
        /// Where to: at or below the API's target, whoever reads it.
        url: String,
    },
    /// There is no such method here.
    MethodNotAllowed {
        /// Those that there are: the value of `Allow`.
        allow: String,
    },
    /// It looks like one of ours, and is not plainly so (`request_refused`).
    Refused(Error),
    /// It is the app's.
    NotOurs,
}

/// The endpoints below the base path, and their methods.
const ENDPOINTS: [(&str, &str, Route); 6] = [
    ("/login", "GET", Route::Login),
    ("/callback", "GET", Route::Callback),
    ("/session", "GET", Route::Session),
    ("/logout", "POST", Route::Logout),
    ("/logged-out", "GET", Route::LoggedOut),
    ("/backchannel-logout", "POST", Route::BackchannelLogout),
];

/// A request's URL, taken apart as it is written.
struct Written<'a> {
    path: &'a str,
    /// With its question mark, where there is one; and with a fragment, which no client sends.
    query: &'a str,
}

/// Whose a request of this method is. `raw_url` is the URL as the runtime gives it: some have parsed it, others put it
/// together from what came over the wire. Its host is what the client says it is, and is not looked at.
#[must_use]
pub fn route(method: &str, raw_url: &str, places: &Places) -> Route {
    let Some(written) = Written::read(raw_url) else { return refused("a URL that is none") };
    if !is_of(written.path, places) && !is_of(&read_loosely(written.path), places) {
        return Route::NotOurs;
    }
    if let Some(fault) = fault_of(written.path).or_else(|| fault_of_query(written.query)) {
        return refused(fault);
    }
    if let Some((only, endpoint)) = endpoint(written.path, places) {
        return if method == only { endpoint } else { Route::MethodNotAllowed { allow: only.to_owned() } };
    }
    let Some((index, api, rest)) = places.api_of(written.path) else { return refused("a path that is ours in part") };
    if !api.methods().iter().any(|allowed| allowed == method) {
        return Route::MethodNotAllowed { allow: api.methods().join(", ") };
    }
    match upstream_url(api, rest, written.query) {
        Some(url) => Route::Proxy { api: index, url },
        None => refused("a path that leads out of its API"),
    }
}

impl<'a> Written<'a> {
    /// `None` where it has no plain host and path.
    fn read(url: &'a str) -> Option<Self> {
        let after_scheme = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
        let (host, rest) = after_scheme.split_at_checked(after_scheme.find(['/', '\\', '?', '#'])?)?;
        let (path, query) = rest.split_at_checked(rest.find(['?', '#']).unwrap_or(rest.len()))?;
        if !is_host(host) || path.is_empty() {
            return None;
        }
        Some(Self { path, query })
    }
}

/// Whether a path is an endpoint's or an API's.
fn is_of(path: &str, places: &Places) -> bool {
    places.api_of(path).is_some() || endpoint(path, places).is_some()
}

/// The endpoint of this path, and its method.
fn endpoint(path: &str, places: &Places) -> Option<(&'static str, Route)> {
    let rest = below(places.base(), path)?;
    ENDPOINTS.into_iter().find(|(name, _, _)| *name == rest).map(|(_, method, endpoint)| (method, endpoint))
}

/// Whether a path is that of an endpoint.
#[must_use]
pub fn is_endpoint(path: &str, places: &Places) -> bool {
    endpoint(path, places).is_some()
}

fn fault_of_query(query: &str) -> Option<&'static str> {
    let plain = query.bytes().all(|b| b.is_ascii_graphic() && b != b'#');
    (!plain).then_some("a character that no query has")
}

/// The target with what the path has below the API. What is sent is what the parser made of it, and was looked at.
fn upstream_url(api: &ProxiedApi, rest: &str, query: &str) -> Option<String> {
    let target = api.target();
    let url = Url::parse(&concat(&[target.origin(), target.path(), rest, query]))?;
    (target.covers(&url) && !url.has_userinfo()).then(|| url.href())
}

fn refused(detail: &'static str) -> Route {
    Route::Refused(framing::refused(detail))
}
