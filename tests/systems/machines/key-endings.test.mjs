// S3: how replaced API keys come to their end, also where the service refuses, fails or says nothing. In Node, whose clock is
// the test's.
import assert from "node:assert/strict";
import { join } from "node:path";
import { before, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { installedPackage } from "../../package/fixture.mjs";

const KEYS_URL = "https://api.example/keys";
const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;

let apiKeys;
before(async () => {
  const { dir } = await installedPackage();
  ({ apiKeys } = await import(pathToFileURL(join(dir, "edge.node.js")).href));
  // The wasm is started with the real clock.
  await apiKeys({ url: KEYS_URL, auth: { fetch: async () => Response.json([]) } }).list();
});

const entry = (id) => ({ id, name: id, scopes: ["read"] });

const failing = (status, headers) => () => new Response(null, { status, headers });
const unreachable = () => Promise.reject(new TypeError("fetch failed"));
const silent = () => new Promise(() => {});

/**
 * A service whose clock is the test's. `answers` says by id how a deletion is answered, by default with 204; `made` is what a
 * wish for a key gives.
 * @returns the client; `deleted`, the ids asked for so far; `bodies` of the wishes; the log; `pass`, which lets time go by.
 */
function startService(t, { answers = {}, made = () => ({ id: "next", key: "sk_next" }) } = {}) {
  t.mock.timers.enable({ apis: ["setTimeout", "Date"] });
  const deleted = [];
  const bodies = [];
  const log = [];
  const fetch = async (url, { method, body } = {}) => {
    if (method === "POST") bodies.push(JSON.parse(body));
    if (method !== "DELETE") return Response.json(await made(), { status: 201 });
    const id = String(url).split("/").at(-1);
    deleted.push(id);
    return (answers[id] ?? failing(204))();
  };
  const keys = apiKeys({ url: KEYS_URL, auth: { fetch }, log: (said) => log.push(said) });
  t.after(() => keys.dispose());
  const pass = async (milliseconds, stepMs = SECOND_MS) => {
    for (let gone = 0; gone < milliseconds; gone += stepMs) {
      t.mock.timers.tick(Math.min(stepMs, milliseconds - gone));
      await turn();
    }
  };
  return { keys, deleted, bodies, log, pass };
}

for (const [how, answer] of Object.entries({ "that fails": failing(500), "that nobody answers": unreachable })) {
  test(`a deletion ${how} is tried again after a minute, and no sooner`, async (t) => {
    const answers = { a: answer };
    const { keys, deleted, log, pass } = startService(t, { answers });
    await keys.rotate(entry("a"), { graceDays: 0 });
    await pass(300, 10);
    assert.equal(deleted.length, 1);
    await pass(MINUTE_MS - SECOND_MS);
    assert.equal(deleted.length, 1);
    await pass(SECOND_MS);
    assert.equal(deleted.length, 2);
    delete answers.a;
    await pass(10 * MINUTE_MS);
    assert.equal(deleted.length, 3, "what has ended is not asked for again");
    assert.deepEqual(log.map(({ event }) => event), ["keyNotRevoked", "keyNotRevoked"]);
  });
}

test("a deletion that the service wants to wait for is tried again when it says", async (t) => {
  const answers = { a: failing(429, { "retry-after": "300" }), b: failing(503, { "retry-after": "1" }) };
  const { keys, deleted, pass } = startService(t, { answers });
  await keys.rotate(entry("a"), { graceDays: 0 });
  await keys.rotate(entry("b"), { graceDays: 0 });
  await pass(5 * MINUTE_MS - SECOND_MS);
  assert.deepEqual(deleted, ["a", "b", "b", "b", "b", "b"]);
  await pass(SECOND_MS);
  assert.equal(deleted.filter((id) => id === "a").length, 2);
});

// S33
test("a key is ended when its grace is over, also where another cannot be", async (t) => {
  for (const [how, answer] of Object.entries({ refused: failing(403), unreachable, silent })) {
    await t.test(how, async (t) => {
      const { keys, deleted, pass } = startService(t, { answers: { a: answer } });
      await keys.rotate(entry("a"), { graceDays: 1 });
      await keys.rotate(entry("b"), { graceDays: 1 });
      await pass(DAY_MS - SECOND_MS, MINUTE_MS);
      assert.deepEqual(deleted, []);
      await pass(SECOND_MS);
      assert.deepEqual(deleted, ["a", "b"]);
      await pass(MINUTE_MS + 5 * SECOND_MS);
      assert.deepEqual(deleted, ["a", "b", "a"]);
    });
  }
});

test("a rotation without grace ends its key, also where another cannot be", async (t) => {
  const { keys, deleted } = startService(t, { answers: { a: failing(403) } });
  await keys.rotate(entry("a"), { graceDays: 0 });
  await keys.rotate(entry("b"), { graceDays: 0 });
  assert.deepEqual(deleted, ["a", "b"]);
});

test("revokeDue tries every key whose grace is over, and then says what failed first", async (t) => {
  const answers = { a: failing(500), c: failing(429) };
  const { keys, deleted } = startService(t, { answers });
  for (const id of ["a", "b", "c"]) await keys.rotate(entry(id), { graceDays: 1 });
  await keys.rotate(entry("d"), { graceDays: 2 });
  t.mock.timers.setTime(DAY_MS);
  deleted.length = 0;
  await assert.rejects(keys.revokeDue(), { code: "server_error", status: 500 });
  assert.deepEqual(deleted, ["a", "b", "c"]);
  // Whoever asks need not wait for the minute.
  delete answers.a;
  await assert.rejects(keys.revokeDue(), { code: "rate_limited", status: 429 });
  delete answers.c;
  assert.deepEqual(await keys.revokeDue(), ["c"]);
  assert.deepEqual(deleted, ["a", "b", "c", "a", "c", "c"]);
  assert.deepEqual(await keys.revokeDue(), []);
});

test("a deletion without an answer does not keep the new key back", async (t) => {
  const { keys, deleted, pass } = startService(t, { answers: { a: silent } });
  let rotated;
  keys.rotate(entry("a"), { graceDays: 0 }).then((given) => (rotated = given));
  while (deleted.length === 0) await turn();
  await pass(10 * SECOND_MS);
  assert.equal(rotated?.key.reveal(), "sk_next");
  assert.deepEqual(deleted, ["a"]);
  await pass(MINUTE_MS - SECOND_MS);
  assert.deepEqual(deleted, ["a", "a"]);
});

test("a rotation that was under way at dispose() ends nothing by itself", async (t) => {
  let make;
  const { keys, deleted, pass } = startService(t, { made: () => new Promise((resolve) => (make = resolve)) });
  const rotating = keys.rotate(entry("a"), { graceDays: 1 });
  await turn();
  keys.dispose();
  make({ id: "next", key: "sk_next" });
  await rotating;
  await pass(2 * DAY_MS, MINUTE_MS);
  assert.deepEqual(deleted, []);
});

test("scopes are words, however the service writes them", async (t) => {
  for (const [scopes, words] of [["", []], [" ", []], ["read  write ", ["read", "write"]], [["read"], ["read"]]]) {
    await t.test(JSON.stringify(scopes), async (t) => {
      const { keys, bodies } = startService(t, { made: () => ({ id: "next", name: "a", key: "sk_next", scopes }) });
      const made = await keys.create({ name: "a", scopes: [] });
      assert.deepEqual(made.scopes, words);
      await keys.rotate(made);
      assert.deepEqual(bodies[1], { name: "a", scopes: words });
    });
  }
});

test("a member that is null is as one that is not there", async (t) => {
  const { keys } = startService(t, { made: () => ({ id: "next", name: null, key: "sk_next", scopes: null, created_at: null }) });
  const { key, ...rest } = await keys.create({ name: "a", scopes: [] });
  assert.deepEqual(rest, { id: "next", name: "", scopes: [] });
  assert.equal(key.reveal(), "sk_next");
});
