//! The browser around one session.

use super::plumbing::{self, Tab};
use super::tasks;
use crate::core::session::effect::Event;
use crate::driver::session::Snapshot;
use js_sys::Function;
use wasm_bindgen::JsValue;

/// Who hears of snapshots.
pub type Publish = Box<dyn Fn(&Snapshot)>;

/// Who hears of events.
pub type Report = Box<dyn Fn(&Event)>;

/// The browser around one session.
pub struct Web {
    pub(super) fetch: Function,
    pub(super) host: Function,
    pub(super) tab: Tab,
    pub(super) publish: Publish,
    pub(super) report: Report,
}

impl core::fmt::Debug for Web {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Web")
    }
}

impl Web {
    /// The browser, with the `fetch` to use, `host` for keys, records, tabs and windows, the tab around it, and those who
    /// hear of changes.
    #[must_use]
    pub fn new(fetch: Function, host: Function, tab: Tab, publish: Publish, report: Report) -> Self {
        Self { fetch, host, tab, publish, report }
    }

    /// What `host` makes of the operation.
    pub(super) async fn ask(&self, operation: &str, name: &str, text: &str) -> JsValue {
        tasks::Answer::to(|answer, ticket| plumbing::begin_ask(answer, ticket, &self.host, operation, name, text)).await
    }
}
