// Prints each rule with the tests that hold it and each module with what is required of us, judged by what the rings of
// tests/run.mjs printed. Fails when an applicable rule or module has no test, or one whose test did not pass where it ran.
// Without any log it judges the lists alone.

import { join } from "node:path";
import { judge } from "./judge.mjs";
import { readLists, root } from "./lists.mjs";
import { readLogs } from "./logs.mjs";

const lists = readLists();
const logs = readLogs(join(root, "target/test-output"));
const { rules, modules, problems } = judge({ ...lists, logs });

/** "wasm in Chromium: core" is one of several binaries in one place; the place is what matters here. */
const placeOf = (ring) => ring.replace(/: \w+$/, "").replace(", ", " in ");

function placesOf(outcomes) {
  const places = new Map();
  for (const { ring, outcome } of outcomes) {
    places.set(outcome, [...(places.get(outcome) ?? []), placeOf(ring)]);
  }
  return [...places].map(([outcome, names]) => `${outcome}: ${names.join(", ")}`).join("; ") || "not run";
}

const nameOf = ({ kind, file, path }) => (kind === "js" ? `${file}: ${path}` : path);

function print({ status, tests, notApplicable }, heading, details) {
  console.log(`${heading}  ${status.padEnd(7)}  ${details}`);
  if (notApplicable !== undefined) console.log(`      ${notApplicable}`);
  for (const test of tests) console.log(`      ${nameOf(test)} (${placesOf(test.outcomes)})`);
}

for (const { id, title } of lists.families) {
  console.log(`\n${id}  ${title}\n`);
  for (const rule of rules.filter((one) => one.id.startsWith(id))) {
    print(rule, rule.id, `${rule.level}  ${rule.requirement}${rule.partly ? ` (${rule.partly})` : ""}`);
  }
}

for (const { id, title } of lists.groups) {
  console.log(`\n${id}  ${title}\n`);
  for (const module of modules.filter((one) => one.group === id)) {
    print(module, module.requires, `${module.name}: the provider ${module.does}`);
  }
}

const count = (items, status) => items.filter((item) => item.status === status).length;
function summary(name, items) {
  const unusual = [["FAILED", "failed"], ["not run", "not run"]].map(([status, word]) => [count(items, status), word]);
  const rest = unusual.filter(([number]) => number > 0).map(([number, word]) => `, ${number} ${word}`).join("");
  return `${name}: ${count(items, "held")} held, ${count(items, "n/a")} n/a, ${count(items, "no test")} without a test${rest}`;
}

const all = [...rules, ...modules];
const wrong = (items) => items.filter(({ status }) => status === "no test" || status === "FAILED").map(({ id, name }) => id ?? name);
console.log("");
for (const problem of problems) console.log(`wrong: ${problem}`);
for (const [status, what] of [["no test", "without a test"], ["FAILED", "failed"]]) {
  const names = all.filter((item) => item.status === status).map(({ id, name }) => id ?? name);
  if (names.length > 0) console.log(`${what}: ${names.join(" ")}`);
}
console.log(`\n${logs.length === 0 ? "no ring ran: the lists alone" : `rings: ${logs.map(({ ring }) => ring).join("; ")}`}`);
console.log(summary("rules", rules));
console.log(summary("modules", modules));
// The runner counts what is held, as it counts passed tests; where nothing ran, what has a test.
console.log(`\n# pass ${count(all, logs.length === 0 ? "not run" : "held")}`);
console.log(`# fail ${wrong(all).length + problems.length}`);
process.exitCode = wrong(all).length + problems.length > 0 ? 1 : 0;
