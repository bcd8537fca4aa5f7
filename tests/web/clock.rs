//! Both clocks.

use super::fakes::{sleep, web};
use tokenward::ports::Clock as _;
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
async fn both_clocks_go_forward() {
    let web = web();
    let before = web.now();
    sleep(50).await;
    let after = web.now();
    assert!((40..10_000).contains(&(after.monotonic_ms - before.monotonic_ms)), "{before:?} {after:?}");
    assert!((40..10_000).contains(&after.since(before)), "{before:?} {after:?}");
}

#[test]
fn the_monotonic_clock_never_goes_back() {
    let web = web();
    let readings: Vec<u64> = (0..10_000).map(|_| web.now().monotonic_ms).collect();
    assert!(readings.is_sorted());
}

#[test]
fn the_wall_clock_is_in_milliseconds_since_the_epoch() {
    const YEAR_MS: u64 = 365 * 24 * 60 * 60 * 1000;
    let years = web().now().wall_ms / YEAR_MS;
    assert!((50..200).contains(&years), "{years}");
}
