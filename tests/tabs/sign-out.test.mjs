// Who signs out in one tab is signed out in all, also in those that cannot hear it at the time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { leave } from "../e2e/world.mjs";
import { call } from "../interop/world.mjs";
import { goBack, goElsewhere, heard, setUpTabs, untilStatus } from "./world.mjs";

const TOKEN_SECONDS = 6;
const REFRESH_DUE_MS = (TOKEN_SECONDS * 1000) / 2;
const world = setUpTabs({ tokenSeconds: TOKEN_SECONDS });

async function threeTabs() {
  const profile = await world.newProfile();
  const tabs = [await profile.newTab(), await profile.newTab(), await profile.newTab()];
  await world.signIn(tabs[0], "0");
  assert.equal((await world.open(tabs[1], "1")).status, "signedIn");
  assert.equal((await world.open(tabs[2], "2")).status, "signedIn");
  return { profile, tabs };
}

async function assertSignedOut(tab) {
  assert.equal((await untilStatus(tab, "signedOut")).reason, "signOut");
  assert.deepEqual((await heard(tab, "signedOut")).map(({ reason }) => reason), ["signOut"]);
  assert.equal((await call(tab, `${world.api.origin}/notes`)).error?.code, "not_signed_in");
}

// L09
test("a sign-out in one tab signs out all, and nothing refreshes any more", async () => {
  const { profile, tabs: [first, ...others] } = await threeTabs();
  await first.evaluate(() => harness.auth.signOut({ scope: "local" }));
  await Promise.all(others.map(assertSignedOut));
  world.forget();
  await sleep(REFRESH_DUE_MS);
  assert.equal((await world.open(await profile.newTab(), "new")).status, "signedOut");
  assert.deepEqual(world.refreshes(), []);
});

// L09
test("a sign-out at the provider signs out the other tabs", async () => {
  const { tabs: [first, ...others] } = await threeTabs();
  await leave(first, "/", () => { void harness.auth.signOut(); });
  await Promise.all(others.map(assertSignedOut));
});

// L09
test("a tab that stood still during the sign-out is signed out when it goes on, and refreshes nothing", async () => {
  const { profile, tabs: [first, second, asleep] } = await threeTabs();
  const thaw = await world.freeze(asleep);
  await first.evaluate(() => harness.auth.signOut({ scope: "local" }));
  await assertSignedOut(second);
  world.forget();
  // Its refresh is due when it goes on.
  await sleep(REFRESH_DUE_MS);
  await thaw();
  await assertSignedOut(asleep);
  assert.equal((await world.open(await profile.newTab(), "new")).status, "signedOut");
  assert.deepEqual(world.refreshes(), []);
});

// L09
test("a tab that comes back with the back button after the sign-out is signed out, and refreshes nothing", async (t) => {
  const { tabs: [first, second, away] } = await threeTabs();
  await goElsewhere(away);
  await first.evaluate(() => harness.auth.signOut({ scope: "local" }));
  await assertSignedOut(second);
  world.forget();
  await sleep(REFRESH_DUE_MS);
  const wasKept = await goBack(away);
  t.diagnostic(`the page was ${wasKept ? "kept" : "loaded anew"}`);
  if (wasKept) await assertSignedOut(away);
  else assert.equal((await world.open(away, "2")).status, "signedOut");
  assert.deepEqual(world.refreshes(), []);
});
