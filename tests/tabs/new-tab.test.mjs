// A tab that is opened gets the session from one that lives.
import assert from "node:assert/strict";
import { test } from "node:test";
import { call, refreshNow, tokenOf } from "../interop/world.mjs";
import { setUpTabs } from "./world.mjs";

const OK = { value: { status: 200 } };
const world = setUpTabs();

// R02
test("a new tab gets the session from a living one, and asks the provider for nothing", async () => {
  const profile = await world.newProfile();
  const [first, second] = [await profile.newTab(), await profile.newTab()];
  const session = await world.signIn(first, "first");
  world.forget();
  assert.deepEqual(await world.open(second, "second"), session);
  assert.deepEqual(await call(second, `${world.api.origin}/notes`), OK);
  assert.equal(await tokenOf(second), await tokenOf(first));
  assert.deepEqual(world.provider.log, []);
});

// R02
test("a tab that is reloaded gets the session back from another", async () => {
  const profile = await world.newProfile();
  const [first, second] = [await profile.newTab(), await profile.newTab()];
  const session = await world.signIn(first, "first");
  await world.open(second, "second");
  world.forget();
  assert.deepEqual(await world.open(first, "first"), session);
  assert.deepEqual(world.refreshes(), []);
});

// R02
test("the session goes on when the tab that signed in is closed", async () => {
  const profile = await world.newProfile();
  const [first, second, third] = [await profile.newTab(), await profile.newTab(), await profile.newTab()];
  await world.signIn(first, "first");
  await world.open(second, "second");
  await first.close();
  world.forget();
  const token = await refreshNow(second);
  assert.equal((await world.open(third, "third")).status, "signedIn");
  assert.equal(await tokenOf(third), token);
  assert.deepEqual(await call(third, `${world.api.origin}/notes`), OK);
  assert.equal(world.refreshes().length, 1);
  world.checkFamily();
});
