//! The tabs of an origin, simulated: machines, lock, mark, channel, provider and clocks in one process, moved step by step.
//!
//! `SIMULATION_RUNS=200000 cargo test --release --test simulation` runs so many schedules;
//! `SIMULATION_SEED=7 cargo test --release --test simulation random -- --nocapture` tells the story of one.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that fails may panic, and nobody reads its documentation"
)]

mod simulation {
    mod channel;
    mod explore;
    mod invariants;
    mod lock;
    mod mark;
    mod provider;
    mod random;
    mod schedule;
    mod tab;
    mod world;

    mod runs;
}
