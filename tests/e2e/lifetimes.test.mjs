// What only a browser can show of tests/session/lifetimes.rs: its own timers, and its own two clocks.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { installLedger } from "./ledger.mjs";
import { setUpWorld, toCallback, until } from "./world.mjs";

const THIRTY_DAYS = 30 * 86_400;
const EIGHT_HOURS_MS = 8 * 3_600_000;

const world = setUpWorld();
afterEach(() => world.provider.control({ tokenSeconds: 900 }));

async function awakeTab(tokenSeconds) {
  world.provider.control({ tokenSeconds });
  const options = world.options("ok");
  const tab = await world.newTab();
  await toCallback(tab, world, options);
  await tab.evaluate(installLedger);
  await tab.evaluate((given) => harness.start({
    ...given,
    // The provider's clock does not sleep with the page's, and a new ID token would tell.
    fetch: async (input, init) => {
      const response = await fetch(input, init);
      if (!String(init?.body).includes("grant_type=refresh_token")) return response;
      const { id_token, ...rest } = await response.json();
      return Response.json(rest);
    },
  }), options);
  world.provider.log.length = 0;
  return tab;
}

test("a token of 30 days sets no timer that overflows: none is longer than a minute", async () => {
  const tab = await awakeTab(THIRTY_DAYS);
  // A browser makes a delay of more than 24.8 days none at all: the refresh would be here by now.
  await sleep(500);
  const { timers, refreshAt } = await tab.evaluate(
    () => ({ timers: ledger.timers, refreshAt: harness.auth.inspect().refreshAt }),
  );
  assert.ok(timers.includes(60_000), `timers: ${timers}`);
  assert.ok(Math.max(...timers) <= 60_000, `timers: ${timers}`);
  const planned = (refreshAt - Date.now()) / 1000;
  assert.ok(Math.abs(planned - (THIRTY_DAYS - 300)) < 30, `planned in ${planned} s`);
  assert.deepEqual(world.tokenRequests(), []);
});

test("8 h of sleep: one refresh for the events of waking and all calls, which go out with the new token", async () => {
  const tab = await awakeTab(3600);
  const seen = await tab.evaluate(async ([url, asleepMs]) => {
    // The wall clock goes on while the device sleeps; timers and the monotonic clock stand still.
    const awake = Date.now;
    Date.now = () => awake() + asleepMs;
    const calls = Array.from({ length: 10 }, () => harness.auth.fetch(url));
    for (const [target, name] of [[document, "visibilitychange"], [window, "pageshow"], [window, "focus"], [window, "online"]]) {
      target.dispatchEvent(new Event(name));
    }
    return (await Promise.all(calls)).map(({ status }) => status);
  }, [`${world.provider.origin}/api/v1/notes`, EIGHT_HOURS_MS]);
  assert.deepEqual(seen, Array(10).fill(200));
  assert.deepEqual(world.tokenRequests(), ["refresh_token"]);
  const tokens = world.provider.log
    .filter(({ method, path }) => method === "GET" && path === "/api/v1/notes")
    .map(({ headers }) => headers.authorization);
  assert.deepEqual([...new Set(tokens)], [`Bearer ${world.provider.issued.at(-1).access}`]);
  const session = await tab.evaluate(() => harness.session());
  assert.deepEqual([session.status, session.stale], ["signedIn", false]);
  await sleep(500);
  assert.deepEqual(world.tokenRequests(), ["refresh_token"], "and no burst");
});

for (const [name, wallMs, monotonicMs] of [["forward", 3_600_000, 0], ["back while the token ends", -3_600_000, 3_600_000]]) {
  test(`the clock is set an hour ${name}: a call waits for a refresh`, async () => {
    const tab = await awakeTab(3600);
    const url = `${world.provider.origin}/api/v1/notes`;
    const call = () => tab.evaluate((target) => harness.outcome(() => harness.auth.fetch(target)), url);
    assert.deepEqual(await call(), { value: { status: 200 } });
    assert.deepEqual(world.tokenRequests(), []);
    await tab.evaluate(([wall, monotonic]) => {
      const [now, ticks] = [Date.now, performance.now.bind(performance)];
      Date.now = () => now() + wall;
      performance.now = () => ticks() + monotonic;
    }, [wallMs, monotonicMs]);
    assert.deepEqual(await call(), { value: { status: 200 } });
    assert.deepEqual(world.tokenRequests(), ["refresh_token"]);
    assert.deepEqual(await call(), { value: { status: 200 } });
    assert.deepEqual(world.tokenRequests(), ["refresh_token"], "and then no more");
  });
}
