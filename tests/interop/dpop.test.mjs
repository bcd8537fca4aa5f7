// Tokens bound to a key that no script can read, at a provider and an API that are strict about it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { signedInTab, until } from "../e2e/world.mjs";
import { storedKeys } from "./keys.mjs";
import { liveThrough } from "./lifecycle.mjs";
import { assertFresh, readProof } from "./proofs.mjs";
import { call, refreshNow, setUpInterop } from "./world.mjs";

const world = setUpInterop();
const options = (changes) => world.options("spa-dpop", { dpop: true, ...changes });

// P01, P02, P03, P09, P10, P11, R07
test("a whole life with one key: the code, each refresh and each call, and its end at the sign-out", async () => {
  const { tab } = await liveThrough(world, options());
  const { paths, issuer } = world.provider;
  const [{ query: { dpop_jkt: key } }] = world.at(paths.authorization);

  const tokenProofs = await Promise.all(world.at(paths.token).map(readProof));
  assert.equal(tokenProofs.length, 4, "the code and three refreshes, none of them asked for twice");
  for (const proof of tokenProofs) {
    assert.deepEqual([proof.key, proof.htm, proof.htu, proof.ath], [key, "POST", `${issuer}${paths.token}`, undefined]);
  }

  const calls = world.calls();
  const apiProofs = await Promise.all(calls.map(readProof));
  assert.deepEqual(calls.map(({ status }) => status), [200, 200, 200], "each call was let in at once");
  assert.ok(calls.every(({ headers }) => headers.authorization.startsWith("DPoP ")));
  for (const proof of apiProofs) assert.deepEqual([proof.key, proof.htu], [key, `${world.api.origin}/notes`]);
  assertFresh([...tokenProofs, ...apiProofs]);

  assert.deepEqual(await storedKeys(tab), { records: 0, keys: [] }, "the key is destroyed");
});

// P11
test("the key's private half cannot be read by the page, and stays the same after a reload", async () => {
  const tab = await signedInTab(world, options());
  const { keys } = await storedKeys(tab);
  assert.deepEqual(keys.filter(({ type }) => type === "private"), [{ type: "private", exportable: false }]);
  await tab.reload();
  await tab.evaluate((given) => harness.start(given), options());
  assert.deepEqual(await storedKeys(tab), { records: 1, keys });
});

// P11
test("each sign-in has a key of its own", async () => {
  world.forget();
  await signedInTab(world, options());
  await signedInTab(world, options());
  const keys = world.at(world.provider.paths.authorization).map(({ query }) => query.dpop_jkt);
  assert.equal(new Set(keys).size, 2);
});

// P11; other tabs share the tokens, and so need it.
test("with storage memory the key is on the disk until the sign-out", async () => {
  const tab = await signedInTab(world, options({ storage: "memory" }));
  await refreshNow(tab);
  assert.deepEqual(await call(tab, `${world.api.origin}/notes`), { value: { status: 200 } });
  assert.equal((await storedKeys(tab)).records, 1);
  await tab.evaluate(() => harness.auth.signOut({ scope: "local" }));
  await until("the key to be gone from the disk", async () => (await storedKeys(tab)).records === 0);
});

// P04
test("a query, a fragment and a path that is not tidy: the proof is for what is asked for", async () => {
  const tab = await signedInTab(world, options());
  for (const path of ["/notes?a=1&b=%20#part", "/x/../notes", "/caf%C3%A9/ü"]) {
    assert.deepEqual(await call(tab, world.api.origin + path), { value: { status: 200 } }, path);
  }
  assert.deepEqual(await call(tab, `${world.api.origin}/notes`, { method: "POST", body: "x" }), { value: { status: 200 } });
});


// P09
test("a page that no longer asks for a bound token does not send the stored one as if it were anybody's", async () => {
  const tab = await signedInTab(world, options());
  await tab.reload();
  const session = await tab.evaluate((given) => harness.start(given), options({ dpop: false, silent: false }));
  assert.deepEqual(session, { status: "signedOut", reason: "notRestored" });
  world.forget();
  const { error } = await tab.evaluate((url) => harness.outcome(() => harness.auth.fetch(url)), `${world.api.origin}/notes`);
  assert.equal(error.code, "not_signed_in");
  assert.deepEqual(world.calls(), []);
});

// P02, B04
test("a proof follows no redirect, and a redirect that the app wants to see is shown", async () => {
  const tab = await signedInTab(world, options());
  await tab.reload();
  await tab.evaluate((given) => harness.start({
    ...given,
    fetch: (target, init) => {
      const { redirect, headers } = init ?? {};
      if (headers?.dpop) (globalThis.redirects ??= []).push(redirect);
      return fetch(target, init);
    },
  }), options());
  await call(tab, `${world.api.origin}/notes`);
  await call(tab, `${world.api.origin}/notes`, { redirect: "follow" });
  await call(tab, `${world.api.origin}/notes`, { redirect: "manual" });
  const api = (await tab.evaluate(() => globalThis.redirects)).slice(-3);
  assert.deepEqual(api, ["error", "error", "manual"]);
});
