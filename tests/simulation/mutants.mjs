// `make mutants`: takes one protection out of the session at a time, in a copy below target/, and has the simulator find it.
//
// Prints for each what breaks first: the seed, the invariant and how many runs it took. Fails where a mutant is not found, and
// where the text that a mutation replaces is no longer there. With words as arguments: only the mutants whose names have one.

import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { MUTANTS } from "./mutations.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const copy = join(root, "target/mutants");
const RUNS = process.env.SIMULATION_RUNS ?? "50000";

/** A fresh copy of what the simulation needs, with these replacements. */
function prepare(replacements) {
  mkdirSync(copy, { recursive: true });
  for (const part of ["src", "tests/simulation", "tests/simulation.rs", "Cargo.lock"]) {
    cpSync(join(root, part), join(copy, part), { recursive: true, preserveTimestamps: true });
  }
  // The simulation needs none of what the other tests need.
  const manifest = readFileSync(join(root, "Cargo.toml"), "utf8");
  writeFileSync(join(copy, "Cargo.toml"), manifest.replaceAll(/^\[(target\.'.*'\.)?dev-dependencies\]\n(?:.+\n)*/gm, "").replace(/^\[profile\.dev\.package\]\n(?:.+\n)*/m, ""));
  for (const [file, text, replacement] of replacements) {
    const source = readFileSync(join(copy, file), "utf8");
    if (source.split(text).length !== 2) throw new Error(`${file} does not have, once: ${text}`);
    writeFileSync(join(copy, file), source.replace(text, () => replacement));
  }
}

const cargo = ["test", "--offline", "--quiet", "--profile", "simulation", "--all-features", "--test", "simulation"];
const env = { ...process.env, CARGO_TARGET_DIR: join(copy, "target"), RUSTFLAGS: "-Awarnings", RUST_BACKTRACE: "0", SIMULATION_RUNS: RUNS };

/** What the simulator says of the copy. */
function simulate() {
  execFileSync("cargo", [...cargo, "--no-run"], { cwd: copy, env, stdio: ["ignore", "ignore", "inherit"] });
  const test = (words) => {
    const { stdout, stderr } = spawnSync("cargo", [...cargo, ...words], { cwd: copy, env, encoding: "utf8", maxBuffer: 1 << 28 });
    return stdout + stderr;
  };
  const found = /seed (\d+) breaks invariant (\d): (.*); (\d+) runs/.exec(test(["no_random_schedule", "--", "--nocapture"]));
  if (found !== null) return `${found[4].padStart(6)}  ${found[1].padStart(6)}  ${found[2]}: ${found[3]}`;
  // What chance brings about too seldom.
  const kept = /seeds::(\w+)' .*panicked/.exec(test(["seeds"]));
  return kept === null ? undefined : `${RUNS.padStart(6)}       -  seeds.rs: ${kept[1]}`;
}

const words = process.argv.slice(2);
const chosen = Object.entries(MUTANTS).filter(([name]) => words.length === 0 || words.some((word) => name.includes(word)));
let missed = 0;
console.log("mutant                                    runs    seed  invariant");
for (const [name, replacements] of chosen) {
  prepare(replacements);
  const found = simulate();
  if (found === undefined) missed += 1;
  console.log(`${name.padEnd(40)}  ${found ?? `${RUNS.padStart(6)}  NOT FOUND`}`);
}
console.log(`${chosen.length - missed} of ${chosen.length} mutants found`);
process.exitCode = missed > 0 ? 1 : 0;
