//! Where a request goes, from its method and its URL as a runtime writes it.

use super::given::{ORIGIN, places, read_places};
use tokenward::core::base::error::Kind;
use tokenward::core::bff::route::{Route, route};

fn routed(method: &str, path: &str) -> Route {
    route(method, &format!("{ORIGIN}{path}"), &places())
}

fn proxied(api: usize, url: &str) -> Route {
    Route::Proxy { api, url: url.to_owned() }
}

/// With the status, and without a word of what was asked for.
fn is_refused(route: &Route) -> bool {
    matches!(route, Route::Refused(error) if error.kind == Kind::RequestRefused && error.status == Some(400))
}

/// C06
#[test]
fn a_path_of_an_api_goes_to_the_same_place_below_its_target() {
    for (path, api, url) in [
        ("/api/notes", 0, "https://api.example/v1/notes"),
        ("/api/notes/", 0, "https://api.example/v1/notes/"),
        ("/api/notes/7", 0, "https://api.example/v1/notes/7"),
        ("/api/notes/7/", 0, "https://api.example/v1/notes/7/"),
        ("/api/notes/a/b/c", 0, "https://api.example/v1/notes/a/b/c"),
        ("/api/notes/shared", 1, "https://shared.example/"),
        ("/api/notes/shared/", 1, "https://shared.example/"),
        ("/api/notes/shared/7", 1, "https://shared.example/7"),
        ("/api/notes/sharedness", 0, "https://api.example/v1/notes/sharedness"),
    ] {
        assert_eq!(routed("GET", path), proxied(api, url), "{path}");
    }
}

/// C06; as `encodeURIComponent` and the browser write them.
#[test]
fn a_name_may_have_what_browsers_write_into_paths() {
    for name in [
        "a-b_c~d.e",
        ".hidden",
        "name.",
        "a..b",
        "..a",
        "a%20b",
        "100%25",
        "50%25%20off",
        "caf%C3%A9",
        "%F0%9F%98%80",
        "a!$&'()*+,=:@b",
        "a;b=c",
        "a[0]|b^c",
        "%3Cb%3E",
        "a%2520b",
        "a%3Bb",
        "a%3Fb%23c",
    ] {
        let url = format!("https://api.example/v1/notes/{name}");
        let Route::Proxy { url: found, api: 0 } = routed("GET", &format!("/api/notes/{name}")) else {
            panic!("{name}");
        };
        // The parser's own encoding of a character is as good as the character.
        assert_eq!(found.replace("%5E", "^"), url);
    }
}

#[test]
fn the_query_goes_along_as_it_is() {
    for query in ["?", "?q=1&q=2", "?x=..%2f..%2F%2e%2e/..", "?a\\b", "?100%", "?%0d%0a", "?a?b=//c;d", "?{|}^`"] {
        let Route::Proxy { url, .. } = routed("GET", &format!("/api/notes/1{query}")) else { panic!("{query}") };
        assert_eq!(url, format!("https://api.example/v1/notes/1{query}"));
    }
    for query in ["?a b", "?a\r\nb", "?a\tb", "?a\0b", "?é", "?a\u{7f}", "#", "#a", "?#", "?a#b", "?a#/../b"] {
        assert!(is_refused(&routed("GET", &format!("/api/notes/1{query}"))), "{query:?}");
    }
}

/// What stands for a way up, a separator, or the end of something, for one server or another.
const TRICKS: [&str; 88] = [
    "..",
    ".",
    "../",
    "./",
    "../admin",
    "../../admin",
    "./admin",
    "a/..",
    "a/../b",
    "a/./b",
    "a/../../../admin",
    "%2e%2e",
    "%2e%2e/admin",
    "%2E%2E/admin",
    "%2e./admin",
    ".%2e/admin",
    "%2e",
    "%2e/admin",
    "a%2eb",
    "a/%2e%2e%2fadmin",
    "..%2fadmin",
    "..%2Fadmin",
    "a%2fb",
    "%2f",
    "%2f%2fevil.example",
    "..%5cadmin",
    "..%5Cadmin",
    "a%5cb",
    "..\\admin",
    "a\\b",
    "\\..\\admin",
    "a\\..\\..\\admin",
    "%252e%252e/admin",
    "%252e%252e%252fadmin",
    "%252fadmin",
    "a%252fb",
    "a%255cb",
    "a%2500",
    "a%250d%250ab",
    "%25252e%25252e/admin",
    "a%25252fb",
    "a%2525252520",
    "%%32%65%%32%65/admin",
    "%25%32%65%25%32%65/admin",
    "..;/admin",
    "..;a=b/admin",
    ".;/admin",
    "..;",
    "a/..;/..;/admin",
    "..%3b/admin",
    "..%3B/admin",
    "..%253b/admin",
    "%2e%2e;/admin",
    "...",
    ".../admin",
    "..%20/admin",
    "%20../admin",
    ";",
    ";a=b/7",
    "a/;/b",
    "%3b/7",
    "%20",
    "%20/7",
    ".%20./admin",
    "/",
    "//",
    "/admin",
    "a//b",
    "a//",
    "/https://evil.example",
    "https://evil.example/",
    "%00",
    "a%00b",
    "a%0d%0aHost:%20evil.example",
    "a%0ab",
    "a%09b",
    "a%7fb",
    "a%1fb",
    "%c0%ae%c0%ae/admin",
    "%c0%af",
    "%e0%80%ae%e0%80%ae/admin",
    "%ff",
    "%",
    "%2",
    "%zz",
    "a%u002e%u002e",
    "a%-1",
    "100%",
];

/// C06
#[test]
fn no_trick_gets_anywhere_below_an_api() {
    for trick in TRICKS {
        for api in ["/api/notes/", "/api/notes/7/", "/api/notes/shared/"] {
            for after in ["", "?x=1"] {
                let path = format!("{api}{trick}{after}");
                assert!(is_refused(&routed("GET", &path)), "{path}: {:?}", routed("GET", &path));
            }
        }
    }
}

/// C06; a runtime that puts the URL together from what came over the wire may give them.
#[test]
fn no_character_that_is_not_of_a_path_gets_below_an_api() {
    let characters = (0..=0x20_u8).map(char::from).chain("\"<>\\`{}\u{7f}\u{80}é\u{ff0e}\u{2215}".chars());
    for character in characters {
        for path in
            [format!("/api/notes/a{character}b"), format!("/api/notes/{character}"), format!("/api/notes{character}/b")]
        {
            let found = routed("GET", &path);
            assert!(is_refused(&found) || found == Route::NotOurs, "{path:?}: {found:?}");
        }
        assert!(is_refused(&routed("GET", &format!("/api/notes/a{character}b"))), "{character:?}");
    }
}

/// C06; whoever reads carelessly would find one of ours.
#[test]
fn what_only_looks_like_one_of_ours_is_refused() {
    for path in [
        "//api/notes",
        "/api//notes",
        "/api/./notes",
        "/api/x/../notes",
        "/./api/notes",
        "/../api/notes",
        "/x/../api/notes/1",
        "/api\\notes",
        "\\api\\notes",
        "/%61pi/notes",
        "/api/n%6ftes",
        "/api%2fnotes",
        "/api%2Fnotes/1",
        "/api/notes%2f1",
        "/api/notes%5c1",
        "/api/notes;a=b",
        "/api/notes;/1",
        "/api;a/notes",
        "/api/notes%20",
        "/api/notes%3b/1",
        "/%2561pi/notes",
        "/api/notes%252f1",
        "/api/\tnotes",
        "/api/notes\0",
        "/api/no\r\ntes",
        "/auth//login",
        "//auth/login",
        "/auth/./login",
        "/auth/x/../login",
        "/auth\\login",
        "/auth%2flogin",
        "/%61uth/login",
        "/auth/login;x",
        "/auth/login/",
        "/auth/log%69n",
        "/auth/logout#",
    ] {
        for method in ["GET", "POST"] {
            assert!(is_refused(&routed(method, path)), "{path:?}: {:?}", routed(method, path));
        }
    }
}

#[test]
fn everything_else_is_the_app_s() {
    for path in [
        "/",
        "/index.html",
        "/api",
        "/api/",
        "/api/note",
        "/api/notess",
        "/api/notes-old/1",
        "/API/NOTES",
        "/api/Notes/1",
        "/auth",
        "/auth/",
        "/auth/profile",
        "/auth/login/more",
        "/auth/loginx",
        "/login",
        "/x/api/notes",
        "/docs/a//b;c/..%2f%zz",
        "/?/api/notes",
        "/x?next=/auth/login",
        "/x#/api/notes",
        "/*",
        "/%",
        "/\u{e9}",
    ] {
        assert_eq!(routed("GET", path), Route::NotOurs, "{path}");
    }
}

/// C06; whatever it is, it is no URL of a request that came in.
#[test]
fn a_url_that_is_none_is_refused() {
    for url in [
        "",
        "/",
        "/api/notes",
        "//app.example/api/notes",
        "*",
        "app.example:443",
        "https:",
        "https://",
        "https:///api/notes",
        "https:/app.example/api/notes",
        "https:\\\\app.example\\api\\notes",
        "https://app.example",
        "https://app.example?/api/notes",
        "https://app.example#/api/notes",
        "https://user@app.example/api/notes",
        "https://user:password@app.example/api/notes",
        "https://app.example@evil.example/api/notes",
        "https://app example/api/notes",
        "https://app.example\t/api/notes",
        "https://app%2eexample/api/notes",
        "https://äpp.example/api/notes",
        "HTTPS://app.example/api/notes",
        " https://app.example/api/notes",
        "ftp://app.example/api/notes",
        "file:///api/notes",
        "data:,/api/notes",
        "blob:https://app.example/api/notes",
        "javascript://app.example/api/notes",
    ] {
        assert!(is_refused(&route("GET", url, &places())), "{url:?}");
    }
}

/// C06; the host is what the client says: nothing depends on it.
#[test]
fn the_host_of_a_request_is_not_looked_at() {
    for origin in
        ["https://app.example", "http://localhost:3000", "http://evil.example", "https://[::1]:8443", "http://10.0.0.1"]
    {
        let found = route("GET", &format!("{origin}/api/notes/1"), &places());
        assert_eq!(found, proxied(0, "https://api.example/v1/notes/1"), "{origin}");
    }
}

#[test]
fn each_endpoint_has_one_method() {
    let endpoints = [
        ("/auth/login", "GET", Route::Login),
        ("/auth/callback", "GET", Route::Callback),
        ("/auth/session", "GET", Route::Session),
        ("/auth/logout", "POST", Route::Logout),
        ("/auth/logged-out", "GET", Route::LoggedOut),
        ("/auth/backchannel-logout", "POST", Route::BackchannelLogout),
    ];
    for (path, method, endpoint) in endpoints {
        assert_eq!(routed(method, path), endpoint);
        assert_eq!(routed(method, &format!("{path}?a=b")), endpoint);
        for other in ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "get", ""] {
            if other != method {
                let allow = method.to_owned();
                assert_eq!(routed(other, path), Route::MethodNotAllowed { allow }, "{other} {path}");
            }
        }
    }
}

/// C06
#[test]
fn an_api_has_the_methods_that_are_listed() {
    for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] {
        assert_eq!(routed(method, "/api/notes"), proxied(0, "https://api.example/v1/notes"), "{method}");
    }
    let default = Route::MethodNotAllowed { allow: "GET, HEAD, POST, PUT, PATCH, DELETE".to_owned() };
    for method in ["OPTIONS", "TRACE", "CONNECT", "TRACK", "PROPFIND", "QUERY", "get", "patch", "GET ", "", "GET,POST"]
    {
        assert_eq!(routed(method, "/api/notes"), default, "{method}");
    }
    for method in ["GET", "QUERY"] {
        assert_eq!(routed(method, "/api/notes/shared/x"), proxied(1, "https://shared.example/x"), "{method}");
    }
    let listed = Route::MethodNotAllowed { allow: "GET, QUERY".to_owned() };
    for method in ["HEAD", "POST", "DELETE", "OPTIONS", "TRACE"] {
        assert_eq!(routed(method, "/api/notes/shared/x"), listed, "{method}");
    }
}

#[test]
fn the_endpoints_are_where_the_app_says() {
    for (base, path) in
        [("/", "/login"), ("/a/b", "/a/b/login"), ("/a/b/", "/a/b/login"), ("/caf%C3%A9", "/caf%C3%A9/login")]
    {
        let places = read_places("[]", Some(&format!("{base:?}"))).unwrap();
        assert_eq!(route("GET", &format!("{ORIGIN}{path}"), &places), Route::Login, "{base}");
        assert_eq!(route("GET", &format!("{ORIGIN}/auth/login"), &places), Route::NotOurs, "{base}");
    }
    let within = read_places(r#"[{"path":"/api","target":"https://api.example"}]"#, Some("\"/api/auth\"")).unwrap();
    assert_eq!(route("GET", "https://app.example/api/auth/login", &within), Route::Login);
    assert_eq!(
        route("GET", "https://app.example/api/auth/other", &within),
        proxied(0, "https://api.example/auth/other")
    );
}

#[test]
fn a_base_path_that_is_no_plain_path_is_refused() {
    for base in [
        "\"\"",
        "\"auth\"",
        "\"//auth\"",
        "\"/a/../b\"",
        "\"/a?b\"",
        "\"/a#b\"",
        "\"/%2e\"",
        "\"/a b\"",
        "1",
        "\"https://app.example/auth\"",
    ] {
        assert!(read_places("[]", Some(base)).is_none(), "{base}");
    }
}

/// C06
#[test]
fn a_rule_that_is_not_plain_is_refused() {
    assert!(read_places(r#"[{"path":"/api","target":"https://api.example"}]"#, None).is_some());
    assert!(read_places(r#"[{"path":"/api","target":"http://localhost:8080/x/"}]"#, None).is_some());
    for rule in [
        r#""https://api.example""#,
        "{}",
        r#"{"path":"/api"}"#,
        r#"{"target":"https://api.example"}"#,
        r#"{"path":"/","target":"https://api.example"}"#,
        r#"{"path":"","target":"https://api.example"}"#,
        r#"{"path":"api","target":"https://api.example"}"#,
        r#"{"path":"//api","target":"https://api.example"}"#,
        r#"{"path":"/api/..","target":"https://api.example"}"#,
        r#"{"path":"/api?x","target":"https://api.example"}"#,
        r#"{"path":"/api/*","target":"https://api.example"}"#,
        r#"{"path":"/api","target":"https://api.example/*"}"#,
        r#"{"path":"/auth","target":"https://api.example"}"#,
        r#"{"path":"/auth/api","target":"https://api.example"}"#,
        r#"{"path":"/api","target":"http://api.example"}"#,
        r#"{"path":"/api","target":"/v1"}"#,
        r#"{"path":"/api","target":"api.example"}"#,
        r#"{"path":"/api","target":"ftp://api.example"}"#,
        r#"{"path":"/api","target":"https://user@api.example"}"#,
        r#"{"path":"/api","target":"https://api.example?x"}"#,
        r#"{"path":"/api","target":"https://api.example#x"}"#,
        r#"{"path":"/api","target":"https://*.example"}"#,
        r#"{"path":"/api","target":"https://api.example/a%2fb"}"#,
        r#"{"path":"/api","target":"https://api.example//v1"}"#,
        r#"{"path":"/api","target":"https://api.example","methods":"GET"}"#,
        r#"{"path":"/api","target":"https://api.example","methods":[]}"#,
        r#"{"path":"/api","target":"https://api.example","methods":["get"]}"#,
        r#"{"path":"/api","target":"https://api.example","methods":["*"]}"#,
        r#"{"path":"/api","target":"https://api.example","methods":["GET","TRACE"]}"#,
        r#"{"path":"/api","target":"https://api.example","methods":["CONNECT"]}"#,
        r#"{"path":"/api","target":"https://api.example","methods":["TRACK"]}"#,
        r#"{"path":"/api","target":"https://api.example","methods":[1]}"#,
        r#"{"path":"/api","target":"https://api.example","webSocket":1}"#,
        r#"{"path":"/api","target":"https://api.example","websocket":true}"#,
        r#"{"path":"/api","target":"https://api.example"},{"path":"/api/","target":"https://other.example"}"#,
    ] {
        assert!(read_places(&format!("[{rule}]"), None).is_none(), "{rule}");
    }
    for apis in ["{}", "\"x\"", "null", "1"] {
        assert!(read_places(apis, None).is_none(), "{apis}");
    }
}
