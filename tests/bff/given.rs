//! An app with two APIs, one below the other, as its options say it, and what becomes of a request to it.

use tokenward::core::base::error::Error;
use tokenward::core::base::json::Json;
use tokenward::core::bff::gate::{admit, caller_of};
use tokenward::core::bff::headers::Headers;
use tokenward::core::bff::places::Places;
use tokenward::core::bff::route::{Route, route};
use tokenward::core::options::Options;

pub(super) const ORIGIN: &str = "https://app.example";

const APIS: &str = r#"[
    { "path": "/api/notes", "target": "https://api.example/v1/notes", "webSocket": true },
    { "path": "/api/notes/shared/", "target": "https://shared.example", "methods": ["GET", "QUERY"] }
]"#;

/// The places of an app with these APIs, and this base path in quotes where there is one; `None` where they are refused.
pub(super) fn read_places(apis: &str, base: Option<&str>) -> Option<Places> {
    let base = base.map(|base| format!(r#""basePath": {base},"#)).unwrap_or_default();
    let object = Json::parse(&format!(r#"{{ {base} "apis": {apis} }}"#)).unwrap();
    let mut options = Options::new(&object, "basePath apis");
    let places = Places::read(&mut options);
    options.finish(places).ok()
}

pub(super) fn places() -> Places {
    read_places(APIS, None).unwrap()
}

pub(super) fn headers(pairs: &[(&str, &str)]) -> Headers {
    Headers::new(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
}

/// Where a request comes out that passes every check, or the error that it ends with.
pub(super) fn admitted(method: &str, path: &str, sent: &[(&str, &str)]) -> Result<Route, Error> {
    let (places, sent) = (places(), headers(sent));
    let route = route(method, &format!("{ORIGIN}{path}"), &places);
    if let Route::Refused(error) = route {
        return Err(error);
    }
    if let Some(caller) = caller_of(&route, method, &sent, &places)? {
        admit(caller, method, &sent, ORIGIN)?;
    }
    Ok(route)
}
