//! Both clocks.

use super::plumbing;
use crate::core::base::time::{Now, whole};
use crate::ports::Clock;

#[cfg(feature = "page")]
impl Clock for super::Web {
    fn now(&self) -> Now {
        now()
    }
}

#[cfg(feature = "edge")]
impl Clock for super::Server {
    fn now(&self) -> Now {
        now()
    }
}

fn now() -> Now {
    Now {
        wall_ms: whole(plumbing::wall_clock()).unwrap_or_default(),
        monotonic_ms: whole(plumbing::monotonic_clock()).unwrap_or_default(),
    }
}
