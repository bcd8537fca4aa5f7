// Sessions in Deno KV, in Deno: the contract from two processes on one file, and what is left behind.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, test } from "node:test";
import { remoteStore } from "./agent.mjs";
import { contract, freshKey, inAMinute } from "./contract.mjs";
import { startProcess } from "./process.mjs";
import { fileScope } from "./scope.mjs";

/** Where two processes open a file at the same time, one of them is locked out. */
const storesOn = (file) => `
import { denoKvStore } from "tokenward/edge";
const open = async () => {
  for (;;) {
    try {
      return await Deno.openKv(${JSON.stringify(file)});
    } catch (error) {
      if (!/locked/.test(error.message)) throw error;
    }
  }
};
const kv = await open();
const closed = await Deno.openKv(":memory:");
closed.close();
let locks = 0;
/** A database that is locked for so many times. */
const locked = (times) => ({
  get: (key) => kv.get(key), delete: (key) => kv.delete(key), atomic: () => kv.atomic(),
  getMany: async (keys) => {
    if (locks++ < times) throw new TypeError("database is locked");
    return kv.getMany(keys);
  },
});
const told = [];
/** Notes how long the database is told to keep what is written. */
const watched = {
  get: (key) => kv.get(key), getMany: (keys) => kv.getMany(keys), delete: (key) => kv.delete(key),
  atomic: () => {
    const operation = kv.atomic();
    return {
      check: (entry) => operation.check(entry), delete: (key) => operation.delete(key), commit: () => operation.commit(),
      set: (key, value, options) => {
        told.push(options.expireIn);
        operation.set(key, value, options);
      },
    };
  },
};
export const stores = {
  store: denoKvStore(kv),
  apart: denoKvStore(kv, { prefix: "apart" }),
  closed: denoKvStore(closed),
  locked: denoKvStore(locked(5)),
  lockedForEver: denoKvStore(locked(Infinity)),
  watched: denoKvStore(watched),
  told: { all: () => told },
};
`;

const scope = fileScope();
let stores;
before(async () => {
  const folder = await mkdtemp(join(tmpdir(), "tokenward-deno-"));
  scope.after(() => rm(folder, { recursive: true, force: true }));
  const [one, two] = await Promise.all([0, 1].map(() => startProcess(scope, "Deno", storesOn(join(folder, "sessions")))));
  const named = (name) => remoteStore(one, name);
  stores = {
    store: named("store"), elsewhere: remoteStore(two, "store"), apart: named("apart"),
    closed: named("closed"), locked: named("locked"), lockedForEver: named("lockedForEver"), watched: named("watched"), told: named("told"),
  };
});

contract("Deno KV, two processes on one file", () => stores);

test("the database is told when an entry ends, so that it deletes it some time later", async () => {
  await stores.watched.write(freshKey(), "value", { expected: null, expiresAt: inAMinute() });
  const [expireIn, ...others] = await stores.told.all();
  assert.ok(expireIn > 50_000 && expireIn <= 60_000, String(expireIn));
  assert.deepEqual(others, []);
});

test("a database that is locked for a moment is asked again", async () => {
  assert.deepEqual(await stores.locked.read(["missing"]), [null]);
});

test("a database that stays locked, or is closed, is an error without the value", async () => {
  const { lockedForEver, closed } = stores;
  const start = Date.now();
  await assert.rejects(lockedForEver.read(["key"]), { code: "store_failed", retryable: true, message: "The session store failed: Deno KV, TypeError" });
  assert.ok(Date.now() - start < 15_000);
  for (const asked of [() => closed.read(["key"]), () => closed.remove("key"), () => closed.write("key", "secret", { expiresAt: inAMinute() })]) {
    await assert.rejects(asked(), ({ name, code, message, hasCause }) => {
      assert.deepEqual([name, code, hasCause], ["StorageError", "store_failed", false]);
      return /^The session store failed: Deno KV, \w+$/.test(message);
    });
  }
});
