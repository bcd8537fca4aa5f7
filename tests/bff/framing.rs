//! Requests that two servers would read differently (C06, C07).

use super::given::{admitted, headers};
use tokenward::core::base::error::Kind;
use tokenward::core::bff::framing::check;

/// C06, C07
#[test]
fn what_could_end_in_two_places_or_be_for_two_hosts_is_refused() {
    let rows: [(&str, &[(&str, &str)]); 24] = [
        ("content-length", &[("Content-Length", "3"), ("content-length", "3")]),
        ("content-length", &[("Content-Length", "3, 3")]),
        ("content-length", &[("Content-Length", "+3")]),
        ("content-length", &[("Content-Length", "-3")]),
        ("content-length", &[("Content-Length", "0x3")]),
        ("content-length", &[("Content-Length", " 3")]),
        ("content-length", &[("Content-Length", "")]),
        ("transfer-encoding", &[("Content-Length", "3"), ("Transfer-Encoding", "chunked")]),
        ("transfer-encoding", &[("Content-Length", "3"), ("Transfer-Encoding", "identity")]),
        ("transfer-encoding", &[("Transfer-Encoding", "xchunked")]),
        ("transfer-encoding", &[("Transfer-Encoding", "gzip, chunked")]),
        ("transfer-encoding", &[("Transfer-Encoding", "chunked, identity")]),
        ("transfer-encoding", &[("Transfer-Encoding", "")]),
        ("transfer-encoding", &[("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "chunked")]),
        ("content-type", &[("Content-Type", "text/plain"), ("Content-Type", "application/json")]),
        ("host", &[("Host", "app.example"), ("Host", "evil.example")]),
        ("host", &[("Host", "app.example, evil.example")]),
        ("host", &[("Host", "app.example/auth/login?")]),
        ("host", &[("Host", "app.example#")]),
        ("host", &[("Host", "user@app.example")]),
        ("host", &[("Host", "app.example\\x")]),
        ("host", &[("Host", "")]),
        ("host", &[("Host", "app.example ")]),
        ("host", &[("Host", "app%2eexample")]),
    ];
    for (detail, sent) in rows {
        let error = check(&headers(sent)).unwrap_err();
        assert_eq!((error.kind, error.status, error.detail), (Kind::RequestRefused, Some(400), detail), "{sent:?}");
        let mut sent = sent.to_vec();
        sent.push(("X-Tokenward", "1"));
        assert_eq!(admitted("GET", "/api/notes", &sent).unwrap_err().detail, detail, "it gets to the API: {sent:?}");
    }
}

/// C06
#[test]
fn no_character_that_could_end_a_header_is_in_one() {
    for (name, value) in [
        ("x-a", "a\r\nb: c"),
        ("x-a", "a\nb"),
        ("x-a", "a\rb"),
        ("x-a", "a\0b"),
        ("x-a", "a\u{1}b"),
        ("x-a", "a\u{1f}"),
        ("x-a", "a\u{7f}"),
        ("x-a", "\u{fffd}"),
        ("x-a", "\u{100}"),
        ("x-a\r\nb", "c"),
        ("x a", "b"),
        ("x-a:", "b"),
        ("x-a ", "b"),
        (":path", "/"),
        ("x-ä", "b"),
        ("", "b"),
    ] {
        let error = check(&headers(&[(name, value)])).unwrap_err();
        assert_eq!((error.kind, error.status), (Kind::RequestRefused, Some(400)), "{name:?} {value:?}");
    }
}

#[test]
fn what_everybody_reads_in_the_same_way_passes() {
    let rows: [&[(&str, &str)]; 9] = [
        &[],
        &[("Content-Length", "0")],
        &[("Content-Length", "18446744073709551616")],
        &[("Transfer-Encoding", "Chunked")],
        &[("Host", "app.example:8443")],
        &[("Host", "[::1]:8080")],
        &[("Accept", "a/b"), ("Accept", "c/d")],
        &[("X-Any!#$%&'*+-.^_`|~", "\t \u{80}\u{ff}")],
        &[("X-Empty", "")],
    ];
    for sent in rows {
        assert_eq!(check(&headers(sent)), Ok(()), "{sent:?}");
    }
}
