// Finds the JavaScript tests that name rules, without running them: each with the names of the suites around it. A name
// that is only known at run time becomes a pattern.

import { readFileSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { idsIn } from "./ids.mjs";

const CALL = /^(\s*)(?:await )?(?:\w+\.)?(test|describe)\((.*)$/;
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

/** The first line of the comment that ends right above a line. */
function commentAbove(lines, at) {
  let start = at;
  while (start > 0 && COMMENT.test(lines[start - 1])) start -= 1;
  return start === at ? "" : COMMENT.exec(lines[start])[1];
}

/** The tests of one file that name rules. */
export function testsIn(text, file) {
  const lines = text.split("\n");
  const found = [];
  // The calls that are open, told by their indentation.
  const open = [];
  lines.forEach((line, at) => {
    if (line.trim() === "") return;
    const indent = line.length - line.trimStart().length;
    while (open.length > 0 && open.at(-1).indent >= indent) open.pop();
    const call = CALL.exec(line);
    if (!call) return;
    const source = call[3].trim() === "" ? lines[at + 1].trim() : call[3];
    open.push({ indent, name: nameFrom(source) });
    let rules;
    try {
      rules = idsIn(commentAbove(lines, at));
    } catch ({ message }) {
      throw new Error(`${file}:${at + 1}: ${message}`);
    }
    if (rules.length === 0) return;
    const names = open.map(({ name }) => name);
    if (!names.some(({ isKnown }) => isKnown)) throw new Error(`${file}:${at + 1}: a test whose name cannot be known`);
    found.push({ kind: "js", file, path: names.map(({ shown }) => shown).join(" > "), names, rules });
  });
  return found;
}

/** Every JavaScript test below `tests/` of the checkout `root` that names a rule; not the tests of this folder. */
export function jsTests(root) {
  const folder = join(root, "tests");
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== "conformance" && entry.name !== "node_modules")
    .flatMap(({ name }) => readdirSync(join(folder, name)).filter((file) => file.endsWith(".test.mjs")).sort()
      .map((file) => join(folder, name, file)))
    .sort()
    .flatMap((file) => testsIn(readFileSync(file, "utf8"), relative(root, file)));
}
