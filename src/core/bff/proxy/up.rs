//! The headers of a request on its way to an API.

use super::super::framing::is_sound;
use super::super::gate::is_web_socket;
use super::super::headers::Headers;
use super::is_of_the_hop;
use crate::core::base::secret::{AccessToken, Body};
use crate::core::base::text::concat;

/// What does not go up, beside [`super::HOP_BY_HOP`]. An underscore in a name counts as a hyphen, as many servers read it.
const DROPPED: [&str; 36] = [
    // Who the user is: the token says it.
    "authorization",
    "cookie",
    "cookie2",
    "dpop",
    // Where the message ends, how it is coded and where it goes to is for the new request to say.
    "accept-encoding",
    "content-length",
    "expect",
    "host",
    // Where the request comes from: from here.
    "client-ip",
    "forwarded",
    "front-end-https",
    "origin",
    "referer",
    "true-client-ip",
    "via",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-host",
    "x-originating-ip",
    "x-real-ip",
    "x-remote-addr",
    "x-remote-ip",
    "x-scheme",
    "x-url-scheme",
    // What other proxies say of who is signed in, or of a certificate (RFC 9440).
    "client-cert",
    "client-cert-chain",
    "remote-user",
    "x-client-cert",
    "x-remote-user",
    // What would change the path or the method after they were looked at, or what a CGI script is proxied by.
    "destination",
    "proxy",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "x-rewrite-url",
    // Our own.
    "x-tokenward",
];

/// What does not go up, whatever comes after it. Hosts of workers add headers of their own; some hold secrets of theirs.
const DROPPED_PREFIXES: [&str; 30] = [
    "access-control-",
    "cf-",
    "cloudfront-",
    "do-",
    "fastly-",
    "fly-",
    "proxy-",
    "sec-",
    "ssl-client-",
    "wl-proxy-",
    "x-amzn-oidc-",
    "x-appengine-",
    "x-arr-",
    "x-auth-request-",
    "x-authenticated-",
    "x-azure-",
    "x-consumer-",
    "x-credential-",
    "x-envoy-",
    "x-forwarded",
    "x-goog-authenticated-",
    "x-goog-iap-",
    "x-middleware-",
    "x-ms-client-principal",
    "x-ms-token-",
    "x-nf-",
    "x-original-",
    "x-ssl-",
    "x-vercel-",
    "x-webauth-",
];

/// The headers of the request to the API: those of the page, without what is about the connection, the user or the way here,
/// and with the token. `Accept-Encoding` is left to the runtime, which thus asks for what it can decode.
#[must_use]
pub fn upstream_headers(headers: &Headers, token: &AccessToken) -> Vec<(String, Body)> {
    let is_socket = is_web_socket(headers);
    let mut up = Vec::new();
    for (name, value) in headers.iter() {
        let is_for_a_socket = is_socket && name == "sec-websocket-protocol";
        if is_sound(name, value) && (is_for_a_socket || goes_up(name, headers)) {
            up.push((name.to_owned(), Body::new(value.to_owned())));
        }
    }
    // A part of what is decoded is not what was asked for (Fetch, "HTTP-network-or-cache fetch").
    if headers.has("range") {
        up.push(("accept-encoding".to_owned(), Body::new("identity".to_owned())));
    }
    if is_socket {
        up.push(("upgrade".to_owned(), Body::new("websocket".to_owned())));
    }
    up.push(("authorization".to_owned(), Body::new(concat(&["Bearer ", token.secret()]))));
    up
}

fn goes_up(name: &str, headers: &Headers) -> bool {
    let read = name.replace('_', "-");
    let is_dropped = DROPPED.contains(&read.as_str()) || DROPPED_PREFIXES.iter().any(|prefix| read.starts_with(prefix));
    !is_dropped && !is_of_the_hop(&read, headers) && !is_of_the_hop(name, headers)
}
