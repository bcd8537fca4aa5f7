// A lock that the browser does not give, for a reason that is not the tab's own: whoever waits for it would refresh no more.
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { joinTabs } from "../../src/web/tabs.js";
import { locks as leases } from "../../src/web/lease.js";

const RETRY_MS = 1000;
/** How often a lock is asked for in a test, at most. */
const TRIES = 3;

const settle = async () => {
  for (let i = 0; i < 5; i += 1) await new Promise(setImmediate);
};

/** Asks for the lock, and says what came of it after so many pauses. */
async function lockOf(tab, tries = TRIES) {
  let state = "waits";
  tab.lock().then((value) => (state = value));
  await settle();
  for (let i = 0; i < tries; i += 1) {
    mock.timers.tick(RETRY_MS);
    await settle();
  }
  return state;
}

function withNavigator(t, value) {
  const before = Object.getOwnPropertyDescriptor(globalThis, "navigator");
  Object.defineProperty(globalThis, "navigator", { configurable: true, value });
  t.after(() => (before ? Object.defineProperty(globalThis, "navigator", before) : delete globalThis.navigator));
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  t.after(() => mock.timers.reset());
}

/** A database of one store, whose first requests fail with these errors. */
function createDatabase(errors) {
  const values = new Map();
  const ask = (transaction, work) => {
    const request = {};
    queueMicrotask(() => {
      const error = errors.shift();
      request[error ? "onerror" : "onsuccess"](Object.assign(request, { error, result: work() }));
      setImmediate(() => (error ? transaction.onabort() : transaction.oncomplete()));
    });
    return request;
  };
  const transaction = () => {
    const own = {
      objectStore: () => ({
        get: (key) => ask(own, () => values.get(key)),
        put: (value, key) => values.set(key, value),
        delete: (key) => values.delete(key),
      }),
    };
    return own;
  };
  return {
    values,
    open: () => {
      const request = {};
      queueMicrotask(() => request.onsuccess(Object.assign(request, { result: { transaction, close() {} } })));
      return request;
    },
  };
}

function withDatabase(t, errors) {
  const database = createDatabase(errors);
  globalThis.indexedDB = database;
  t.after(() => delete globalThis.indexedDB);
  return database;
}

test("where the browser shares nothing between tabs, nobody is waited for", async (t) => {
  const request = async () => { throw new DOMException("no site data", "SecurityError"); };
  withNavigator(t, { locks: { request } });
  const tab = joinTabs("session");
  assert.equal(await lockOf(tab), true);
  tab.unlock();
  const given = tab.lock();
  tab.unlock();
  assert.equal(await given, false, "nobody waits for it");
});

test("a lock that the browser failed to give is asked for again, until nobody waits for it", async (t) => {
  let failures = 1;
  let asked = 0;
  const request = async (name, options, hold) => {
    asked += 1;
    if (failures > 0) throw new DOMException(`failure ${failures--}`, "InvalidStateError");
    return hold();
  };
  withNavigator(t, { locks: { request } });
  const tab = joinTabs("session");
  assert.equal(await lockOf(tab), true);
  tab.unlock();
  failures = Infinity;
  const never = tab.lock();
  await settle();
  tab.unlock();
  mock.timers.tick(RETRY_MS);
  assert.equal(await never, false);
  const before = asked;
  mock.timers.tick(RETRY_MS);
  await settle();
  assert.equal(asked, before, "and no more then");
});

test("without Web Locks, a part that did not load is loaded again", async (t) => {
  withNavigator(t, {});
  withDatabase(t, []);
  let loads = 0;
  const tab = joinTabs("session", undefined, async () => {
    loads += 1;
    if (loads === 1) throw new TypeError("Failed to fetch dynamically imported module");
    return leases;
  });
  assert.equal(await lockOf(tab), true);
  assert.equal(loads, 2);
  tab.unlock();
  await settle();
});

test("without Web Locks, a lease that failed to be written is asked for again, and is given back", async (t) => {
  withNavigator(t, {});
  const { values } = withDatabase(t, [new DOMException("a fault", "UnknownError")]);
  const tab = joinTabs("session", undefined, async () => leases);
  assert.equal(await lockOf(tab), true);
  assert.equal(values.size, 1);
  tab.unlock();
  await settle();
  assert.equal(values.size, 0);
});

test("a lease that could not be given back is not asked for again: it ends by itself", async (t) => {
  withNavigator(t, {});
  const errors = [];
  const { values } = withDatabase(t, errors);
  const tab = joinTabs("session", undefined, async () => leases);
  assert.equal(await lockOf(tab, 0), true);
  errors.push(new DOMException("a fault", "UnknownError"));
  tab.unlock();
  await settle();
  const { owner } = values.get("lease session");
  values.clear();
  mock.timers.tick(RETRY_MS);
  await settle();
  assert.equal(values.size, 0, `held by ${owner}`);
});

test("without Web Locks in a browser that allows no database, nobody is waited for", async (t) => {
  withNavigator(t, {});
  globalThis.indexedDB = { open() { throw new DOMException("no site data", "SecurityError"); } };
  t.after(() => delete globalThis.indexedDB);
  assert.equal(await lockOf(joinTabs("session", undefined, async () => leases)), true);
});
