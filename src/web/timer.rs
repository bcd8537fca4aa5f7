//! One timer, and work in the background.

use super::Web;
use crate::ports::Timer;
use core::future::Future;
use core::pin::Pin;
use gloo_timers::callback::Timeout;

/// A browser turns a longer delay into none at all.
const LONGEST_DELAY_MS: u32 = i32::MAX.unsigned_abs();

impl Timer for Web {
    fn start_timer(&self, delay_ms: u64, wake: Box<dyn FnOnce()>) {
        let delay_ms = u32::try_from(delay_ms).unwrap_or(LONGEST_DELAY_MS).min(LONGEST_DELAY_MS);
        self.timer.replace(Some(Timeout::new(delay_ms, wake)));
    }

    fn stop_timer(&self) {
        self.timer.take();
    }

    fn spawn(&self, work: Pin<Box<dyn Future<Output = ()>>>) {
        wasm_bindgen_futures::spawn_local(work);
    }
}
