// A store of the app's own that does not answer: the session goes on without it.
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { mock, test } from "node:test";
import { build } from "esbuild";

const PATIENCE_MS = 10_000;

const source = fileURLToPath(new URL("../../pkg-template/src/records.ts", import.meta.url));
const { outputFiles } = await build({ entryPoints: [source], bundle: true, format: "esm", write: false });
const { createRecords } = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);

const settle = async () => {
  for (let i = 0; i < 5; i += 1) await new Promise(setImmediate);
};

/** What has come of the promise now. */
const stateOf = async (promise) => {
  let state = "waits";
  promise.then((value) => (state = { value }));
  await settle();
  return state;
};

test("what a store does not answer is waited for so long, and what comes after it is done then", async (t) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  t.after(() => mock.timers.reset());
  const done = [];
  const never = new Promise(() => {});
  const records = createRecords({
    get: (name) => (done.push(`get ${name}`), never),
    set: (name) => (done.push(`set ${name}`), never),
    delete: (name) => void done.push(`delete ${name}`),
  });
  const loaded = records.load("a");
  records.save("a", "1");
  records.remove("a");
  const saved = records.saved();
  await settle();
  mock.timers.tick(PATIENCE_MS - 1);
  assert.equal(await stateOf(loaded), "waits");
  mock.timers.tick(1);
  assert.deepEqual(await stateOf(loaded), { value: undefined });
  assert.deepEqual(done, ["get a", "set a"], "one after the other");
  mock.timers.tick(PATIENCE_MS);
  assert.notEqual(await stateOf(saved), "waits");
  assert.deepEqual(done, ["get a", "set a", "delete a"]);
});

test("a store that answers, or fails, leaves no timer behind", async (t) => {
  const timers = new Set();
  t.mock.method(globalThis, "setTimeout", () => {
    const timer = Symbol("timer");
    timers.add(timer);
    return timer;
  });
  t.mock.method(globalThis, "clearTimeout", (timer) => timers.delete(timer));
  const records = createRecords({
    get: async () => "record",
    set: () => { throw new Error("full"); },
    delete: async () => { throw new Error("gone"); },
  });
  records.save("a", "1");
  records.remove("a");
  assert.equal(await records.load("a"), "record");
  assert.equal(timers.size, 0);
});
