//! The proofs that were used, for as long as they would be good once more (RFC 9449, section 11.1).

use std::collections::HashMap;

/// The most proofs that are remembered. Where they are that many, none is forgotten before its time: the next is refused.
pub const MAX_PROOFS: usize = 65_536;

/// How many forgotten proofs are looked for at a time.
const SWEEP_EVERY_S: u64 = 5;

/// The proofs that one isolate saw.
#[derive(Debug, Default)]
pub struct Replays {
    seen: HashMap<String, u64>,
    swept_at_s: u64,
}

impl Replays {
    /// Remembers the proof of this name until then; false where it is remembered already, `None` where there is no room.
    pub fn insert(&mut self, name: &str, until_s: u64, now_s: u64) -> Option<bool> {
        if now_s.abs_diff(self.swept_at_s) >= SWEEP_EVERY_S {
            self.swept_at_s = now_s;
            self.seen.retain(|_, until_s| *until_s > now_s);
        }
        if self.seen.get(name).is_some_and(|until_s| *until_s > now_s) {
            return Some(false);
        }
        if self.seen.len() >= MAX_PROOFS {
            return None;
        }
        self.seen.insert(name.to_owned(), until_s);
        Some(true)
    }

    /// How many are remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.seen.len()
    }

    /// Whether none is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }
}
