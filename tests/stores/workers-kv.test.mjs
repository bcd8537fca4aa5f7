// Sessions in Workers KV, in workerd: what it keeps of the contract, and what is unsafe about it.
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { remoteStore } from "./agent.mjs";
import { freshKey, inAMinute, unsafeContract } from "./contract.mjs";
import { fileScope } from "./scope.mjs";
import { startWorkers } from "./worker.mjs";

const STORES = `
import { workersKvStore } from "tokenward/edge";
const failing = () => { throw new TypeError("KV PUT failed: 429 Too Many Requests"); };
export const storesIn = (env) => ({
  store: workersKvStore(env.KV),
  apart: workersKvStore(env.KV, { prefix: "apart:" }),
  broken: workersKvStore({ getWithMetadata: failing, put: failing, delete: failing }),
  seen: { list: async (prefix) => (await env.KV.list({ prefix })).keys },
});
`;

const scope = fileScope();
let stores;
before(async () => {
  const { one, two } = await startWorkers(scope, STORES, () => ({ kvNamespaces: { KV: "sessions" } }));
  stores = {
    store: remoteStore(one, "store"), elsewhere: remoteStore(two, "store"), apart: remoteStore(one, "apart"),
    broken: remoteStore(one, "broken"), seen: remoteStore(one, "seen"),
  };
});

unsafeContract("Workers KV", () => stores);

describe("Workers KV is unsafe", () => {
  test("and says so", async () => {
    assert.equal(await stores.store.isAtomic(), false);
  });

  test("as of many writes at once, each of which expects the same, several are told that they were first", async () => {
    const key = freshKey();
    const winners = async (expected) => (
      await stores.store.race(key, "here", 200, { expected, expiresAt: inAMinute() })
    ).filter((version) => version !== null);
    assert.ok((await winners(null)).length > 1);
    const [{ version }] = await stores.store.read([key]);
    assert.ok((await winners(version)).length > 1);
  });

  test("as what is over in less than a minute lies there until then, though nobody is given it", async () => {
    const key = freshKey();
    await stores.store.write(key, "value", { expiresAt: Date.now() + 5_000 });
    const [{ expiration }] = await stores.seen.list(`tokenward:${key}`);
    assert.ok(expiration * 1_000 > Date.now() + 50_000);
  });
});

test("a namespace that refuses is an error", async () => {
  const { broken } = stores;
  const failed = { name: "StorageError", code: "store_failed", retryable: true, message: "The session store failed: Workers KV, TypeError", hasCause: false };
  await assert.rejects(broken.read(["key"]), failed);
  await assert.rejects(broken.write("key", "value", { expiresAt: inAMinute() }), failed);
  await assert.rejects(broken.remove("key"), failed);
});
