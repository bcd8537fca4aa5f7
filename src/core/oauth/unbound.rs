//! A build that makes no proofs: what `dpop.rs` is there, for no key.

use crate::core::base::error::{Error, Kind, Result};
use crate::core::base::json::{Json, Writer};

/// There is none. That is kept private, as code for what can not be would otherwise be reported everywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DpopKey(Never);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Never {}

/// Nobody asks.
#[must_use]
pub const fn is_offered(_: &Json) -> Option<bool> {
    None
}

/// Adds nothing to a record.
#[must_use]
pub fn write(record: Writer, _: Option<&DpopKey>) -> Writer {
    record
}

/// No key.
///
/// # Errors
/// `dpop_key_lost` where the record has one: without proofs a bound token would go out as if it were anybody's.
pub fn read(record: &Json) -> Result<Option<DpopKey>> {
    if record.has("dpop_key") || record.has("dpop_public") { Err(Error::new(Kind::DpopKeyLost)) } else { Ok(None) }
}
