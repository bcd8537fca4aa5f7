// How long the count of token sets is waited for where the browser's database is slow, or answers no more.

import assert from "node:assert/strict";
import { mock, test } from "node:test";

/** What the database does with whoever opens it: "answers", "hangs" or "fails". */
let mood;
/** The requests that it has not answered yet. */
const waiting = [];

const succeed = (request, result) => queueMicrotask(() => request.onsuccess(Object.assign(request, { result })));

const database = {
  transaction() {
    const transaction = { objectStore: () => ({ get: () => ask({ generation: 7, over: false }) }) };
    const ask = (value) => {
      const request = {};
      succeed(request, value);
      setImmediate(() => transaction.oncomplete());
      return request;
    };
    return transaction;
  },
  close() {},
};

globalThis.indexedDB = {
  open() {
    const request = {};
    if (mood === "fails") queueMicrotask(() => request.onerror(Object.assign(request, { error: new Error("no") })));
    else if (mood === "hangs") waiting.push(() => succeed(request, database));
    else succeed(request, database);
    return request;
  },
};

const { joinTabs } = await import("../../src/web/tabs.js");

const settle = async () => {
  for (let i = 0; i < 5; i += 1) await new Promise(setImmediate);
};

/** Asks for the mark, lets this much time pass, and says what has come of it. */
const ask = (tabs) => {
  let state = "waits";
  tabs.mark("").then(({ generation }) => (state = generation), () => (state = "given up"));
  return async (milliseconds) => {
    mock.timers.tick(milliseconds);
    await settle();
    return state;
  };
};

// R02
test("a database that has answered gets more time, one that hangs keeps nobody waiting, and one that fails is not waited for", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const tabs = joinTabs("slow", undefined, undefined);
  mood = "hangs";
  const never = ask(tabs);
  assert.equal(await never(2_999), "waits");
  assert.equal(await never(1), "given up", "it has not answered in this page yet");

  mood = "answers";
  assert.equal(await ask(tabs)(0), 7);

  mood = "hangs";
  const slow = ask(tabs);
  assert.equal(await slow(9_000), "waits", "it answered before");
  waiting.pop()();
  assert.equal(await slow(0), 7);

  const hung = ask(tabs);
  assert.equal(await hung(10_000), "given up");
  const again = ask(tabs);
  assert.equal(await again(3_000), "given up", "nobody waits so long twice");

  mood = "fails";
  assert.equal(await ask(tabs)(0), "given up");
});
