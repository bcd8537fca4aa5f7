// The matrix: every way to tamper, for every algorithm, and what came of it.
import assert from "node:assert/strict";
import { table } from "../size/table.mjs";
import { NAMES } from "./algorithms.mjs";
import { given } from "./signer.mjs";

/** Refusals of a token; a case may name which. */
const REFUSALS = ["jws_malformed", "jws_algorithm_unexpected", "jws_key_unknown", "jws_signature_invalid"];

/** Every case of one way to tamper, for one algorithm, as it can be sent to another runtime. */
async function casesOf(tamper, name) {
  const cases = [];
  for await (const { token, keys, allowed = [name], codes = REFUSALS, valid = false, payload } of tamper(given(name), NAMES)) {
    cases.push({ name, token, keys, allowed, payload: payload?.toString("base64"), expected: valid ? ["valid"] : codes });
  }
  return cases;
}

const shortened = (text) => (text.length > 400 ? `${text.slice(0, 400)}…` : text);

/** Holds that each case ended as expected, and counts. */
function assertOutcomes(way, cases, outcomes) {
  assert.equal(outcomes.length, cases.length);
  cases.forEach(({ name, token, keys, expected }, at) => {
    if (expected.includes(outcomes[at])) return;
    const [shownToken, shownKeys] = [token, keys].map((value) => shortened(JSON.stringify(value) ?? "nothing"));
    assert.fail(`${way}, ${name}: ${outcomes[at]} instead of ${expected.join(" or ")}: ${shownToken} under ${shownKeys}`);
  });
  const valid = outcomes.filter((outcome) => outcome === "valid").length;
  return { refused: outcomes.length - valid, valid };
}

const sum = (counts) => {
  const total = (key) => counts.reduce((all, one) => all + one[key], 0);
  return { refused: total("refused"), valid: total("valid") };
};

/** Counts what was refused and what was accepted, and prints it. `judge` takes cases and gives their outcomes. */
export function matrixOf(judge) {
  const rows = new Map();
  return {
    /** A test's body: one way to tamper, for every algorithm. The test's name is the row's. */
    holds: (tamper) => async (t) => {
      const cells = [];
      for (const name of NAMES) {
        const cases = await casesOf(tamper, name);
        cells.push(assertOutcomes(t.name, cases, await judge(cases)));
      }
      const { refused, valid } = sum(cells);
      assert.ok(refused + valid > 0, "there is no case");
      rows.set(t.name, cells);
    },
    print() {
      const cell = ({ refused, valid }) => (refused + valid === 0 ? "-" : `${refused}/${valid}`);
      const lines = [...rows].map(([title, cells]) => [title, ...[...cells, sum(cells)].map(cell)]);
      const columns = NAMES.map((_, at) => sum([...rows.values()].map((cells) => cells[at])));
      const all = sum(columns);
      console.log("refused/accepted as valid\n");
      console.log(table(["", ...NAMES, "all"], [...lines, ["all", ...[...columns, all].map(cell)]]));
      console.log(`\n${all.refused} refused, ${all.valid} accepted as valid, none otherwise`);
    },
  };
}

/** The first, the last, and some between; none that is too long to be sent around. */
function sampleOf(cases, most) {
  const fit = cases.filter(({ token }) => typeof token !== "string" || token.length < 100_000);
  const step = Math.max(1, (fit.length - 1) / (most - 1));
  return [...new Set(Array.from({ length: Math.min(most, fit.length) }, (_, i) => fit[Math.round(i * step)]))];
}

/** Some cases of each way and algorithm, judged at once; prints how many. */
export async function holdsSome(ways, judge) {
  const samples = [];
  for (const [way, tamper] of Object.entries(ways)) {
    for (const name of NAMES) samples.push([way, sampleOf(await casesOf(tamper, name), 16)]);
  }
  const outcomes = await judge(samples.flatMap(([, cases]) => cases));
  const { refused, valid } = sum(samples.map(([way, cases]) => assertOutcomes(way, cases, outcomes.splice(0, cases.length))));
  console.log(`${refused} refused, ${valid} accepted as valid, none otherwise`);
}
