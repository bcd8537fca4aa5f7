//! Who is let in, for everything that a browser, or somebody in a browser's name, can send.

use super::given::{ORIGIN, admitted, headers, places};
use tokenward::core::base::error::{Class, Kind};
use tokenward::core::bff::gate::{Caller, admit, caller_of};
use tokenward::core::bff::route::{Route, route};

const READS: [&str; 2] = ["GET", "HEAD"];
const WRITES: [&str; 8] = ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY", "PROPFIND", "get"];

/// What a form can send without asking, and what it cannot; the gate looks at none of them.
const CONTENT_TYPES: [Option<&str>; 8] = [
    None,
    Some(""),
    Some("application/x-www-form-urlencoded"),
    Some("multipart/form-data; boundary=x"),
    Some("text/plain"),
    Some("application/json"),
    Some("application/json; charset=utf-8"),
    Some("application/octet-stream"),
];

/// No header, or the header once for each value.
type Sent = &'static [&'static str];

const SITES: [Sent; 8] = [
    &[],
    &["same-origin"],
    &["same-site"],
    &["cross-site"],
    &["none"],
    &[""],
    &["Same-Origin"],
    &["same-origin", "cross-site"],
];

const ORIGINS: [Sent; 10] = [
    &[],
    &["https://app.example"],
    &["null"],
    &["https://evil.example"],
    &["http://app.example"],
    &["https://app.example:8443"],
    &["https://app.example.evil.example"],
    &["https://app.example/"],
    &["https://app.example, https://evil.example"],
    &["https://app.example", "https://evil.example"],
];

/// One row for each of [`SITES`], one column for each of [`ORIGINS`]: `+` is let in, `O` and `S` name the header at fault, `-`
/// says that both are missing.
const PAGE_READS: [&str; 8] = [
    "+ + O O O O O O O O",
    "+ + O O O O O O O O",
    "S S O O O O O O O O",
    "S S O O O O O O O O",
    "S S O O O O O O O O",
    "S S O O O O O O O O",
    "S S O O O O O O O O",
    "S S O O O O O O O O",
];

const PAGE_WRITES: [&str; 8] = [
    "- + O O O O O O O O",
    "+ + O O O O O O O O",
    "S S O O O O O O O O",
    "S S O O O O O O O O",
    "S S O O O O O O O O",
    "S S O O O O O O O O",
    "S S O O O O O O O O",
    "S S O O O O O O O O",
];

/// The same for a WebSocket.
const SOCKETS: [&str; 8] = [
    "O + O O O O O O O O",
    "O + O O O O O O O O",
    "S S O O O O O O O O",
    "S S O O O O O O O O",
    "S S O O O O O O O O",
    "S S O O O O O O O O",
    "S S O O O O O O O O",
    "S S O O O O O O O O",
];

/// What is at fault, in one letter.
fn outcome(caller: Caller, method: &str, sent: &[(&str, &str)]) -> &'static str {
    let Err(error) = admit(caller, method, &headers(sent), ORIGIN) else { return "+" };
    assert_eq!((error.kind, error.status), (Kind::Csrf, Some(403)));
    match error.detail {
        "X-Tokenward" => "X",
        "Origin" => "O",
        "Sec-Fetch-Site" => "S",
        "Sec-Fetch-Mode" => "M",
        "Sec-Fetch-Dest" => "D",
        "Sec-Purpose" => "P",
        "neither Origin nor Sec-Fetch-Site is there" => "-",
        other => panic!("{other}"),
    }
}

fn each(name: &'static str, values: Sent) -> impl Iterator<Item = (&'static str, &'static str)> {
    values.iter().map(move |value| (name, *value))
}

/// Goes through a table of [`SITES`] and [`ORIGINS`] with every method and content type.
fn matches(caller: Caller, methods: &[&str], always: &[(&'static str, &'static str)], table: [&str; 8]) {
    for (site, row) in SITES.into_iter().zip(table) {
        let cells: Vec<&str> = row.split(' ').collect();
        assert_eq!(cells.len(), ORIGINS.len());
        for (origin, expected) in ORIGINS.into_iter().zip(cells) {
            for method in methods {
                for content_type in CONTENT_TYPES {
                    let mut sent = always.to_vec();
                    sent.extend(each("Sec-Fetch-Site", site).chain(each("Origin", origin)));
                    sent.extend(content_type.map(|value| ("content-type", value)));
                    assert_eq!(outcome(caller, method, &sent), expected, "{method} {sent:?}");
                }
            }
        }
    }
}

/// C04
#[test]
fn a_page_s_call_is_let_in_by_header_origin_and_site() {
    matches(Caller::Page, &READS, &[("X-Tokenward", "1")], PAGE_READS);
    matches(Caller::Page, &WRITES, &[("X-Tokenward", "1")], PAGE_WRITES);
}

/// C04; whatever else it says.
#[test]
fn a_call_without_the_header_is_never_let_in() {
    const NOT: &str = "X X X X X X X X X X";
    let wrong: [&[(&str, &str)]; 8] = [
        &[],
        &[("X-Tokenward", "")],
        &[("X-Tokenward", "0")],
        &[("X-Tokenward", "true")],
        &[("X-Tokenward", "1, 1")],
        &[("X-Tokenward", "1"), ("X-Tokenward", "0")],
        &[("X_Tokenward", "1")],
        &[("X-Tokenward ", "1")],
    ];
    for wrong in wrong {
        matches(Caller::Page, &READS, wrong, [NOT; 8]);
        matches(Caller::Page, &WRITES, wrong, [NOT; 8]);
    }
}

/// C04; it cannot have the header.
#[test]
fn a_socket_is_let_in_by_its_origin() {
    matches(Caller::WebSocket, &["GET"], &[], SOCKETS);
    matches(Caller::WebSocket, &["GET"], &[("Sec-Fetch-Mode", "websocket"), ("Sec-Fetch-Dest", "empty")], SOCKETS);
    for mode in ["cors", "navigate", "no-cors", ""] {
        let sent = [("Origin", ORIGIN), ("Sec-Fetch-Mode", mode)];
        assert_eq!(outcome(Caller::WebSocket, "GET", &sent), "M", "{mode}");
    }
}

const MODES: [Sent; 7] =
    [&[], &["navigate"], &["cors"], &["no-cors"], &["same-origin"], &["websocket"], &["navigate", "cors"]];

const DESTINATIONS: [Sent; 8] =
    [&[], &["document"], &["empty"], &["iframe"], &["image"], &["script"], &["embed"], &["document", "empty"]];

/// One row for each of [`MODES`], one column for each of [`DESTINATIONS`].
const NAVIGATIONS: [&str; 7] = [
    "+ + D D D D D D",
    "+ + D D D D D D",
    "M M M M M M M M",
    "M M M M M M M M",
    "M M M M M M M M",
    "M M M M M M M M",
    "M M M M M M M M",
];

/// C05; from wherever it comes: the provider's site, a link in a mail, another page of the app.
#[test]
fn a_navigation_is_let_in_by_its_mode_and_destination() {
    for (mode, row) in MODES.into_iter().zip(NAVIGATIONS) {
        let cells: Vec<&str> = row.split(' ').collect();
        assert_eq!(cells.len(), DESTINATIONS.len());
        for (destination, expected) in DESTINATIONS.into_iter().zip(cells) {
            for (site, header) in SITES.into_iter().flat_map(|site| [(site, false), (site, true)]) {
                let mut sent = Vec::new();
                sent.extend(each("Sec-Fetch-Mode", mode).chain(each("Sec-Fetch-Dest", destination)));
                sent.extend(each("Sec-Fetch-Site", site));
                if header {
                    sent.push(("X-Tokenward", "1"));
                }
                assert_eq!(outcome(Caller::Navigation, "GET", &sent), expected, "{sent:?}");
            }
        }
    }
}

/// C05; nobody has asked yet to go there.
#[test]
fn what_a_browser_loads_ahead_is_no_navigation() {
    for purpose in ["prefetch", "prefetch;prerender", "PREFETCH", "x, prefetch"] {
        let sent = [("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document"), ("Sec-Purpose", purpose)];
        assert_eq!(outcome(Caller::Navigation, "GET", &sent), "P", "{purpose}");
    }
}

#[test]
fn the_provider_is_let_in_with_whatever_it_sends() {
    for (site, origin) in SITES.into_iter().flat_map(|site| ORIGINS.map(|origin| (site, origin))) {
        let sent: Vec<_> = each("Sec-Fetch-Site", site).chain(each("Origin", origin)).collect();
        assert_eq!(outcome(Caller::Provider, "POST", &sent), "+", "{sent:?}");
    }
}

#[test]
fn every_endpoint_has_its_caller() {
    const NONE: &[(&str, &str)] = &[];
    const WEB_SOCKET: [(&str, &str); 2] = [("Connection", "Upgrade"), ("Upgrade", "WebSocket")];
    let rows = [
        ("GET", "/auth/login", NONE, Some(Caller::Navigation)),
        ("GET", "/auth/callback?code=1", NONE, Some(Caller::Navigation)),
        ("GET", "/auth/logged-out", NONE, Some(Caller::Navigation)),
        ("GET", "/auth/session", NONE, Some(Caller::Page)),
        ("POST", "/auth/logout", NONE, Some(Caller::Page)),
        ("POST", "/auth/backchannel-logout", NONE, Some(Caller::Provider)),
        ("DELETE", "/api/notes/1", NONE, Some(Caller::Page)),
        ("GET", "/api/notes/1", &WEB_SOCKET, Some(Caller::WebSocket)),
        ("GET", "/auth/logout", NONE, None),
        ("GET", "/api/notes/..", NONE, None),
        ("GET", "/", NONE, None),
    ];
    for (method, path, sent, expected) in rows {
        let places = places();
        let route = route(method, &format!("{ORIGIN}{path}"), &places);
        assert_eq!(caller_of(&route, method, &headers(sent), &places), Ok(expected), "{method} {path}");
    }
}

/// C04; with the app's origin in it, so that nothing else is at fault.
#[test]
fn an_upgrade_is_a_web_socket_to_an_api_that_takes_them_or_nothing() {
    let asks = |method, path, protocol| {
        let sent = [("Upgrade", protocol), ("Origin", ORIGIN), ("X-Tokenward", "1")];
        admitted(method, path, &sent).map(|_| ()).map_err(|error| (error.kind, error.status, error.detail))
    };
    let refused = Err((Kind::RequestRefused, Some(400), "upgrade"));
    assert_eq!(asks("GET", "/api/notes/1", "websocket"), Ok(()));
    assert_eq!(asks("POST", "/api/notes/1", "websocket"), refused);
    assert_eq!(asks("GET", "/api/notes/shared/1", "websocket"), refused);
    for protocol in ["h2c", "websocket, h2c", "websocket/13", "TLS/1.0", ""] {
        assert_eq!(asks("GET", "/api/notes/1", protocol), refused, "{protocol}");
    }
    let twice = [("Upgrade", "websocket"), ("Upgrade", "websocket"), ("Origin", ORIGIN)];
    assert_eq!(admitted("GET", "/api/notes/1", &twice).unwrap_err().detail, "upgrade");
}

/// C04, C05; a request that is refused somewhere gets no further.
#[test]
fn the_gate_is_before_every_endpoint_and_api() {
    let foreign = [("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "cors")];
    let with_header = [foreign[0], foreign[1], foreign[2], ("X-Tokenward", "1")];
    for (method, path) in [
        ("GET", "/auth/login"),
        ("GET", "/auth/callback"),
        ("GET", "/auth/logged-out"),
        ("GET", "/auth/session"),
        ("POST", "/auth/logout"),
        ("GET", "/api/notes"),
        ("HEAD", "/api/notes"),
        ("POST", "/api/notes"),
        ("PUT", "/api/notes/1"),
        ("PATCH", "/api/notes/1"),
        ("DELETE", "/api/notes/1"),
        ("QUERY", "/api/notes/shared"),
    ] {
        for sent in [&foreign[..], &with_header[..]] {
            let error = admitted(method, path, sent).unwrap_err();
            assert_eq!((error.kind, error.status), (Kind::Csrf, Some(403)), "{method} {path}");
        }
    }
    assert_eq!(admitted("POST", "/auth/backchannel-logout", &foreign), Ok(Route::BackchannelLogout));
}

/// What was sent is nowhere in what is said.
#[test]
fn a_refusal_says_which_check_failed_and_what_to_do_and_repeats_nothing() {
    const MARK: &str = "zebra";
    let sent = [("X-Tokenward", "1"), ("Origin", MARK), ("Cookie", MARK), (MARK, MARK)];
    let error = admit(Caller::Page, "GET", &headers(&sent), ORIGIN).unwrap_err();
    assert_eq!(error.message(), "The request is not known to come from the app's own page: Origin");
    assert_eq!((error.kind.entry().code, error.kind.entry().class), ("csrf", Class::Usage));
    assert!(error.kind.entry().suggestion.contains("X-Tokenward: 1"));
    assert!(!format!("{error:?} {error}").contains(MARK));
    assert!(!format!("{:?}", headers(&[("Cookie", MARK)])).contains(MARK));
}
