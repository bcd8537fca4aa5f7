//! Many random schedules, none of which breaks an invariant.

use super::invariants::Violation;
use super::schedule::Run;
use std::env;

fn number(name: &str) -> Option<u64> {
    env::var(name).ok().map(|text| text.parse().expect("a number"))
}

/// A debug build runs fewer: it is there to be quick.
const USUAL_RUNS: u64 = if cfg!(debug_assertions) { 500 } else { 20_000 };

/// R02, R03, L09, T15
#[test]
fn no_random_schedule_breaks_an_invariant() {
    if let Some(seed) = number("SIMULATION_SEED") {
        let (run, violation) = Run::of_seed(seed);
        println!("seed {seed}: {}", run.story());
        assert_eq!(violation, None);
        return;
    }
    let runs = number("SIMULATION_RUNS").unwrap_or(USUAL_RUNS);
    let first = number("SIMULATION_FIRST").unwrap_or(0);
    let mut steps = 0;
    for seed in first..first + runs {
        let (run, violation) = Run::of_seed(seed);
        steps += run.steps.len();
        if let Some(violation) = violation {
            let Violation { invariant, what } = &violation;
            let shrunk = run.shrunk(&violation);
            println!("{}\nfor seeds.rs: {shrunk:?}", shrunk.story());
            panic!("seed {seed} breaks invariant {invariant}: {what}; {} runs", seed - first + 1);
        }
    }
    println!("{runs} random schedules from seed {first}, {steps} steps: 0 violations");
}
