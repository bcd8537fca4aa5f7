//! When a token is refreshed, when it is too old to be sent, and how long to wait after a failure.

use super::tokens::TokenSet;
use crate::core::base::time::SECOND_MS;

/// The longest a timer sleeps, in milliseconds. A timer is a hint: it fires late after sleep and throttling, so it wakes
/// often enough to look at the clock again.
pub const LONGEST_SLEEP_MS: u64 = 60 * SECOND_MS;

/// A request started this close to expiry, in milliseconds, might arrive after it.
const REQUEST_MARGIN_MS: u64 = 10 * SECOND_MS;

const FIRST_RETRY_MS: u64 = 2 * SECOND_MS;
const LONGEST_RETRY_MS: u64 = 5 * 60 * SECOND_MS;

/// The longest that a provider is heeded that asks to wait, in seconds: whoever asks for a year has a fault.
const LONGEST_ASKED_S: u32 = 60 * 60;

/// The times in a token's life, in milliseconds from its receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// From here on it should be refreshed.
    pub refresh_after_ms: u64,
    /// From here on no request should start with it.
    pub stale_after_ms: u64,
    /// From here on it is dead.
    pub dead_after_ms: u64,
}

impl Schedule {
    /// The schedule of a token that lives `lifetime_s`: refresh at `expiry - min(before, lifetime / 2)`.
    #[must_use]
    pub fn new(lifetime_s: u64, before_expiry_s: u64) -> Self {
        let dead_after_ms = lifetime_s.saturating_mul(SECOND_MS);
        let before_ms = before_expiry_s.saturating_mul(SECOND_MS).min(dead_after_ms / 2);
        Self {
            refresh_after_ms: dead_after_ms.saturating_sub(before_ms),
            stale_after_ms: dead_after_ms.saturating_sub(REQUEST_MARGIN_MS.min(dead_after_ms / 10)),
            dead_after_ms,
        }
    }

    /// The schedule of these tokens; `None` where nobody knows how long they live.
    #[must_use]
    pub fn of(tokens: &TokenSet, before_expiry_s: u64) -> Option<Self> {
        tokens.lifetime_s.map(|lifetime_s| Self::new(lifetime_s, before_expiry_s))
    }
}

/// Milliseconds to wait after the `attempt`-th failure in a row (from 1): doubling, with up to half of it taken off at
/// random so that many clients do not come back together, and never less than the provider asked for, up to an hour.
#[must_use]
pub fn retry_delay_ms(attempt: u32, random: u8, asked_s: Option<u32>) -> u64 {
    let doublings = attempt.saturating_sub(1).min(16);
    let longest = FIRST_RETRY_MS.saturating_mul(1_u64.checked_shl(doublings).unwrap_or(u64::MAX)).min(LONGEST_RETRY_MS);
    let off = (longest / 2).saturating_mul(u64::from(random)) / 255;
    longest.saturating_sub(off).max(u64::from(asked_s.unwrap_or(0).min(LONGEST_ASKED_S)).saturating_mul(SECOND_MS))
}
