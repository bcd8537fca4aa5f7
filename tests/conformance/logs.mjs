// Reads what the rings printed (target/test-output/*.log): which test ran in which ring, and how it ended.

import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { holds } from "./conditions.mjs";

/** What each feature of Cargo.toml brings along. */
const FEATURES = new Map(
  [...readFileSync(join(dirname(fileURLToPath(import.meta.url)), "../../Cargo.toml"), "utf8")
    .split("\n[features]\n")[1].split("\n[")[0]
    .matchAll(/^([\w-]+) = (\[.*\])$/gm)]
    .map(([, name, others]) => [name, JSON.parse(others)]),
);

/** These features and those that they bring along. */
function whole(names) {
  const all = new Set(names);
  // A set that grows while it is walked is walked to its end.
  for (const name of all) for (const other of FEATURES.get(name) ?? []) all.add(other);
  return all;
}

/** Cargo and wasm-pack: `test path::name ... ok`. */
function cargoResults(text) {
  const outcomes = { ok: "pass", FAILED: "FAIL", FAIL: "FAIL", ignored: "skipped" };
  const results = new Map();
  for (const [, path, outcome] of text.matchAll(/^test (\S+)(?: - should panic)? \.\.\. (ok|FAILED|FAIL|ignored)\b/gm)) {
    results.set(path, outcomes[outcome]);
  }
  return results;
}

const unescape = (name) => name.replaceAll(/\\([\\#])/g, "$1");

/** Node's TAP: nested results are indented by four, and `# Subtest:` says what they are in. */
function tapResults(text) {
  const results = [];
  const names = [];
  for (const line of text.split("\n")) {
    const [, indent, subtest, verdict, name, directive] =
      /^((?: {4})*)(?:# Subtest: (.*)|(ok|not ok) \d+ - (.*?)(?: # (SKIP|TODO)\b.*)?)$/.exec(line) ?? [];
    if (indent === undefined) continue;
    const depth = indent.length / 4;
    names.length = depth;
    names.push(unescape(subtest ?? name));
    if (verdict === undefined) continue;
    const outcome = directive === "SKIP" ? "skipped" : verdict === "ok" ? "pass" : "FAIL";
    results.push({ names: [...names], outcome });
  }
  return results;
}

/**
 * One ring's log, as tests/run.mjs writes it: its name, its command, and what that printed. The result's `outcomesOf` gives
 * how a test ended, or null for a test that the ring does not run; it is null itself where the ring runs no named tests.
 */
export function readLog(text) {
  const [ring, command] = text.split("\n", 2);
  const words = command.split(" ");
  const after = (option) => words.flatMap((word, at) => (words[at - 1] === option ? word.split(",") : []));
  if (words[0] === "node" && words.includes("--test")) {
    const results = tapResults(text);
    return { ring, outcomesOf: (test) => (test.kind === "js" && words.includes(test.file) ? jsOutcomes(results, test) : null) };
  }
  const isWasm = words[0] === "wasm-pack";
  if (words[1] !== "test" || (!isWasm && words[0] !== "cargo")) return null;
  const results = cargoResults(text);
  const binaries = after("--test");
  const features = whole(after("--features"));
  const run = {
    targetArch: isWasm ? "wasm32" : "native",
    hasFeature: (name) => words.includes("--all-features") || features.has(name),
  };
  const isIn = (test) => test.kind === "rust" && (binaries.length === 0 || binaries.includes(test.binary)) &&
    test.conditions.every((condition) => holds(condition, run));
  return { ring, outcomesOf: (test) => (isIn(test) ? [results.get(test.path) ?? "did not run"] : null) };
}

const jsOutcomes = (results, { names }) => {
  const mine = results.filter((result) => result.names.length === names.length && names.every(({ fits }, at) => fits(result.names[at])));
  return mine.length > 0 ? mine.map(({ outcome }) => outcome) : ["did not run"];
};

/** The logs that are there. */
export function readLogs(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((name) => name.endsWith(".log")).sort()
    .map((name) => readLog(readFileSync(join(folder, name), "utf8")))
    .filter((log) => log !== null);
}
