//! The record of a session that an own login began: what is stored, and handed to other tabs.

use crate::core::base::json::Json;
use crate::core::base::secret::RawIdToken;
use crate::core::base::time::Now;
use crate::core::session::tokens::{Record, TokenSet, read_tokens, write_tokens};

/// The record to store, of the login with this URL.
#[must_use]
pub fn write_record(tokens: &TokenSet, login_url: &str, generation: u32) -> String {
    write_tokens(tokens, generation).text("login", login_url).json("user", &tokens.claims.to_text()).finish()
}

/// Reads a record of this login back; `None` where it is not one.
#[must_use]
pub fn read_record(record: &Json, login_url: &str, now: Now) -> Option<Record<()>> {
    let user = record.get("user").filter(|user| record.is("login", login_url) && user.is_object())?;
    read_tokens(record, RawIdToken::new(String::new()), user, (), now)
}
