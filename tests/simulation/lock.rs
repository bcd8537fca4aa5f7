//! The lock that only one page has: first come, first served.

use super::tab::Page;
use std::collections::VecDeque;

#[derive(Clone, Debug, Default)]
pub struct Lock {
    holder: Option<Page>,
    queue: VecDeque<(Page, u32)>,
}

impl Lock {
    /// A page waits, and names its wish.
    pub fn wait(&mut self, page: Page, epoch: u32) {
        self.queue.push_back((page, epoch));
    }

    /// Whether the first in the queue can have it.
    pub fn is_grantable(&self) -> bool {
        self.holder.is_none() && !self.queue.is_empty()
    }

    /// Gives it to the first in the queue.
    pub fn grant(&mut self) -> Option<(Page, u32)> {
        let (page, epoch) = self.queue.pop_front()?;
        self.holder = Some(page);
        Some((page, epoch))
    }

    /// A page gives it back or waits no longer, or is gone.
    pub fn leave(&mut self, page: Page) {
        self.queue.retain(|(waiting, _)| *waiting != page);
        self.holder = self.holder.filter(|holder| *holder != page);
    }

    /// Whether the page has it or waits for it.
    pub fn knows(&self, page: Page) -> bool {
        self.holder == Some(page) || self.queue.iter().any(|(waiting, _)| *waiting == page)
    }
}
