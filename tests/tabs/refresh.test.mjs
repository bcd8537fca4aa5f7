// Tabs that want new tokens at the same moment.
import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../e2e/world.mjs";
import { call } from "../interop/world.mjs";
import { setUpTabs, untilSameToken } from "./world.mjs";

const ROUNDS = 20;
const PATIENCE_MS = 60_000;
const world = setUpTabs();

// R02
test("two tabs force twenty refreshes each: no refresh token comes twice, and both end with the same tokens", async (t) => {
  const profile = await world.newProfile();
  const tabs = [await profile.newTab(), await profile.newTab()];
  await world.signIn(tabs[0], "0");
  assert.equal((await world.open(tabs[1], "1")).status, "signedIn");
  world.forget();
  await Promise.all(tabs.map((tab) => tab.evaluate((rounds) => {
    globalThis.outcomes = [];
    void (async () => {
      while (outcomes.length < rounds) {
        outcomes.push(await harness.outcome(() => harness.auth.getAccessToken({ force: true })));
      }
    })();
  }, ROUNDS)));
  const outcomesIn = async (tab) => until("all rounds", async () => {
    const outcomes = await tab.evaluate(() => globalThis.outcomes);
    return outcomes.length === ROUNDS && outcomes;
  }, PATIENCE_MS);
  const outcomes = await Promise.all(tabs.map(outcomesIn));
  world.checkFamily();
  assert.deepEqual(outcomes.flat().filter(({ error }) => error).map(({ error }) => error.code), []);
  t.diagnostic(`${world.refreshes().length} token requests for ${tabs.length * ROUNDS} calls`);
  assert.ok(world.refreshes().length <= tabs.length * ROUNDS);
  await untilSameToken(...tabs);
  for (const tab of tabs) assert.deepEqual(await call(tab, `${world.api.origin}/notes`), { value: { status: 200 } });
});
