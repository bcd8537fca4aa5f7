//! The channel between the tabs: each message comes to each other tab at its own time, in any order, or never.

use super::tab::Page;
use tokenward::core::session::message::Message;

/// One message on its way to one page.
#[derive(Clone, Debug)]
pub struct Letter {
    pub to: Page,
    pub message: Message,
    /// When it was sent, on the clock of the world.
    pub sent_ms: u64,
}
