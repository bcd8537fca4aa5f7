// The instruments that read what the rings printed, and the verdicts.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { judge } from "./judge.mjs";
import { testsIn } from "./js-tests.mjs";
import { readLog } from "./logs.mjs";

const cargo = "cargo test --locked --all-features";
const wasmPack = "wasm-pack test --headless --chrome --chromedriver /x . --features browser --locked --test one";
const tap = "node --test --test-reporter=tap tests/e2e/x.test.mjs tests/e2e/y.test.mjs";

const log = (ring, command, ...lines) => readLog([ring, command, ...lines].join("\n"));
const rust = (path, rules, conditions = []) =>
  ({ kind: "rust", binary: "one", file: "tests/one.rs", name: path.split("::").at(-1), path, rules, conditions });

describe("a log of cargo or wasm-pack", () => {
  const native = log("native", cargo, "test one::a ... ok", "test one::b ... FAILED", "test one::c ... ignored", "noise test one::d ... ok");

  test("says how each test ended", () => {
    const outcomes = ["one::a", "one::b", "one::c", "one::d"].map((path) => native.outcomesOf(rust(path, [])));
    assert.deepEqual(outcomes, [["pass"], ["FAIL"], ["skipped"], ["did not run"]]);
  });

  test("is asked for its own tests only", () => {
    const wasm = log("wasm in Chromium: core", wasmPack, "test one::a ... ok");
    assert.deepEqual(wasm.outcomesOf(rust("one::a", [])), ["pass"]);
    assert.equal(wasm.outcomesOf(rust("one::a", [], ['not(target_arch = "wasm32")'])), null);
    assert.equal(wasm.outcomesOf(rust("one::a", [], ['feature = "edge"'])), null);
    assert.deepEqual(wasm.outcomesOf(rust("one::a", [], ['feature = "page"'])), ["pass"], "a feature brings others along");
    assert.equal(wasm.outcomesOf(rust("one::a", [], ['not(feature = "page")'])), null);
    assert.equal(wasm.outcomesOf({ ...rust("two::a", []), binary: "two" }), null);
    assert.equal(native.outcomesOf(rust("one::a", [], ['target_arch = "wasm32"'])), null);
  });
});

describe("a log of node", () => {
  const printed = log(
    "end to end", tap, "TAP version 13", "# Subtest: suite", "    # Subtest: good \\# 1", "    ok 1 - good \\# 1", "      ---", "      ...",
    "    # Subtest: bad", "    not ok 2 - bad", "    # Subtest: lazy", "    ok 3 - lazy # SKIP no streams", "    1..3", "not ok 1 - suite",
    "# Subtest: alone", "ok 2 - alone", "# pass 2",
  );
  const find = (...lines) => testsIn(lines.join("\n"), "tests/e2e/x.test.mjs")[0];

  test("says how each test ended, by the names around it", () => {
    const inSuite = (name) => printed.outcomesOf(find('describe("suite", () => {', "  // A01", `  test(${name}, () => {});`));
    assert.deepEqual(["\"good # 1\"", "\"bad\"", "\"lazy\"", "\"alone\""].map(inSuite), [["pass"], ["FAIL"], ["skipped"], ["did not run"]]);
    assert.deepEqual(inSuite("name"), ["pass", "FAIL", "skipped"]);
    assert.deepEqual(printed.outcomesOf(find("// A01", 'test("alone", () => {});')), ["pass"]);
  });

  test("is asked for the files it ran only", () => {
    assert.equal(printed.outcomesOf({ ...find("// A01", 'test("alone", () => {});'), file: "tests/e2e/z.test.mjs" }), null);
  });
});

test("a log of a check has no tests", () => {
  assert.equal(log("format", "cargo fmt --all --check"), null);
  assert.equal(log("build", "node pkg-template/build.mjs"), null);
});

describe("the verdict", () => {
  const rules = [{ id: "A01" }];
  const judged = (changes) => judge({ rules, modules: [], rust: [], js: [], logs: [], ...changes });
  const status = (changes) => judged(changes).rules[0].status;
  const tests = [rust("one::a", ["A01"]), rust("one::b", ["A01"])];
  const native = (...lines) => log("native", cargo, ...lines);

  test("is held where all tests passed", () => {
    assert.equal(status({ rust: tests, logs: [native("test one::a ... ok", "test one::b ... ok")] }), "held");
  });

  test("is failed where one failed or did not run, in any ring", () => {
    const good = native("test one::a ... ok", "test one::b ... ok");
    for (const logs of [
      [native("test one::a ... ok", "test one::b ... FAILED")], [native("test one::a ... ok")],
      [good, log("wasm", wasmPack, "test one::a ... ok", "test one::b ... FAIL")], [good, log("wasm", wasmPack, "test one::a ... ok")],
    ]) assert.equal(status({ rust: tests, logs }), "FAILED");
  });

  test("takes a test that one ring skips where another passes", () => {
    const skipped = log("wasm", wasmPack, "test one::a ... ignored");
    assert.equal(status({ rust: [tests[0]], logs: [skipped] }), "not run");
    assert.equal(status({ rust: [tests[0]], logs: [skipped, native("test one::a ... ok")] }), "held");
  });

  test("is not run where no ring ran, and no test where there is none", () => {
    assert.equal(status({ rust: tests }), "not run");
    assert.equal(status({}), "no test");
    assert.equal(status({ rust: [rust("one::a", [])] }), "no test");
  });

  test("is n/a where the list says so, unless a test says otherwise", () => {
    const notApplicable = { rules: [{ id: "A01", notApplicable: "why" }] };
    assert.deepEqual([status(notApplicable), judged(notApplicable).problems], ["n/a", []]);
    assert.match(judged({ ...notApplicable, rust: tests }).problems.join(), /^A01 has a test/);
  });

  test("is a problem where a test names what is no rule", () => {
    assert.match(judged({ rust: [rust("one::a", ["A99"])] }).problems.join(), /one::a names A99/);
  });

  test("is of a module by the name of its test", () => {
    const modules = [{ name: "oidcc-client-test-x", requires: "reject" }];
    const own = rust("one::basic::oidcc_client_test_x", []);
    const logs = [native("test one::basic::oidcc_client_test_x ... ok")];
    assert.deepEqual(judged({ modules, rust: [own], logs }).modules.map(({ status: verdict }) => verdict), ["held"]);
    assert.deepEqual(judged({ modules, rust: tests, logs }).modules.map(({ status: verdict }) => verdict), ["no test"]);
  });
});
