//! What the exports of all sessions of a page have in common, whatever the way they come by tokens.

use super::convert::{event_to_js, inspection_to_js, snapshot_to_js, thrown, to_js};
use crate::core::base::error::Result;
use crate::core::base::json::{Json, Writer};
use crate::core::base::secret::AccessToken;
#[cfg(feature = "step-up")]
use crate::core::oauth::challenge::Verdict;
use crate::core::session::effect::Event;
use crate::driver::session::{Session, Snapshot};
use crate::driver::way::Way;
use crate::web::{Tab, Web, tasks};
use js_sys::Function;
use std::rc::Rc;
use wasm_bindgen::JsValue;

/// The browser around a session, and the facade's functions in it.
pub(super) fn open(fetch: Function, host: Function, tab: Tab, publish: Function, report: Function) -> Web {
    // The facade's functions do not throw; if one did, the session must go on all the same.
    let publish = move |session: &Snapshot| {
        let (session, user) = snapshot_to_js(session);
        drop(publish.call2(&JsValue::UNDEFINED, &session, &user));
    };
    let report = move |event: &Event| {
        let (name, detail) = event_to_js(event);
        drop(report.call2(&JsValue::UNDEFINED, &JsValue::from_str(name), &detail));
    };
    Web::new(fetch, host, tab, Box::new(publish), Box::new(report))
}

/// Tells `done` what came of a call, or undefined and the members of an `AuthError`.
pub(super) fn answer(done: &Function, outcome: Result<JsValue>) {
    let (value, fault) = match outcome {
        Ok(value) => (value, JsValue::UNDEFINED),
        Err(error) => (JsValue::UNDEFINED, thrown(error)),
    };
    drop(done.call2(&JsValue::UNDEFINED, &value, &fault));
}

/// Says one thing to a session, or asks for it, at once; and so is whoever waited for that answered.
pub(super) fn tell<W: Way>(session: &Rc<Session<Web, W>>, what: &str, about: JsValue) -> JsValue {
    let answer = pass_on(session, what, about);
    tasks::catch_up();
    answer
}

fn pass_on<W: Way>(session: &Rc<Session<Web, W>>, what: &str, about: JsValue) -> JsValue {
    let Some(about) = Json::from_js(about) else {
        match what {
            "tick" => session.tick(),
            "wake" => session.wake(),
            "inspect" => return inspection_to_js(&session.inspect()),
            _ => session.dispose(),
        }
        return JsValue::UNDEFINED;
    };
    #[cfg(feature = "step-up")]
    if what == "heed" {
        return heed(session, &about).into();
    }
    let text = about.as_str().unwrap_or_default();
    #[cfg(feature = "restriction")]
    if what == "mayReceiveToken" && session.is_restricted(&text) {
        return 2.into();
    }
    if what == "mayReceiveToken" {
        return session.may_receive_token(&text).into();
    }
    session.hear(&text);
    JsValue::UNDEFINED
}

#[cfg(feature = "step-up")]
fn heed<W: Way>(session: &Rc<Session<Web, W>>, answer: &Json) -> u8 {
    let text = |name| answer.text(name);
    let status = answer.whole("status").and_then(|status| u16::try_from(status).ok()).unwrap_or_default();
    let url = text("url").unwrap_or_default();
    match session.heed(&url, status, text("challenge").as_deref(), text("nonce").as_deref()) {
        Verdict::Keep | Verdict::StepUp(_) => 0,
        Verdict::Refresh => 1,
        Verdict::Again => 2,
    }
}

/// The token that a call came by.
pub(super) fn token_to_js((token, generation, proof): (AccessToken, u32, Option<String>)) -> JsValue {
    let object = Writer::default().text("token", token.secret()).whole("generation", generation.into());
    to_js(object.optional("proof", proof.as_deref()))
}

/// The method and the URL of the request that a token is for.
pub(super) fn read_target(options: Option<&Json>) -> Option<(String, String)> {
    let options = options?;
    Some((options.text("method")?, options.text("url")?))
}
