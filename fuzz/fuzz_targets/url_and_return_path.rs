//! A place that may receive the token, on the first line, and a URL: the token goes to no other place, and the way back
//! after sign-in to no other origin.

#![cfg_attr(not(test), no_main)]

#[cfg(not(test))]
use libfuzzer_sys::fuzz_target;
use tokenward::core::base::form::values;
use tokenward::core::base::json::Json;
use tokenward::core::base::url::Url;
use tokenward::core::config::Config;
use tokenward::core::oauth::authorize::check_return_to;

const PAGE: &str = "https://app.example/start?tab=1#top";

fuzz_target!(|input: &str| {
    let (place, url) = input.split_once('\n').unwrap_or_default();

    if let Ok(path) = check_return_to(url, PAGE) {
        assert!(Url::resolve(url, PAGE).unwrap().href().starts_with("https://app.example/"));
        assert!(path.starts_with('/') && !path.starts_with("//"), "{path}");
        for base in [PAGE, "https://app.example/callback/"] {
            assert_eq!(Url::resolve(&path, base).unwrap().href(), ["https://app.example", &path].concat());
        }
        assert_eq!(check_return_to(&path, PAGE).unwrap(), path);
    }

    let options = serde_json::json!({ "issuer": "https://op.example", "clientId": "web", "apis": [place] }).to_string();
    let Ok(config) = Config::read(&Json::parse(&options).unwrap(), PAGE) else { return };
    if config.apis.may_receive_token(url) {
        let (place, url) = (Url::parse(place).unwrap(), Url::parse(url).unwrap());
        assert!(url.href().starts_with(&[&place.origin(), "/"].concat()), "{}", url.href());
        assert!(url.scheme() == "https:" || url.scheme() == "http:" && place.is_secure());
        let (listed, asked) = (segments(&place.path()), segments(&url.path()));
        let listed = listed.strip_suffix(&[String::new()]).unwrap_or(&listed);
        assert!(asked.starts_with(listed), "{listed:?} {asked:?}");
    }
});

/// A path as a careless server reads it: separators and dots count after decoding, too.
fn segments(path: &str) -> Vec<String> {
    let literal = path.replace('+', "%2B").replace('&', "%26");
    let decoded = values(&["path=", &literal].concat(), "path").concat().replace('\\', "/");
    let mut segments = Vec::new();
    for segment in decoded.split('/') {
        // Some servers take a parameter off a segment before they look at its dots.
        match segment.split(';').next().unwrap() {
            ".." => segments.truncate(segments.len().saturating_sub(1).max(1)),
            "." => {}
            name => segments.push(name.to_owned()),
        }
    }
    segments
}
