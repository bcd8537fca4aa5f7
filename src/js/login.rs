//! The exports for an app's own login: those of [`super::client`], so that the same facade serves both.

use super::convert::thrown;
use super::need::read_need;
use super::session::{answer, open, read_target, tell, token_to_js};
use crate::core::base::error::{Error, Kind, Result};
use crate::core::base::json::Json;
use crate::core::login::config::LoginConfig;
use crate::core::options::Options;
use crate::core::session::effect::Need;
use crate::driver::login::Login;
use crate::driver::session::Session;
use crate::ports::Page as _;
use crate::web::{Tab, Web, tasks};
use js_sys::Function;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// One session, as the facade holds it.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Client(Rc<Session<Web, Login>>);

#[wasm_bindgen]
impl Client {
    /// Reads the options. The rest is as in the client of an OpenID provider.
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
            .and_then(|options| LoginConfig::read(&options, &web.url()))
            .map_err(thrown)?;
        Ok(Self(Session::new(config, web)))
    }

    /// Does one thing: `start`, `signIn` with the credentials, `signOut`, `profile`, `can` with the permission, or `token`.
    /// `done` is told what came of it, or undefined and the members of an `AuthError`.
    pub fn call(&self, operation: String, options: JsValue, done: Function) {
        let session = Rc::clone(&self.0);
        tasks::spawn(Box::pin(async move {
            answer(&done, perform(&session, &operation, Json::from_js(options).as_ref()).await);
        }));
    }

    /// Says one thing, or asks for it, at once, in the words of an OpenID provider's client.
    #[must_use]
    pub fn tell(&self, what: &str, about: JsValue) -> JsValue {
        tell(&self.0, what, about)
    }
}

async fn perform(session: &Rc<Session<Web, Login>>, operation: &str, options: Option<&Json>) -> Result<JsValue> {
    match operation {
        "start" => session.start(options.is_some()).await,
        "signIn" => session.sign_in(options).await?,
        "signOut" => session.sign_out(options.map_or(Ok(true), read_sign_out)?).await?,
        "profile" => return Ok(session.profile().await?.as_js().clone()),
        "can" => {
            let permission = options.and_then(Json::as_str);
            let permission = permission.ok_or_else(|| Error::about(Kind::InvalidOption, "permission"))?;
            return Ok(session.can(&permission).await?.into());
        }
        _ => {
            let need = options.map_or_else(|| Ok(Need::default()), read_need)?;
            let (method, url) = read_target(options);
            let target = method.as_deref().zip(url.as_deref());
            // Only the facade's fetch, which names what it is for, has use for what stands in a token's place.
            if target.is_none() && session.has_cookies() {
                return Err(Error::new(Kind::NoToken));
            }
            return Ok(token_to_js(session.token(need, target).await?));
        }
    }
    Ok(JsValue::UNDEFINED)
}

/// Whether the server is to be told.
fn read_sign_out(object: &Json) -> Result<bool> {
    let mut options = Options::new(object, "scope");
    let at_server = options.one_of("scope", &["local", "provider"]).is_none_or(|scope| scope == "provider");
    options.finish(at_server)
}
