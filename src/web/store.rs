//! Strings in sessionStorage: this tab only.

use super::{Web, plumbing};
use crate::core::base::error::{Error, Kind, Result};
use crate::ports::Store;
use wasm_bindgen::JsValue;

impl Store for Web {
    fn load(&self, name: &str) -> Result<Option<String>> {
        plumbing::load(name).map_err(failed)
    }

    fn save(&self, name: &str, value: &str) -> Result<()> {
        plumbing::save(name, value).map_err(failed)
    }

    fn remove(&self, name: &str) -> Result<()> {
        plumbing::remove(name).map_err(failed)
    }

    fn names(&self, prefix: &str) -> Result<Vec<String>> {
        plumbing::names(prefix).map_err(failed)
    }
}

fn failed(_: JsValue) -> Error {
    Error::new(Kind::StorageFailed)
}
