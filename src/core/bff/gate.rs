//! Who may ask: requests that another site's page makes in the user's name are refused.
//!
//! A page of another site can have the browser send a request with the session's cookie, but it can neither add a header of its
//! own choosing without asking first, which nobody answers here, nor choose what the browser says in `Origin` and
//! `Sec-Fetch-*`.

use super::framing;
use super::headers::Headers;
use super::places::Places;
use super::route::Route;
use crate::core::base::error::{Error, Kind, Result};

/// Who an endpoint is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// The browser, which goes to another page.
    Navigation,
    /// A script of a page of the app.
    Page,
    /// The same, which opens a WebSocket.
    WebSocket,
    /// The provider's server. It shows by a signed token who it is.
    Provider,
}

/// The header that only a page of the app can send, and its value.
pub const HEADER: (&str, &str) = ("x-tokenward", "1");

/// Who makes a request for this route; `None` where there is nobody to let in.
///
/// # Errors
/// `request_refused` for a request that could be read in two ways, for an upgrade to what is no WebSocket, and where no
/// WebSocket may be.
pub fn caller_of(route: &Route, method: &str, headers: &Headers, places: &Places) -> Result<Option<Caller>> {
    let caller = match route {
        Route::Login | Route::Callback | Route::LoggedOut => Caller::Navigation,
        Route::Session | Route::Logout => Caller::Page,
        Route::BackchannelLogout => Caller::Provider,
        Route::Proxy { .. } if !headers.has("upgrade") => Caller::Page,
        Route::Proxy { api, .. } => {
            let takes = places.api(*api).is_some_and(|api| api.takes_web_sockets);
            if !takes || method != "GET" || !is_web_socket(headers) {
                return Err(framing::refused("upgrade"));
            }
            Caller::WebSocket
        }
        Route::MethodNotAllowed { .. } | Route::Refused(_) | Route::NotOurs => return Ok(None),
    };
    framing::check(headers)?;
    Ok(Some(caller))
}

/// Lets a request in or not; `origin` is the app's.
///
/// # Errors
/// `csrf` with the status 403, naming the header at fault.
pub fn admit(caller: Caller, method: &str, headers: &Headers, origin: &str) -> Result<()> {
    // Where a header comes twice, each must be right.
    let only = |name, expected: &str| headers.values(name).all(|value| value == expected);
    let (name, value) = HEADER;
    let fault = match caller {
        Caller::Navigation if !only("sec-fetch-mode", "navigate") => Some("Sec-Fetch-Mode"),
        Caller::Navigation if !only("sec-fetch-dest", "document") => Some("Sec-Fetch-Dest"),
        // A browser may load ahead what the user might go to.
        Caller::Navigation if headers.list("sec-purpose").any(|word| word.starts_with("prefetch")) => {
            Some("Sec-Purpose")
        }
        Caller::Navigation | Caller::Provider => None,
        Caller::Page if !headers.has(name) || !only(name, value) => Some("X-Tokenward"),
        _ if !only("origin", origin) => Some("Origin"),
        _ if !only("sec-fetch-site", "same-origin") => Some("Sec-Fetch-Site"),
        // A socket has no header of a page's choosing.
        Caller::WebSocket if !headers.has("origin") => Some("Origin"),
        Caller::WebSocket if !only("sec-fetch-mode", "websocket") => Some("Sec-Fetch-Mode"),
        Caller::Page if !is_read(method) && !headers.has("origin") && !headers.has("sec-fetch-site") => {
            Some("neither Origin nor Sec-Fetch-Site is there")
        }
        Caller::Page | Caller::WebSocket => None,
    };
    fault.map_or(Ok(()), |detail| Err(Error::about(Kind::Csrf, detail).with_status(403, None)))
}

/// Whether a request asks for a WebSocket and nothing else (RFC 6455, section 4.1).
#[must_use]
pub fn is_web_socket(headers: &Headers) -> bool {
    headers.get("upgrade").is_some_and(|protocol| protocol.eq_ignore_ascii_case("websocket"))
}

fn is_read(method: &str) -> bool {
    ["GET", "HEAD"].contains(&method)
}
