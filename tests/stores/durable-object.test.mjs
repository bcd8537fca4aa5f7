// Sessions in Durable Objects, in workerd: the contract from two isolates, in both kinds of storage, and what is left behind.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { remoteStore } from "./agent.mjs";
import { contract, freshKey, inAMinute, sleep } from "./contract.mjs";
import { fileScope } from "./scope.mjs";
import { startWorkers } from "./worker.mjs";

const STORES = `
import { env as bound } from "cloudflare:workers";
import { durableObjectStore, SessionObject } from "tokenward/edge";

/** Made at the top level, as an app does it: all requests share it. */
const sessions = durableObjectStore(bound.SESSIONS);

/** Says what is in its storage. */
export class WatchedObject extends SessionObject {
  constructor(ctx, env) {
    super(ctx, env);
    this.storage = ctx.storage;
  }
  async fetch(request) {
    if (request.method !== "OPTIONS") return super.fetch(request);
    return Response.json({ names: [...(await this.storage.list()).keys()], alarm: await this.storage.getAlarm() });
  }
}

/** Breaks in every way: as the key says. */
export class BrokenObject {
  async fetch(request) {
    const text = await request.text();
    if (text.includes("not found")) return new Response("no", { status: 404 });
    throw new Error("broken over " + text);
  }
}

export const storesIn = (env) => ({
  store: sessions,
  apart: durableObjectStore(env.SESSIONS, { prefix: "apart:" }),
  broken: durableObjectStore(env.BROKEN),
  unreachable: durableObjectStore({ idFromName: () => { throw new Error("unreachable value"); }, get() {} }),
  view: { view: async (key) => (await env.SESSIONS.get(env.SESSIONS.idFromName(key)).fetch("http://view/", { method: "OPTIONS" })).json() },
});
`;

const objects = (useSQLite, compatibilityDate) => (name) => ({
  compatibilityDate,
  durableObjects: Object.fromEntries([["SESSIONS", "WatchedObject"], ["BROKEN", "BrokenObject"]].map(([binding, className]) => (
    [binding, { className, useSQLite, ...(name === "two" && { scriptName: "one" }) }]
  ))),
});

const storesOf = ({ one, two }) => ({
  store: remoteStore(one, "store"),
  elsewhere: remoteStore(two, "store"),
  apart: remoteStore(one, "apart"),
  broken: remoteStore(one, "broken"),
  unreachable: remoteStore(one, "unreachable"),
  view: remoteStore(one, "view").view,
});

/** Looks again until it is so: alarms come when they come. */
const until = async (look, isSo) => {
  for (const start = Date.now(); Date.now() < start + 15_000; await sleep(20)) {
    const seen = await look();
    if (isSo(seen)) return seen;
  }
  throw new Error("it did not come to be");
};

const nothing = { names: [], alarm: null };

// An alarm is not among what an object deletes as a whole before 2026-02-24.
for (const [kind, useSQLite, date] of [["SQLite", true, "2026-04-01"], ["key-value", false, "2024-01-01"]]) {
  const scope = fileScope();
  let stores;
  before(async () => {
    stores = storesOf(await startWorkers(scope, STORES, objects(useSQLite, date)));
  });

  contract(`Durable Objects with ${kind} storage, two isolates`, () => stores);

  describe(`the storage of an object, ${kind}`, () => {
    const gone = (key) => until(() => stores.view(key), ({ names }) => names.length === 0);

    test("is empty after the entry's end, which nobody asked for", async () => {
      const key = freshKey();
      const expiresAt = Date.now() + 2_000;
      await stores.store.write(key, "value", { expiresAt });
      assert.deepEqual(await stores.view(key), { names: ["entry"], alarm: expiresAt });
      assert.deepEqual(await gone(key), nothing);
      assert.ok(Date.now() >= expiresAt);
    });

    test("keeps an entry whose end was moved, and has an alarm for the new end", async () => {
      const key = freshKey();
      const first = Date.now() + 2_000;
      const second = first + 2_000;
      await stores.store.write(key, "value", { expiresAt: first });
      await stores.store.write(key, "value", { expiresAt: second });
      assert.equal((await stores.view(key)).alarm, first, "an alarm that is early is not written again");
      await until(() => stores.view(key), ({ alarm }) => alarm === second);
      assert.equal((await stores.store.read([key]))[0].value, "value");
      assert.deepEqual(await gone(key), nothing);
      assert.ok(Date.now() >= second);
    });

    test("has the alarm of an end that was moved to sooner", async () => {
      const key = freshKey();
      await stores.store.write(key, "value", { expiresAt: inAMinute() });
      const expiresAt = Date.now() + 2_000;
      await stores.store.write(key, "value", { expiresAt });
      assert.equal((await stores.view(key)).alarm, expiresAt);
      assert.deepEqual(await gone(key), nothing);
    });

    test("is empty after a removal, after a write whose time is over, and after a read of nothing", async () => {
      const [removed, over, asked] = [freshKey(), freshKey(), freshKey()];
      await stores.store.write(removed, "value", { expiresAt: inAMinute() });
      await stores.store.remove(removed);
      await stores.store.write(over, "value", { expiresAt: inAMinute() });
      await stores.store.write(over, "value", { expiresAt: 0 });
      await stores.store.read([asked]);
      for (const key of [removed, over, asked]) assert.deepEqual(await stores.view(key), nothing);
    });
  });

  test(`an object that breaks is an error without the value, ${kind}`, async () => {
    const { broken, unreachable } = stores;
    for (const [store, value, message] of [
      [broken, "secret", /^The session store failed: Durable Object, Error$/],
      [broken, "not found: secret", /^The session store failed: Durable Object, TypeError$/],
      [unreachable, "secret", /^The session store failed: Durable Object, Error$/],
    ]) {
      await assert.rejects(store.write("key", value, { expiresAt: inAMinute() }), {
        name: "StorageError", code: "store_failed", phase: "storage", retryable: true, message, hasCause: false,
      });
    }
    await assert.rejects(broken.read(["key"]), { code: "store_failed" });
    await assert.rejects(broken.remove("key"), { code: "store_failed" });
  });
}

test("what was written is there after the platform was started again, and ends there", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "tokenward-objects-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const start = async () => {
    const started = await startWorkers(t, STORES, objects(true, "2026-04-01"), { durableObjectsPersist: folder });
    return { ...storesOf(started), end: started.end };
  };
  const [key, ending] = [freshKey(), freshKey()];
  const first = await start();
  const version = await first.store.write(key, "value", { expiresAt: inAMinute() });
  await first.store.write(ending, "value", { expiresAt: Date.now() + 1_000 });
  await first.end();
  const second = await start();
  assert.deepEqual(await second.elsewhere.read([key]), [{ value: "value", version }]);
  assert.equal(await second.store.write(key, "lost", { expected: null, expiresAt: inAMinute() }), null);
  assert.notEqual(await second.store.write(key, "next", { expected: version, expiresAt: inAMinute() }), null);
  await until(() => second.view(ending), ({ names }) => names.length === 0);
});
