// What becomes of work on the browser's database where a request fails, and its transaction with it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { transactOn } from "../../src/web/database.js";

const settle = async () => {
  for (let i = 0; i < 5; i += 1) await new Promise(setImmediate);
};

test("a transaction that is aborted after its request failed is told of once", async (t) => {
  const transaction = {};
  const open = {};
  globalThis.indexedDB = { open: () => open };
  t.after(() => delete globalThis.indexedDB);
  const unhandled = [];
  const hear = (reason) => unhandled.push(reason);
  process.on("unhandledRejection", hear);
  t.after(() => process.off("unhandledRejection", hear));
  const outcome = transactOn("marks", "readonly", async () => { throw new Error("the request"); });
  const database = { transaction: () => Object.assign(transaction, { objectStore() {} }), close() {} };
  open.onsuccess(Object.assign(open, { result: database }));
  await assert.rejects(outcome, /the request/);
  transaction.onabort(Object.assign(transaction, { error: new Error("the transaction") }));
  await settle();
  assert.deepEqual(unhandled, []);
});
