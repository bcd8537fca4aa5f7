//! What all endpoints of an own login have in common: how they refuse, and in which words.

use crate::core::base::error::{Error, Kind, OAuthError, Result};
use crate::core::base::http::Response;
use crate::core::base::json::Json;

/// The JSON object of an answer that is [`accepted`].
pub(super) fn object(response: &Response, refused: Kind) -> Result<Json> {
    accepted(response, refused)?;
    let object = response.any_json_object().filter(|_| response.media_type == "application/json");
    object.ok_or_else(|| Error::new(Kind::ResponseUnusable).with_status(response.status, None))
}

/// Whether an answer is no refusal; `refused` is what a refusal without words of its own comes to.
pub(super) fn accepted(response: &Response, refused: Kind) -> Result<()> {
    match response.status {
        200..=299 => Ok(()),
        // These are about the pace, and not about what was asked.
        408 | 425 | 429 => Err(response.failure()),
        400..=499 => Err(refusal(response, refused)),
        _ => Err(response.failure()),
    }
}

fn refusal(response: &Response, refused: Kind) -> Error {
    let error = match words(response) {
        Some(words) => Error::from_oauth(words),
        None if matches!(response.status, 401 | 403) => Error::new(refused),
        None => return response.failure(),
    };
    error.with_status(response.status, None)
}

/// What the server says, as it says it: its `error`, and what is for people in `message`, or as OAuth has it.
pub(super) fn words(response: &Response) -> Option<OAuthError> {
    let body = response.any_json_object()?;
    let description = body.text("error_description").or_else(|| body.text("message"));
    Some(OAuthError { error: body.text("error")?, description, uri: body.text("error_uri") })
}
