// A key that cannot be looked for now is not one that is gone: only that ends a session whose tokens are bound to it.
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { perform } from "../../src/web/keys.js";

const PATIENCE_MS = 10_000;

const settle = async () => {
  for (let i = 0; i < 5; i += 1) await new Promise(setImmediate);
};

/** What the database does: "answers" with no record, "fails", "hangs", or "refuses" to be opened. */
function withDatabase(t, mood) {
  const transaction = {};
  const get = () => {
    const request = {};
    queueMicrotask(() => {
      if (mood === "fails") request.onerror(Object.assign(request, { error: new DOMException("a fault", "UnknownError") }));
      else request.onsuccess(Object.assign(request, { result: undefined }));
      setImmediate(() => (mood === "fails" ? transaction.onabort() : transaction.oncomplete()));
    });
    return request;
  };
  const database = { transaction: () => Object.assign(transaction, { objectStore: () => ({ get }) }), close() {} };
  globalThis.indexedDB = {
    open() {
      if (mood === "refuses") throw new DOMException("no site data", "SecurityError");
      const request = {};
      if (mood !== "hangs") queueMicrotask(() => request.onsuccess(Object.assign(request, { result: database })));
      return request;
    },
  };
  t.after(() => delete globalThis.indexedDB);
  mock.timers.enable({ apis: ["setTimeout"] });
  t.after(() => mock.timers.reset());
}

// P11
test("a signature without a key is null, and one that is not had for another reason is undefined", async (t) => {
  for (const [mood, outcome] of [["answers", null], ["fails", undefined], ["refuses", undefined]]) {
    await t.test(mood, async (t) => {
      withDatabase(t, mood);
      assert.equal(await perform("sign", "session", "text"), outcome);
    });
  }
});

test("a database that hangs keeps no signature waiting", async (t) => {
  withDatabase(t, "hangs");
  let outcome = "waits";
  perform("sign", "session", "text").then((value) => (outcome = value));
  await settle();
  mock.timers.tick(PATIENCE_MS - 1);
  await settle();
  assert.equal(outcome, "waits");
  mock.timers.tick(1);
  await settle();
  assert.equal(outcome, undefined);
});
