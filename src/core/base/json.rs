//! JSON through one narrow view: the engine's own `JSON.parse` in wasm, `serde_json` elsewhere.
//!
//! The protocol tests run against both, so the two cannot drift. Only a value's own members are seen, never those of a
//! prototype.

#[cfg(target_arch = "wasm32")]
mod engine {
    use wasm_bindgen::{JsCast, JsValue};

    /// A JSON value.
    #[derive(Clone, Debug)]
    pub struct Json(JsValue);

    impl Json {
        /// Reads JSON text; `None` when it is not JSON.
        #[must_use]
        pub fn parse(text: &str) -> Option<Self> {
            js_sys::JSON::parse(text).ok().map(Self)
        }

        /// Looks at a JavaScript value as if it came from JSON.
        #[must_use]
        pub fn from_js(value: JsValue) -> Self {
            Self(value)
        }

        /// The JavaScript value itself.
        #[must_use]
        pub fn as_js(&self) -> &JsValue {
            &self.0
        }

        /// The member of this name, where this is an object that has it and it is neither null nor undefined.
        #[must_use]
        pub fn get(&self, name: &str) -> Option<Self> {
            let name = JsValue::from_str(name);
            let object = self.0.dyn_ref::<js_sys::Object>()?;
            if !js_sys::Object::has_own(object, &name) {
                return None;
            }
            let value = js_sys::Reflect::get(&self.0, &name).ok()?;
            (!value.is_null() && !value.is_undefined()).then_some(Self(value))
        }

        /// The string, where this is one.
        #[must_use]
        pub fn as_str(&self) -> Option<String> {
            self.0.as_string()
        }

        /// The number, where this is one.
        #[must_use]
        pub fn as_f64(&self) -> Option<f64> {
            self.0.as_f64()
        }

        /// The truth value, where this is one.
        #[must_use]
        pub fn as_bool(&self) -> Option<bool> {
            self.0.as_bool()
        }

        /// Whether this is an object, and not an array.
        #[must_use]
        pub fn is_object(&self) -> bool {
            self.0.is_object() && !js_sys::Array::is_array(&self.0)
        }

        /// The items, where this is an array.
        #[must_use]
        pub fn items(&self) -> Option<Vec<Self>> {
            js_sys::Array::is_array(&self.0).then(|| js_sys::Array::from(&self.0).iter().map(Self).collect())
        }

        /// The names of the members, where this is an object.
        #[must_use]
        pub fn names(&self) -> Vec<String> {
            self.0
                .dyn_ref::<js_sys::Object>()
                .map(|object| js_sys::Object::keys(object).iter().filter_map(|name| name.as_string()).collect())
                .unwrap_or_default()
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod engine {
    use serde_json::Value;

    /// A JSON value.
    #[derive(Clone, Debug)]
    pub struct Json(Value);

    impl Json {
        /// Reads JSON text; `None` when it is not JSON.
        #[must_use]
        pub fn parse(text: &str) -> Option<Self> {
            serde_json::from_str(text).ok().map(Self)
        }

        /// The member of this name, where this is an object that has it and it is not null.
        #[must_use]
        pub fn get(&self, name: &str) -> Option<Self> {
            self.0.as_object()?.get(name).filter(|value| !value.is_null()).cloned().map(Self)
        }

        /// The string, where this is one.
        #[must_use]
        pub fn as_str(&self) -> Option<String> {
            self.0.as_str().map(str::to_owned)
        }

        /// The number, where this is one.
        #[must_use]
        pub fn as_f64(&self) -> Option<f64> {
            self.0.as_f64()
        }

        /// The truth value, where this is one.
        #[must_use]
        pub fn as_bool(&self) -> Option<bool> {
            self.0.as_bool()
        }

        /// Whether this is an object, and not an array.
        #[must_use]
        pub fn is_object(&self) -> bool {
            self.0.is_object()
        }

        /// The items, where this is an array.
        #[must_use]
        pub fn items(&self) -> Option<Vec<Self>> {
            self.0.as_array().map(|items| items.iter().cloned().map(Self).collect())
        }

        /// The names of the members, where this is an object.
        #[must_use]
        pub fn names(&self) -> Vec<String> {
            self.0.as_object().map(|members| members.keys().cloned().collect()).unwrap_or_default()
        }
    }
}

pub use engine::Json;

impl Json {
    /// The string member of this name.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        self.get(name)?.as_str()
    }

    /// The number member of this name.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<f64> {
        self.get(name)?.as_f64()
    }

    /// The whole, non-negative number member of this name.
    #[must_use]
    pub fn whole(&self, name: &str) -> Option<u64> {
        super::time::whole(self.number(name)?)
    }

    /// The strings of a member that is a string or an array of strings; `None` for anything else.
    #[must_use]
    pub fn one_or_many(&self, name: &str) -> Option<Vec<String>> {
        let value = self.get(name)?;
        match value.as_str() {
            Some(one) => Some(vec![one]),
            None => value.items()?.iter().map(Json::as_str).collect(),
        }
    }
}

/// Writes one flat JSON object: strings, whole numbers, truth values. What it writes is only read back by this crate.
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

    /// Adds a whole number.
    #[must_use]
    pub fn whole(mut self, name: &str, value: u64) -> Self {
        self.name(name);
        self.0.push_str(&value.to_string());
        self
    }

    /// Adds a truth value.
    #[must_use]
    pub fn truth(mut self, name: &str, value: bool) -> Self {
        self.name(name);
        self.0.push_str(if value { "true" } else { "false" });
        self
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
        const HEX: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
        self.0.push('"');
        for c in text.chars() {
            match c {
                '"' | '\\' => {
                    self.0.push('\\');
                    self.0.push(c);
                }
                '\0'..='\x1f' => {
                    let code = usize::try_from(u32::from(c)).unwrap_or_default();
                    self.0.push_str("\\u00");
                    self.0.extend([HEX.get(code >> 4), HEX.get(code & 15)].into_iter().flatten());
                }
                _ => self.0.push(c),
            }
        }
        self.0.push('"');
    }
}
