// Nonces: the provider and the API each want their own in every proof. A request is sent once more with the nonce that was
// asked for, and not a third time.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
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

// P06, P07
test("a body that can be sent once only is not sent again for a nonce, and the next request has it", async () => {
  const tab = await signedIn();
  world.api.control({ requireNonce: true });
  const post = () => tab.evaluate((url) => harness.outcome(() => {
    return harness.auth.fetch(new Request(url, { method: "POST", body: "x" }));
  }), `${world.api.origin}/notes`);
  assert.deepEqual(await post(), { value: { status: 401 } });
  assert.deepEqual(await post(), { value: { status: 200 } });
  assert.deepEqual(statuses(world.calls()), [401, 200]);
});
