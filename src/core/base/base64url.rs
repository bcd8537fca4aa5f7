//! base64url without padding (RFC 7515, section 2), strict: the engine's own `atob` in a page, Rust elsewhere.

#[cfg(all(target_arch = "wasm32", feature = "page"))]
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

#[cfg(not(all(target_arch = "wasm32", feature = "page")))]
mod engine {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    /// The text of these bytes.
    #[must_use]
    pub fn encode(bytes: &[u8]) -> String {
        let mut text = String::with_capacity(bytes.len().div_ceil(3).saturating_mul(4));
        for group in bytes.chunks(3) {
            let bits =
                group.iter().fold(0_u32, |bits, byte| (bits << 8) | u32::from(*byte)) << bits_missing(group.len());
            for place in 0..=group.len() {
                let six = usize::try_from((bits >> (18_usize.saturating_sub(place.saturating_mul(6)))) & 63);
                text.extend(six.ok().and_then(|six| LETTERS.get(six)).map(|letter| char::from(*letter)));
            }
        }
        text
    }

    const fn bits_missing(bytes: usize) -> usize {
        24_usize.saturating_sub(bytes.saturating_mul(8))
    }

    /// The bytes of this text; `None` where it is not the one way to write them.
    #[must_use]
    pub fn decode(text: &str) -> Option<Vec<u8>> {
        let mut bytes = Vec::with_capacity(text.len().saturating_mul(3) / 4);
        for group in text.as_bytes().chunks(4) {
            let mut bits: u32 = 0;
            for letter in group {
                bits = (bits << 6) | value(*letter)?;
            }
            // The letters after the last byte's bits are none, and the bits that are left over are zero.
            let count = group.len().checked_sub(1).filter(|count| *count > 0)?;
            let [_, all @ ..] = (bits << (24_usize.saturating_sub(group.len().saturating_mul(6)))).to_be_bytes();
            let (own, left) = all.split_at_checked(count)?;
            if left.iter().any(|byte| *byte != 0) {
                return None;
            }
            bytes.extend_from_slice(own);
        }
        Some(bytes)
    }

    /// What each letter stands for; more than six bits where it stands for nothing.
    const VALUES: [u8; 256] = {
        let mut values = [u8::MAX; 256];
        let mut value = 0_u8;
        while value < 64 {
            #[expect(clippy::indexing_slicing, clippy::as_conversions, reason = "the compiler does it")]
            {
                values[LETTERS[value as usize] as usize] = value;
            }
            value = value.wrapping_add(1);
        }
        values
    };

    fn value(letter: u8) -> Option<u32> {
        VALUES.get(usize::from(letter)).filter(|value| **value < 64).map(|value| u32::from(*value))
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
