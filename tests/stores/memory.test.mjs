// Sessions in memory: the contract, and what keeps it from growing.
import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { before, describe, test } from "node:test";
import { installedPackage } from "../package/fixture.mjs";
import { answerFor, remoteStore } from "./agent.mjs";
import { contract, freshKey, inAMinute, sleep } from "./contract.mjs";

let memoryStore;
let stores;
before(async () => {
  ({ memoryStore } = await import(pathToFileURL(join((await installedPackage()).dir, "edge.node.js"))));
  const ask = answerFor({ store: memoryStore(), apart: memoryStore() });
  // There is no other side: what is in memory is of one isolate.
  stores = { store: remoteStore(ask, "store"), elsewhere: remoteStore(ask, "store"), apart: remoteStore(ask, "apart") };
});

contract("memory, Node", () => stores);

const until = (expiresAt) => ({ expiresAt });
const thereOf = async (store, keys) => (await store.read(keys)).map((entry) => entry !== null);

describe("a bounded memory", () => {
  test("makes room for the newest by what was not asked for the longest", async () => {
    const store = memoryStore({ maxEntries: 3 });
    for (const key of ["a", "b", "c"]) await store.write(key, key, until(inAMinute()));
    await store.read(["a"]);
    await store.write("b", "again", until(inAMinute()));
    await store.write("d", "d", until(inAMinute()));
    assert.deepEqual(await thereOf(store, ["a", "b", "c", "d"]), [true, true, false, true]);
  });

  test("makes room by what is over before it ends what is not", async () => {
    const store = memoryStore({ maxEntries: 3 });
    const soon = Date.now() + 40;
    await store.write("lasting", "value", until(inAMinute()));
    await store.write("over", "value", until(soon));
    await store.write("over-too", "value", until(soon));
    await sleep(soon - Date.now() + 20);
    await store.write("new", "value", until(inAMinute()));
    await store.write("newer", "value", until(inAMinute()));
    assert.deepEqual(await thereOf(store, ["lasting", "new", "newer"]), [true, true, true]);
    await store.write("newest", "value", until(inAMinute()));
    assert.deepEqual(await thereOf(store, ["lasting", "new", "newer", "newest"]), [false, true, true, true]);
  });

  test("a write of what is there makes no room", async () => {
    const store = memoryStore({ maxEntries: 2 });
    for (const key of ["a", "b", "b", "b", "a"]) await store.write(key, key, until(inAMinute()));
    assert.deepEqual(await thereOf(store, ["a", "b"]), [true, true]);
  });

  test("does not grow, whatever is written", async () => {
    const store = memoryStore({ maxEntries: 1_000 });
    const keys = Array.from({ length: 50_000 }, freshKey);
    for (const key of keys) await store.write(key, "value", until(inAMinute() + Math.random() * 1_000_000));
    const there = await thereOf(store, keys);
    assert.equal(there.filter(Boolean).length, 1_000);
    assert.ok(there.slice(-1_000).every(Boolean));
  });

  test("keeps 5,000 unless told otherwise", async () => {
    const store = memoryStore();
    const keys = Array.from({ length: 5_001 }, freshKey);
    for (const key of keys) await store.write(key, "value", until(inAMinute()));
    assert.deepEqual((await thereOf(store, keys)).indexOf(true), 1);
  });

  for (const maxEntries of [0, -1, 1.5, 1_000_001, "10", null, NaN]) {
    test(`of ${maxEntries} entries is refused`, () => {
      assert.throws(() => memoryStore({ maxEntries }), { code: "invalid_option", message: /: maxEntries$/ });
    });
  }
});
