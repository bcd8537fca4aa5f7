//! Which token will do, as JavaScript says it.

use crate::core::base::error::Result;
use crate::core::base::json::Json;
use crate::core::base::time::SECOND_MS;
use crate::core::oauth::restriction::Restriction;
use crate::core::options::Options;
use crate::core::session::effect::Need;

/// The most seconds that a token can be asked to live on.
const MAX_TTL_S: u64 = 86_400;

const NAMES: &str = if cfg!(feature = "restriction") {
    "minTtlSeconds force refusedGeneration method url scope audience resource"
} else {
    "minTtlSeconds force refusedGeneration method url"
};

/// Reads the options of a call for a token.
///
/// # Errors
/// `invalid_option`, naming the option.
pub fn read_need(object: &Json) -> Result<Need> {
    let mut options = Options::new(object, NAMES);
    let need = Need {
        min_ttl_ms: options.whole("minTtlSeconds", MAX_TTL_S).unwrap_or(0).saturating_mul(SECOND_MS),
        force: options.truth("force").unwrap_or(false),
        refused_generation: options
            .whole("refusedGeneration", u32::MAX.into())
            .and_then(|generation| u32::try_from(generation).ok()),
        restriction: Restriction::read(&mut options),
    };
    options.finish(need)
}
