// Tokens bound to a key, in a worker: once it is used, the key is nowhere but in there.
import assert from "node:assert/strict";
import { test } from "node:test";
import { engine } from "../e2e/driver.mjs";
import { signedInTab } from "../e2e/world.mjs";
import { storedKeys } from "../interop/keys.mjs";
import { readProof } from "../interop/proofs.mjs";
import { call, setUpInterop } from "../interop/world.mjs";

const world = setUpInterop();

const unstorable = engine === "webkit" && "a SharedWorker of WebKitGTK cannot put a CryptoKey into IndexedDB";

// P11
test("a key of a redirect is stored until the page is back, and no longer", { skip: unstorable }, async () => {
  const tab = await signedInTab(world, world.options("spa-dpop", { dpop: true, storage: "worker" }));
  assert.deepEqual((await storedKeys(tab)).keys, []);
  world.forget();
  assert.deepEqual(await call(tab, `${world.api.origin}/notes`), { value: { status: 200 } });
  const [request] = world.calls();
  assert.match(request.headers.authorization, /^DPoP ./);
  assert.equal((await readProof(request)).htu, `${world.api.origin}/notes`);
  await tab.evaluate(() => harness.auth.signOut({ scope: "local" }));
  assert.deepEqual((await storedKeys(tab)).keys, []);
});
