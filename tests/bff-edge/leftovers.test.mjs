// What a request has in the core goes with the request. A runtime that collects garbage without telling anybody, as workerd
// does for Workers of before May 2025, would keep it for good, and there is a token in it.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { project } from "../package/fixture.mjs";
import { createApp } from "./app.mjs";
import { serveHandler } from "./node-adapter.mjs";
import { makeWorld, signedIn } from "./world.mjs";

/** What the core's objects in JavaScript are told to the collector with: here it counts those that nobody has freed. */
const left = new Set();
const CALLS = 10;

const world = makeWorld();
const ends = [world.close];
let handle;
before(async () => {
  await world.open();
  const collector = globalThis.FinalizationRegistry;
  globalThis.FinalizationRegistry = class {
    register(object) { left.add(object); }
    unregister(object) { left.delete(object); }
  };
  const root = await project({ after: (end) => ends.push(end) }, {});
  const edge = await import(pathToFileURL(join(root, "node_modules/tokenward/edge.node.js")));
  globalThis.FinalizationRegistry = collector;
  handle = createApp(edge, world.options());
  const server = await serveHandler(handle, { origin: world.origin });
  ends.push(server.close);
  world.door.open(server.port);
});
after(async () => {
  for (const end of ends.reverse()) await end();
});

/** Calls the app as its page does. */
const call = (browser, path, { headers, ...init } = {}) => handle(new Request(world.origin + path, {
  ...init, headers: { cookie: browser.cookieHeader(world.origin), "x-tokenward": "1", "sec-fetch-site": "same-origin", ...headers },
}));

const many = async (ask) => {
  for (let i = 0; i < CALLS; i += 1) await ask();
};

/** Whoever sends a body goes away in the middle of it, which is no failure of the app's. */
async function breaksOff(browser, path, status, length) {
  const body = new ReadableStream({ pull: (controller) => controller.error(new Error("broken off")) });
  const headers = { origin: world.origin, ...(length && { "content-length": length }) };
  const answer = await call(browser, path, { method: "POST", body, duplex: "half", headers });
  assert.equal(answer.status, status);
}

const WAYS = {
  "answered calls": async (browser) => assert.equal(await (await call(browser, "/api/x")).json().then(({ method }) => method), "GET"),
  "calls that are made once more": async (browser) => {
    world.upstream.control({ refuses: 1 });
    await (await call(browser, "/api/refuse")).text();
    assert.deepEqual(world.upstream.log.slice(0, 2).map(({ status }) => status), [401, 200]);
  },
  "calls that nobody waits for any more": async (browser) => {
    await assert.rejects(call(browser, "/api/x", { signal: AbortSignal.abort() }), { name: "AbortError" });
  },
  "small uploads that break off": (browser) => breaksOff(browser, "/api/upload", 502, "5"),
  "uploads that break off": (browser) => breaksOff(browser, "/api/upload", 502),
  "sign-outs that break off": (browser) => breaksOff(browser, "/auth/logout", 200),
  "WebSockets, which Node cannot open": async (browser) => {
    const headers = { connection: "upgrade", upgrade: "websocket", origin: world.origin, "sec-fetch-mode": "websocket" };
    assert.equal((await call(browser, "/live/socket", { headers })).status, 501);
  },
  "calls without a session": async () => {
    assert.equal((await call({ cookieHeader: () => "" }, "/api/x")).status, 401);
  },
};

for (const [name, ask] of Object.entries(WAYS)) {
  test(`${name} leave nothing in the core`, async () => {
    const browser = await signedIn(world);
    const before = left.size;
    assert.ok(before > 0, "the backend itself is counted");
    world.forget();
    await many(() => ask(browser));
    assert.equal(left.size, before);
  });
}
