//! Who may receive the access token (B04): the listed origins, at or below the listed paths, and nobody who looks alike.

use super::given::{fault, read_config, test};
use tokenward::core::base::error::Kind;

fn may(apis: &str, url: &str) -> bool {
    read_config(&[("apis", apis)]).unwrap().apis.may_receive_token(url)
}

/// B04
#[test]
fn a_listed_origin_receives_the_token_on_every_path() {
    let apis = r#"["https://api.example"]"#;
    for url in [
        "https://api.example",
        "https://api.example/",
        "https://api.example/v1/users?x=1#y",
        "https://API.EXAMPLE/",
        "https://api.example:443/",
        "https://api.example/a%2fb",
        "https://api.example/../x",
    ] {
        assert!(may(apis, url), "{url}");
    }
}

/// B04
#[test]
fn an_origin_that_only_looks_alike_receives_nothing() {
    let apis = r#"["https://api.example"]"#;
    for url in [
        "https://api.example.evil.example/",
        "https://evil-api.example/",
        "https://evil.example/https://api.example/",
        "https://evil.example/?https://api.example",
        "https://evil.example#https://api.example",
        "https://api.example@evil.example/",
        "https://api.example%40evil.example/",
        "https://api.example:8443/",
        "https://api.example:80/",
        "http://api.example/",
        "http://api.example:443/",
        "https://www.api.example/",
        "https://example/",
        "https://api.example./",
        "https://аpi.example/",
        "https:/\\/api.example.evil.example/",
        "//api.example/",
        "/v1",
        "",
        "ftp://api.example/",
        "wss://api.example/",
        "blob:https://api.example/0",
        "filesystem:https://api.example/temporary/0",
        "data:,https://api.example/",
        "javascript:'https://api.example'",
        "about:blank",
    ] {
        assert!(!may(apis, url), "{url}");
    }
}

/// B04
#[test]
fn a_url_with_userinfo_receives_nothing() {
    for url in ["https://user@api.example/", "https://user:password@api.example/", "https://:password@api.example/"] {
        assert!(!may(r#"["https://api.example"]"#, url), "{url}");
    }
}

/// B04
#[test]
fn a_listed_path_covers_whole_segments_below_it() {
    for apis in [
        r#"["https://api.example/v1"]"#,
        r#"["https://api.example/v1/"]"#,
        r#"[{"origin":"https://api.example","path":"/v1"}]"#,
        r#"[{"origin":"https://api.example","path":"/v1/"}]"#,
        r#"[{"origin":"https://api.example/","path":"v1"}]"#,
    ] {
        for url in [
            "https://api.example/v1",
            "https://api.example/v1/",
            "https://api.example/v1?x=%2f",
            "https://api.example/v1#%5c",
            "https://api.example/v1/users",
            "https://api.example/other/../v1/users",
            "https://api.example/%2e/v1/users",
            "https://api.example\\v1\\users",
        ] {
            assert!(may(apis, url), "{apis} {url}");
        }
        for url in [
            "https://api.example/",
            "https://api.example/v",
            "https://api.example/v10",
            "https://api.example/v1x/users",
            "https://api.example/V1/users",
            "https://api.example/admin/v1",
            "https://api.example//v1",
            "https://api.example/%76/1",
        ] {
            assert!(!may(apis, url), "{apis} {url}");
        }
    }
}

/// B04; the dots and separators a server may decode after the browser did not.
#[test]
fn no_spelling_of_dots_or_slashes_leads_out_of_a_listed_path() {
    for url in [
        "https://api.example/v1/../admin",
        "https://api.example/v1/%2e%2e/admin",
        "https://api.example/v1/%2E%2e/admin",
        "https://api.example/v1/.%2e/admin",
        "https://api.example/v1/..\\admin",
        "https://api.example/v1\\..\\admin",
        "https://api.example/v1/.\t./admin",
        "https://api.example/v1/..;/admin",
        "https://api.example/v1/..;x=1/admin",
        "https://api.example/v1/%2e%2e;/admin",
        "https://api.example/v1/.%2E;x=1/admin",
        "https://api.example/v1/%2E.;/admin",
        "https://api.example/v1/..%2fadmin",
        "https://api.example/v1/..%2Fadmin",
        "https://api.example/v1/%2e%2e%2fadmin",
        "https://api.example/v1/..%5cadmin",
        "https://api.example/v1/..%5Cadmin",
        "https://api.example/v1%2fusers",
        "https://api.example/v1%5cusers",
    ] {
        assert!(!may(r#"["https://api.example/v1"]"#, url), "{url}");
    }
}

/// B04
#[test]
fn the_default_is_this_origin_alone() {
    let config = read_config(&[]).unwrap();
    assert!(config.apis.may_receive_token("https://app.example/api"));
    assert!(!config.apis.may_receive_token("https://app.example:8443/api"));
    assert!(!config.apis.may_receive_token("https://op.example/userinfo"));
}

/// B04; there are no wildcards. Some browsers take a star for a host, others refuse the URL.
#[test]
fn a_star_stands_for_nobody_else() {
    for rule in ["https://*", "https://*.example"] {
        let config = read_config(&[("apis", &format!("[\"{rule}\"]"))]);
        for url in ["https://api.example/", "https://a.b.example/", "https://example/"] {
            assert!(!config.as_ref().is_ok_and(|config| config.apis.may_receive_token(url)), "{rule} {url}");
        }
    }
}

#[test]
fn an_empty_list_means_nobody() {
    assert!(!may("[]", "https://app.example/"));
}

#[test]
fn each_listed_place_counts_and_loopback_may_be_plain() {
    let apis = r#"["https://api.example/v1",{"origin":"http://localhost:8080"},"http://127.0.0.1:1/x"]"#;
    for url in ["https://api.example/v1/a", "http://localhost:8080/any", "http://127.0.0.1:1/x/y"] {
        assert!(may(apis, url), "{url}");
    }
    for url in ["https://localhost:8080/any", "http://localhost/any", "http://localhost.:8080/", "http://127.0.0.2:1/x"]
    {
        assert!(!may(apis, url), "{url}");
    }
}

/// B04
#[test]
fn a_rule_that_names_no_plain_place_is_refused() {
    for apis in [
        "\"https://api.example\"",
        "{}",
        "5",
        "[5]",
        "[null]",
        "[[]]",
        "[{}]",
        r#"["api.example"]"#,
        r#"["*"]"#,
        r#"["/api"]"#,
        r#"["http://api.example"]"#,
        r#"["ftp://api.example"]"#,
        r#"["https://user@api.example"]"#,
        r#"["https://api.example?x"]"#,
        r#"["https://api.example#x"]"#,
        r#"["https://api.example","http://api.example"]"#,
        r#"[{"origin":"https://api.example/v1","path":"/v1"}]"#,
        r#"[{"origin":"https://api.example","path":"//evil.example"}]"#,
        r#"[{"origin":"https://api.example","path":"https://evil.example/"}]"#,
        r#"[{"origin":"https://api.example","path":"/v1?x"}]"#,
        r#"[{"origin":"https://api.example","path":5}]"#,
        r#"[{"origin":"https://api.example","paths":"/v1"}]"#,
        r#"[{"path":"/v1"}]"#,
    ] {
        assert_eq!(fault(&read_config(&[("apis", apis)])), Some((Kind::InvalidOption, "apis")), "{apis}");
    }
}

/// B04; whoever writes a star means something by it, and gets nothing.
#[test]
fn a_rule_with_a_star_is_refused() {
    for rule in ["https://*", "https://*.example", "https://*.example/v1"] {
        let read = read_config(&[("apis", &format!("[\"{rule}\"]"))]);
        assert_eq!(fault(&read), Some((Kind::InvalidOption, "apis")), "{rule}");
    }
}

/// X10, X11
#[test]
fn a_rule_may_name_what_its_token_is_restricted_to() {
    for rule in [
        r#"{"origin":"https://api.example","scope":"read"}"#,
        r#"{"origin":"https://api.example","path":"/v1","audience":"api","scope":"read"}"#,
        r#"{"origin":"https://api.example","resource":"https://api.example/v1"}"#,
        r#"{"origin":"https://api.example","resource":["https://api.example/v1","urn:other"]}"#,
    ] {
        let config = read_config(&[("apis", &format!("[{rule}]"))]).unwrap();
        let api = config.apis.of("https://api.example/v1").unwrap();
        assert_eq!(api.restriction(&config).is_some(), cfg!(feature = "restriction"), "{rule}");
    }
}

/// X10
#[test]
fn a_restriction_that_is_none_is_no_rule() {
    for members in [
        r#""scope":"""#,
        r#""scope":["read"]"#,
        r#""audience":"""#,
        r#""audience":1"#,
        r#""resource":"api""#,
        r#""resource":"https://api.example/#v1""#,
        r#""resource":[]"#,
        r#""resource":{}"#,
        r#""resources":"https://api.example/""#,
    ] {
        let apis = format!(r#"[{{"origin":"https://api.example",{members}}}]"#);
        assert_eq!(fault(&read_config(&[("apis", &apis)])), Some((Kind::InvalidOption, "apis")), "{members}");
    }
}
