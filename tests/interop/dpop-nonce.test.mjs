// Nonces: the provider and the API each want their own in every proof. A request is sent once more with the nonce that was
// asked for, and not a third time.
import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { engine } from "../e2e/driver.mjs";
import { signedInTab } from "../e2e/world.mjs";
import { readProof } from "./proofs.mjs";
import { call, refreshNow, setUpInterop } from "./world.mjs";

const world = setUpInterop();
afterEach(() => world.api.control({ requireNonce: false, rotateAlways: false }));

const options = (changes) => world.options("spa-dpop-nonce", { dpop: true, ...changes });
const tokenRequests = () => world.at(world.provider.paths.token);
const statuses = (requests) => requests.map(({ status }) => status);
const callNotes = (tab) => call(tab, `${world.api.origin}/notes`);

async function signedIn() {
  const tab = await signedInTab(world, options());
  world.forget();
  return tab;
}

// P02, P05
test("the provider's nonce: the code is sent once more with it, and it lasts for the refreshes", async () => {
  world.forget();
  const tab = await signedInTab(world, options());
  const [refused, taken] = tokenRequests();
  assert.deepEqual(statuses(tokenRequests()), [400, 200]);
  assert.deepEqual(taken.body, refused.body, "the same code and verifier");
  const [without, having] = await Promise.all([refused, taken].map(readProof));
  assert.equal(without.nonce, undefined);
  assert.ok(having.nonce);
  assert.notEqual(having.jti, without.jti, "a fresh proof");
  assert.equal(having.key, without.key);

  world.forget();
  await refreshNow(tab);
  await refreshNow(tab);
  assert.deepEqual(statuses(tokenRequests()), [200, 200]);
});

// P05
test("a reload costs one more try at most, and no refresh token", async () => {
  const tab = await signedIn();
  await tab.reload();
  await tab.evaluate((given) => harness.start(given), options());
  await refreshNow(tab);
  assert.ok(["200", "400,200"].includes(String(statuses(tokenRequests()))), String(statuses(tokenRequests())));
  assert.equal(new Set(tokenRequests().map(({ body }) => body.refresh_token)).size, 1);
  await refreshNow(tab);
  assert.equal(tokenRequests().at(-1).status, 200);
});

// P06, P07
test("the API's nonce: asked for once, kept, and replaced by each new one", async () => {
  const tab = await signedIn();
  world.api.control({ requireNonce: true });
  for (const _ of [1, 2]) assert.deepEqual(await callNotes(tab), { value: { status: 200 } });
  assert.deepEqual(statuses(world.calls()), [401, 200, 200]);
  world.api.rotateNonce();
  for (const _ of [1, 2]) assert.deepEqual(await callNotes(tab), { value: { status: 200 } });
  assert.deepEqual(statuses(world.calls()).slice(3), [401, 200, 200]);
  assert.deepEqual(tokenRequests(), [], "a nonce is no reason to refresh");
});

// P07
test("neither is shown the other's nonce", async () => {
  const tab = await signedIn();
  world.api.control({ requireNonce: true });
  await callNotes(tab);
  await refreshNow(tab);
  await callNotes(tab);
  const nonces = async (requests) => new Set((await Promise.all(requests.map(readProof))).map(({ nonce }) => nonce));
  const [provider, api] = [await nonces(tokenRequests()), await nonces(world.calls())];
  assert.deepEqual([...provider].filter((nonce) => api.has(nonce)), []);
});

// P06
test("an API that no nonce satisfies is asked twice, and its answer is the caller's", async () => {
  const tab = await signedIn();
  world.api.control({ requireNonce: true, rotateAlways: true });
  assert.deepEqual(await callNotes(tab), { value: { status: 401 } });
  assert.deepEqual(statuses(world.calls()), [401, 401]);
  assert.deepEqual(tokenRequests(), []);
});

// Is the same after it was read as UTF-8, as the log does.
const TEXT = "a=1&b=\u0000 ü€😀%20\r\n";

/** Posts what `make`, in the page, sets as `given`: the arguments of fetch. */
async function post(tab, make) {
  await tab.evaluate(make, [`${world.api.origin}/notes`, TEXT]);
  return tab.evaluate(() => harness.outcome(() => harness.auth.fetch(...globalThis.given)));
}

// P06
test("a body that can be sent twice is sent once more for a nonce, byte for byte", async () => {
  const bodies = {
    string: ([url, body]) => { globalThis.given = [url, { method: "POST", body }]; },
    Blob: ([url, text]) => { globalThis.given = [url, { method: "POST", body: new Blob([text], { type: "text/x-notes" }) }]; },
    FormData: ([url, text]) => {
      const body = new FormData();
      body.append("note", text);
      body.append("file", new Blob([text]), "notes.txt");
      globalThis.given = [url, { method: "POST", body }];
    },
    URLSearchParams: ([url, text]) => {
      globalThis.given = [url, { method: "POST", body: new URLSearchParams({ note: text }) }];
    },
    ArrayBuffer: ([url, text]) => {
      globalThis.given = [url, { method: "POST", body: new TextEncoder().encode(text).buffer }];
    },
    "a part of an ArrayBuffer": ([url, text]) => {
      globalThis.given = [url, { method: "POST", body: new TextEncoder().encode(`<${text}>`).subarray(1, -1) }];
    },
  };
  const tab = await signedIn();
  world.api.control({ requireNonce: true });
  for (const [name, make] of Object.entries(bodies)) {
    world.forget();
    world.api.rotateNonce();
    assert.deepEqual(await post(tab, make), { value: { status: 200 } }, name);
    assert.deepEqual(statuses(world.calls()), [401, 200], name);
    const [first, second] = world.calls().map(sent);
    assert.deepEqual(second, first, name);
    if (name === "FormData") assert.equal(first.body.split(TEXT).length, 3, "both its parts, as they were given");
    else assert.deepEqual(first.body, name === "URLSearchParams" ? { note: TEXT } : TEXT, name);
  }
});

// What the log says of a body; each fetch of a form draws a boundary of its own.
function sent({ body, headers: { "content-type": type = "" } }) {
  const boundary = /boundary=(.+)$/.exec(type)?.[1];
  return boundary ? { type: "a form", body: body.replaceAll(boundary, "boundary") } : { type, body };
}

// P06, P07
describe("a body that can be sent once only is not sent again for a nonce, and the next request has it", () => {
  const bodies = {
    "a stream": ([url, text]) => {
      globalThis.given = [url, { method: "POST", body: new Blob([text]).stream(), duplex: "half" }];
    },
    "a Request": ([url, body]) => { globalThis.given = [new Request(url, { method: "POST", body })]; },
  };
  for (const [name, make] of Object.entries(bodies)) {
    const skip = engine === "firefox" && name === "a stream" && "Firefox has no streaming request bodies";
    test(name, { skip }, async () => {
      const tab = await signedIn();
      await readStreamsOf(tab);
      world.api.control({ requireNonce: true });
      const received = () => world.calls().map(({ status, body }) => [status, body]);
      assert.deepEqual(await post(tab, make), { value: { status: 401 } });
      assert.deepEqual(received(), [[401, TEXT]]);
      assert.deepEqual(await post(tab, make), { value: { status: 200 } });
      assert.deepEqual(received(), [[401, TEXT], [200, TEXT]]);
      assert.deepEqual(tokenRequests(), []);
    });
  }
});

/**
 * Chromium sends streams over HTTP/2 only, which is not spoken here: the app's own `fetch` reads them to the end in the
 * browser's place, which can be done once, as there.
 */
const readStreamsOf = (tab) => tab.evaluate((given) => harness.start({
  ...given,
  fetch: async (target, init) => {
    if (!target.body) return fetch(target, init);
    return fetch(target.url, { ...init, method: target.method, body: await target.arrayBuffer() });
  },
}), options());
