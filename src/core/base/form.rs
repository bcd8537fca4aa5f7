//! `application/x-www-form-urlencoded` through one narrow view: the engine's own `URLSearchParams` in wasm, the
//! `form_urlencoded` crate elsewhere (RFC 6749, appendix B; WHATWG URL, section 5).

#[cfg(target_arch = "wasm32")]
mod engine {
    use wasm_bindgen::prelude::wasm_bindgen;

    #[wasm_bindgen(module = "/src/core/base/engine.js")]
    extern "C" {
        fn form(pairs: Vec<String>) -> String;

        /// The values of every parameter of this name, in order.
        #[must_use]
        pub fn values(query: &str, name: &str) -> Vec<String>;
    }

    /// Parameters as a form.
    #[must_use]
    pub fn write(parameters: &[(&str, &str)]) -> String {
        let mut pairs = Vec::new();
        for (name, value) in parameters {
            pairs.push((*name).to_owned());
            pairs.push((*value).to_owned());
        }
        form(pairs)
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod engine {
    /// Parameters as a form.
    #[must_use]
    pub fn write(parameters: &[(&str, &str)]) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish()
    }

    /// The values of every parameter of this name, in order.
    #[must_use]
    pub fn values(query: &str, name: &str) -> Vec<String> {
        let query = query.strip_prefix('?').unwrap_or(query);
        let pairs = form_urlencoded::parse(query.as_bytes());
        pairs.filter(|(found, _)| found == name).map(|(_, value)| value.into_owned()).collect()
    }
}

pub use engine::{values, write};

/// One name or value as it stands in a form.
#[must_use]
pub fn encode(text: &str) -> String {
    write(&[("", text)]).trim_start_matches('=').to_owned()
}
