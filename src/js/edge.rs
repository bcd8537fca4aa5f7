//! The exports of the edge entry.

use super::convert::{error_to_json, thrown, to_js};
use super::need::read_need;
use crate::core::base::error::{Error, Kind, Result};
use crate::core::base::http::{Response, media_type};
use crate::core::base::json::{Json, Writer};
use crate::core::base::secret::AccessToken;
use crate::core::config::Apis;
use crate::core::jose::jws::MAX_TOKEN_CHARS;
use crate::core::machine::api_key::{check_created_response, check_listed_response, check_revoked_response, is_key};
use crate::core::machine::config::{MachineConfig, read_key_apis};
use crate::core::session::effect::Need;
use crate::edge::machine::{Machine, Told};
use crate::edge::verify::{Verified, verify_jws as verify};
use crate::web::{Server, Worker, tasks};
use js_sys::{Array, Function, JsString, Promise, Uint8Array};
use std::rc::Rc;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::future_to_promise;

/// Verifies a compact JWS. Resolves with its header and its payload; rejects with the members of an `AuthError`.
#[wasm_bindgen(js_name = verifyJws)]
pub fn verify_jws(token: JsValue, keys: JsValue, options: JsValue) -> Promise {
    future_to_promise(async move {
        let Verified { header, payload } = verify_given(&token, keys, options).await.map_err(thrown)?;
        Ok(Array::of2(header.as_js(), &Uint8Array::from(payload.as_slice())).into())
    })
}

async fn verify_given(token: &JsValue, keys: JsValue, options: JsValue) -> Result<Verified> {
    let (keys, options) = (given(keys, "jwkOrSet")?, given(options, "options")?);
    let token = text(token).ok_or_else(|| Error::new(Kind::JwsMalformed))?;
    verify(&Worker, &token, &keys, &options).await
}

fn given(value: JsValue, name: &'static str) -> Result<Json> {
    Json::from_js(value).ok_or_else(|| Error::about(Kind::InvalidOption, name))
}

/// The string, where it is one that may be a token: what is longer is not copied, as the memory would never shrink again.
fn text(value: &JsValue) -> Option<String> {
    let string = value.dyn_ref::<JsString>()?;
    let short = usize::try_from(string.length()).is_ok_and(|length| length <= MAX_TOKEN_CHARS);
    if short { string.as_string() } else { None }
}

/// A client for itself, as the facade holds it.
#[wasm_bindgen]
#[derive(Debug)]
pub struct App(Rc<Machine<Server>>);

#[wasm_bindgen]
impl App {
    /// Reads the options. `signer` signs with the private key, where there is one; a request for a token that brings nothing
    /// within `lost_after_ms` is given up.
    ///
    /// # Errors
    /// The members of an `AuthError`.
    #[wasm_bindgen(constructor)]
    pub fn new(
        options: JsValue,
        fetch: Function,
        signer: Function,
        lost_after_ms: u32,
    ) -> core::result::Result<Self, JsValue> {
        let config = given(options, "options").and_then(|options| MachineConfig::read(&options)).map_err(thrown)?;
        Ok(Self(Rc::new(Machine::new(config, lost_after_ms.into(), Server::new(fetch, signer)))))
    }

    /// Asks for the token: what there is of `token`, `generation`, until when it is fresh, and the `flight` to have land, before
    /// asking again where there is no token. `since` is the generation that the same caller was told first.
    ///
    /// # Errors
    /// The members of an `AuthError`.
    pub fn ask(&self, need: JsValue, since: Option<u32>) -> core::result::Result<JsValue, JsValue> {
        let need = Json::from_js(need).map_or_else(|| Ok(Need::default()), |need| read_need(&need));
        let told = need.and_then(|need| self.0.ask(need, since)).map_err(thrown)?;
        Ok(self.told_to_js(&told))
    }

    /// Has a flight land; `done` is called whatever comes of it.
    pub fn renew(&self, flight: u32, done: Function) {
        let machine = Rc::clone(&self.0);
        tasks::spawn(Box::pin(async move {
            machine.renew(flight).await;
            drop(done.call0(&JsValue::UNDEFINED));
        }));
    }

    /// Says one thing, or asks for it: `mayReceiveToken` whether a request to this URL may carry the token, `heed` whether an
    /// API's answer says that another one may do, `inspect` for the state without a secret, `dispose` that it is needed no more.
    #[must_use]
    pub fn tell(&self, what: &str, about: JsValue) -> JsValue {
        let machine = &self.0;
        match (what, Json::from_js(about)) {
            ("mayReceiveToken", Some(url)) => machine.may_receive_token(&url.as_str().unwrap_or_default()).into(),
            ("heed", Some(answer)) => {
                let status = answer.whole("status").and_then(|status| u16::try_from(status).ok()).unwrap_or_default();
                machine
                    .heed(&answer.text("url").unwrap_or_default(), status, answer.text("challenge").as_deref())
                    .into()
            }
            ("inspect", _) => self.inspection_to_js(),
            _ => {
                machine.dispose();
                JsValue::UNDEFINED
            }
        }
    }
}

impl App {
    fn told_to_js(&self, told: &Told) -> JsValue {
        let mut object = Writer::default()
            .optional("token", told.token.as_ref().map(AccessToken::secret))
            .whole("generation", told.generation.into());
        if let Some(until) = self.0.fresh_until() {
            object = object.whole("untilWall", until.wall_ms).whole("untilMonotonic", until.monotonic_ms);
        }
        if let Some(flight) = told.flight {
            object = object.whole("flight", flight.into());
        }
        to_js(object)
    }

    fn inspection_to_js(&self) -> JsValue {
        let inspection = self.0.inspect();
        let object = Writer::default()
            .truth("hasToken", inspection.has_token)
            .truth("hasRefreshToken", inspection.has_refresh_token)
            .optional("scope", inspection.scope.as_deref())
            .whole_or_null("expiresAt", inspection.expires_at_wall_ms)
            .whole_or_null("refreshAt", inspection.refresh_at_wall_ms)
            .truth("refreshing", inspection.refreshing)
            .whole("generation", inspection.generation.into());
        to_js(match &inspection.error {
            Some(error) => object.json("error", &error_to_json(error).finish()),
            None => object,
        })
    }
}

/// Who may be sent an API key.
#[wasm_bindgen]
#[derive(Debug)]
pub struct KeyApis(Apis);

#[wasm_bindgen]
impl KeyApis {
    /// Reads the option `apis`.
    ///
    /// # Errors
    /// The members of an `AuthError`.
    #[wasm_bindgen(constructor)]
    pub fn new(options: JsValue) -> core::result::Result<Self, JsValue> {
        given(options, "options").and_then(|options| read_key_apis(&options)).map(Self).map_err(thrown)
    }

    /// Whether a request to this URL may carry the key.
    #[must_use]
    pub fn covers(&self, url: &str) -> bool {
        self.0.may_receive_token(url)
    }
}

/// Whether this can be an API key.
#[wasm_bindgen(js_name = isKey)]
#[must_use]
pub fn is_api_key(text: &str) -> bool {
    is_key(text)
}

/// Reads an answer of the endpoint of API keys to `create`, `list` or `revoke`.
///
/// # Errors
/// The members of an `AuthError`.
#[wasm_bindgen(js_name = readKeys)]
pub fn read_keys(
    operation: &str,
    status: u16,
    content_type: &str,
    retry_after_s: Option<u32>,
    body: String,
) -> core::result::Result<JsValue, JsValue> {
    let mut response = Response::new(status, &media_type(content_type), body);
    response.retry_after_s = retry_after_s;
    match operation {
        "create" => check_created_response(&response).map(|created| created.as_js().clone()),
        "list" => check_listed_response(&response).map(|all| all.iter().map(Json::as_js).collect::<Array>().into()),
        _ => check_revoked_response(&response).map(|()| JsValue::UNDEFINED),
    }
    .map_err(thrown)
}
