// A tab that was not there while another refreshed: it must never present the refresh token that it fell asleep with.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { call, refreshNow } from "../interop/world.mjs";
import { goBack, goElsewhere, sessionOf, setUpTabs, untilSameToken } from "./world.mjs";

const OK = { value: { status: 200 } };
const TOKEN_SECONDS = 6;
const STILL_MS = 500;
const world = setUpTabs({ tokenSeconds: TOKEN_SECONDS });

async function twoTabs() {
  const profile = await world.newProfile();
  const tabs = [await profile.newTab(), await profile.newTab()];
  await world.signIn(tabs[0], "0");
  assert.equal((await world.open(tabs[1], "1")).status, "signedIn");
  world.forget();
  return tabs;
}

async function assertBothGoOn(awake, asleep) {
  assert.deepEqual(await call(asleep, `${world.api.origin}/notes`), OK);
  await refreshNow(asleep);
  await untilSameToken(asleep, awake);
  assert.deepEqual(await call(awake, `${world.api.origin}/notes`), OK);
  world.checkFamily();
}

// R02
test("a tab that stood still while another refreshed takes up the new tokens", async () => {
  const [awake, asleep] = await twoTabs();
  const thaw = await world.freeze(asleep);
  await refreshNow(awake);
  // Everything the tab has is old by now: its tokens are dead, and its own refresh is long due.
  await sleep(TOKEN_SECONDS * 1000);
  await thaw();
  await assertBothGoOn(awake, asleep);
});

// R02
test("a tab that missed what another said asks before it refreshes", async () => {
  const [talking, deaf] = await twoTabs();
  await deaf.evaluate(() => { app.isDeaf = true; });
  await refreshNow(talking);
  await deaf.evaluate(() => { app.isDeaf = false; });
  await assertBothGoOn(talking, deaf);
});

// R02
test("a tab that stands still in the middle of a refresh holds the others up, and ends nobody's session", async () => {
  const [awake, asleep] = await twoTabs();
  const held = world.faults.holdRefresh("held answer", 2 * TOKEN_SECONDS * 1000);
  world.faults.active = true;
  await asleep.evaluate(() => { void harness.outcome(() => harness.auth.getAccessToken({ force: true })); });
  assert.equal(await held, "1");
  world.faults.active = false;
  const thaw = await world.freeze(asleep);
  // The other tab's token is dead by then, and the only way to a new one is with the tab that stands still.
  await sleep(TOKEN_SECONDS * 1000);
  const answer = call(awake, `${world.api.origin}/notes`);
  await sleep(STILL_MS);
  await thaw();
  assert.deepEqual(await answer, OK);
  await assertBothGoOn(awake, asleep);
});

// R02
test("a tab that comes back with the back button takes up the new tokens", async (t) => {
  const [awake, asleep] = await twoTabs();
  await goElsewhere(asleep);
  await refreshNow(awake);
  await sleep(TOKEN_SECONDS * 1000);
  const wasKept = await goBack(asleep);
  t.diagnostic(`the page was ${wasKept ? "kept" : "loaded anew"}`);
  if (!wasKept) await world.open(asleep, "1");
  assert.equal((await sessionOf(asleep)).status, "signedIn");
  await assertBothGoOn(awake, asleep);
});
