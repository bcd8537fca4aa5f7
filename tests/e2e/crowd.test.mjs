// Thousands of calls at once over a token that has ended: one request to the token endpoint, everybody answered with the new
// token, and no memory that does not come back.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setUpWorld, toCallback } from "./world.mjs";

const CROWDS = { fetch: 10_000, getAccessToken: 10_000 };
const TOKEN_SECONDS = 20;
// Long enough to look at the page while the crowd waits.
const TOKEN_DELAY_MS = 1000;
// Ten thousand getAccessToken take some 10 s on two cores that have other work too.
const MOST_MS = 30_000;
const MEBIBYTE = 1024 * 1024;
// Memory of a wasm only ever grows; a second crowd must find room in what the first one left.
const MOST_WASM = 64 * MEBIBYTE;
const MOST_HEAP_LEFT = 4 * MEBIBYTE;

const world = setUpWorld({ tokenSeconds: TOKEN_SECONDS, tokenDelayMs: TOKEN_DELAY_MS });

/** A signed-in page whose API answers within the page, so that the crowd needs no ten thousand sockets. */
async function pageOf(options) {
  const tab = await world.newTab();
  await toCallback(tab, world, options);
  const session = await tab.evaluate((given) => {
    globalThis.page = { sent: new Map(), crowd: null, memory: null, start: 0 };
    globalThis.WebAssembly.Instance = new Proxy(WebAssembly.Instance, {
      construct(target, parameters, newTarget) {
        const made = Reflect.construct(target, parameters, newTarget);
        page.memory = Object.values(made.exports).find((value) => value instanceof WebAssembly.Memory);
        return made;
      },
    });
    const api = async (init) => {
      const token = new Headers(init.headers).get("authorization");
      page.sent.set(token, (page.sent.get(token) ?? 0) + 1);
      return Response.json({});
    };
    return harness.start({
      ...given,
      fetch: (input, init) => (String(input).includes("/api/v1/") ? api(init) : fetch(input, init)),
    });
  }, options);
  assert.equal(session.status, "signedIn", JSON.stringify(session));
  return tab;
}

/** Lets the token end and sends the crowd, which then waits. */
const sendCrowd = (tab, way, size) => tab.evaluate(([url, count, asleepMs, kind]) => {
  const awake = Date.now;
  Date.now = () => awake() + asleepMs;
  page.sent.clear();
  const calls = { fetch: () => harness.auth.fetch(url), getAccessToken: () => harness.auth.getAccessToken() };
  page.start = performance.now();
  page.crowd = Array.from({ length: count }, calls[kind]);
}, [`${world.provider.origin}/api/v1/notes`, size, TOKEN_SECONDS * 1000, way]);

/** Waits for all answers, and counts them. */
const answersOf = (tab) => tab.evaluate(async () => {
  const answers = new Map();
  for (const answer of await Promise.allSettled(page.crowd)) {
    const key = answer.reason?.code ?? answer.value.status ?? answer.value;
    answers.set(key, (answers.get(key) ?? 0) + 1);
  }
  page.crowd = null;
  return { ms: performance.now() - page.start, answers: [...answers], sent: [...page.sent] };
});

const memoryOf = async (tab) => ({
  wasm: await tab.evaluate(() => page.memory.buffer.byteLength),
  heap: await tab.heapBytes?.(),
});

const mebibytes = (bytes) => (bytes === undefined ? "not told" : `${(bytes / MEBIBYTE).toFixed(1)} MiB`);

for (const [way, size] of Object.entries(CROWDS)) {
  test(`${size} calls of ${way} over an ended token share one refresh`, async (t) => {
    const tab = await pageOf(world.options("ok"));
    const show = (when, { wasm, heap }) => t.diagnostic(`${when}: wasm ${mebibytes(wasm)}, JavaScript heap ${mebibytes(heap)}`);
    const memory = [await memoryOf(tab)];
    show("before", memory[0]);
    for (const round of [1, 2, 3]) {
      world.provider.log.length = 0;
      await sendCrowd(tab, way, size);
      show(`crowd ${round} waits`, await memoryOf(tab));
      const { ms, answers, sent } = await answersOf(tab);
      assert.deepEqual(world.tokenRequests(), ["refresh_token"], `crowd ${round}`);
      const { access } = world.provider.issued.at(-1);
      assert.deepEqual(answers, way === "fetch" ? [[200, size]] : [[access, size]]);
      assert.deepEqual(sent, way === "fetch" ? [[`Bearer ${access}`, size]] : []);
      memory.push(await memoryOf(tab));
      show(`crowd ${round} answered in ${ms.toFixed(0)} ms, ${TOKEN_DELAY_MS} of them the provider's`, memory[round]);
      assert.ok(ms < MOST_MS, `${ms} ms`);
    }
    const [before, first, second, third] = memory;
    assert.ok(first.wasm - before.wasm < MOST_WASM, `the first crowd took ${mebibytes(first.wasm - before.wasm)}`);
    assert.equal(third.wasm, second.wasm, "a later crowd takes no more");
    if (before.heap !== undefined) {
      assert.ok(third.heap - before.heap < MOST_HEAP_LEFT, `${mebibytes(third.heap - before.heap)} are left`);
    }
  });
}
