//! Passes on what happens to whoever was named when the browser was taken into use.

use super::Web;
use crate::core::session::effect::Event;
use crate::driver::session::Snapshot;
use crate::ports::Audience;

impl Audience for Web {
    fn publish(&self, session: &Snapshot) {
        (self.publish)(session);
    }

    fn report(&self, event: &Event) {
        (self.report)(event);
    }
}
