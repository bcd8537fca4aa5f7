//! The seeds of `make fuzz`, each through the check of its target: what was found once stays held, on stable Rust and
//! without libFuzzer.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that cannot go on has failed"
)]

use std::fs::{read, read_dir};
use std::path::PathBuf;

/// Stands in for libFuzzer's macro of this name: makes a test of the target's check.
macro_rules! fuzz_target {
    (|$input:ident: &str| $check:block) => {
        #[test]
        fn corpus() {
            crate::for_each_seed(module_path!(), |$input: &str| $check);
        }
    };
}

#[path = "../fuzz/fuzz_targets"]
mod targets {
    mod callback_url;
    mod challenge;
    mod json;
    mod jwks;
    mod jwt;
    mod metadata;
    mod proxy_path;
    mod stored_record;
    mod token_response;
    mod url_and_return_path;
}

/// Fewer seeds leave the fuzzer to find out what an input looks like.
const FEWEST_SEEDS: usize = 5;

/// What is in a folder of `fuzz/`, in order.
fn entries(folder: &str) -> Vec<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(folder);
    let mut entries: Vec<PathBuf> = read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries
}

fn names(folder: &str) -> Vec<String> {
    entries(folder).iter().map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect()
}

fn for_each_seed(target: &str, check: impl Fn(&str)) {
    let target = target.rsplit("::").next().unwrap();
    for seed in entries(&format!("corpus/{target}")) {
        #[expect(clippy::print_stdout, reason = "shown where the check of this seed fails")]
        {
            println!("{}", seed.display());
        }
        // As libFuzzer's macro has it, what is not UTF-8 ends the text.
        check(read(seed).unwrap().utf8_chunks().next().map_or("", |chunk| chunk.valid()));
    }
}

#[test]
fn every_target_is_listed_and_has_seeds() {
    let targets = names("fuzz_targets");
    assert_eq!(names("corpus"), targets, "a folder of seeds for each target, and no other");
    for target in targets {
        assert!(include_str!("corpus.rs").contains(&format!("mod {target};")), "{target} is not in tests/corpus.rs");
        let listed = format!("name = \"{target}\"");
        assert!(include_str!("../fuzz/Cargo.toml").contains(&listed), "{target} is not in fuzz/Cargo.toml");
        let seeds = names(&format!("corpus/{target}")).len();
        assert!(seeds >= FEWEST_SEEDS, "{target} has {seeds} seeds");
    }
}
