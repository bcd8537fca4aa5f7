//! URLs through one narrow view: the engine's own `URL` in wasm, the `url` crate elsewhere.
//!
//! A parser that differs from the one `fetch` uses would be a token leak, so in a page there is only that one.

#[cfg(target_arch = "wasm32")]
mod engine {
    use wasm_bindgen::JsValue;
    use wasm_bindgen::prelude::wasm_bindgen;

    #[wasm_bindgen(module = "/src/core/base/engine.js")]
    extern "C" {
        fn url(text: &str, base: Option<&str>) -> JsValue;
        fn part(url: &JsValue, name: &str) -> String;
    }

    /// An absolute URL as the engine understands it.
    #[derive(Clone, Debug)]
    pub struct Url(JsValue);

    impl Url {
        /// Reads an absolute URL; `None` when it is not one.
        #[must_use]
        pub fn parse(text: &str) -> Option<Self> {
            Self::from_js(url(text, None))
        }

        /// Reads a URL that may be relative to `base`.
        #[must_use]
        pub fn resolve(text: &str, base: &str) -> Option<Self> {
            Self::from_js(url(text, Some(base)))
        }

        fn from_js(url: JsValue) -> Option<Self> {
            if url.is_undefined() { None } else { Some(Self(url)) }
        }

        /// Scheme, host and port, without a default port.
        #[must_use]
        pub fn origin(&self) -> String {
            part(&self.0, "origin")
        }

        /// The scheme with its colon.
        #[must_use]
        pub fn scheme(&self) -> String {
            part(&self.0, "protocol")
        }

        /// The host without its port.
        #[must_use]
        pub fn host(&self) -> String {
            part(&self.0, "hostname")
        }

        /// The path, dot segments resolved.
        #[must_use]
        pub fn path(&self) -> String {
            part(&self.0, "pathname")
        }

        /// The query with its question mark; empty where there is none.
        #[must_use]
        pub fn query(&self) -> String {
            part(&self.0, "search")
        }

        /// The fragment with its hash; empty where there is none.
        #[must_use]
        pub fn fragment(&self) -> String {
            part(&self.0, "hash")
        }

        /// The whole URL.
        #[must_use]
        pub fn href(&self) -> String {
            part(&self.0, "href")
        }

        /// Whether it carries a user name or a password.
        #[must_use]
        pub fn has_userinfo(&self) -> bool {
            !part(&self.0, "username").is_empty() || !part(&self.0, "password").is_empty()
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod engine {
    /// An absolute URL as the WHATWG URL standard understands it.
    #[derive(Clone, Debug)]
    pub struct Url(url::Url);

    impl Url {
        /// Reads an absolute URL; `None` when it is not one.
        #[must_use]
        pub fn parse(text: &str) -> Option<Self> {
            url::Url::parse(text).ok().map(Self)
        }

        /// Reads a URL that may be relative to `base`.
        #[must_use]
        pub fn resolve(text: &str, base: &str) -> Option<Self> {
            url::Url::parse(base).ok()?.join(text).ok().map(Self)
        }

        /// Scheme, host and port, without a default port.
        #[must_use]
        pub fn origin(&self) -> String {
            self.0.origin().ascii_serialization()
        }

        /// The scheme with its colon.
        #[must_use]
        pub fn scheme(&self) -> String {
            format!("{}:", self.0.scheme())
        }

        /// The host without its port.
        #[must_use]
        pub fn host(&self) -> String {
            self.0.host_str().unwrap_or_default().to_owned()
        }

        /// The path, dot segments resolved.
        #[must_use]
        pub fn path(&self) -> String {
            self.0.path().to_owned()
        }

        /// The query with its question mark; empty where there is none.
        #[must_use]
        pub fn query(&self) -> String {
            self.0.query().filter(|query| !query.is_empty()).map(|query| format!("?{query}")).unwrap_or_default()
        }

        /// The fragment with its hash; empty where there is none.
        #[must_use]
        pub fn fragment(&self) -> String {
            self.0.fragment().filter(|hash| !hash.is_empty()).map(|hash| format!("#{hash}")).unwrap_or_default()
        }

        /// The whole URL.
        #[must_use]
        pub fn href(&self) -> String {
            self.0.as_str().to_owned()
        }

        /// Whether it carries a user name or a password.
        #[must_use]
        pub fn has_userinfo(&self) -> bool {
            !self.0.username().is_empty() || self.0.password().is_some_and(|password| !password.is_empty())
        }
    }
}

pub use engine::Url;

impl Url {
    /// Whether a secret may travel to it: https, or http to this very machine.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        match self.scheme().as_str() {
            "https:" => true,
            "http:" => is_loopback(&self.host()),
            _ => false,
        }
    }
}

/// Whether a URL as it is written has a fragment, even an empty one, which a parsed URL no longer shows.
#[must_use]
pub fn has_fragment(url: &str) -> bool {
    url.bytes().any(|b| b == b'#')
}

/// Whether a host, as a URL parser writes it, is this very machine (RFC 6761, section 6.3; RFC 8252, section 7.3).
fn is_loopback(host: &str) -> bool {
    // A parser makes a number of what looks like one; `127.0.0.1..` does not, and is a name.
    let is_of_digits = host.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let ipv4 = is_of_digits && host.starts_with("127.") && !host.ends_with('.');
    ipv4 || host == "[::1]" || host == "localhost" || host.ends_with(".localhost")
}
