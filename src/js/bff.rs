//! The exports of the edge entry for a backend for front ends.

use super::convert::{error_to_json, thrown, to_js};
use crate::core::base::error::{Error, Kind, Result};
use crate::core::base::json::{Json, Writer};
use crate::core::bff::answer::Answer;
use crate::core::bff::config::BffConfig;
use crate::core::bff::headers::Headers;
use crate::edge::bff::{Asked, Bff, Handled, Passage, Passed, Person};
use crate::web::sealing::SealingKeys;
use crate::web::{Backend, Server, tasks};
use core::cell::RefCell;
use js_sys::{Array, Function};
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// A backend, as the facade holds it. What takes its time calls `done` once: with what is to be done, and what belongs to it.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Gateway(Rc<Bff<Backend>>);

/// A request on its way to an API, to be handed back with the answer.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Way(RefCell<Option<Passage>>);

#[wasm_bindgen]
impl Gateway {
    /// Reads the options. `secrets` are those of the key ring, `signer` signs with the private key, where there is one, and
    /// `host` has the store, the clock to wait by, and the log.
    ///
    /// # Errors
    /// The members of an `AuthError`.
    #[wasm_bindgen(constructor)]
    pub fn new(
        options: JsValue,
        secrets: &JsValue,
        fetch: Function,
        signer: Function,
        host: Function,
    ) -> core::result::Result<Self, JsValue> {
        let options = Json::from_js(options).ok_or_else(|| Error::about(Kind::InvalidOption, "options"));
        let config = options.and_then(|options| BffConfig::read(&options)).map_err(thrown)?;
        let keys = SealingKeys::new(secrets).map_err(thrown)?;
        Ok(Self(Rc::new(Bff::new(config, Backend::new(Server::new(fetch, signer), keys, host)))))
    }

    /// Whether the body of this request is to be read and given to [`Self::handle`].
    #[wasm_bindgen(js_name = readsBody)]
    #[must_use]
    pub fn reads_body(&self, method: &str, url: &str) -> bool {
        self.0.reads_body(method, url)
    }

    /// Says what to do with a request; `headers` are names and values by turns. `done` is called with `notOurs`; `answer`, status,
    /// headers and body; or `pass`, URL, headers, whether it is for a WebSocket, and the way.
    pub fn handle(&self, method: String, url: String, headers: Vec<String>, body: String, done: Function) {
        let bff = Rc::clone(&self.0);
        let asked = Asked { method, url, headers: read_headers(headers), body };
        tasks::spawn(Box::pin(async move {
            match bff.handle(asked).await {
                Handled::NotOurs => call(&done, &Array::of1(&"notOurs".into())),
                Handled::Answer(answer) => call(&done, &answer_to_js(&answer)),
                Handled::Pass(passage) => call(&done, &passage_to_js(*passage)),
            }
        }));
    }

    /// Says what to do with the answer that a way led to; its status is 0 where none came. `done` is called with `pass`, as by
    /// [`Self::handle`], where the request is to be sent again; `down` and headers; or `answer`, status, headers and body.
    pub fn settle(&self, way: &Way, status: u16, headers: Vec<String>, may_repeat: bool, done: Function) {
        let Some(passage) = way.0.take() else { return };
        let bff = Rc::clone(&self.0);
        let headers = read_headers(headers);
        tasks::spawn(Box::pin(async move {
            match bff.settle(passage, status, &headers, may_repeat).await {
                Passed::Again(passage) => call(&done, &passage_to_js(*passage)),
                Passed::Answer(answer) => call(&done, &answer_to_js(&answer)),
                Passed::Down(headers) => {
                    let down = headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
                    call(&done, &Array::of2(&"down".into(), &pairs_to_js(down)));
                }
            }
        }));
    }

    /// What to answer where this runtime cannot open the WebSocket that a way leads to.
    #[wasm_bindgen(js_name = refuseSocket)]
    pub fn refuse_socket(&self, way: &Way, done: Function) {
        let Some(passage) = way.0.take() else { return };
        let bff = Rc::clone(&self.0);
        tasks::spawn(Box::pin(async move {
            let answer = bff.refuse(passage, &Error::new(Kind::WebSocketUnsupported)).await;
            call(&done, &answer_to_js(&answer));
        }));
    }

    /// Who is signed in: `done` is called with `person` and the session, null where nobody is, or with `failure` and the members
    /// of an `AuthError`.
    pub fn person(&self, headers: Vec<String>, done: Function) {
        let bff = Rc::clone(&self.0);
        tasks::spawn(Box::pin(async move {
            let found = bff.person(&read_headers(headers)).await;
            call(&done, &person_to_js(&found));
        }));
    }

    /// It is needed no more.
    pub fn dispose(&self) {
        self.0.dispose();
    }
}

fn call(done: &Function, arguments: &Array) {
    drop(done.apply(&JsValue::UNDEFINED, arguments));
}

/// Names and values by turns.
fn read_headers(flat: Vec<String>) -> Headers {
    let mut flat = flat.into_iter();
    let mut pairs = Vec::new();
    while let (Some(name), Some(value)) = (flat.next(), flat.next()) {
        pairs.push((name, value));
    }
    Headers::new(pairs)
}

fn pairs_to_js<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Array {
    pairs.map(|(name, value)| Array::of2(&name.into(), &value.into())).collect()
}

fn answer_to_js(answer: &Answer) -> Array {
    let headers = pairs_to_js(answer.headers.iter().map(|(name, value)| (*name, value.as_str())));
    Array::of4(&"answer".into(), &answer.status.into(), &headers, &answer.body.as_str().into())
}

fn passage_to_js(passage: Passage) -> Array {
    let headers = pairs_to_js(passage.headers.iter().map(|(name, value)| (name.as_str(), value.secret())));
    let (url, is_web_socket) = (passage.url.as_str().into(), passage.is_web_socket.into());
    Array::of5(&"pass".into(), &url, &headers, &is_web_socket, &Way(RefCell::new(Some(passage))).into())
}

fn person_to_js(found: &Result<Option<Person>>) -> Array {
    match found {
        Ok(Some(person)) => Array::of2(&"person".into(), &to_js(person.write(Writer::default()))),
        Ok(None) => Array::of2(&"person".into(), &JsValue::NULL),
        Err(error) => Array::of2(&"failure".into(), &to_js(error_to_json(error))),
    }
}
