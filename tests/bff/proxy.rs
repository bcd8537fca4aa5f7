//! What goes up to an API and what comes down from it (C07).

use super::given::{headers, places};
use std::collections::BTreeMap;
use tokenward::core::base::secret::AccessToken;
use tokenward::core::bff::proxy::{downstream_headers, step_up_header, upstream_headers};

const TOKEN: &str = "the-token";

/// Where the request of the answers below went.
const URL: &str = "https://api.example/v1/notes/7?x=1";

fn up(sent: &[(&str, &str)]) -> Vec<(String, String)> {
    let up = upstream_headers(&headers(sent), &AccessToken::new(TOKEN.to_owned()));
    up.into_iter().map(|(name, value)| (name, value.secret().to_owned())).collect()
}

/// The names that go up beside the token.
fn names_up(sent: &[(&str, &str)]) -> Vec<String> {
    up(sent).into_iter().map(|(name, _)| name).filter(|name| name != "authorization").collect()
}

fn down(sent: &[(&str, &str)]) -> Vec<(String, String)> {
    downstream_headers(&headers(sent), URL, places().api(0).unwrap())
}

/// The one value of this name that comes down.
fn down_of(name: &str, sent: &[(&str, &str)]) -> Option<String> {
    let found: Vec<String> =
        down(sent).into_iter().filter(|(found, _)| found == name).map(|(_, value)| value).collect();
    assert!(found.len() < 2, "{name} comes twice: {found:?}");
    found.into_iter().next()
}

/// What is said about every answer.
const ADDED: [&str; 3] = ["cache-control", "vary", "x-content-type-options"];

fn names_down(sent: &[(&str, &str)]) -> Vec<String> {
    down(sent).into_iter().map(|(name, _)| name).filter(|name| !ADDED.contains(&name.as_str())).collect()
}

/// C07
#[test]
fn the_token_goes_up_once_in_the_place_of_what_the_page_sent() {
    let sent = [
        ("Authorization", "Bearer of-the-page"),
        ("authorization", "Basic b2Y6cGFnZQ=="),
        ("Cookie", "__Host-tokenward=sealed; other=1"),
        ("DPoP", "a.b.c"),
        ("Connection", "authorization"),
    ];
    assert_eq!(up(&sent), [("authorization".to_owned(), "Bearer the-token".to_owned())]);
}

/// C07
#[test]
fn what_the_app_says_to_its_api_goes_up_as_it_is() {
    let sent = [
        ("accept", "application/json, text/plain;q=0.5"),
        ("accept-language", "de"),
        ("content-type", "application/json"),
        ("if-none-match", "\"1\""),
        ("user-agent", "Mozilla/5.0"),
        ("x-request-id", "1"),
        ("idempotency-key", "2"),
        ("traceparent", "00-1-2-00"),
        ("x-requested-with", "XMLHttpRequest"),
        ("x-many", "1"),
        ("x-many", "2"),
        ("x-latin", "caf\u{e9}"),
    ];
    let mut expected: Vec<(String, String)> =
        sent.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    expected.push(("authorization".to_owned(), "Bearer the-token".to_owned()));
    assert_eq!(up(&sent), expected);
}

/// C07; each in the spellings that servers take for the same.
#[test]
fn what_the_page_says_about_itself_the_way_or_the_connection_stays_here() {
    for name in [
        "Accept-Encoding",
        "Access-Control-Request-Method",
        "Authorization",
        "CF-Access-Jwt-Assertion",
        "CF-Connecting-IP",
        "Client-Cert",
        "Client-Cert-Chain",
        "Client-IP",
        "CloudFront-Viewer-Address",
        "Connection",
        "Content-Length",
        "Cookie",
        "Cookie2",
        "DO-Connecting-IP",
        "DPoP",
        "Destination",
        "Expect",
        "Fastly-Client-IP",
        "Fly-Client-IP",
        "Forwarded",
        "Front-End-Https",
        "HTTP2-Settings",
        "Host",
        "Keep-Alive",
        "Origin",
        "Proxy",
        "Proxy-Authorization",
        "Proxy-Connection",
        "Referer",
        "Remote-User",
        "SSL-Client-Cert",
        "Sec-Fetch-Site",
        "Sec-WebSocket-Key",
        "Sec-WebSocket-Protocol",
        "TE",
        "Trailer",
        "Transfer-Encoding",
        "True-Client-IP",
        "Upgrade",
        "Via",
        "WL-Proxy-Client-IP",
        "X-ARR-ClientCert",
        "X-Amzn-Oidc-Accesstoken",
        "X-Appengine-User-Email",
        "X-Auth-Request-User",
        "X-Authenticated-Userid",
        "X-Azure-ClientIP",
        "X-Client-Cert",
        "X-Client-IP",
        "X-Cluster-Client-IP",
        "X-Consumer-Username",
        "X-Credential-Identifier",
        "X-Envoy-Original-Path",
        "X-Forwarded",
        "X-Forwarded-Client-Cert",
        "X-Forwarded-For",
        "X-Forwarded-Host",
        "X-Forwarded-Prefix",
        "X-Forwarded-Proto",
        "X-Forwarded-User",
        "X-Goog-Authenticated-User-Email",
        "X-Goog-Iap-Jwt-Assertion",
        "X-HTTP-Method",
        "X-HTTP-Method-Override",
        "X-Host",
        "X-MS-Client-Principal-Id",
        "X-MS-Token-AAD-Access-Token",
        "X-Method-Override",
        "X-Middleware-Subrequest",
        "X-NF-Client-Connection-IP",
        "X-Original-Forwarded-For",
        "X-Original-Host",
        "X-Original-Method",
        "X-Original-URI",
        "X-Original-URL",
        "X-Originating-IP",
        "X-Real-IP",
        "X-Remote-Addr",
        "X-Remote-IP",
        "X-Remote-User",
        "X-Rewrite-URL",
        "X-SSL-Client-Cert",
        "X-Scheme",
        "X-Tokenward",
        "X-Url-Scheme",
        "X-Vercel-Forwarded-For",
        "X-Vercel-Oidc-Token",
        "X-Webauth-User",
    ] {
        for spelling in [name.to_owned(), name.to_uppercase(), name.to_lowercase(), name.replace('-', "_")] {
            assert_eq!(names_up(&[(&spelling, "h2c")]), [""; 0], "{spelling}");
        }
    }
}

/// C07; RFC 9110, section 7.6.1.
#[test]
fn what_connection_names_stays_at_its_hop() {
    let sent = [
        ("Connection", "close, X-Hop"),
        ("Connection", " x_other ,,"),
        ("X-Hop", "1"),
        ("X-Other", "1"),
        ("X_Other", "1"),
        ("X-Stays", "1"),
    ];
    assert_eq!(names_up(&sent), ["x-other", "x-stays"]);
    assert_eq!(names_down(&sent), ["x-other", "x-stays"]);
    let hyphens = [("Connection", "x-hop"), ("X-Hop", "1"), ("X_Hop", "1"), ("X-Hops", "1")];
    assert_eq!(names_up(&hyphens), ["x-hops"]);
}

/// C07
#[test]
fn no_header_goes_up_or_down_that_could_be_more_than_one() {
    for (name, value) in
        [("x-a", "1\r\nx-b: 2"), ("x-a", "1\n"), ("x-a", "1\0"), ("x a", "1"), ("", "1"), ("x-a\n", "1")]
    {
        assert_eq!(names_up(&[(name, value)]), [""; 0], "{name:?} {value:?}");
        assert_eq!(names_down(&[(name, value)]), [""; 0], "{name:?} {value:?}");
    }
}

/// C07; a runtime would decode a part of something as if it were all of it.
#[test]
fn a_part_is_asked_for_as_it_is() {
    let sent = [("Range", "bytes=0-9"), ("Accept-Encoding", "gzip, br, zstd")];
    let up: BTreeMap<String, String> = up(&sent).into_iter().collect();
    assert_eq!(up.get("accept-encoding").map(String::as_str), Some("identity"));
    assert_eq!(up.get("range").map(String::as_str), Some("bytes=0-9"));
}

/// C07
#[test]
fn a_socket_is_asked_for_with_its_protocols_and_the_token() {
    let sent = [
        ("Connection", "Upgrade"),
        ("Upgrade", "WebSocket"),
        ("Sec-WebSocket-Key", "x"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Extensions", "permessage-deflate"),
        ("Sec-WebSocket-Protocol", "a, b"),
        ("Cookie", "__Host-tokenward=sealed"),
        ("Origin", "https://app.example"),
    ];
    let expected =
        [("sec-websocket-protocol", "a, b"), ("upgrade", "websocket"), ("authorization", "Bearer the-token")];
    assert_eq!(up(&sent), expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

#[test]
fn no_token_or_cookie_is_in_what_is_printed() {
    let up = upstream_headers(&headers(&[("x-key", "zebra")]), &AccessToken::new("zebra".to_owned()));
    assert!(!format!("{up:?}").contains("zebra"));
}

/// C07; an API speaks for itself, not for the app's origin.
#[test]
fn what_would_be_the_app_s_word_does_not_come_down() {
    for name in [
        "Accept-CH",
        "Access-Control-Allow-Credentials",
        "Access-Control-Allow-Origin",
        "Access-Control-Expose-Headers",
        "Alt-Svc",
        "Authorization",
        "CDN-Cache-Control",
        "Clear-Site-Data",
        "Cloudflare-CDN-Cache-Control",
        "Connection",
        "Cookie",
        "Expect-CT",
        "Expires",
        "Keep-Alive",
        "NEL",
        "Origin-Agent-Cluster",
        "Pragma",
        "Proxy-Authenticate",
        "Proxy-Connection",
        "Public-Key-Pins",
        "Public-Key-Pins-Report-Only",
        "Refresh",
        "Report-To",
        "Reporting-Endpoints",
        "Sec-Session-Registration",
        "Sec-WebSocket-Accept",
        "Secure-Session-Registration",
        "Service-Worker-Allowed",
        "Set-Cookie",
        "Set-Cookie2",
        "Set-Login",
        "Strict-Transport-Security",
        "Surrogate-Control",
        "Surrogate-Key",
        "TE",
        "Timing-Allow-Origin",
        "Trailer",
        "Transfer-Encoding",
        "Upgrade",
        "Use-As-Dictionary",
        "Vercel-CDN-Cache-Control",
        "X-Accel-Expires",
        "X-Accel-Redirect",
        "X-Lighttpd-Send-File",
        "X-Middleware-Rewrite",
        "X-Reproxy-URL",
        "X-Sendfile",
        "X-Tokenward-Anything",
    ] {
        for spelling in [name.to_owned(), name.to_uppercase(), name.to_lowercase(), name.replace('-', "_")] {
            assert_eq!(names_down(&[(&spelling, "1"), (&spelling, "2")]), [""; 0], "{spelling}");
        }
    }
}

#[test]
fn what_the_api_says_of_its_answer_comes_down_as_it_is() {
    let sent = [
        ("content-type", "text/html; charset=utf-8"),
        ("content-language", "de"),
        ("content-disposition", "attachment"),
        ("content-range", "bytes 0-9/10"),
        ("content-security-policy", "sandbox"),
        ("accept-ranges", "bytes"),
        ("etag", "\"1\""),
        ("last-modified", "Sat, 21 Nov 2026 20:00:00 GMT"),
        ("retry-after", "3"),
        ("allow", "GET"),
        ("dpop-nonce", "n"),
        ("x-request-id", "1"),
        ("link", "</next>; rel=next"),
        ("sec-websocket-protocol", "a"),
    ];
    assert_eq!(names_down(&sent), sent.map(|(name, _)| name));
    for (name, value) in sent {
        assert_eq!(down_of(name, &sent).as_deref(), Some(value));
    }
}

/// C07; a page of another origin, or one opened by itself, gets nothing out of a cache.
#[test]
fn no_cache_but_the_page_s_own_may_keep_an_answer() {
    for (said, expected) in [
        ("", "no-store"),
        ("public", "no-store"),
        ("private", "no-store"),
        ("s-maxage=60", "no-store"),
        ("public, s-maxage=60", "no-store"),
        ("no-store", "private, no-store"),
        ("no-store, no-cache, must-revalidate", "private, no-store, no-cache, must-revalidate"),
        ("max-age=60", "private, max-age=60"),
        ("public, MAX-AGE=60, immutable", "private, max-age=60, immutable"),
        ("s-maxage=60, max-age=0", "private, max-age=0"),
        (
            "max-age=1, stale-while-revalidate=2, stale-if-error=3",
            "private, max-age=1, stale-while-revalidate=2, stale-if-error=3",
        ),
        ("no-cache=\"set-cookie, x\"", "private, no-cache"),
        ("private=\"x, public\", max-age=5", "private, max-age=5"),
        ("unknown, community=\"UCI\"", "no-store"),
    ] {
        assert_eq!(down_of("cache-control", &[("Cache-Control", said)]).as_deref(), Some(expected), "{said}");
    }
    assert_eq!(down_of("cache-control", &[]).as_deref(), Some("no-store"));
    let twice = [("Cache-Control", "public"), ("Cache-Control", "max-age=1")];
    assert_eq!(down_of("cache-control", &twice).as_deref(), Some("private, max-age=1"));
}

/// C07
#[test]
fn an_answer_varies_by_whose_it_is_and_who_asked() {
    for (said, expected) in [
        ("", "cookie, x-tokenward"),
        ("Accept, Origin", "cookie, x-tokenward, accept, origin"),
        ("*", "*"),
        ("Accept, *", "*"),
        ("Accept, a b, \"c\", d\r\ne: f", "cookie, x-tokenward, accept"),
    ] {
        assert_eq!(down_of("vary", &[("Vary", said)]).as_deref(), Some(expected), "{said}");
    }
}

#[test]
fn an_answer_is_of_the_type_that_it_says() {
    assert_eq!(down_of("x-content-type-options", &[]).as_deref(), Some("nosniff"));
    assert_eq!(down_of("x-content-type-options", &[("X-Content-Type-Options", "sniff")]).as_deref(), Some("nosniff"));
}

/// The coding, and whether it and the length come down.
#[test]
fn the_coding_and_the_length_go_where_the_runtime_has_decoded() {
    for (coding, keeps_coding, keeps_length) in [
        (None, false, true),
        (Some("gzip"), false, false),
        (Some("GZIP"), false, false),
        (Some("deflate"), false, false),
        (Some("br"), false, false),
        (Some("zstd"), false, false),
        (Some("identity"), false, false),
        (Some("x-gzip"), true, false),
        (Some("gzip, br"), true, false),
        (Some("compress"), true, false),
        (Some("aes128gcm"), true, false),
        (Some("gzip, aes128gcm"), true, false),
    ] {
        let mut sent = vec![("Content-Length", "10")];
        sent.extend(coding.map(|coding| ("Content-Encoding", coding)));
        assert_eq!(down_of("content-encoding", &sent).as_deref(), coding.filter(|_| keeps_coding), "{coding:?}");
        assert_eq!(down_of("content-length", &sent).as_deref(), keeps_length.then_some("10"), "{coding:?}");
    }
}

/// C07
#[test]
fn a_length_in_doubt_does_not_come_down() {
    let rows: [&[(&str, &str)]; 5] = [
        &[("Content-Length", "1"), ("Content-Length", "2")],
        &[("Content-Length", "1, 1")],
        &[("Content-Length", "+1")],
        &[("Content-Length", "")],
        &[("Content-Length", "1"), ("Transfer-Encoding", "chunked")],
    ];
    for sent in rows {
        assert_eq!(down_of("content-length", sent), None, "{sent:?}");
    }
}

/// C06, C07; within the API's target it is the app's path, elsewhere it is absolute, and a script is nowhere.
#[test]
fn a_place_in_an_answer_is_where_the_page_can_go() {
    for (said, expected) in [
        ("https://api.example/v1/notes/8", Some("/api/notes/8")),
        ("https://api.example/v1/notes", Some("/api/notes")),
        ("https://api.example/v1/notes/", Some("/api/notes/")),
        ("/v1/notes/8?y=2#z", Some("/api/notes/8?y=2#z")),
        ("8", Some("/api/notes/8")),
        ("?y=2", Some("/api/notes/7?y=2")),
        ("../notes/8", Some("/api/notes/8")),
        ("//api.example/v1/notes/8", Some("/api/notes/8")),
        ("/v1/notesx", Some("https://api.example/v1/notesx")),
        ("../other", Some("https://api.example/v1/other")),
        ("/login", Some("https://api.example/login")),
        ("//evil.example/api/notes", Some("https://evil.example/api/notes")),
        ("\\\\evil.example", Some("https://evil.example/")),
        ("https://evil.example/x", Some("https://evil.example/x")),
        ("http://api.example/v1/notes/8", Some("http://api.example/v1/notes/8")),
        ("https://api.example:8443/v1/notes/8", Some("https://api.example:8443/v1/notes/8")),
        ("https://user@api.example/v1/notes/8", Some("https://user@api.example/v1/notes/8")),
        ("/v1/notes//evil.example", None),
        ("/v1/notes/..%2fadmin", Some("https://api.example/v1/notes/..%2fadmin")),
        ("/v1/notes/%252e%252e/admin", None),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("blob:https://app.example/1", None),
        ("https://", None),
    ] {
        for name in ["location", "content-location"] {
            assert_eq!(down_of(name, &[(name, said)]).as_deref(), expected, "{said}");
        }
    }
}

#[test]
fn a_place_below_a_whole_origin_is_the_app_s_path() {
    let places = places();
    let sent = headers(&[("Location", "/7?x=1")]);
    let down = downstream_headers(&sent, "https://shared.example/6", places.api(1).unwrap());
    assert!(down.contains(&("location".to_owned(), "/api/notes/shared/7?x=1".to_owned())), "{down:?}");
}

/// The page reads what is asked for; the browser never asks for a password.
#[test]
fn a_challenge_comes_down_where_it_asks_for_a_token() {
    for said in ["Bearer", "Bearer realm=\"x\", error=\"insufficient_scope\"", "DPoP algs=\"ES256\", Bearer"] {
        assert_eq!(down_of("www-authenticate", &[("WWW-Authenticate", said)]).as_deref(), Some(said));
    }
    for said in
        ["Basic realm=\"x\"", "Bearer, Basic realm=\"x\"", "Negotiate", "Digest nonce=\"x\"", "", "\"", "Bearer =,"]
    {
        assert_eq!(down_of("www-authenticate", &[("WWW-Authenticate", said)]), None, "{said}");
    }
    let both = [("WWW-Authenticate", "Bearer"), ("WWW-Authenticate", "Basic realm=\"x\"")];
    assert_eq!(down_of("www-authenticate", &both).as_deref(), Some("Bearer"));
}

/// What the page is told about an API that answered with this status and challenge.
fn step_up(status: u16, challenge: &str) -> Option<String> {
    step_up_header(status, &headers(&[("WWW-Authenticate", challenge)])).map(|(name, value)| {
        assert_eq!(name, "x-tokenward-step-up");
        value
    })
}

#[test]
fn the_page_is_told_of_a_stronger_or_more_recent_sign_in() {
    let asked = |rest: &str| format!(r#"Bearer error="insufficient_user_authentication"{rest}"#);
    let told = |rest: &str| step_up(401, &asked(rest));
    assert_eq!(told(r#", acr_values="a b", max_age="60""#).as_deref(), Some(r#"{"acrValues":"a b","maxAge":60}"#));
    assert_eq!(told(", max_age=0").as_deref(), Some(r#"{"maxAge":0}"#));
    assert_eq!(told("").as_deref(), Some("{}"));
    assert_eq!(told(r#", acr_values="a\"b\\""#).as_deref(), Some(r#"{"acrValues":"a\"b\\"}"#));
    // No header can say it.
    assert_eq!(told(", acr_values=\"\u{2603}\""), None);
}

#[test]
fn the_page_is_told_of_nothing_else() {
    for (status, challenge) in [
        (200, r#"Bearer error="insufficient_user_authentication""#),
        (401, r#"Basic error="insufficient_user_authentication""#),
        (401, r#"Bearer error="invalid_token""#),
        (403, r#"Bearer error="insufficient_scope", scope="write""#),
        (401, "Bearer"),
    ] {
        assert_eq!(step_up(status, challenge), None, "{status} {challenge}");
    }
    let forged = [("X-Tokenward-Step-Up", "{}"), ("X_Tokenward_Step_Up", "{}")];
    assert!(names_down(&forged).is_empty());
}
