//! The other tabs: `tabs.js` beside this file.

use super::{Web, plumbing};
use crate::core::base::json::Json;
use crate::core::base::text::concat;
use crate::core::base::time::digits;
use crate::core::session::message::Mark;
use crate::ports::{Change, Tabs};

impl Tabs for Web {
    async fn lock(&self) -> bool {
        self.ask("lock", "", "").await.is_truthy()
    }

    fn unlock(&self) {
        plumbing::tell(&self.host, "unlock", "", "");
    }

    async fn mark(&self, change: Change, floor: u32) -> Option<Mark> {
        let count = |from: Option<u32>| match from {
            Some(from) => digits(from.into()),
            None => concat(&[&digits(floor.into()), "+"]),
        };
        let change = match change {
            Change::None => String::new(),
            Change::Next(from) => count(from),
            Change::Over(from) => concat(&["over", &count(from)]),
        };
        let mark = Json::from_js(self.ask("mark", &change, "").await)?;
        Some(Mark {
            generation: u32::try_from(mark.whole("generation")?).ok()?,
            over: mark.truth("over")?,
            written: mark.truth("written")?,
        })
    }

    fn say(&self, text: &str) {
        plumbing::tell(&self.host, "say", text, "");
    }
}
