// Finds the JavaScript tests that name rules, without running them: each with the names of the suites around it. A name
// that is only known at run time becomes a pattern.

import { readFileSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { idsIn } from "./ids.mjs";

// A suite may be described by a function of the tests that runs it in several places: `describePlaces(`.
const CALL = /^\s*(?:await )?(?:t\.)?(?:test|describe\w*)\((.*)$/;
const COMMENT = /^\s*\/\/ ?(.*)$/;

const escape = (text) => text.replace(/[$.*+?^{}()|[\]\\]/g, "\\$&");

/** What a name is at run time, from the source text it starts: `shown` is for people, `fits` for names. */
function nameFrom(source) {
  const quoted = /^("(?:[^"\\]|\\.)*")/.exec(source)?.[1];
  if (quoted !== undefined) {
    const name = JSON.parse(quoted);
    return { shown: name, fits: (other) => other === name, isKnown: true };
  }
  const template = /^`((?:[^`\\]|\\.)*)`/.exec(source)?.[1];
  if (template !== undefined) {
    const parts = template.split(/\$\{[^}]*\}/);
    const pattern = new RegExp(`^${parts.map(escape).join(".*")}$`, "s");
    return { shown: parts.join("…"), fits: (other) => pattern.test(other), isKnown: parts.some((part) => part !== "") };
  }
  return { shown: "…", fits: () => true, isKnown: false };
}

/** The rules named above each line, by line: a comment's first line counts for what stands right below the comment. */
function rulesByLine(lines, error) {
  const rules = new Map();
  lines.forEach((line, at) => {
    if (!COMMENT.test(line) || (at > 0 && COMMENT.test(lines[at - 1]))) return;
    let ids;
    try {
      ids = idsIn(COMMENT.exec(line)[1]);
    } catch ({ message }) {
      throw error(at, message);
    }
    if (ids.length === 0) return;
    const below = lines.findIndex((other, index) => index > at && !COMMENT.test(other));
    if (!CALL.test(lines[below])) throw error(at, "rules are named and no test is below");
    rules.set(below, ids);
  });
  return rules;
}

/** The tests of one file that name rules. */
export function testsIn(text, file) {
  const lines = text.split("\n");
  const error = (at, problem) => new Error(`${file}:${at + 1}: ${problem}`);
  const rules = rulesByLine(lines, error);
  // The calls that are open, told by their indentation.
  const open = [];
  return lines.flatMap((line, at) => {
    if (line.trim() === "") return [];
    const indent = line.length - line.trimStart().length;
    while (open.length > 0 && open.at(-1).indent >= indent) open.pop();
    const call = CALL.exec(line);
    if (!call) return [];
    const source = call[1].trim() === "" ? lines[at + 1].trim() : call[1];
    open.push({ indent, name: nameFrom(source) });
    if (!rules.has(at)) return [];
    const names = open.map(({ name }) => name);
    if (!names.some(({ isKnown }) => isKnown)) throw error(at, "a test whose name cannot be known");
    return [{ kind: "js", file, path: names.map(({ shown }) => shown).join(" > "), names, rules: rules.get(at) }];
  });
}

/** Every JavaScript test below `tests/` of the checkout `root` that names a rule; not the tests of this folder. */
export function jsTests(root) {
  const folder = join(root, "tests");
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== "conformance" && entry.name !== "node_modules")
    .flatMap(({ name }) => readdirSync(join(folder, name), { recursive: true }).filter((file) => file.endsWith(".test.mjs")).sort()
      .map((file) => join(folder, name, file)))
    .sort()
    .flatMap((file) => testsIn(readFileSync(file, "utf8"), relative(root, file)));
}
