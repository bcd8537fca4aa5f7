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

/// WebKit works the time origin out of both clocks each time it is read.
#[test]
fn the_monotonic_clock_does_not_follow_the_wall_clock() {
    let web = web();
    let before = web.now();
    js_sys::eval("Object.defineProperty(performance, 'timeOrigin', { get: () => 0, configurable: true })").unwrap();
    let after = web.now();
    js_sys::eval("delete performance.timeOrigin").unwrap();
    assert!(after.monotonic_ms >= before.monotonic_ms, "{before:?} {after:?}");
}

#[test]
fn the_wall_clock_is_in_milliseconds_since_the_epoch() {
    const YEAR_MS: u64 = 365 * 24 * 60 * 60 * 1000;
    let years = web().now().wall_ms / YEAR_MS;
    assert!((50..200).contains(&years), "{years}");
}
