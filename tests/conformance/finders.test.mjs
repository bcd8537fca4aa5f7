// The instruments that read tests: one that finds too little would call a rule held that nobody tests.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { holds } from "./conditions.mjs";
import { idsIn } from "./ids.mjs";
import { testsIn } from "./js-tests.mjs";
import { readLists } from "./lists.mjs";
import { rustTests } from "./rust-tests.mjs";

async function checkout(t, files) {
  const root = await mkdtemp(join(tmpdir(), "tokenward-conformance-"));
  t.after(() => rm(root, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return root;
}

describe("the line that names rules", () => {
  test("is a list, with or without a reason", () => {
    assert.deepEqual(idsIn("A01"), ["A01"]);
    assert.deepEqual(idsIn(" A01, J15; since it is so"), ["A01", "J15"]);
  });

  test("is none where it is prose", () => {
    for (const line of ["", "A tale", "RFC 7515, section 4.1.4", "of A01", "A1", "Z01"]) assert.deepEqual(idsIn(line), [], line);
  });

  test("is an error where a list goes wrong", () => {
    for (const line of ["A01 A02", "A01, and more", "A01,J15", "A01: why", "A01."]) assert.throws(() => idsIn(line), /A01/, line);
  });
});

describe("conditions", () => {
  const native = { targetArch: "native", hasFeature: () => true };
  const wasm = { targetArch: "wasm32", hasFeature: (name) => name === "browser" };
  const table = [
    ['target_arch = "wasm32"', false, true],
    ['not(target_arch = "wasm32")', true, false],
    ['all(target_arch = "wasm32", feature = "browser")', false, true],
    ['any(target_arch = "wasm32", feature = "edge")', true, true],
    ['feature = "edge"', true, false],
    ['not(all(target_arch = "wasm32", not(feature = "edge")))', true, false],
  ];
  for (const [condition, natively, inWasm] of table) {
    test(condition, () => assert.deepEqual([holds(condition, native), holds(condition, wasm)], [natively, inWasm]));
  }

  test("that are not understood are errors", () => {
    for (const condition of ["debug_assertions", 'panic = "abort"', "not(", "all(x, y)"]) {
      assert.throws(() => holds(condition, native), Error, condition);
    }
  });
});

describe("Rust tests", () => {
  test("are found through the module tree, with path, rules and conditions", async (t) => {
    const root = await checkout(t, {
      "tests/one.rs": [
        '#![cfg(feature = "edge")]', "mod one {", "    mod inner;", '    #[cfg(not(target_arch = "wasm32"))]', "    mod native;", "}",
        "#[test]", "fn at_the_top() {}",
      ].join("\n"),
      "tests/one/inner.rs": [
        "/// A01, A02; why", "#[test]", "fn first() {}", "", "/// Prose, which names no rule.", "#[wasm_bindgen_test]",
        '#[cfg(target_arch = "wasm32")]', "async fn second() {}", "", "fn helper() {}", "mod deeper {", "    mod leaf;", "}",
      ].join("\n"),
      "tests/one/inner/deeper/leaf.rs": "/// J01\n#[test]\nfn third() {}\n",
      "tests/one/native.rs": "proptest! {\n    /// A04\n    #[test]\n    fn fourth(text in any()) {}\n}\n",
      "tests/one/forgotten.rs": "/// A05\n#[test]\nfn never_compiled() {}\n",
    });
    const edge = 'feature = "edge"';
    assert.deepEqual(rustTests(root).map(({ binary, file, path, rules, conditions }) => [binary, file, path, rules, conditions]), [
      ["one", "tests/one/inner.rs", "one::inner::first", ["A01", "A02"], [edge]],
      ["one", "tests/one/inner.rs", "one::inner::second", [], [edge, 'target_arch = "wasm32"']],
      ["one", "tests/one/inner/deeper/leaf.rs", "one::inner::deeper::leaf::third", ["J01"], [edge]],
      ["one", "tests/one/native.rs", "one::native::fourth", ["A04"], [edge, 'not(target_arch = "wasm32")']],
      ["one", "tests/one.rs", "at_the_top", [], [edge]],
    ]);
  });

  test("whose rules cannot be read are errors that say where", async (t) => {
    const root = await checkout(t, { "tests/one.rs": "/// A01 A02\n#[test]\nfn first() {}\n" });
    assert.throws(() => rustTests(root), /tests\/one\.rs:3: .*A01 A02/);
  });

  test("are what rules are named at: anything else is an error", async (t) => {
    const root = await checkout(t, { "tests/one.rs": "/// A01\n#[cfg_attr(x, test)]\nfn first() {}\n" });
    assert.throws(() => rustTests(root), /tests\/one\.rs:3: first names rules and is no test/);
  });
});

describe("JavaScript tests", () => {
  const find = (...lines) => testsIn(lines.join("\n"), "x.test.mjs");

  test("are found with the suites around them", () => {
    const found = find(
      "// A01", 'test("alone", () => {', "});", 'describe("suite", () => {', "  // A02; why", '  test("inside", () => {});',
      "  for (const name of names) {", "    // A03", "    test(`${name} and ${name} more`, () => {});", "    // A04", "    test(name, () => {});",
      "  }", "});", "// A05", 'test("after", async (t) => {', "  // A06", '  await t.test("a step", () => {});', "});",
    );
    assert.deepEqual(found.map(({ path, rules }) => [path, rules]), [
      ["alone", ["A01"]], ["suite > inside", ["A02"]], ["suite > … and … more", ["A03"]], ["suite > …", ["A04"]], ["after", ["A05"]],
      ["after > a step", ["A06"]],
    ]);
  });

  test("match the names they get at run time", () => {
    const [{ names: [name] }] = find("// A01", "test(`${what} (${why}) ends`, () => {});");
    assert.equal(name.fits("a thing (for a reason) ends"), true);
    assert.equal(name.fits("a thing for a reason ends"), false);
  });

  test("count by the first line of the comment right above", () => {
    const found = find("// A02", "// and why", 'test("near", () => {});', "// Prose. A03", 'test("prose", () => {});');
    assert.deepEqual(found.map(({ path, rules }) => [path, rules]), [["near", ["A02"]]]);
  });

  test("whose names cannot be known, or rules not be read, are errors that say where", () => {
    assert.throws(() => find("// A01", "test(name, () => {});"), /x\.test\.mjs:2/);
    assert.throws(() => find("// A01 A02", 'test("x", () => {});'), /x\.test\.mjs:1: .*A01 A02/);
  });

  test("are what rules are named at: anything else is an error", () => {
    for (const below of ["", "const x = 1;", "run(() => {});"]) {
      assert.throws(() => find("// A01", below, 'test("far", () => {});'), /x\.test\.mjs:1: .*no test/);
    }
  });
});

test("the lists name nothing twice and say of each what it is", () => {
  const { families, rules, groups, modules } = readLists();
  for (const names of [rules.map(({ id }) => id), modules.map(({ name }) => name)]) assert.equal(new Set(names).size, names.length);
  for (const { id, level, source, requirement, notApplicable = "why" } of rules) {
    assert.ok(families.some((family) => id.startsWith(family.id)), id);
    assert.ok(["MUST", "SHOULD", "HARDENING"].includes(level), id);
    assert.ok(source && notApplicable && requirement?.endsWith("."), id);
  }
  for (const { name, group, requires, does, notApplicable = "why" } of modules) {
    assert.ok(groups.some(({ id }) => id === group), name);
    assert.ok(["accept", "reject"].includes(requires), name);
    assert.ok(does && notApplicable, name);
  }
  assert.deepEqual([rules.length, modules.length], [216, 89]);
});
