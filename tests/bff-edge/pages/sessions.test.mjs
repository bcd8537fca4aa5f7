// Sessions of a BFF as two tabs of a browser live them: ended at the provider, and kept through refreshes and a new key.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { newKey } from "../world.mjs";
import { sharedFolder } from "../runtimes.mjs";
import { call, sessionOf, setUpBrowser, until } from "./world.mjs";

const world = setUpBrowser();

// L03
test("a sign-out at the provider ends the session at the next request, in both tabs", async (t) => {
  await world.startApp(t, ["Node", "memory"], { place: await sharedFolder(t) });
  const profile = await world.newProfile();
  const tab = await world.openSignedIn(profile);
  const other = await world.open(profile);
  assert.equal((await sessionOf(other)).status, "signedIn");
  assert.equal(await call(tab), 200);
  const third = await profile.newTab();
  await third.goto(`${world.edge.provider.issuer}/session/end`);
  await until("the provider's page", async () => (await third.evaluate(() => document.title)) === "signed out");
  world.edge.upstream.log.length = 0;
  assert.notEqual(await call(tab), 200);
  assert.deepEqual(world.edge.upstream.log, []);
  for (const each of [tab, other]) await until("the session's end", async () => (await sessionOf(each)).status === "signedOut");
});

for (const place of [["Deno", "Deno KV"], ["workerd", "Durable Object"]]) {
  for (const sessionIn of ["store", "cookie"]) {
    test(`two tabs, refresh under load, and a new key meanwhile: nobody is signed out (${place.join(", ")}, sessions in the ${sessionIn})`, async (t) => {
      const folder = await sharedFolder(t);
      const keys = world.edge.keys;
      t.after(() => { world.edge.keys = keys; });
      const before = await world.startApp(t, place, { place: folder, sessionIn });
      world.edge.provider.control({ tokenSeconds: 4 });
      world.edge.forget();
      const profile = await world.newProfile();
      const tabs = [await world.openSignedIn(profile)];
      tabs.push(await world.open(profile));

      // Each tab calls in bursts, by itself, until it is told to stop.
      await Promise.all(tabs.map((tab) => tab.evaluate(() => {
        harness.statuses = {};
        harness.isLoaded = true;
        const one = async () => {
          const status = await harness.auth.fetch("/api/x").then((answer) => answer.text().then(() => answer.status)).catch((error) => error.code ?? error.name);
          harness.statuses[status] = (harness.statuses[status] ?? 0) + 1;
        };
        const run = async () => {
          while (harness.isLoaded) {
            await Promise.all([one(), one(), one(), one()]);
            await new Promise((resolve) => { setTimeout(resolve, 150); });
          }
        };
        void run();
      })));
      await sleep(5_000);
      world.edge.keys = [newKey(), ...keys];
      // A store of files is one process's: the one before has to be gone.
      if (place[0] === "workerd") await before.stop();
      const after = await world.startApp(t, place, { place: folder, sessionIn });
      await sleep(1_000);
      await before.stop();
      await sleep(5_000);
      const statuses = await Promise.all(tabs.map((tab) => tab.evaluate(() => {
        harness.isLoaded = false;
        return harness.statuses;
      })));
      world.edge.provider.control({ tokenSeconds: 600 });
      const refreshes = world.edge.provider.grants().filter((grant) => grant === "refresh_token").length;
      t.diagnostic(`${JSON.stringify(statuses)}, ${refreshes} refreshes`);
      // While one app gives way to the other, connections break: that is no answer about the session.
      for (const each of statuses) assert.deepEqual(Object.keys(each).filter((status) => !["200", "network_failed", "TypeError"].includes(status)), []);
      for (const tab of tabs) assert.equal((await sessionOf(tab)).status, "signedIn");
      assert.ok(refreshes >= 3, `${refreshes} refreshes`);
      assert.deepEqual(world.edge.provider.refusals, []);
      await after.stop();
    });
  }
}
