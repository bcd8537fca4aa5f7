//! Time as an argument: the core never reads a clock.

/// Milliseconds of a second.
pub const SECOND_MS: u64 = 1000;

/// One reading of both clocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// Milliseconds since the epoch, as the device believes. May jump either way.
    pub wall_ms: u64,
    /// Milliseconds of a clock that never goes back. May stand still while the device sleeps.
    pub monotonic_ms: u64,
}

impl Now {
    /// Milliseconds from `start` to `self` by the clock that says more: a sleeping device stops one clock, a wrong
    /// hand on the other may turn it back, and a token is never younger than either tells.
    #[must_use]
    pub fn since(self, start: Self) -> u64 {
        let wall = self.wall_ms.saturating_sub(start.wall_ms);
        wall.max(self.monotonic_ms.saturating_sub(start.monotonic_ms))
    }

    /// Both clocks when the wall clock of this device said so; what lies ahead is now.
    #[must_use]
    pub fn back_to(self, wall_ms: u64) -> Self {
        let age_ms = self.wall_ms.saturating_sub(wall_ms);
        Self { wall_ms: self.wall_ms.saturating_sub(age_ms), monotonic_ms: self.monotonic_ms.saturating_sub(age_ms) }
    }
}

/// A number from JSON as whole milliseconds or seconds, without a fraction; `None` unless it is finite and not negative.
#[must_use]
pub fn whole(number: f64) -> Option<u64> {
    #[expect(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a float-to-integer `as` saturates, and the guard leaves what is exact"
    )]
    (number.is_finite() && number >= 0.0).then_some(number as u64)
}

/// The digits of a whole number, without the formatting machinery.
#[must_use]
pub fn digits(whole: u64) -> String {
    let mut text = if whole < 10 { String::new() } else { digits(whole / 10) };
    text.extend(char::from_digit(u32::try_from(whole % 10).unwrap_or_default(), 10));
    text
}

/// The whole number of these decimal digits; `None` where there are others, none or too many.
#[must_use]
pub fn from_digits(digits: &str) -> Option<u64> {
    let digit = |whole: u64, b: u8| whole.checked_mul(10)?.checked_add(u64::from(char::from(b).to_digit(10)?));
    digits.bytes().try_fold(0, digit).filter(|_| !digits.is_empty())
}

/// Milliseconds as a JavaScript number; exact until the year 287396.
#[must_use]
pub fn number(whole: u64) -> f64 {
    #[expect(
        clippy::as_conversions,
        clippy::cast_precision_loss,
        reason = "the only way from u64 to f64; exact below 2^53"
    )]
    let number = whole as f64;
    number
}
