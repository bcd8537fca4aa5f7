//! API keys that a service gives out over its own endpoint: what its answers must be.

use crate::core::base::error::{Error, Kind, Result};
use crate::core::base::http::Response;
use crate::core::base::json::Json;
use crate::core::oauth::token::oauth_error;

const JSON: &[&str] = &["application/json"];

/// The longest key that is taken, in characters: it has to fit into a header.
const MAX_KEY_CHARS: usize = 4096;

/// Whether this can be a key: what is no header value would be in the platform's error, and so in a log.
#[must_use]
pub fn is_key(text: &str) -> bool {
    (1..=MAX_KEY_CHARS).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
}

/// Reads the answer to the wish for a key: the key with its `id`, `name`, `scopes` and `created_at`.
///
/// # Errors
/// `api_key_response_invalid`, naming the member, or why there is no such answer.
pub fn check_created_response(response: &Response) -> Result<Json> {
    let created = body(response, &[200, 201])?;
    check_entry(&created)?;
    if !created.text("key").is_some_and(|key| is_key(&key)) {
        return Err(invalid("key"));
    }
    Ok(created)
}

/// Reads the list of keys, bare or as the only array of an object: none of them shows the key itself.
///
/// # Errors
/// As [`check_created_response`].
pub fn check_listed_response(response: &Response) -> Result<Vec<Json>> {
    let listed = answered(response, &[200])?;
    let entries = listed
        .items()
        .or_else(|| ["data", "keys", "api_keys", "items"].iter().find_map(|name| listed.get(name)?.items()));
    let entries = entries.ok_or_else(|| invalid("list"))?;
    for entry in &entries {
        check_entry(entry)?;
    }
    Ok(entries)
}

/// Reads the answer to the end of a key. One that is gone already has ended as well.
///
/// # Errors
/// Why it has not ended.
pub fn check_revoked_response(response: &Response) -> Result<()> {
    if matches!(response.status, 200 | 202 | 204 | 404 | 410) { Ok(()) } else { Err(refusal(response)) }
}

fn check_entry(entry: &Json) -> Result<()> {
    if entry.text("id").is_none_or(|id| id.is_empty()) {
        return Err(invalid("id"));
    }
    let fits = |name| !entry.has(name) || entry.text(name).is_some();
    for name in ["name", "created_at"] {
        if !fits(name) {
            return Err(invalid(name));
        }
    }
    if entry.has("scopes") && entry.one_or_many("scopes").is_none() {
        return Err(invalid("scopes"));
    }
    Ok(())
}

fn body(response: &Response, statuses: &[u16]) -> Result<Json> {
    answered(response, statuses).and_then(|json| if json.is_object() { Ok(json) } else { Err(invalid("object")) })
}

fn answered(response: &Response, statuses: &[u16]) -> Result<Json> {
    if !statuses.contains(&response.status) {
        return Err(refusal(response));
    }
    let is_json = JSON.contains(&response.media_type.as_str());
    is_json.then(|| Json::parse(response.body.secret())).flatten().ok_or_else(|| response.failure())
}

/// What the service says of it, where it says anything.
fn refusal(response: &Response) -> Error {
    oauth_error(response).unwrap_or_else(|| response.failure())
}

fn invalid(member: &'static str) -> Error {
    Error::about(Kind::ApiKeyResponseInvalid, member)
}
