//! The headers of an API's answer on their way to the page.

use super::super::framing::{is_length, is_sound};
use super::super::headers::Headers;
use super::super::path::fault_of;
use super::super::places::ProxiedApi;
use super::is_of_the_hop;
use crate::core::base::place::below;
use crate::core::base::text::concat;
use crate::core::base::url::Url;
use crate::core::oauth::challenge::read_challenges;

/// What does not come down, beside [`super::HOP_BY_HOP`]: the API speaks for itself, not for the app's origin, whose answer
/// this becomes.
const DROPPED: [&str; 25] = [
    // What is the request's, repeated.
    "authorization",
    "cookie",
    // What the browser keeps for the whole origin.
    "accept-ch",
    "alt-svc",
    "clear-site-data",
    "expect-ct",
    "nel",
    "origin-agent-cluster",
    "public-key-pins",
    "public-key-pins-report-only",
    "report-to",
    "reporting-endpoints",
    "service-worker-allowed",
    "set-cookie",
    "set-cookie2",
    "set-login",
    "strict-transport-security",
    "use-as-dictionary",
    // Where else the browser is to go.
    "refresh",
    // Who else may read it.
    "timing-allow-origin",
    // What a server before this one would obey.
    "x-lighttpd-send-file",
    "x-reproxy-url",
    "x-sendfile",
    // How long it is good for is said anew.
    "expires",
    "pragma",
];

/// What does not come down, whatever comes after it.
const DROPPED_PREFIXES: [&str; 8] =
    ["access-control-", "proxy-", "sec-", "secure-session-", "surrogate-", "x-accel-", "x-middleware-", "x-tokenward"];

/// The end of the names by which caches before this server are told to keep something.
const CDN_CACHE: &str = "cdn-cache-control";

/// The codings that a runtime asks for, and takes off the body that comes without taking them off the headers: Node.js, Deno,
/// Bun and workerd ask for different ones of these, and each for one at a time.
const DECODED: [&str; 5] = ["br", "deflate", "gzip", "identity", "zstd"];

/// What may be said to the page's own cache, with or without a number of seconds.
const CACHE_WORDS: [&str; 7] =
    ["immutable", "max-age", "must-revalidate", "no-cache", "no-store", "stale-if-error", "stale-while-revalidate"];

/// The headers of the answer to the page. `url` is where the request went.
///
/// - `Location` and `Content-Location` at or below the API's target become paths of the app; others become absolute.
/// - `Content-Encoding` and `Content-Length` go where the runtime has decoded the body.
/// - No cache but the page's own may keep it, and that one only where the API says so.
/// - `WWW-Authenticate` stays where it asks for a token, and not where the browser would ask for a password.
#[must_use]
pub fn downstream_headers(headers: &Headers, url: &str, api: &ProxiedApi) -> Vec<(String, String)> {
    let coding = headers.get("content-encoding").map(str::to_ascii_lowercase);
    let is_decoded = coding.is_some_and(|coding| DECODED.contains(&coding.as_str()));
    let mut down = Vec::new();
    for (name, value) in headers.iter() {
        let passed = match name {
            "content-encoding" if is_decoded => None,
            // It counts what came, and that is known to be what goes only where nothing was decoded on the way.
            "content-length" if headers.has("content-encoding") || headers.has("transfer-encoding") => None,
            "content-length" => headers.get(name).filter(|length| is_length(length)).map(str::to_owned),
            "location" | "content-location" => place_of(value, url, api),
            "www-authenticate" => asks_for_a_token(value).then(|| value.to_owned()),
            "cache-control" | "vary" | "x-content-type-options" => None,
            "sec-websocket-protocol" => Some(value.to_owned()),
            _ if comes_down(name, headers) => Some(value.to_owned()),
            _ => None,
        };
        down.extend(passed.filter(|value| is_sound(name, value)).map(|value| (name.to_owned(), value)));
    }
    down.push(("cache-control".to_owned(), cache_control(headers)));
    down.push(("vary".to_owned(), vary(headers)));
    down.push(("x-content-type-options".to_owned(), "nosniff".to_owned()));
    down
}

fn comes_down(name: &str, headers: &Headers) -> bool {
    let read = name.replace('_', "-");
    let is_dropped = DROPPED.contains(&read.as_str())
        || DROPPED_PREFIXES.iter().any(|prefix| read.starts_with(prefix))
        || read.ends_with(CDN_CACHE);
    !is_dropped && !is_of_the_hop(&read, headers) && !is_of_the_hop(name, headers)
}

/// Where an answer points, as the page can go there; `None` where nobody should.
fn place_of(location: &str, url: &str, api: &ProxiedApi) -> Option<String> {
    let there = Url::resolve(location, url)?;
    let is_web = ["https:", "http:"].contains(&there.scheme().as_str());
    let path = there.path();
    let rest = below(api.target().path(), &path).filter(|_| api.target().covers(&there));
    match rest.filter(|_| !there.has_userinfo()) {
        Some(rest) => {
            let path = concat(&[api.path(), rest]);
            fault_of(&path).is_none().then(|| concat(&[&path, &there.query(), &there.fragment()]))
        }
        None => is_web.then(|| there.href()),
    }
}

fn asks_for_a_token(value: &str) -> bool {
    let challenges = read_challenges(value);
    let is_ours = |scheme: &str| ["bearer", "dpop"].iter().any(|ours| scheme.eq_ignore_ascii_case(ours));
    !challenges.is_empty() && challenges.iter().all(|challenge| is_ours(&challenge.scheme))
}

/// What the API allows the page's own cache; nothing where it says nothing.
fn cache_control(headers: &Headers) -> String {
    let mut words = "private".to_owned();
    let mut has_any = false;
    for word in headers.list("cache-control") {
        let (name, value) = word.split_once('=').unwrap_or((&word, ""));
        if !CACHE_WORDS.contains(&name) {
            continue;
        }
        has_any = true;
        words.push_str(", ");
        words.push_str(name);
        if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
            words.push('=');
            words.push_str(value);
        }
    }
    if has_any { words } else { "no-store".to_owned() }
}

/// What else the answer depends on: whose it is, and that a page of the app asked. So neither another user nor a navigation
/// gets it from a cache.
fn vary(headers: &Headers) -> String {
    let mut names = "cookie, x-tokenward".to_owned();
    for name in headers.list("vary").filter(|name| is_sound(name, "")) {
        if name == "*" {
            return name;
        }
        names.push_str(", ");
        names.push_str(&name);
    }
    names
}
