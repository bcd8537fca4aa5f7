// Tabs of a browser without SharedWorker: each has a worker and a session of its own, and they keep out of each other's way.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { APP, sessionOf, setUpVault, signIn, statusOf, until } from "./world.mjs";

const TOKEN_SECONDS = 6;
const ROUNDS = 2;

const world = setUpVault({ tokenSeconds: TOKEN_SECONDS }, {
  "/harness.js": {
    headers: { "content-type": "text/javascript" },
    body: `delete globalThis.SharedWorker;\n${await readFile(new URL("../e2e/harness.js", import.meta.url))}`,
  },
});

const callAll = (tabs) => Promise.all(tabs.map((tab) => tab.evaluate(
  async (url) => (await harness.auth.fetch(url)).status, `${world.provider.origin}/api/v1/notes`,
)));

test("two tabs with a worker each spend no refresh token twice, and sign out together", async () => {
  const options = world.options("ok");
  const profile = await world.newProfile();
  const tabs = [await profile.newTab(), await profile.newTab()];
  for (const tab of tabs) {
    assert.equal((await signIn(tab, world, options, { returnTo: APP })).status, "signedIn");
    assert.equal(await tab.evaluate(() => typeof SharedWorker), "undefined");
  }
  for (let round = 0; round < ROUNDS; round += 1) {
    await sleep(TOKEN_SECONDS * 1000);
    assert.deepEqual(await callAll(tabs), [200, 200], `round ${round}`);
  }
  const spent = world.provider.log.filter(({ body }) => body?.grant_type === "refresh_token").map(({ body }) => body.refresh_token);
  assert.ok(spent.length >= 2 * ROUNDS, `${spent.length} refreshes`);
  assert.equal(new Set(spent).size, spent.length, "each was presented once");
  assert.deepEqual(world.provider.incidents, []);
  assert.deepEqual((await Promise.all(tabs.map(sessionOf))).map(({ status, stale }) => [status, stale]), [["signedIn", false], ["signedIn", false]]);

  for (const [here, there] of [tabs, tabs.toReversed()]) {
    await here.evaluate(() => harness.auth.signOut({ scope: "local" }));
    await until("the end of the other's session", async () => (await statusOf(there)) === "signedOut");
    for (const tab of tabs) assert.equal((await signIn(tab, world, options, { returnTo: APP })).status, "signedIn");
    assert.deepEqual(await callAll(tabs), [200, 200]);
  }
});
