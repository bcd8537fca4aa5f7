//! The exports of the browser entry: one object, one asynchronous call, which costs less than one export for each.

use super::convert::{event_to_js, inspection_to_js, snapshot_to_js, thrown, to_js};
use crate::core::base::error::{Error, Kind, Result};
use crate::core::base::json::{Json, Writer};
use crate::core::base::time::SECOND_MS;
use crate::core::config::Config;
use crate::core::oauth::authorize::SignInOptions;
#[cfg(feature = "step-up")]
use crate::core::oauth::challenge::Verdict;
use crate::core::options::Options;
use crate::core::session::effect::{Event, Need};
use crate::driver::session::{Session, Snapshot};
use crate::ports::{Page as _, Window};
use crate::web::Web;
use js_sys::{Function, Promise};
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::future_to_promise;

/// The most seconds that a token can be asked to live on.
const MAX_TTL_S: u64 = 86_400;

/// One session, as the facade holds it.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Client(Rc<Session<Web>>);

#[wasm_bindgen]
impl Client {
    /// Reads the options. `host` keeps the timer, keys and records, reaches other tabs, and opens windows. `publish` hears of snapshots, `report` of events.
    ///
    /// # Errors
    /// The members of an `AuthError`.
    #[wasm_bindgen(constructor)]
    pub fn new(
        options: JsValue,
        fetch: Function,
        host: Function,
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
        let web = Web::new(fetch, host, Box::new(publish), Box::new(report));
        let config = Json::from_js(options)
            .ok_or_else(|| Error::about(Kind::InvalidOption, "options"))
            .and_then(|options| Config::read(&options, &web.url()))
            .map_err(thrown)?;
        Ok(Self(Session::new(config, web)))
    }

    /// Does one thing: `start` (with options where somebody was signed in here before), `signIn`, `signOut`, `userinfo` or `token`. The promise rejects with the members of an `AuthError`.
    pub fn call(&self, operation: String, options: JsValue) -> Promise {
        let session = Rc::clone(&self.0);
        future_to_promise(async move {
            perform(&session, &operation, Json::from_js(options).as_ref()).await.map_err(thrown)
        })
    }

    /// Whether a request to this URL may carry the token.
    #[wasm_bindgen(js_name = mayReceiveToken)]
    #[must_use]
    pub fn may_receive_token(&self, url: &str) -> bool {
        self.0.may_receive_token(url)
    }

    /// What an API's answer means for the request that it answers: 0 that it is the app's, 1 that the token is refused, 2
    /// that the proof lacks the nonce that came with it.
    #[cfg(feature = "step-up")]
    #[expect(clippy::needless_pass_by_value, reason = "what JavaScript hands over is the callee's")]
    #[must_use]
    pub fn heed(&self, url: &str, status: u16, challenge: Option<String>, nonce: Option<String>) -> u8 {
        match self.0.heed(url, status, challenge.as_deref(), nonce.as_deref()) {
            Verdict::Keep | Verdict::StepUp(_) => 0,
            Verdict::Refresh => 1,
            Verdict::Again => 2,
        }
    }

    /// Says that something happened: `tick` that the timer fired, `wake` that the page came back from sleep, the background
    /// or offline, `hear` that another tab said the text, and anything else that the session is needed no more.
    pub fn tell(&self, what: &str, text: &str) {
        match what {
            "tick" => self.0.tick(),
            "wake" => self.0.wake(),
            "hear" => self.0.hear(text),
            _ => self.0.dispose(),
        }
    }

    /// The state without a secret.
    #[must_use]
    pub fn inspect(&self) -> JsValue {
        inspection_to_js(&self.0.inspect())
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

fn read_need(object: &Json) -> Result<Need> {
    let mut options = Options::new(object, "minTtlSeconds force refusedGeneration method url");
    let need = Need {
        min_ttl_ms: options.whole("minTtlSeconds", MAX_TTL_S).unwrap_or(0).saturating_mul(SECOND_MS),
        force: options.truth("force").unwrap_or(false),
        refused_generation: options
            .whole("refusedGeneration", u32::MAX.into())
            .and_then(|generation| u32::try_from(generation).ok()),
    };
    options.finish(need)
}
