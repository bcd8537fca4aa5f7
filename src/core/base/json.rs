//! JSON through one narrow view: the engine's own `JSON.parse` in a page, a reader in Rust elsewhere.
//!
//! The protocol tests run against both, so the two cannot drift. Only a value's own members are seen, never those of a
//! prototype. What two readers may understand differently is not JSON here: members of one object with the same name
//! (RFC 7515, section 4; RFC 7519, section 4), strings that are no Unicode, numbers beyond a double, nesting without end.

#[cfg(all(target_arch = "wasm32", feature = "page"))]
mod engine {
    use wasm_bindgen::JsValue;
    use wasm_bindgen::prelude::wasm_bindgen;

    #[wasm_bindgen(module = "/src/core/base/engine.js")]
    extern "C" {
        fn parse(text: &str) -> JsValue;
        fn get(value: &JsValue, name: &str) -> JsValue;
        fn text(value: &JsValue, name: Option<&str>) -> Option<String>;
        fn number(value: &JsValue, name: &str) -> Option<f64>;
        fn truth(value: &JsValue, name: &str) -> Option<bool>;
        #[wasm_bindgen(js_name = toText)]
        fn to_text(value: &JsValue) -> String;
        #[wasm_bindgen(js_name = isObject)]
        fn is_object(value: &JsValue) -> bool;
        fn items(value: &JsValue) -> Option<Vec<JsValue>>;
        #[wasm_bindgen(js_name = oneOrMany)]
        fn one_or_many(value: &JsValue, name: &str) -> Option<Vec<String>>;
        fn mentions(value: &JsValue, name: &str) -> bool;
        #[wasm_bindgen(js_name = hasOnly)]
        fn has_only(value: &JsValue, names: &str) -> bool;
    }

    /// A JSON value.
    #[derive(Clone)]
    pub struct Json(JsValue);

    impl Json {
        /// Reads JSON text; `None` when it is not JSON.
        #[must_use]
        pub fn parse(text: &str) -> Option<Self> {
            Self::from_js(parse(text))
        }

        /// Looks at a JavaScript value as if it came from JSON; `None` where it is undefined.
        #[must_use]
        pub fn from_js(value: JsValue) -> Option<Self> {
            if value.is_undefined() { None } else { Some(Self(value)) }
        }

        /// The JavaScript value itself.
        #[must_use]
        pub fn as_js(&self) -> &JsValue {
            &self.0
        }

        /// The text of it.
        #[must_use]
        pub fn to_text(&self) -> String {
            to_text(&self.0)
        }

        /// The member of this name, where this is an object that has it and it is not null.
        #[must_use]
        pub fn get(&self, name: &str) -> Option<Self> {
            Self::from_js(get(&self.0, name))
        }

        /// The string, where this is one.
        #[must_use]
        pub fn as_str(&self) -> Option<String> {
            text(&self.0, None)
        }

        /// The string member of this name.
        #[must_use]
        pub fn text(&self, name: &str) -> Option<String> {
            text(&self.0, Some(name))
        }

        /// The number member of this name.
        #[must_use]
        pub fn number(&self, name: &str) -> Option<f64> {
            number(&self.0, name)
        }

        /// The member of this name that is true or false.
        #[must_use]
        pub fn truth(&self, name: &str) -> Option<bool> {
            truth(&self.0, name)
        }

        /// Whether this is an object, and not an array.
        #[must_use]
        pub fn is_object(&self) -> bool {
            is_object(&self.0)
        }

        /// The items, where this is an array.
        #[must_use]
        pub fn items(&self) -> Option<Vec<Self>> {
            Some(items(&self.0)?.into_iter().map(Self).collect())
        }

        /// The strings of a member that is a string or an array of strings; `None` for anything else.
        #[must_use]
        pub fn one_or_many(&self, name: &str) -> Option<Vec<String>> {
            one_or_many(&self.0, name)
        }

        /// Whether there is a member of this name, even if it is null.
        #[must_use]
        pub fn mentions(&self, name: &str) -> bool {
            mentions(&self.0, name)
        }

        /// Whether every member's name is one of these, which are separated by spaces.
        #[must_use]
        pub fn has_only(&self, names: &str) -> bool {
            has_only(&self.0, names)
        }
    }
}

#[cfg(not(all(target_arch = "wasm32", feature = "page")))]
mod reader;

#[cfg(all(target_arch = "wasm32", feature = "page"))]
pub use engine::Json;
#[cfg(not(all(target_arch = "wasm32", feature = "page")))]
pub use reader::Json;

/// What it holds may be a secret or a claim.
impl core::fmt::Debug for Json {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Json(redacted)")
    }
}

impl Json {
    /// Whether the member of this name is this very string.
    #[must_use]
    #[inline(never)]
    pub fn is(&self, name: &str, text: &str) -> bool {
        self.text(name).is_some_and(|found| found == text)
    }

    /// Whether the member of this name is this very string, or is not there.
    #[must_use]
    #[inline(never)]
    pub fn is_or_lacks(&self, name: &str, text: &str) -> bool {
        !self.has(name) || self.is(name, text)
    }

    /// Whether there is a member of this name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// The whole, non-negative number member of this name.
    #[must_use]
    pub fn whole(&self, name: &str) -> Option<u64> {
        super::time::whole(self.number(name)?)
    }
}

/// Writes one JSON object.
#[derive(Debug, Default)]
pub struct Writer(String);

impl Writer {
    /// Adds a string member.
    #[must_use]
    pub fn text(mut self, name: &str, value: &str) -> Self {
        self.name(name);
        self.quoted(value);
        self
    }

    /// Adds a string member where there is one.
    #[must_use]
    pub fn optional(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.text(name, value),
            None => self,
        }
    }

    /// Adds an array of strings.
    #[must_use]
    pub fn texts<'a>(mut self, name: &str, values: impl IntoIterator<Item = &'a str>) -> Self {
        self.name(name);
        self.0.push('[');
        for (place, value) in values.into_iter().enumerate() {
            if place > 0 {
                self.0.push(',');
            }
            self.quoted(value);
        }
        self.0.push(']');
        self
    }

    /// Adds a whole number.
    #[must_use]
    pub fn whole(self, name: &str, value: u64) -> Self {
        self.json(name, &super::time::digits(value))
    }

    /// Adds a whole number, or null where there is none.
    #[must_use]
    pub fn whole_or_null(self, name: &str, value: Option<u64>) -> Self {
        match value {
            Some(value) => self.whole(name, value),
            None => self.json(name, "null"),
        }
    }

    /// Adds a member that is JSON text already.
    #[must_use]
    pub fn json(mut self, name: &str, json: &str) -> Self {
        self.name(name);
        self.0.push_str(json);
        self
    }

    /// Adds a truth value.
    #[must_use]
    pub fn truth(self, name: &str, value: bool) -> Self {
        self.json(name, if value { "true" } else { "false" })
    }

    /// The text of the object.
    #[must_use]
    pub fn finish(mut self) -> String {
        self.0.push_str(if self.0.is_empty() { "{}" } else { "}" });
        self.0
    }

    fn name(&mut self, name: &str) {
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
        self.quoted(name);
        self.0.push(':');
    }

    fn quoted(&mut self, text: &str) {
        self.0.push('"');
        for c in text.chars() {
            match c {
                '"' | '\\' => {
                    self.0.push('\\');
                    self.0.push(c);
                }
                '\0'..='\x1f' => {
                    self.0.push_str("\\u00");
                    for digit in [u32::from(c) >> 4, u32::from(c) & 15] {
                        self.0.extend(char::from_digit(digit, 16));
                    }
                }
                _ => self.0.push(c),
            }
        }
        self.0.push('"');
    }
}
