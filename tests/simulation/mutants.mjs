// `make mutants`: takes one protection out of the session at a time, in a copy below target/, and has the simulator find it.
//
// Prints for each what breaks first: the seed, the invariant and how many runs it took. Fails where a mutant is not found, and
// where the text that a mutation replaces is no longer there. With words as arguments: only the mutants whose names have one.

import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const copy = join(root, "target/mutants");
const RUNS = process.env.SIMULATION_RUNS ?? "50000";

const machine = "src/core/session/machine.rs";
const tabs = "src/core/session/tabs.rs";
const refresh = "src/core/session/refresh.rs";
const trouble = "src/core/session/trouble.rs";
const waiters = "src/core/session/waiters.rs";

const TAKE_LOCK = `            self.step = Step::Locking;
            self.effects
                .extend([Effect::StartTimer(LOCK_PATIENCE_MS), Effect::Errand(Errand::TakeLock { epoch: self.epoch })]);
`;
const WRITE_DOWN = "        self.effects.push(Effect::Errand(Errand::Advance { epoch: self.epoch, from }));\n";
const PERSIST = "            self.effects.push(Effect::Persist { tokens: Rc::clone(&tokens), generation });\n        }\n";
const STORE_LATE = `        }
        let number = from.unwrap_or_else(|| self.seen.max(self.generation)).saturating_add(1);
        let late = (!matches!(origin, Origin::Store { .. })).then(|| Effect::Persist { tokens: Rc::clone(&tokens), generation: number });
`;
const OFFER_EARLY = `        let generation = from.map_or(0, |from| from.saturating_add(1));
        self.effects.push(Effect::Say(Message::Offer { generation, tokens: Rc::clone(&tokens) }));
`;
const epochChecked = (input, call) => `${input} => {
                if epoch == self.epoch {
                    ${call}`;

/** What is taken out, and as `[file, text, replacement]` how. */
const MUTANTS = {
  "no lock": [[tabs, TAKE_LOCK, "            self.send_refresh();\n"]],
  "no generation check": [[tabs, "            Some(_) => self.ask(),\n        }\n    }\n", "            Some(_) => self.send_refresh(),\n        }\n    }\n"]],
  "told before it is written down": [[tabs, WRITE_DOWN, OFFER_EARLY + WRITE_DOWN]],
  "written down before it is stored": [[tabs, PERSIST + WRITE_DOWN, `${STORE_LATE}${WRITE_DOWN}            self.effects.extend(late);\n`]],
  "what was written down is not stored": [[tabs, PERSIST + WRITE_DOWN, `        }\n${WRITE_DOWN}`]],
  "no back-off": [[trouble, "let delay_ms = retry_delay_ms(attempt, random, error.retry_after_s);", "let delay_ms = 0; let _ = random;"]],
  "no Retry-After": [[refresh, "u64::from(asked_s.unwrap_or(0).min(LONGEST_ASKED_S))", "u64::from(asked_s.unwrap_or(0) & 1)"]],
  "others are not told to wait": [[trouble, "            self.warn();\n", ""]],
  "what others are told is not heeded": [[tabs, "Message::Wait { generation, failure } => self.heed(generation, failure, now),", "Message::Wait { .. } => {}"]],
  "no timer cancel": [
    [machine, "self.effects.extend([Effect::StopTimer, Effect::Erase(key), Effect::Publish]);", "self.effects.extend([Effect::Erase(key), Effect::Publish]);"],
    [machine, "        self.effects.push(Effect::StopTimer);\n    }\n\n    /// Leaves what is under way.", "    }\n\n    /// Leaves what is under way."],
  ],
  "the lock is not given back": [[machine, "            self.leave();\n            self.effects.push(Effect::DropLock);\n", "            self.leave();\n"]],
  "the lock is not given back after the end": [[tabs, "        let expired = self.closing.take().unwrap_or_default();\n        self.effects.push(Effect::DropLock);\n", "        let expired = self.closing.take().unwrap_or_default();\n"]],
  "late tokens are taken": [[machine, epochChecked("Input::Refreshed { epoch, tokens }", "self.advance"), epochChecked("Input::Refreshed { epoch, tokens }", "self.advance").replace("epoch == self.epoch", "epoch <= self.epoch")]],
  "a late lock is used": [[machine, epochChecked("Input::LockTaken { epoch, mark }", "self.lock_taken"), epochChecked("Input::LockTaken { epoch, mark }", "self.lock_taken").replace("epoch == self.epoch", "epoch <= self.epoch")]],
  "an end is not heeded": [[tabs, "            Message::Over { generation, expired } => {\n                if generation > self.generation", "            Message::Over { generation, expired } => {\n                if generation > self.generation.saturating_add(1000)"]],
  "an end under the lock is not heeded": [[tabs, "            Some(mark) if mark.over => self.end_with(mark),\n            Some(_) => self.ask()", "            Some(_) => self.ask()"]],
  "older tokens are taken": [[tabs, "if generation > self.generation && self.closing.is_none() && !busy", "if generation > 0 && self.closing.is_none() && !busy"]],
  "tokens are taken while signing out": [[tabs, "if generation > self.generation && self.closing.is_none() && !busy", "if generation > self.generation && !busy"]],
  "a refusal ends a newer session": [[tabs, "from: expired.then_some(self.generation)", "from: expired.then_some(u32::MAX - 1).filter(|_| false)"]],
  "silent tokens undo a sign-out": [[tabs, "Origin::SignIn { silent: true, .. } => Some(self.seen)", "Origin::SignIn { silent: true, .. } => None"]],
  "a sign-in gives up the lock": [[machine, "None => self.leave(),", "None => self.abandon(),"]],
  "others' failures end the rest": [[tabs, "if live.tokens.has_access_token_of(&tokens) =>", "if live.tokens.has_access_token_of(&tokens) && false =>"]],
  "an early end is forgotten": [[tabs, "if mark.generation < self.generation {", "if mark.generation.saturating_add(1000) < self.generation {"]],
  "an end is not heeded while signing out": [[tabs, "            Message::Over { generation, expired } => {\n                if generation > self.generation {", "            Message::Over { generation, expired } => {\n                if generation > self.generation && self.closing.is_none() {"]],
  "only the first of two sign-outs counts": [[tabs, "            self.end_as_told(Reason::SignOut);\n", ""]],
  "what is stored is not waited for": [[tabs, "Step::Idle => matches!(self.state, State::Loading { .. }),", "Step::Idle => false,"]],
  "nobody is told of the end of waiting": [[machine, "        self.refuse_all(&cause);\n        self.effects.push(Effect::Report", "        self.effects.push(Effect::Report"]],
  "waiting for the lock never ends": [[tabs, "self.answer_all_the_same(&Error::new(Kind::TimedOut).during(Phase::Refresh), now);", "let _ = now;"]],
  "dead tokens are given": [[waiters, "now.since(tokens.received) < schedule.stale_after_ms.min(wanted)", "now.since(tokens.received) < schedule.stale_after_ms.min(wanted).saturating_mul(2)"]],
  "nobody answers a question": [[tabs, "if generation < self.generation {\n                    self.offer();", "if generation > self.generation {\n                    self.offer();"]],
};

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
