//! One timer, which the facade keeps, and work in the background.

use super::{Web, plumbing, tasks};
use crate::core::base::time::digits;
use crate::ports::Timer;
use core::future::Future;
use core::pin::Pin;

impl Timer for Web {
    fn start_timer(&self, delay_ms: u64) {
        plumbing::tell(&self.host, "sleep", &digits(delay_ms), "");
    }

    fn stop_timer(&self) {
        plumbing::tell(&self.host, "sleep", "", "");
    }

    fn spawn(&self, work: Pin<Box<dyn Future<Output = ()>>>) {
        tasks::spawn(work);
    }
}
