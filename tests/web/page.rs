//! The address bar. Leaving the page is for the end-to-end tests: it would end this one.

use super::fakes::{history_length, web};
use tokenward::core::base::url::Url;
use tokenward::ports::Page as _;
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn the_url_is_that_of_the_page() {
    let url = Url::parse(&web().url()).unwrap();
    assert_eq!(url.scheme(), "http:");
    assert!(url.is_secure(), "the tests run on loopback");
}

/// A19
#[test]
fn another_url_of_this_origin_takes_its_place_without_history() {
    let web = web();
    let (before, length) = (web.url(), history_length());
    let origin = Url::parse(&before).unwrap().origin();
    web.replace_url("/callback?code=c&state=s#f");
    assert_eq!(web.url(), [&origin, "/callback?code=c&state=s#f"].concat());
    web.replace_url("/callback");
    assert_eq!(web.url(), [&origin, "/callback"].concat());
    assert_eq!(history_length(), length);
    web.replace_url(&before);
    assert_eq!(web.url(), before);
}

/// A17
#[test]
fn a_url_of_another_origin_changes_nothing() {
    let web = web();
    let before = web.url();
    for url in ["https://evil.example/", "//evil.example/", "javascript:void(0)", "about:blank", "https://", "data:,x"]
    {
        web.replace_url(url);
        assert_eq!(web.url(), before, "{url}");
    }
}
