// A store for proofs and a cache for keys that never answer: nobody waits for them longer than for the issuer, and where they
// answer, nothing is left of the waiting.
import assert from "node:assert/strict";
import { join } from "node:path";
import { before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { newKey, prove } from "../interop/providers/plain-client.mjs";
import { project } from "../package/fixture.mjs";
import { AUDIENCE, startIssuer } from "./issuer.mjs";

const URL_OF_API = "https://api.example/notes";
const never = () => new Promise(() => {});

let edge;
before(async (t) => {
  const root = await project(t, {});
  edge = await import(pathToFileURL(join(root, "node_modules/tokenward/edge.node.js")));
});

/** An issuer, and the verifiers of its tokens. */
const world = async (t) => {
  const issuer = await startIssuer();
  t.after(issuer.close);
  const options = { issuer: issuer.issuer, audience: AUDIENCE, jwksUrl: `${issuer.issuer}/jwks`, keys: { timeoutSeconds: 1 } };
  const key = await newKey();
  const bound = async () => {
    const token = await issuer.sign({ cnf: { jkt: key.thumbprint } });
    const headers = { authorization: `DPoP ${token}`, dpop: await prove(key, { url: URL_OF_API, token }) };
    return new Request(URL_OF_API, { headers });
  };
  return { ...issuer, bound, verifier: (more) => edge.createVerifier({ ...options, ...more }) };
};

/** What is said of it, unless that takes longer than it may. */
const said = async (verified, milliseconds = 2_500) => {
  let timer;
  const end = new Promise((resolve) => { timer = setTimeout(() => resolve("nothing"), milliseconds); });
  const done = await Promise.race([verified.then(() => 200, ({ status, code }) => `${status} ${code}`), end]);
  clearTimeout(timer);
  return done;
};

const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;

test("a store that never answers: 503, in the time that the issuer has", async (t) => {
  const { bound, verifier } = await world(t);
  const verify = verifier({ dpop: { replays: { insertIfAbsent: never } } });
  assert.equal(await said(verify(await bound())), "503 replay_store_failed");
});

test("a store that answers leaves no timer", async (t) => {
  const { bound, verifier } = await world(t);
  for (const answer of [() => true, async () => true]) {
    const verify = verifier({ dpop: { replays: { insertIfAbsent: answer } } });
    const request = await bound();
    const before = timers();
    await verify(request);
    assert.equal(timers(), before);
  }
});

const CACHES = {
  "looks for ever": { match: never, put: async () => {} },
  "has a copy without an end": {
    match: async () => new Response(new ReadableStream({ pull: never }), { headers: { "tokenward-kept-at": String(Date.now()) } }),
    put: async () => {},
  },
  "takes for ever": { match: async () => undefined, put: never },
};

for (const [does, cache] of Object.entries(CACHES)) {
  test(`a cache that ${does} has nothing, and everybody gets in`, async (t) => {
    const { sign, verifier, looks } = await world(t);
    const verify = verifier({ cache });
    const token = await sign();
    assert.deepEqual(await Promise.all([said(verify(token)), said(verify(token))]), [200, 200]);
    assert.equal(looks(), 1);
  });
}

test("nobody but who fetched the keys waits for the cache to take them", async (t) => {
  const { sign, verifier } = await world(t);
  const verify = verifier({ cache: { match: async () => undefined, put: never } });
  const [one, two] = [await sign(), await sign()];
  const first = said(verify(one));
  assert.equal(await said(verify(two), 800), 200);
  assert.equal(await first, 200);
});

test("a cache that answers leaves no timer", async (t) => {
  const { sign, verifier } = await world(t);
  const held = new Map();
  const cache = { match: async (url) => held.get(url)?.clone(), put: async (url, answer) => void held.set(url, answer) };
  for (const verify of [verifier({ cache }), verifier({ cache })]) {
    const token = await sign();
    const before = timers();
    await verify(token);
    assert.equal(timers(), before);
  }
  assert.equal(held.size, 1);
});
