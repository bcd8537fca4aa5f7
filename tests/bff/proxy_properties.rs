//! Whatever a client sends, what gets to an API is at the API's own place, and says who the user is once (C06, C07).

use super::given::{ORIGIN, headers, places};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config as Runner, RngSeed};
use std::cell::Cell;
use tokenward::core::base::secret::AccessToken;
use tokenward::core::bff::framing::check;
use tokenward::core::bff::proxy::{downstream_headers, upstream_headers};
use tokenward::core::bff::route::{Route, route};
use url::Url;
use url::form_urlencoded::parse;

/// Two runs try the same, so that a failure is a failure for everybody.
fn runner() -> Runner {
    Runner { rng_seed: RngSeed::Fixed(7), failure_persistence: None, cases: 4096, ..Runner::default() }
}

/// A path, often made of what is read in more than one way.
fn path() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "/", "/", "/", "/", "a", "b", "7", "shared", "notes", ".", "..", "...", "%2e", "%2E", "%2f", "%5C", "%25",
        "2e", "2f", ";", ";x=1", "%3b", "%20", " ", "\\", "%00", "%c0%ae", "%", "é", "%C3%A9", "?", "#", "@", ":",
        "//h", "\r\n", "\t",
    ]);
    let rest = prop_oneof![vec(part, 0..8).prop_map(|parts| parts.concat()), any::<String>()];
    let start = prop::sample::select(vec!["/api/notes", "/api/notes/", "/api/notes/shared/", "/api/", "/", ""]);
    (start, rest).prop_map(|(start, rest)| [start, &rest].concat())
}

/// The segments of a path as a server reads it that decodes it so many times, resolves dots and merges slashes.
fn segments(path: &str, decodings: usize, takes_parameters_off: bool) -> Vec<String> {
    let mut read = path.to_owned();
    for _ in 0..decodings {
        let bytes: Vec<u8> = parse(read.replace('+', "%2B").replace('&', "%26").replace('=', "%3D").as_bytes())
            .flat_map(|(name, _)| name.into_owned().into_bytes())
            .collect();
        read = String::from_utf8(bytes).unwrap();
    }
    let mut segments = Vec::new();
    for segment in read.replace('\\', "/").split('/') {
        let name = if takes_parameters_off { segment.split(';').next().unwrap() } else { segment };
        match name.trim_matches(' ') {
            "" | "." => {}
            ".." => drop(segments.pop()),
            name => segments.push(name.to_owned()),
        }
    }
    segments
}

/// C06
#[test]
fn whatever_goes_to_an_api_is_there_for_every_server() {
    let (places, proxied) = (places(), Cell::new(0));
    proptest!(runner(), |(path in path())| {
        if let Route::Proxy { api, url } = route("GET", &format!("{ORIGIN}{path}"), &places) {
            proxied.set(proxied.get() + 1);
            let (origin, prefix) = [("https://api.example", &["v1", "notes"][..]), ("https://shared.example", &[])][api];
            let parsed = Url::parse(&url).unwrap();
            prop_assert_eq!(parsed.as_str(), &url, "it is what the parser wrote");
            prop_assert_eq!(parsed.origin().ascii_serialization(), origin);
            prop_assert!(parsed.username().is_empty() && parsed.password().is_none() && parsed.fragment().is_none());
            let written = segments(parsed.path(), 0, false);
            for decodings in 0..5 {
                for takes_parameters_off in [false, true] {
                    let read = segments(parsed.path(), decodings, takes_parameters_off);
                    prop_assert!(read.starts_with(&prefix.iter().map(ToString::to_string).collect::<Vec<_>>()), "{url}: {read:?}");
                    prop_assert_eq!(read.len(), written.len(), "{}: no segment more, no segment less", url);
                }
            }
        }
    });
    assert!(proxied.get() > 200, "{} of the paths went somewhere", proxied.get());
}

/// C06; what is passed on comes in once more as it is, so that no second proxy of this kind would read it otherwise.
#[test]
fn what_goes_on_once_would_go_on_again() {
    let places = places();
    proptest!(runner(), |(path in path())| {
        let found = route("GET", &format!("{ORIGIN}{path}"), &places);
        if let Route::Proxy { api: 0, url } = &found {
            let again = url.replacen("https://api.example/v1/notes", "https://other.example/api/notes", 1);
            prop_assert_eq!(route("GET", &again, &places), found);
        }
    });
}

/// Any URL at all: there is an answer.
#[test]
fn no_url_is_too_strange() {
    let places = places();
    proptest!(runner(), |(method in any::<String>(), url in any::<String>())| {
        let found = route(&method, &url, &places);
        prop_assert!(matches!(found, Route::Refused(_) | Route::NotOurs), "{found:?}");
    });
}

fn header() -> impl Strategy<Value = (String, String)> {
    let name = prop::sample::select(vec![
        "Authorization",
        "authorization",
        "Cookie",
        "Connection",
        "Content-Length",
        "Transfer-Encoding",
        "X-Hop",
        "Upgrade",
        "Accept",
        "Range",
        "X_Forwarded_For",
        "Set-Cookie",
        "Location",
        "Vary",
        "Cache-Control",
        "Content-Encoding",
        "Host",
    ]);
    let value = prop::sample::select(vec![
        "",
        "1",
        "x-hop, accept",
        "authorization",
        "close",
        "chunked",
        "gzip",
        "websocket",
        "secret-of-the-page",
        "a\r\nb: c",
        "a\nb",
        "\0",
        "//evil.example",
        "..",
        "é",
        "*",
    ]);
    (
        prop_oneof![4 => name.prop_map(str::to_owned), 1 => any::<String>()],
        prop_oneof![4 => value.prop_map(str::to_owned), 1 => any::<String>()],
    )
}

/// C07
#[test]
fn whatever_goes_along_no_header_ends_early_and_the_token_is_there_once() {
    let (places, sound) = (places(), Cell::new(0));
    proptest!(runner(), |(sent in vec(header(), 0..8))| {
        let pairs: Vec<(&str, &str)> = sent.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let sent = headers(&pairs);
        sound.set(sound.get() + usize::from(check(&sent).is_ok()));
        let up = upstream_headers(&sent, &AccessToken::new("the-token".to_owned()));
        let up: Vec<(String, String)> = up.into_iter().map(|(name, value)| (name, value.secret().to_owned())).collect();
        let down = downstream_headers(&sent, "https://api.example/v1/notes", places.api(0).unwrap());
        for (name, value) in up.iter().chain(&down) {
            prop_assert!(!name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic() && !b.is_ascii_uppercase() && b != b':'));
            prop_assert!(value.chars().all(|c| c == '\t' || !c.is_control() || c > '\u{7f}'), "{name}: {value:?}");
        }
        let credentials: Vec<&str> =
            up.iter().filter(|(name, _)| name == "authorization").map(|(_, value)| value.as_str()).collect();
        prop_assert_eq!(credentials, ["Bearer the-token"]);
        for name in ["cookie", "connection", "content-length", "transfer-encoding", "host", "x_forwarded_for"] {
            prop_assert!(!up.iter().any(|(found, _)| found == name), "{name} goes up");
        }
        for name in ["set-cookie", "connection", "transfer-encoding", "authorization"] {
            prop_assert!(!down.iter().any(|(found, _)| found == name), "{name} comes down");
        }
        for name in ["cache-control", "vary"] {
            prop_assert_eq!(down.iter().filter(|(found, _)| found == name).count(), 1);
        }
    });
    assert!(sound.get() > 200, "{} of the requests were sound", sound.get());
}
