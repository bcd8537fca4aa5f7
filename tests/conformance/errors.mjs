// The errors of the package: the core's table, the rows that only the facade has, and what to do about each.

import { readFileSync } from "node:fs";
import { join } from "node:path";

const TEXT = String.raw`"((?:[^"\\]|\\.)*)"`;
const CORE_ROW = new RegExp(String.raw`\w+ "(\w+)" (\w+) (\w+)(?: (true|false|retryable))?\s+${TEXT}\s+${TEXT}`, "g");
const FACADE_ROW = new RegExp(String.raw`(\w+): \[\s*"(\w+)",\s*"(\w+)",\s*(true|false),\s*${TEXT},\s*${TEXT},?\s*\],`, "g");

const unescape = (text) => JSON.parse(`"${text}"`);

/** What is between two marks, which both occur. */
function between(text, start, end) {
  const from = text.indexOf(start);
  const to = text.indexOf(end, from + start.length);
  if (from < 0 || to < 0) throw new Error(`there is no ${start.trim()} in the table of errors`);
  return text.slice(from + start.length, to);
}

/** Every match of a row, and an error when anything else is there: a row that cannot be read must not be lost. */
function rows(text, pattern) {
  const rest = text.replaceAll(pattern, "").replaceAll(/^\s*\/\/.*$/gm, "").trim();
  if (rest !== "") throw new Error(`a row of the table of errors cannot be read: ${rest.slice(0, 80)}`);
  return [...text.matchAll(pattern)];
}

/** The names that an enum of the core has in JavaScript. */
function namesOf(core, type) {
  const body = between(core, `impl ${type} {`, "\n}\n");
  return new Map([...body.matchAll(/Self::(\w+) => "(\w+)"/g)].map(([, variant, name]) => [variant, name]));
}

function coreRows(core) {
  const [names, phases] = [namesOf(core, "Class"), namesOf(core, "Phase")];
  // What only the edge or a login has is worth another try only where it says so.
  const table = between(core, "\ntable! {", "\n}\n").replaceAll(/; (edge|login):/g, "");
  return rows(table, CORE_ROW).map(([, code, name, phase, retryable, message, suggestion]) => ({
    code, name: names.get(name), phase: phases.get(phase), retryable: ["true", "retryable"].includes(retryable),
    message: unescape(message), suggestion: unescape(suggestion),
  }));
}

const facadeRows = (facade) =>
  rows(between(facade, "const ROWS = {", "\n} satisfies"), FACADE_ROW).map(([, code, name, phase, retryable, message, suggestion]) => ({
    code, name, phase, retryable: retryable === "true", message: unescape(message), suggestion: unescape(suggestion),
  }));

/** Every error with its mend: the text of `mends`, or the table's own suggestion. */
export function withMends(errors, mends) {
  const unknown = Object.keys(mends).find((code) => !errors.some((error) => error.code === code));
  if (unknown !== undefined) throw new Error(`docs/mends.json has a text for ${unknown}, which is no error`);
  return errors.map((error) => {
    const mend = mends[error.code] ?? error.suggestion;
    if (mend === "") throw new Error(`nothing says what to do about ${error.code}: write it in docs/mends.json`);
    return { ...error, mend };
  });
}

/** The errors that the sources of the core and the facade describe, in the order of the core's table. */
export function errorsIn(core, ...facade) {
  const own = coreRows(core);
  // A row that both have is the same in both: tests/protocol/error_table.rs holds that.
  return [...own, ...facade.flatMap(facadeRows).filter(({ code }) => !own.some((error) => error.code === code))];
}

/** The errors of this checkout. */
export function readErrors(root) {
  const read = (path) => readFileSync(join(root, path), "utf8");
  const facade = ["error.ts", "unreadable.ts", "vault/errors.ts", "bff/errors.ts"].map((name) => read(`pkg-template/src/${name}`));
  const errors = errorsIn(read("src/core/base/error.rs"), ...facade);
  return withMends(errors, JSON.parse(read("docs/mends.json")));
}
