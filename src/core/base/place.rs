//! A part of an origin: a path, and all that is below it.

use super::url::Url;

/// A place that may receive what others may not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    origin: String,
    /// Without a trailing slash; empty for every path.
    path: String,
}

impl Place {
    /// All of an origin, as a URL parser writes it.
    #[must_use]
    pub const fn whole(origin: String) -> Self {
        Self { origin, path: String::new() }
    }

    /// The place that a URL names; `None` where no secret may travel there, or where the URL says more than a place.
    #[must_use]
    pub fn named(url: &Url) -> Option<Self> {
        // Engines differ in whether a host may have a star; nobody may think that it means any.
        let star = url.host().bytes().any(|b| b == b'*' || b == b'%');
        let plain =
            url.is_secure() && !star && !url.has_userinfo() && url.query().is_empty() && url.fragment().is_empty();
        let path = url.path();
        let path = path.strip_suffix('/').unwrap_or(&path);
        plain.then(|| Self { origin: url.origin(), path: path.to_owned() })
    }

    /// Scheme, host and port.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The path, without a trailing slash; empty for every path.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether this URL's origin is the place's, character for character, and its path at or below the place's, whoever
    /// reads it.
    #[must_use]
    pub fn covers(&self, url: &Url) -> bool {
        self.origin == url.origin() && self.covers_path(&url.path())
    }

    fn covers_path(&self, path: &str) -> bool {
        if self.path.is_empty() {
            return true;
        }
        // What one server reads as part of a name, another reads as a separator or a way up: out of the listed path.
        let codes = [b"%2f", b"%5c", b"2e;"];
        let ambiguous = path
            .as_bytes()
            .windows(3)
            .any(|three| three.ends_with(b".;") || codes.iter().any(|code| three.eq_ignore_ascii_case(*code)));
        below(&self.path, path).is_some() && !ambiguous
    }
}

/// What a path has below another, which ends without a slash: nothing, or what begins with one.
#[must_use]
pub fn below<'a>(upper: &str, path: &'a str) -> Option<&'a str> {
    path.strip_prefix(upper).filter(|rest| rest.is_empty() || rest.starts_with('/'))
}
