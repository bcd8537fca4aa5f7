//! RP-initiated logout.

use super::given::{config, read_config, test};
use tokenward::core::base::form::values;
use tokenward::core::base::secret::RawIdToken;
use tokenward::core::base::url::Url;
use tokenward::core::oidc::logout::{build_end_session_url, is_return};

/// L01
#[test]
fn the_provider_is_told_whose_session_ends_and_where_to_go() {
    let config = read_config(&[("postLogoutRedirectUri", "\"https://app.example/bye?x=%7e\"")]).unwrap();
    let url = build_end_session_url(&config, "https://op.example/logout", &RawIdToken::new("a.b.c".to_owned()), "s&1");
    assert!(url.starts_with("https://op.example/logout?"), "{url}");
    let query = Url::parse(&url).unwrap().query();
    for (name, value) in [
        ("id_token_hint", "a.b.c"),
        ("client_id", "web"),
        ("post_logout_redirect_uri", "https://app.example/bye?x=%7e"),
        ("state", "s&1"),
    ] {
        assert_eq!(values(&query, name), [value], "{name}");
    }
    assert_eq!(query.split('&').count(), 4, "and nothing else");
}

/// L01
#[test]
fn an_endpoint_with_a_query_keeps_it() {
    let token = RawIdToken::new("a.b.c".to_owned());
    let url = build_end_session_url(&config(), "https://op.example/logout?tenant=1", &token, "s");
    let query = Url::parse(&url).unwrap().query();
    assert_eq!(values(&query, "tenant"), ["1"]);
    assert_eq!(values(&query, "client_id"), ["web"]);
}

/// L01, L02
#[test]
fn the_way_back_is_the_page_that_was_named_with_the_state_that_was_sent() {
    for (page, target) in [
        ("https://app.example/bye?state=s1", "https://app.example/bye"),
        ("https://app.example/bye?x=1&state=s1&y", "https://app.example/bye"),
        ("https://app.example/bye?state=s1#top", "https://app.example/bye"),
        ("https://app.example/bye?kept=1&state=s1", "https://app.example/bye?kept=1"),
        ("https://app.example/?state=s1", "https://app.example"),
        ("https://app.example/bye?state=s%31", "https://APP.example:443/x/../bye"),
        ("http://localhost:5173/?state=s1", "http://localhost:5173"),
    ] {
        assert!(is_return(page, target, "s1"), "{page} {target}");
    }
}

/// L02
#[test]
fn any_other_page_or_state_is_no_way_back() {
    let target = "https://app.example/bye";
    for page in [
        "https://app.example/bye",
        "https://app.example/bye?",
        "https://app.example/bye?state",
        "https://app.example/bye?state=",
        "https://app.example/bye?state=s2",
        "https://app.example/bye?state=S1",
        "https://app.example/bye?state=s1 ",
        "https://app.example/bye?state=s1%20",
        "https://app.example/bye?state=s1s1",
        "https://app.example/bye?state=s1&state=s1",
        "https://app.example/bye?state=s1&state=s2",
        "https://app.example/bye?state=s2&state=s1",
        "https://app.example/bye?State=s1",
        "https://app.example/bye?x=state=s1",
        "https://app.example/bye#state=s1",
        "https://app.example/bye#?state=s1",
        "https://app.example/?state=s1",
        "https://app.example/bye/?state=s1",
        "https://app.example/Bye?state=s1",
        "https://app.example/bye/more?state=s1",
        "https://app.example/x/bye?state=s1",
        "http://app.example/bye?state=s1",
        "https://app.example:8443/bye?state=s1",
        "https://www.app.example/bye?state=s1",
        "https://evil.example/bye?state=s1",
        "https://app.example.evil.example/bye?state=s1",
        "https://app.example@evil.example/bye?state=s1",
        "/bye?state=s1",
        "",
        "not a url",
    ] {
        // The URL parser takes a space from the end before anybody sees it.
        let is_trimmed = page.ends_with(' ');
        assert_eq!(is_return(page, target, "s1"), is_trimmed, "{page:?}");
    }
    for target in ["", "/bye", "not a url"] {
        assert!(!is_return("https://app.example/bye?state=s1", target, "s1"), "{target}");
    }
}
