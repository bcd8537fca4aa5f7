//! The browser around one session.

use super::plumbing::Tab;
use crate::core::session::effect::Event;
use crate::driver::session::Snapshot;
use core::cell::RefCell;
use gloo_timers::callback::Timeout;
use js_sys::Function;

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
    pub(super) timer: RefCell<Option<Timeout>>,
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
        Self { fetch, host, tab, publish, report, timer: RefCell::default() }
    }
}
