//! One request for all who want what it brings: who sends it, and who waits.

use super::error::Error;
use super::time::Now;

/// What whoever wants it has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Use what there is.
    Use,
    /// Use what there is, and have this flight bring the next beside.
    UseAndRenew(u32),
    /// Have this flight bring it first, and ask again.
    Renew(u32),
    /// Wait for the flight under way, and ask again.
    Wait,
    /// Go without.
    Fail(Error),
}

/// The flights, one at a time.
#[derive(Debug)]
pub struct Flights {
    lost_after_ms: u64,
    latest: u32,
    /// When the latest began; `None` where it landed.
    begun: Option<Now>,
}

impl Flights {
    /// None yet. For one that is under way for so long, in milliseconds, nobody waits any more.
    #[must_use]
    pub const fn new(lost_after_ms: u64) -> Self {
        Self { lost_after_ms, latest: 0, begun: None }
    }

    /// The next one begins.
    pub fn begin(&mut self, now: Now) -> u32 {
        self.latest = self.latest.wrapping_add(1);
        self.begun = Some(now);
        self.latest
    }

    /// One came back.
    pub fn land(&mut self, flight: u32) {
        if flight == self.latest {
            self.begun = None;
        }
    }

    /// Whether one is under way.
    #[must_use]
    pub fn is_under_way(&self, now: Now) -> bool {
        self.begun.is_some_and(|begun| now.since(begun) < self.lost_after_ms)
    }
}
