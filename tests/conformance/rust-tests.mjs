// Finds the Rust tests without compiling them: the module tree below tests/*.rs, and in it each test with its path as cargo
// prints it, the rules it names, and the conditions under which it is compiled.

import { existsSync, readFileSync, readdirSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { idsIn } from "./ids.mjs";

const MODULE = /^(\s*)(?:pub(?:\(\w+\))? )?mod (\w+)(;| \{)/;
const CONDITION = /^\s*#!?\[cfg\((.*)\)\]$/;
const PLACE = /^\s*#\[path = "(.*)"\]$/;
const TEST = /^\s*#\[(?:\w+::)*\w*test(?:\(.*\))?\]$/;
const FUNCTION = /^\s*(?:pub(?:\(\w+\))? )?(?:async )?fn (\w+)/;
const DOC = /^\s*\/\/\/ ?(.*)$/;
const ATTRIBUTE = /^\s*#\[/;

/** What stands above a line: the doc comment's lines and the attributes, in order. */
function above(lines, at) {
  let start = at;
  while (start > 0 && (DOC.test(lines[start - 1]) || ATTRIBUTE.test(lines[start - 1]))) start -= 1;
  return lines.slice(start, at);
}

const conditionsIn = (lines) => lines.map((line) => CONDITION.exec(line)?.[1]).filter((condition) => condition !== undefined);

const placeIn = (attributes) => attributes.map((text) => PLACE.exec(text)?.[1]).find((text) => text !== undefined);

/** The file of a module that is declared as `mod name;`, by the rules of the language. */
function fileOf(name, attributes, folder, besides) {
  const place = placeIn(attributes);
  const candidates = place === undefined ? [join(folder, `${name}.rs`), join(folder, name, "mod.rs")] : [join(besides, place)];
  const file = candidates.find((candidate) => existsSync(candidate));
  if (file === undefined) throw new Error(`the module ${name} has no file`);
  return file;
}

/** Where the modules of a file that is no crate root are. */
const childrenOf = (file) => (basename(file) === "mod.rs" ? dirname(file) : join(dirname(file), basename(file, ".rs")));

/** What a function with this above it is as a test; undefined where it is none. */
function asTest(name, attributes) {
  const rules = idsIn(attributes.map((text) => DOC.exec(text)?.[1]).find((text) => text !== undefined) ?? "");
  if (attributes.some((text) => TEST.test(text))) return { name, rules, conditions: conditionsIn(attributes) };
  if (rules.length > 0) throw new Error(`${name} names rules and is no test`);
  return undefined;
}

/** The tests of one file and of the modules it declares. */
function testsOfFile(file, { path, conditions, children }, root) {
  const lines = readFileSync(file, "utf8").split("\n");
  const whole = [...conditions, ...conditionsIn(lines.filter((line) => line.startsWith("#![")))];
  // The inline modules that are open, with the indentation that closes them: rustfmt makes it reliable.
  const open = [];
  const inner = (name) => [...path, ...open.map((module) => module.name), name];
  const given = (more) => [...whole, ...open.flatMap((module) => module.conditions), ...more];

  const located = (at, action) => {
    try {
      return action();
    } catch ({ message }) {
      throw new Error(`${relative(root, file)}:${at + 1}: ${message}`);
    }
  };

  const read = (line, at) => {
    if (open.length > 0 && line === `${open.at(-1).indent}}`) {
      open.pop();
      return [];
    }
    const attributes = above(lines, at);
    const [, indent, module, end] = MODULE.exec(line) ?? [];
    if (end === " {") {
      open.push({ name: module, indent, conditions: conditionsIn(attributes), place: placeIn(attributes) });
      return [];
    }
    if (end === ";") {
      const folder = open.reduce(
        (outer, { name, place }) => (place === undefined ? join(outer, name) : join(dirname(file), place)), children,
      );
      const child = located(at, () => fileOf(module, attributes, folder, open.length > 0 ? folder : dirname(file)));
      return testsOfFile(child, { path: inner(module), conditions: given(conditionsIn(attributes)), children: childrenOf(child) }, root);
    }
    const name = FUNCTION.exec(line)?.[1];
    const test = name === undefined ? undefined : located(at, () => asTest(name, attributes));
    if (test === undefined) return [];
    return [{ ...test, file: relative(root, file), path: inner(name).join("::"), conditions: given(test.conditions) }];
  };
  return lines.flatMap(read);
}

/** Every Rust test below `tests/` of the checkout `root`, with the test binary it is in. */
export function rustTests(root) {
  const folder = join(root, "tests");
  const roots = readdirSync(folder).filter((name) => name.endsWith(".rs")).sort();
  return roots.flatMap((name) =>
    testsOfFile(join(folder, name), { path: [], conditions: [], children: folder }, root)
      .map((test) => ({ kind: "rust", binary: basename(name, ".rs"), ...test })));
}
