//! base64url without padding (RFC 7515, section 2), strict: the engine's own `atob` in wasm, `base64ct` elsewhere.

#[cfg(target_arch = "wasm32")]
mod engine {
    use wasm_bindgen::prelude::wasm_bindgen;

    #[wasm_bindgen(module = "/src/core/base/engine.js")]
    extern "C" {
        /// The text of these bytes.
        #[must_use]
        #[wasm_bindgen(js_name = toBase64Url)]
        pub fn encode(bytes: &[u8]) -> String;

        /// The bytes of this text; `None` where it is not the one way to write them.
        #[must_use]
        #[wasm_bindgen(js_name = fromBase64Url)]
        pub fn decode(text: &str) -> Option<Vec<u8>>;

        /// The UTF-8 text that this text stands for; `None` where it does not stand for one.
        #[must_use]
        #[wasm_bindgen(js_name = textFromBase64Url)]
        pub fn decode_text(text: &str) -> Option<String>;
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod engine {
    use base64ct::{Base64UrlUnpadded, Encoding as _};

    /// The text of these bytes.
    #[must_use]
    pub fn encode(bytes: &[u8]) -> String {
        Base64UrlUnpadded::encode_string(bytes)
    }

    /// The bytes of this text; `None` where it is not the one way to write them.
    #[must_use]
    pub fn decode(text: &str) -> Option<Vec<u8>> {
        Base64UrlUnpadded::decode_vec(text).ok()
    }

    /// The UTF-8 text that this text stands for; `None` where it does not stand for one.
    #[must_use]
    pub fn decode_text(text: &str) -> Option<String> {
        String::from_utf8(decode(text)?).ok()
    }
}

pub use engine::{decode, decode_text, encode};

/// The text of these bytes in the standard alphabet and with padding (RFC 4648, section 4).
#[must_use]
pub fn encode_standard(bytes: &[u8]) -> String {
    let mut text = encode(bytes).replace('-', "+").replace('_', "/");
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}
