//! Challenges as HTTP writes them (RFC 9110, sections 5.6 and 11.6.1), read by the engine's regular expressions: an eighth of
//! the code of `lexer.rs`, which does it natively. The tests hold both to the same table.

use super::Challenge;
use crate::core::base::json::Json;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen(module = "/src/core/base/engine.js")]
extern "C" {
    #[wasm_bindgen(js_name = challenges)]
    fn lists_of_words(header: &str) -> JsValue;
}

/// The challenges of a header; none where it is not well formed.
pub(super) fn challenges(header: &str) -> Vec<Challenge> {
    let lists = Json::from_js(lists_of_words(header)).and_then(|lists| lists.items()).unwrap_or_default();
    lists.iter().map(challenge).collect()
}

/// A scheme, then names and values in turn.
fn challenge(list: &Json) -> Challenge {
    let mut words = list.items().unwrap_or_default().into_iter().filter_map(|word| word.as_str());
    let scheme = words.next().unwrap_or_default();
    let mut parameters = Vec::new();
    while let (Some(name), Some(value)) = (words.next(), words.next()) {
        parameters.push((name, value));
    }
    Challenge { scheme, parameters }
}
