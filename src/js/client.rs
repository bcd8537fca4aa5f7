//! The exports of the browser entry: one object, one asynchronous call, which costs less than one export for each.

use super::convert::thrown;
use super::need::read_need;
use super::session::{answer, open, read_target, tell, token_to_js};
use crate::core::base::error::{Error, Kind, Result};
use crate::core::base::json::Json;
use crate::core::config::Config;
use crate::core::oauth::authorize::SignInOptions;
use crate::core::options::Options;
use crate::core::session::effect::Need;
use crate::driver::session::Session;
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
        let web = open(fetch, host, tab, publish, report);
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
            answer(&done, perform(&session, &operation, Json::from_js(options).as_ref()).await);
        }));
    }

    /// Says one thing, or asks for it, at once: `tick` that the timer fired, `wake` that the page came back from sleep, the
    /// background or offline, `hear` what another tab said, `dispose` that the session is needed no more; `inspect` for the
    /// state without a secret, `mayReceiveToken` whether a request to this URL may carry the token, or 2 for one of its own,
    /// `heed` what an API's answer means for the request that it answers: 0 that it is the app's, 1 that the token is
    /// refused, 2 that the proof lacks the nonce that came with it.
    #[must_use]
    pub fn tell(&self, what: &str, about: JsValue) -> JsValue {
        tell(&self.0, what, about)
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
            let (method, url) = read_target(options);
            let target = method.as_deref().zip(url.as_deref());
            return Ok(token_to_js(session.token(need, target).await?));
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
