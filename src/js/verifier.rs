//! The exports of `createVerifier`.

use super::convert::{error_to_json, to_js};
use crate::core::base::error::{Error, Kind};
use crate::core::base::json::{Json, Writer};
use crate::core::oauth::proof::Asked;
use crate::core::verifier::config::VerifierConfig;
use crate::core::verifier::need::Need;
use crate::edge::verifier::{Begun, Refused, Verifier};
use crate::js::convert::thrown;
use crate::web::{Imported, Server, tasks};
use js_sys::{Array, Function};
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// A verifier, as the facade holds it.
#[wasm_bindgen]
#[derive(Debug)]
pub struct TokenVerifier {
    verifier: Rc<Verifier<Server>>,
    imported: Imported,
}

#[wasm_bindgen]
impl TokenVerifier {
    /// Reads the options. `host` keeps the names of proofs, where the app has a store for them; a request for keys that brings
    /// nothing within `lost_after_ms` is given up.
    ///
    /// # Errors
    /// The members of an `AuthError`.
    #[wasm_bindgen(constructor)]
    pub fn new(options: JsValue, fetch: Function, host: Function, lost_after_ms: u32) -> Result<Self, JsValue> {
        let options = Json::from_js(options).ok_or_else(|| thrown(Error::about(Kind::InvalidOption, "options")))?;
        let config = VerifierConfig::read(&options).map_err(thrown)?;
        let verifier = Rc::new(Verifier::new(config, lost_after_ms.into(), Server::new(fetch, host)));
        Ok(Self { verifier, imported: Imported::default() })
    }

    /// Looks at a token, or at a header where `is_header`, in UTF-8: the glue's own way of passing a long text takes as long as
    /// all the rest. A promise of whether its signature is valid, or false, for
    /// [`TokenVerifier::settle`]; or a list of that promise, a flight to have land, and whether it looks for new keys: without a
    /// promise another `begin` comes after it. Undefined where somebody else's flight is to be waited for.
    ///
    /// # Errors
    /// The members of a `VerifyError`.
    pub fn begin(
        &self,
        ticket: u32,
        credentials: Option<Vec<u8>>,
        is_header: bool,
        need: JsValue,
    ) -> Result<JsValue, JsValue> {
        let need = Json::from_js(need).map_or_else(|| Ok(Need::default()), |need| Need::read(&need));
        let need = need.map_err(thrown)?;
        // Text that is no UTF-8 there is none in JavaScript.
        let credentials = credentials.map(|bytes| String::from_utf8(bytes).unwrap_or_default());
        let begun = self.verifier.begin(ticket, credentials.as_deref(), is_header, &need);
        Ok(match begun.map_err(|refused| refused_to_js(&refused))? {
            Begun::Check(key, beside) => {
                let checking = self.verifier.signed(ticket, &key, |signed, signature| {
                    self.imported.check(key.number, key.algorithm, &key.key, signed, signature)
                });
                let checking = checking.unwrap_or(JsValue::FALSE);
                match beside {
                    Some(flight) => Array::of3(&checking, &flight.into(), &false.into()).into(),
                    None => checking,
                }
            }
            Begun::Renew(flight, anew) => Array::of3(&JsValue::UNDEFINED, &flight.into(), &anew.into()).into(),
            Begun::Wait => JsValue::UNDEFINED,
        })
    }

    /// What the token under the ticket says, as JSON text.
    ///
    /// # Errors
    /// The members of a `VerifyError`.
    pub fn settle(&self, ticket: u32, valid: bool) -> Result<String, JsValue> {
        self.verifier.settle(ticket, valid).map(Writer::finish).map_err(|refused| refused_to_js(&refused))
    }

    /// Holds a request to its proof: `done` is called with a list of the nonce for the next proof and the members of a
    /// `VerifyError`, of which there is one at most.
    pub fn prove(
        &self,
        authorization: String,
        jkt: String,
        proof: Option<String>,
        method: String,
        url: String,
        done: Function,
    ) {
        let verifier = Rc::clone(&self.verifier);
        tasks::spawn(Box::pin(async move {
            let asked = Asked { method: &method, url: &url };
            let (nonce, refused) = match verifier.prove(&authorization, &jkt, proof.as_deref(), &asked).await {
                Ok(nonce) => (nonce.map_or(JsValue::UNDEFINED, JsValue::from), JsValue::UNDEFINED),
                Err(refused) => (JsValue::UNDEFINED, refused_to_js(&refused)),
            };
            drop(done.call2(&JsValue::UNDEFINED, &nonce, &refused));
        }));
    }

    /// Has a flight land; `done` is called whatever comes of it.
    pub fn renew(&self, flight: u32, anew: bool, done: Function) {
        let verifier = Rc::clone(&self.verifier);
        tasks::spawn(Box::pin(async move {
            verifier.renew(flight, anew).await;
            drop(done.call0(&JsValue::UNDEFINED));
        }));
    }

    /// Says whether the answer to the last request for keys or metadata was a copy that somebody else asked for.
    #[wasm_bindgen(js_name = heedCopy)]
    pub fn heed_copy(&self, is_copy: bool) {
        self.verifier.heed_copy(is_copy);
    }

    /// What is known of the keys.
    #[must_use]
    pub fn known(&self) -> JsValue {
        let known = self.verifier.known();
        let object = Writer::default()
            .whole("generation", known.generation.into())
            .whole("idleUntil", known.idle_until_ms.min(FOR_EVER_MS))
            .truth("hasKeys", known.has_keys)
            .truth("refreshing", known.renewing)
            .whole("proofs", u64::try_from(known.proofs).unwrap_or_default());
        to_js(match &known.error {
            Some(error) => object.json("error", &error_to_json(error).finish()),
            None => object,
        })
    }

    /// Stops for good.
    pub fn dispose(&self) {
        self.verifier.dispose();
    }
}

/// The largest whole number that JavaScript has.
const FOR_EVER_MS: u64 = (1 << 53) - 1;

fn refused_to_js(refused: &Refused) -> JsValue {
    let members = error_to_json(&refused.error)
        .optional("challenge", refused.refusal.challenge.as_deref())
        .text("oauthError", refused.refusal.error)
        .optional("nonce", refused.nonce.as_deref());
    to_js(match refused.refusal.retry_after_s {
        Some(seconds) => members.whole("retryAfterSeconds", seconds.into()),
        None => members,
    })
}
