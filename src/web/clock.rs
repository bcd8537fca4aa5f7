//! Both clocks.

use super::{Web, plumbing};
use crate::core::base::time::{Now, whole};
use crate::ports::Clock;

impl Clock for Web {
    fn now(&self) -> Now {
        Now {
            wall_ms: whole(plumbing::wall_clock()).unwrap_or_default(),
            monotonic_ms: whole(plumbing::monotonic_clock()).unwrap_or_default(),
        }
    }
}
