//! The browser around one session.

use crate::core::session::effect::Event;
use crate::driver::session::Snapshot;
use js_sys::Function;

/// Who hears of snapshots.
pub type Publish = Box<dyn Fn(&Snapshot)>;

/// Who hears of events.
pub type Report = Box<dyn Fn(&Event)>;

/// The browser around one session.
pub struct Web {
    pub(super) fetch: Function,
    pub(super) host: Function,
    pub(super) publish: Publish,
    pub(super) report: Report,
}

impl core::fmt::Debug for Web {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Web")
    }
}

impl Web {
    /// The browser, with the `fetch` to use, `host` for the timer, keys, records, tabs and windows, and those who hear of changes.
    #[must_use]
    pub fn new(fetch: Function, host: Function, publish: Publish, report: Report) -> Self {
        Self { fetch, host, publish, report }
    }
}
