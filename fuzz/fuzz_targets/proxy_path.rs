//! An API's target on the first line, and the path and query of a request below the API's path: whatever goes on gets to the
//! target's origin and below its path, however the server there reads it.

#![cfg_attr(not(test), no_main)]

#[cfg(not(test))]
use libfuzzer_sys::fuzz_target;
use tokenward::core::base::json::Json;
use tokenward::core::base::url::Url;
use tokenward::core::bff::places::Places;
use tokenward::core::bff::route::{Route, route};
use tokenward::core::options::Options;

fuzz_target!(|input: &str| {
    let (target, rest) = input.split_once('\n').unwrap_or_default();
    let object = serde_json::json!({ "apis": [{ "path": "/api/v1", "target": target }] }).to_string();
    let object = Json::parse(&object).unwrap();
    let mut options = Options::new(&object, "basePath apis");
    let places = Places::read(&mut options);
    let Ok(places) = options.finish(places) else { return };

    let Route::Proxy { api: 0, url } = route("GET", &["https://app.example/api/v1", rest].concat(), &places) else {
        return;
    };
    let (target, found) = (Url::parse(target).unwrap(), Url::parse(&url).unwrap());
    assert_eq!(found.href(), url);
    assert_eq!(found.origin(), target.origin());
    assert!(found.is_secure() && !found.has_userinfo() && found.fragment().is_empty());

    let written = segments(&found.path());
    let (mut target, mut found) = (target.path(), found.path());
    for _ in 0..4 {
        let read = segments(&found.replace('\\', "/"));
        assert!(read.starts_with(&segments(&target)), "{url} is read as {read:?}");
        assert_eq!(read.len(), written.len(), "{url} is read as {read:?}");
        assert!(!found.bytes().any(|b| b.is_ascii_control()), "{url} is read as {found:?}");
        (target, found) = (decode(&target), decode(&found));
    }
});

/// One layer of percent encoding less, as a server takes it off that leaves alone what it does not understand.
fn decode(text: &str) -> String {
    let mut parts = text.split('%');
    let mut decoded = parts.next().unwrap().as_bytes().to_vec();
    for part in parts {
        let digits = part.get(..2).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
        match digits.map(|digits| u8::from_str_radix(digits, 16).unwrap()) {
            Some(byte) => decoded.extend([&[byte], &part.as_bytes()[2..]].concat()),
            None => decoded.extend(["%", part].concat().bytes()),
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// Without parameters and what stands for nothing, and dots resolved.
fn segments(path: &str) -> Vec<String> {
    let mut segments = Vec::new();
    for segment in path.split('/') {
        match segment.split(';').next().unwrap().trim_matches(' ') {
            "" | "." => {}
            ".." => drop(segments.pop()),
            name => segments.push(name.to_owned()),
        }
    }
    segments
}
