//! URLs through the narrow view: as the standard has it, in both builds.

use super::given::test;
use tokenward::core::base::url::Url;

#[test]
fn the_parts_are_read() {
    let url = Url::parse("HTTPS://Host.Example:8443/a/./b/../c?q=1#f").unwrap();
    assert_eq!(url.scheme(), "https:");
    assert_eq!(url.host(), "host.example");
    assert_eq!(url.origin(), "https://host.example:8443");
    assert_eq!(url.path(), "/a/c");
    assert_eq!(url.query(), "?q=1");
    assert_eq!(url.fragment(), "#f");
    assert_eq!(url.href(), "https://host.example:8443/a/c?q=1#f");
    assert!(!url.has_userinfo());
}

#[test]
fn parts_that_are_empty_or_absent_are_empty() {
    for text in ["https://h", "https://h/", "https://h/?", "https://h/#", "https://h/?#"] {
        let url = Url::parse(text).unwrap();
        assert_eq!((url.path(), url.query(), url.fragment()), ("/".to_owned(), String::new(), String::new()), "{text}");
    }
}

#[test]
fn a_default_port_is_no_part_of_the_origin() {
    for (text, origin) in [
        ("https://h:443/", "https://h"),
        ("http://h:80/", "http://h"),
        ("https://h:80/", "https://h:80"),
        ("https://h:0443/", "https://h"),
        ("https://[0:0::1]:1/", "https://[::1]:1"),
        ("https://127.1/", "https://127.0.0.1"),
        ("https://0x7f.1/", "https://127.0.0.1"),
        ("https://bücher.example/", "https://xn--bcher-kva.example"),
        ("https://ＡＰＩ.example/", "https://api.example"),
        ("https://h%2Eexample/", "https://h.example"),
    ] {
        assert_eq!(Url::parse(text).unwrap().origin(), origin, "{text}");
    }
}

#[test]
fn an_opaque_origin_is_null() {
    for text in ["javascript:alert(1)", "data:,x", "about:blank", "com.example.app:/x"] {
        assert_eq!(Url::parse(text).unwrap().origin(), "null", "{text}");
    }
}

#[test]
fn what_is_no_absolute_url_is_nothing() {
    for text in ["", "/a", "a", "//h/a", "https://", "https://h:99999/", "https://[::1", "https://%/", "://h"] {
        assert!(Url::parse(text).is_none(), "{text}");
    }
}

#[test]
fn a_relative_url_is_resolved() {
    let base = "https://h/a/b?q#f";
    for (text, href) in [
        ("c", "https://h/a/c"),
        ("/c", "https://h/c"),
        ("//g/c", "https://g/c"),
        ("?x", "https://h/a/b?x"),
        ("#y", "https://h/a/b?q#y"),
        ("", "https://h/a/b?q"),
        ("\\\\g", "https://g/"),
        (" /\tc\n", "https://h/c"),
        ("http://g", "http://g/"),
    ] {
        assert_eq!(Url::resolve(text, base).unwrap().href(), href, "{text:?}");
    }
    assert!(Url::resolve("c", "not a url").is_none());
}

#[test]
fn userinfo_is_noticed() {
    for text in
        ["https://u@h/", "https://u:p@h/", "https://:p@h/", "https://u:@h/", "https://a@b@h/", "https://u%40@h/"]
    {
        assert!(Url::parse(text).unwrap().has_userinfo(), "{text}");
    }
    for text in ["https://h/u@v", "https://h/?u@v", "https://h/#u@v"] {
        assert!(!Url::parse(text).unwrap().has_userinfo(), "{text}");
    }
}

/// A21
#[test]
fn only_https_and_this_very_machine_are_secure() {
    for text in [
        "https://h/",
        "http://localhost/",
        "http://LOCALHOST:1/",
        "http://a.localhost/",
        "http://127.0.0.1/",
        "http://127.255.0.1:80/",
        "http://127.1/",
        "http://[::1]/",
        "http://[0:0:0:0:0:0:0:1]/",
    ] {
        assert!(Url::parse(text).unwrap().is_secure(), "{text}");
    }
    for text in [
        "http://h/",
        "http://localhost.h/",
        "http://xlocalhost/",
        "http://127.0.0.1.h/",
        "http://127.h/",
        "http://127.0.0.1../",
        "http://127.0.0.1%2E%2E/",
        "http://127.../",
        "http://128.0.0.1/",
        "http://10.0.0.1/",
        "http://[::2]/",
        "http://[::ffff:127.0.0.1]/",
        "ws://localhost/",
        "wss://h/",
        "ftp://localhost/",
        "file:///x",
        "blob:https://h/0",
        "data:,x",
    ] {
        assert!(!Url::parse(text).unwrap().is_secure(), "{text}");
    }
}
