//! From the core's own values to JavaScript's: as JSON text, by the writer that the records have anyway.

use crate::core::base::error::Error;
use crate::core::base::json::{Json, Writer};
use crate::core::base::time::SECOND_MS;
use crate::core::session::effect::Event;
use crate::driver::session::{Inspection, Snapshot};
use wasm_bindgen::JsValue;

/// The JavaScript object of this JSON text.
#[must_use]
pub fn to_js(object: Writer) -> JsValue {
    Json::parse(&object.finish()).map_or(JsValue::UNDEFINED, |object| object.as_js().clone())
}

/// The members that the facade's `AuthError` is made of.
#[must_use]
pub fn error_to_json(error: &Error) -> Writer {
    let entry = error.kind.entry();
    let mut object = Writer::default()
        .text("name", entry.class.name())
        .text("code", entry.code)
        .text("phase", error.phase.name())
        .truth("retryable", entry.retryable)
        .text("message", &error.message());
    if !entry.suggestion.is_empty() {
        object = object.text("suggestion", entry.suggestion);
    }
    if let Some(status) = error.status {
        object = object.whole("status", status.into());
    }
    if let Some(oauth) = &error.oauth {
        let words = Writer::default()
            .text("error", &oauth.error)
            .optional("description", oauth.description.as_deref())
            .optional("uri", oauth.uri.as_deref());
        object = object.json("oauth", &words.finish());
    }
    object
}

/// What is thrown, for `map_err`.
#[must_use]
#[expect(clippy::needless_pass_by_value, reason = "the signature that map_err asks for")]
pub fn thrown(error: Error) -> JsValue {
    to_js(error_to_json(&error))
}

/// The session as the app sees it, beside it what the facade keeps to itself; and the user, who is no JSON text.
#[must_use]
pub fn snapshot_to_js(snapshot: &Snapshot) -> (JsValue, JsValue) {
    match snapshot {
        Snapshot::SignedOut { reason, error } => {
            let object = Writer::default().text("status", "signedOut").text("reason", reason.name());
            (to_js(with_error(object, error.as_ref())), JsValue::UNDEFINED)
        }
        Snapshot::SignedIn {
            user,
            access_token,
            bound,
            authorization_details,
            generation,
            expires_at_wall_ms,
            fresh_until,
            stale,
        } => {
            let mut object = Writer::default()
                .text("status", "signedIn")
                .whole_or_null("expiresAt", *expires_at_wall_ms)
                .truth("stale", *stale)
                .whole("generation", (*generation).into());
            if !bound {
                object = object.text("token", access_token.secret());
            }
            if let Some(details) = authorization_details {
                object = object.json("authorizationDetails", &details.to_text());
            }
            if let Some(until) = fresh_until {
                object = object.whole("freshUntilWall", until.wall_ms).whole("freshUntilMonotonic", until.monotonic_ms);
            }
            (to_js(object), user.as_js().clone())
        }
    }
}

/// The name of an event and its detail.
#[must_use]
pub fn event_to_js(event: &Event) -> (&'static str, JsValue) {
    let object = Writer::default();
    let (name, object) = match event {
        Event::SignedIn { restored, return_to } => {
            let object = object.truth("restored", *restored);
            let object = match return_to {
                Some(return_to) => object.text("returnTo", return_to),
                None => object.json("returnTo", "null"),
            };
            ("signedIn", object)
        }
        Event::TokenRefreshed { expires_at_wall_ms } => {
            ("tokenRefreshed", object.whole_or_null("expiresAt", *expires_at_wall_ms))
        }
        Event::RefreshFailed { error, retry_in_ms } => {
            let retry_in_s = retry_in_ms.map(|milliseconds| milliseconds.div_ceil(SECOND_MS));
            ("refreshFailed", with_error(object.whole_or_null("retryInSeconds", retry_in_s), Some(error)))
        }
        Event::SignedOut { reason, error } => {
            ("signedOut", with_error(object.text("reason", reason.name()), error.as_ref()))
        }
        Event::InteractionRequired(error) => ("interactionRequired", with_error(object, Some(error))),
        Event::StepUpRequired(step_up) => {
            ("stepUpRequired", with_error(object.json("signIn", &step_up.sign_in()), Some(&step_up.error())))
        }
    };
    (name, to_js(object))
}

fn with_error(object: Writer, error: Option<&Error>) -> Writer {
    match error {
        Some(error) => object.json("error", &error_to_json(error).finish()),
        None => object,
    }
}

/// The state without a secret.
#[must_use]
pub fn inspection_to_js(inspection: &Inspection) -> JsValue {
    to_js(
        Writer::default()
            .optional("scope", inspection.scope.as_deref())
            .whole_or_null("expiresAt", inspection.expires_at_wall_ms)
            .whole_or_null("refreshAt", inspection.refresh_at_wall_ms)
            .truth("hasRefreshToken", inspection.has_refresh_token)
            .truth("refreshing", inspection.refreshing)
            .whole("generation", inspection.generation.into()),
    )
}
