//! Randomness.

use super::fakes::web;
use std::collections::HashSet;
use tokenward::ports::Random as _;
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn as_many_bytes_come_as_were_asked_for() {
    for count in [0, 1, 32, 1000] {
        assert_eq!(web().bytes(count).unwrap().len(), usize::try_from(count).unwrap());
    }
}

/// A02
#[test]
fn no_two_draws_are_the_same() {
    let web = web();
    let draws: HashSet<Vec<u8>> = (0..10_000).map(|_| web.bytes(32).unwrap()).collect();
    assert_eq!(draws.len(), 10_000);
}

#[test]
fn more_than_a_browser_gives_at_once_is_an_error() {
    assert!(web().bytes(65_537).is_err());
}
