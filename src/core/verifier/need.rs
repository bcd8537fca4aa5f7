//! What one call asks of a token beyond being valid.

use crate::core::base::error::Result;
use crate::core::base::json::Json;
use crate::core::options::Options;

/// The most seconds that a `maxAgeSeconds` can be: ten years.
const MAX_AGE_S: u64 = 10 * 365 * 24 * 60 * 60;

/// What one endpoint asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Need {
    /// Scopes, all of which the token must have.
    pub scopes: Vec<String>,
    /// Classes of authentication, one of which the token must name (RFC 9470, section 3).
    pub acr_values: Vec<String>,
    /// The most seconds since the user authenticated.
    pub max_age_s: Option<u64>,
}

impl Need {
    /// Reads the options of one call.
    ///
    /// # Errors
    /// `invalid_option`, naming it.
    pub fn read(object: &Json) -> Result<Self> {
        let mut options = Options::new(object, "scope acrValues maxAgeSeconds");
        let need = Self {
            scopes: words(&mut options, "scope"),
            acr_values: words(&mut options, "acrValues"),
            max_age_s: options.whole("maxAgeSeconds", MAX_AGE_S),
        };
        options.finish(need)
    }
}

/// Words separated by spaces, each of which fits into a challenge (RFC 6749, section 3.3).
fn words(options: &mut Options<'_>, name: &'static str) -> Vec<String> {
    let text = options.text(name).unwrap_or_default();
    let words: Vec<String> = text.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect();
    let is_sound = |word: &String| word.bytes().all(|b| matches!(b, 0x21 | 0x23..=0x5b | 0x5d..=0x7e));
    if !words.iter().all(is_sound) || words.is_empty() && options.object().has(name) {
        options.refuse(name);
    }
    words
}
