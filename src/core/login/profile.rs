//! The profile of the user, and what the user may do.

use super::answer;
use crate::core::base::error::{Kind, Result};
use crate::core::base::http::{Request, Response};
use crate::core::base::json::Json;
use crate::core::base::secret::AccessToken;

/// Asks for the profile.
#[must_use]
pub fn build_profile_request(profile_url: &str, access_token: &AccessToken) -> Request {
    Request::get(profile_url.to_owned()).with_bearer(access_token)
}

/// Reads the profile.
///
/// # Errors
/// The server's own error, or what the status says.
pub fn check_profile_response(response: &Response) -> Result<Json> {
    answer::object(response, Kind::NotSignedIn)
}

/// Whether `permissions` of this profile or user, a list of strings, has this very string. It is for what to show; what
/// may be done the server decides.
#[must_use]
pub fn has_permission(profile: &Json, permission: &str) -> bool {
    let listed = profile.get("permissions").and_then(|list| list.items()).unwrap_or_default();
    listed.iter().any(|one| one.as_str().is_some_and(|one| one == permission))
}
