//! Time as an argument: two clocks, and numbers as they are written.

use super::given::test;
use tokenward::core::base::time::{Now, digits, number, whole};

#[test]
fn digits_are_those_of_the_number() {
    for number in [0, 1, 9, 10, 11, 99, 100, 101, 1_000_000, 1_800_000_000_000, 9_007_199_254_740_991, u64::MAX] {
        assert_eq!(digits(number), number.to_string());
    }
}

/// J14
#[test]
fn a_fraction_is_dropped_and_what_is_no_time_is_none() {
    for (from, to) in [(0.0, Some(0)), (-0.0, Some(0)), (0.9, Some(0)), (1.5, Some(1)), (1e300, Some(u64::MAX))] {
        assert_eq!(whole(from), to, "{from}");
    }
    for none in [-0.1, -1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(whole(none), None, "{none}");
    }
    assert_eq!(whole(number(1_800_000_000_000)), Some(1_800_000_000_000));
}

#[test]
fn time_passes_by_the_clock_that_says_more() {
    let at = |wall_ms, monotonic_ms| Now { wall_ms, monotonic_ms };
    let start = at(1_000, 500);
    for (now, passed) in [
        (at(1_000, 500), 0),
        (at(1_007, 500), 7),
        (at(1_000, 507), 7),
        (at(1_007, 503), 7),
        (at(1_003, 507), 7),
        (at(0, 507), 7),
        (at(1_007, 0), 7),
        (at(0, 0), 0),
        (at(u64::MAX, 0), u64::MAX - 1_000),
    ] {
        assert_eq!(now.since(start), passed, "{now:?}");
    }
}
