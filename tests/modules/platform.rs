//! Hashes, keys, signatures and randomness for the client: WebCrypto in a browser, the crates of `signing` elsewhere.

#[cfg(target_arch = "wasm32")]
mod own {
    use js_sys::Function;
    use tokenward::web::Web;
    use tokenward::web::tasks::{answer, answer_with};
    use wasm_bindgen::closure::Closure;
    use wasm_bindgen::prelude::wasm_bindgen;
    use wasm_bindgen::{JsCast as _, JsValue};

    #[wasm_bindgen(module = "/src/web/keys.js")]
    extern "C" {
        #[wasm_bindgen(thread_local_v2, js_name = perform)]
        static PERFORM: Function;
    }

    // What it imports has to be there beside it.
    #[wasm_bindgen(module = "/src/web/database.js")]
    extern "C" {
        #[wasm_bindgen(thread_local_v2, js_name = transactOn)]
        static TRANSACT_ON: Function;
    }

    /// The browser's own.
    pub(crate) type Platform = Web;

    /// The real ports of the browser; of all of them, the tests use those that calculate.
    pub(crate) fn platform() -> Platform {
        answer_with(Closure::<dyn FnMut(u32, JsValue)>::new(answer).into_js_value().unchecked_into());
        assert!(TRANSACT_ON.with(|function| function.is_function()));
        let nowhere = Function::new_no_args("throw new Error('the provider is in this process')");
        Web::new(
            nowhere,
            PERFORM.with(Clone::clone),
            JsValue::UNDEFINED.unchecked_into(),
            Box::new(|_| {}),
            Box::new(|_| {}),
        )
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod own {
    use crate::modules::signing::{Key, digest, is_signed};
    use core::cell::{Cell, RefCell};
    use std::collections::BTreeMap;
    use tokenward::core::base::error::{Error, Kind, Result};
    use tokenward::core::base::json::Json;
    use tokenward::core::jose::jws::Algorithm;
    use tokenward::ports::{Crypto, Keys, Random};

    /// What stands for it here.
    #[derive(Default)]
    pub(crate) struct Platform {
        drawn: Cell<u32>,
        keys: RefCell<BTreeMap<String, Key>>,
    }

    pub(crate) fn platform() -> Platform {
        Platform::default()
    }

    impl Random for Platform {
        /// No bytes come twice.
        fn bytes(&self, count: u32) -> Result<Vec<u8>> {
            let drawn = self.drawn.get() + 1;
            self.drawn.set(drawn);
            Ok(digest(512, &drawn.to_string()).into_iter().cycle().take(count.try_into().unwrap()).collect())
        }
    }

    impl Crypto for Platform {
        async fn digest(&self, bits: u16, text: &str) -> Result<Vec<u8>> {
            Ok(digest(bits, text))
        }

        async fn verify(&self, algorithm: Algorithm, key: &Json, signed: &str, signature: &[u8]) -> bool {
            is_signed(algorithm.name(), &serde_json::from_str(&key.to_text()).unwrap(), signed, signature)
        }
    }

    impl Keys for Platform {
        async fn make_key(&self, name: &str) -> Result<Json> {
            let key = Key::p256("", digest(256, name).try_into().unwrap());
            let public = Json::parse(&key.public().to_string()).unwrap();
            self.keys.borrow_mut().insert(name.to_owned(), key);
            Ok(public)
        }

        async fn sign(&self, name: &str, text: &str) -> Result<Vec<u8>> {
            let keys = self.keys.borrow();
            keys.get(name).map(|key| key.sign("ES256", text)).ok_or_else(|| Error::new(Kind::DpopKeyLost))
        }

        fn forget_key(&self, name: &str) {
            self.keys.borrow_mut().remove(name);
        }
    }
}

pub(crate) use own::{Platform, platform};
