// Four tabs of one browser share a session for minutes, while tokens live six seconds, the network misbehaves in every way
// and tabs are closed and opened again. Nobody is signed out, and the provider sees one refresh at a time.
//   TABS_SECONDS  how long (default 45; the proof that is quoted takes 180)      TABS_SEED  another run (default 4)
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { engine } from "../e2e/driver.mjs";
import { until } from "../e2e/world.mjs";
import { call } from "../interop/world.mjs";
import { scenarioOf } from "./scenario.mjs";
import { PATIENCE_MS, judge, tableOf, timelineOf } from "./verdict.mjs";
import { sessionOf, setUpTabs } from "./world.mjs";

const seconds = Number(process.env.TABS_SECONDS ?? 45);
const seed = Number(process.env.TABS_SEED ?? 4);
const TOKEN_SECONDS = 6;
const INTERVAL_MS = (TOKEN_SECONDS * 1000) / 2;
const NAMES = ["0", "1", "2", "3"];
/** Beyond this, tabs would be refreshing side by side. */
const MOST_REFRESHES = 1.15;

const world = setUpTabs({ tokenSeconds: TOKEN_SECONDS, seed });

// R02, R03
test("four tabs, a rotating provider and every fault: nobody is signed out", { timeout: (seconds + 120) * 1000 }, async (t) => {
  const profile = await world.newProfile();
  const tabs = new Map();
  const open = async (name, enter = world.open) => {
    const tab = await profile.newTab();
    tabs.set(name, tab);
    await enter(tab, name);
    await tab.evaluate((api) => app.run(api), world.api.origin);
  };
  await open("0", world.signIn);
  for (const name of NAMES.slice(1)) await open(name);

  const startedAt = Date.now();
  const counts = { "tabs closed": 0, "while refreshing": 0, "times offline": 0 };
  const problems = [];
  const close = async (name) => {
    await tabs.get(name).close();
    world.faults.closed(name);
    counts["tabs closed"] += 1;
  };
  const closeRefreshing = async ({ forMs }, fault) => {
    const name = await world.faults.holdRefresh(fault, PATIENCE_MS);
    if (name === null) return problems.push("no tab refreshes any more");
    await close(name);
    counts["while refreshing"] += 1;
    await sleep(forMs);
    return open(name);
  };
  const perform = {
    async close({ tab: name, forMs }) {
      const { longestMs } = await tabs.get(name).evaluate(() => app.pending());
      if (longestMs > PATIENCE_MS) problems.push(`a call of tab ${name} has waited for ${longestMs} ms`);
      await close(name);
      await sleep(forMs);
      await open(name);
    },
    "close while it asks": (step) => closeRefreshing(step, "held request"),
    "close while it is told": (step) => closeRefreshing(step, "held answer"),
    async offline({ forMs }) {
      await world.faults.offline(forMs);
      counts["times offline"] += 1;
    },
  };

  world.faults.active = true;
  for (const step of scenarioOf(seed, seconds, NAMES)) {
    await sleep(startedAt + step.atMs - Date.now());
    await perform[step.what](step);
  }
  await sleep(startedAt + seconds * 1000 - Date.now());
  world.faults.active = false;
  const endedAt = Date.now();

  const all = [...tabs.values()];
  await Promise.all(all.map((tab) => tab.evaluate(() => app.stop())));
  await until("an answer to every call", async () => {
    const pending = await Promise.all(all.map((tab) => tab.evaluate(() => app.pending())));
    return pending.every(({ count }) => count === 0);
  }, PATIENCE_MS);
  const { problems: found, figures } = judge({
    provider: world.provider.log, api: world.api.log, told: world.told, refusals: world.provider.refusals,
    startedAt, endedAt, intervalMs: INTERVAL_MS,
  });
  problems.push(...found);
  for (const line of tableOf(`four tabs, ${engine}, ${seconds} s, seed ${seed}`, { ...counts, ...figures })) t.diagnostic(line);
  if (problems.length > 0) timelineOf(world.provider.log, startedAt).forEach((line) => t.diagnostic(line));
  assert.equal(problems.length, 0, `seed ${seed}, ${problems.length} problems:\n${problems.slice(0, 20).join("\n")}`);
  assert.ok(figures.ratio <= MOST_REFRESHES, `${figures.refreshes} refreshes where ${figures.ideal} would do`);

  // And every tab can go on, once the rest after the last failure, which is that of all tabs, is over.
  for (const tab of all) {
    assert.equal((await sessionOf(tab)).status, "signedIn");
    await until("an answer of the API", async () => (await call(tab, `${world.api.origin}/notes`)).value?.status === 200, PATIENCE_MS);
  }
});
