//! The exports of the browser entry: one object, one asynchronous call, which costs less than one export for each.

use super::convert::{event_to_js, inspection_to_js, snapshot_to_js, thrown, to_js};
use super::need::read_need;
use crate::core::base::error::{Error, Kind, Result};
use crate::core::base::json::{Json, Writer};
use crate::core::config::Config;
use crate::core::oauth::authorize::SignInOptions;
#[cfg(feature = "step-up")]
use crate::core::oauth::challenge::Verdict;
use crate::core::options::Options;
use crate::core::session::effect::{Event, Need};
use crate::driver::session::{Session, Snapshot};
use crate::ports::{Page as _, Window};
use crate::web::{Tab, Web, tasks};
use js_sys::Function;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// One session, as the facade holds it.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Client(Rc<Session<Web>>);

#[wasm_bindgen]
impl Client {
    /// Reads the options. `host` keeps the timer, keys and records, reaches other tabs, and opens windows; `tab` is the one around it.
    /// `publish` hears of snapshots, `report` of events.
    ///
    /// # Errors
    /// The members of an `AuthError`.
    #[wasm_bindgen(constructor)]
    pub fn new(
        options: JsValue,
        fetch: Function,
        host: Function,
        tab: Tab,
        publish: Function,
        report: Function,
    ) -> core::result::Result<Self, JsValue> {
        // The facade's functions do not throw; if one did, the session must go on all the same.
        let publish = move |session: &Snapshot| {
            let (session, user) = snapshot_to_js(session);
            drop(publish.call2(&JsValue::UNDEFINED, &session, &user));
        };
        let report = move |event: &Event| {
            let (name, detail) = event_to_js(event);
            drop(report.call2(&JsValue::UNDEFINED, &JsValue::from_str(name), &detail));
        };
        let web = Web::new(fetch, host, tab, Box::new(publish), Box::new(report));
        let config = Json::from_js(options)
            .ok_or_else(|| Error::about(Kind::InvalidOption, "options"))
            .and_then(|options| Config::read(&options, &web.url()))
            .map_err(thrown)?;
        Ok(Self(Session::new(config, web)))
    }

    /// Does one thing: `start` (with options where somebody was signed in here before), `signIn`, `signOut`, `userinfo` or
    /// `token`. `done` is told what came of it, or undefined and the members of an `AuthError`.
    pub fn call(&self, operation: String, options: JsValue, done: Function) {
        let session = Rc::clone(&self.0);
        tasks::spawn(Box::pin(async move {
            let (value, fault) = match perform(&session, &operation, Json::from_js(options).as_ref()).await {
                Ok(value) => (value, JsValue::UNDEFINED),
                Err(error) => (JsValue::UNDEFINED, thrown(error)),
            };
            drop(done.call2(&JsValue::UNDEFINED, &value, &fault));
        }));
    }

    /// Says one thing, or asks for it, at once: `tick` that the timer fired, `wake` that the page came back from sleep, the
    /// background or offline, `hear` what another tab said, `dispose` that the session is needed no more; `inspect` for the
    /// state without a secret, `mayReceiveToken` whether a request to this URL may carry the token, `heed` what an API's
    /// answer means for the request that it answers: 0 that it is the app's, 1 that the token is refused, 2 that the proof
    /// lacks the nonce that came with it.
    #[must_use]
    pub fn tell(&self, what: &str, about: JsValue) -> JsValue {
        let session = &self.0;
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
        if what == "mayReceiveToken" {
            return session.may_receive_token(&text).into();
        }
        session.hear(&text);
        JsValue::UNDEFINED
    }
}

#[cfg(feature = "step-up")]
fn heed(session: &Rc<Session<Web>>, answer: &Json) -> u8 {
    let text = |name| answer.text(name);
    let status = answer.whole("status").and_then(|status| u16::try_from(status).ok()).unwrap_or_default();
    let url = text("url").unwrap_or_default();
    match session.heed(&url, status, text("challenge").as_deref(), text("nonce").as_deref()) {
        Verdict::Keep | Verdict::StepUp(_) => 0,
        Verdict::Refresh => 1,
        Verdict::Again => 2,
    }
}

async fn perform(session: &Rc<Session<Web>>, operation: &str, options: Option<&Json>) -> Result<JsValue> {
    match operation {
        "start" => session.start(options.is_some()).await,
        "signIn" => {
            let options = options.map_or_else(|| Ok(SignInOptions::default()), SignInOptions::read)?;
            let window = options.popup.then_some(Window::Popup);
            if let Some(tokens) = session.sign_in(options, window).await? {
                session.arrive(tokens).await?;
            }
        }
        "signOut" => {
            let (at_provider, revoke) = options.map_or(Ok((true, true)), read_sign_out)?;
            session.sign_out(at_provider, revoke).await?;
        }
        #[cfg(feature = "userinfo")]
        "userinfo" => return Ok(session.userinfo().await?.as_js().clone()),
        _ => {
            let need = options.map_or_else(|| Ok(Need::default()), read_need)?;
            let text = |name| options.and_then(|options| options.text(name));
            let (method, url) = (text("method"), text("url"));
            let target = method.as_deref().zip(url.as_deref());
            let (token, generation, proof) = session.token(need, target).await?;
            let object = Writer::default().text("token", token.secret()).whole("generation", generation.into());
            return Ok(to_js(object.optional("proof", proof.as_deref())));
        }
    }
    Ok(JsValue::UNDEFINED)
}

fn read_sign_out(object: &Json) -> Result<(bool, bool)> {
    let mut options = Options::new(object, "scope revoke");
    let at_provider = options.one_of("scope", &["local", "provider"]).is_none_or(|scope| scope == "provider");
    let revoke = options.truth("revoke").unwrap_or(true);
    options.finish((at_provider, revoke))
}
