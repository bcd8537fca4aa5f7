//! Strings in sessionStorage: this tab only.

use super::Web;
use crate::core::base::error::{Error, Kind, Result};
use crate::ports::Store;

impl Store for Web {
    fn load(&self, name: &str) -> Result<Option<String>> {
        self.tab.load(name).map_err(|_| failed())
    }

    fn save(&self, name: &str, value: &str) -> Result<()> {
        self.tab.save(name, value).then_some(()).ok_or_else(failed)
    }

    fn remove(&self, name: &str) -> Result<()> {
        self.tab.remove(name).then_some(()).ok_or_else(failed)
    }

    fn names(&self, prefix: &str) -> Result<Vec<String>> {
        self.tab.names(prefix).ok_or_else(failed)
    }
}

fn failed() -> Error {
    Error::new(Kind::StorageFailed)
}
