//! What an API asks of the user (RFC 9470, section 3), as the page is told.

use super::super::framing::is_sound;
use super::super::headers::Headers;
use crate::core::oauth::challenge::{Verdict, judge};

/// No API can send it: what begins like this does not come down.
const NAME: &str = "x-tokenward-step-up";

/// The header by which the page learns that an API wants a stronger or more recent sign-in, and with which options: the
/// page has no reader of challenges. More scope than the backend signs in with is nothing that a page can ask for.
#[must_use]
pub fn step_up_header(status: u16, headers: &Headers) -> Option<(String, String)> {
    match judge(status, headers.get("www-authenticate"), false) {
        Verdict::StepUp(step_up) if step_up.scope.is_none() => Some((NAME.to_owned(), step_up.sign_in())),
        _ => None,
    }
    .filter(|(name, value)| is_sound(name, value))
}
