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

/** The tests of one file and of the modules it declares. */
function testsOfFile(file, { path, conditions, children }, root) {
  const lines = readFileSync(file, "utf8").split("\n");
  const whole = [...conditions, ...conditionsIn(lines.filter((line) => line.startsWith("#![")))];
  const found = [];
  // The inline modules that are open, with the indentation that closes them: rustfmt makes it reliable.
  const open = [];
  const here = () => [...path, ...open.map(({ name }) => name)];
  const given = () => [...whole, ...open.flatMap((module) => module.conditions)];
  const error = (at, problem) => new Error(`${relative(root, file)}:${at + 1}: ${problem}`);
  lines.forEach((line, at) => {
    if (open.length > 0 && line === `${open.at(-1).indent}}`) return void open.pop();
    const [, indent, name, end] = MODULE.exec(line) ?? [];
    if (name !== undefined) {
      const attributes = above(lines, at);
      const module = { name, indent, conditions: conditionsIn(attributes) };
      if (end === " {") return void open.push(module);
      const place = attributes.map((text) => PLACE.exec(text)?.[1]).find((text) => text !== undefined);
      const folder = join(children, ...open.map((outer) => outer.name));
      const candidates = place === undefined
        ? [join(folder, `${name}.rs`), join(folder, name, "mod.rs")]
        : [join(open.length > 0 ? folder : dirname(file), place)];
      const child = candidates.find((candidate) => existsSync(candidate));
      if (child === undefined) throw error(at, `the module ${name} has no file`);
      const inside = basename(child) === "mod.rs" ? dirname(child) : join(dirname(child), basename(child, ".rs"));
      const within = { path: [...here(), name], conditions: [...given(), ...module.conditions], children: inside };
      return void found.push(...testsOfFile(child, within, root));
    }
    const called = FUNCTION.exec(line)?.[1];
    if (called === undefined) return;
    const attributes = above(lines, at);
    if (!attributes.some((text) => TEST.test(text))) return;
    const first = attributes.map((text) => DOC.exec(text)?.[1]).find((text) => text !== undefined) ?? "";
    let rules;
    try {
      rules = idsIn(first);
    } catch ({ message }) {
      throw error(at, message);
    }
    found.push({
      file: relative(root, file), name: called, path: [...here(), called].join("::"), rules,
      conditions: [...given(), ...conditionsIn(attributes)],
    });
  });
  return found;
}

/** Every Rust test below `tests/` of the checkout `root`, with the test binary it is in. */
export function rustTests(root) {
  const folder = join(root, "tests");
  const roots = readdirSync(folder).filter((name) => name.endsWith(".rs")).sort();
  return roots.flatMap((name) =>
    testsOfFile(join(folder, name), { path: [], conditions: [], children: folder }, root)
      .map((test) => ({ kind: "rust", binary: basename(name, ".rs"), ...test })));
}
