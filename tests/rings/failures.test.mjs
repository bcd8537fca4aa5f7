// The runner names what failed, and takes nothing that failed for passed.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { asPassed, cargoFailuresIn, failuresIn } from "./failures.mjs";

const TESTS = `
import { test } from "node:test";
test("passes", () => {});
test("fails # with a sign", () => { throw new Error("the reason"); });
test("has parts", async (t) => {
  await t.test("a part that passes", () => {});
  await t.test("a part that fails", () => { throw new Error("of the part\\nin two lines"); });
});
test("is skipped", { skip: "for now" }, () => {});
`;

async function outputOf(t, text) {
  const folder = await mkdtemp(join(tmpdir(), "failures-"));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "some.test.mjs"), text);
  // Node's runner runs no other runner within itself.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const args = ["--test", "--test-reporter=tap", "some.test.mjs"];
  const output = await new Promise((resolve) => { execFile(process.execPath, args, { cwd: folder, env }, (error, stdout) => resolve(stdout)); });
  return { folder, output };
}

test("every test that failed is named, with its file and the beginning of its error", async (t) => {
  const { folder, output } = await outputOf(t, TESTS);
  assert.deepEqual(failuresIn(output, folder), [
    { name: "fails \\# with a sign", file: "some.test.mjs", error: "'the reason'" },
    { name: "a part that fails", file: "some.test.mjs", error: "of the part in two lines" },
  ]);
});

test("a file that cannot be read is a failure", async (t) => {
  const { folder, output } = await outputOf(t, "this is no JavaScript");
  assert.deepEqual(failuresIn(output, folder).map(({ file }) => file), ["some.test.mjs"]);
});

test("what passed the second time is read as passed, and nothing else changes", async (t) => {
  const { folder, output } = await outputOf(t, TESTS);
  const passed = asPassed(output);
  assert.deepEqual(failuresIn(passed, folder), []);
  assert.equal(passed.replaceAll(/^( *)ok /gm, "$1not ok "), output.replaceAll(/^( *)ok /gm, "$1not ok "));
});

test("tests of cargo and wasm-pack that failed are named", () => {
  const output = "test a::b ... ok\ntest a::c ... FAILED\ntest d - should panic ... FAIL\ntest result: FAILED. 1 passed; 2 failed\n";
  assert.deepEqual(cargoFailuresIn(output), [{ name: "a::c" }, { name: "d" }]);
});
