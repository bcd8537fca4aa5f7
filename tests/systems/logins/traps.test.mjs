// The traps in the documents of the five systems, one test each: what a naive port of their code gets wrong.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { until } from "../../e2e/world.mjs";
import { ask, call, open, sessionOf, setUpLogins, signIn, signedInTab } from "./world.mjs";

const world = setUpLogins("klasstra");
const { routes } = world;
const refreshes = () => world.server.to(routes.refresh).length;
const MONTH_S = 30 * 86_400;

/** How long to look for what must not happen. */
const STILL_MS = 2500;

// S61
test("a lifetime of 300 seconds or less gives no time in the past: the refresh is at half of it", async () => {
  for (const seconds of [300, 299, 60, 20]) {
    world.server.control({ tokenSeconds: seconds });
    const tab = await signedInTab(world);
    const { expiresAt, refreshAt } = await tab.evaluate(() => harness.auth.inspect());
    assert.equal(expiresAt - refreshAt, (seconds * 1000) / 2);
    assert.ok(refreshAt > Date.now());
    assert.equal(refreshes(), 0, `${seconds} s`);
  }
});

// S62
test("a short-lived token is renewed by itself, and never twice for one", async () => {
  world.server.control({ tokenSeconds: 2 });
  const tab = await signedInTab(world);
  await until("three refreshes", () => refreshes() >= 3);
  const at = world.server.to(routes.refresh).map((entry) => entry.at);
  const gaps = at.slice(1).map((time, i) => time - at[i]);
  assert.ok(gaps.every((gap) => gap > 700), `one in each half of a life, not ${gaps}`);
  assert.deepEqual(await call(tab, world.api()), { value: { status: 200 } });
});

// S64
test("without expires_in nobody knows the end: no timer, and a refused token is renewed", async () => {
  world.server.control({ expiresIn: null });
  const tab = await signedInTab(world);
  assert.equal((await sessionOf(tab)).expiresAt, null);
  assert.equal((await tab.evaluate(() => harness.auth.inspect())).refreshAt, null);
  assert.deepEqual(await call(tab, world.api()), { value: { status: 200 } });
  assert.equal(refreshes(), 0);
  world.server.revokeAll();
  assert.deepEqual(await call(tab, world.api()), { value: { status: 200 } });
  assert.equal(refreshes(), 1);
  world.refused();
});

// S65
test("a lifetime beyond the longest timer of a browser does not fire at once", async () => {
  world.server.control({ tokenSeconds: MONTH_S });
  const tab = await signedInTab(world);
  const { expiresAt, refreshAt } = await tab.evaluate(() => harness.auth.inspect());
  assert.equal(expiresAt - refreshAt, 300_000);
  assert.ok(expiresAt - Date.now() > MONTH_S * 1000 - 10_000);
  await sleep(STILL_MS);
  assert.equal(refreshes(), 0);
});

test("expires_in as text is a number all the same; zero, less and nonsense are refused", async () => {
  world.server.control({ expiresIn: "3600" });
  const { expiresAt } = await sessionOf(await signedInTab(world));
  assert.ok(Math.abs(expiresAt - Date.now() - 3600_000) < 10_000);
  for (const expiresIn of [0, -5, "soon", {}]) {
    world.server.control({ expiresIn });
    const tab = await world.newTab();
    await open(tab, world);
    const { error } = await signIn(tab);
    assert.equal(error?.code, "token_response_invalid", JSON.stringify(expiresIn));
    assert.match(error.message, /expires_in/);
  }
});

// S62
test("after a sign-out, or without the page's interest, no timer refreshes", async () => {
  world.server.control({ tokenSeconds: 2 });
  const tab = await signedInTab(world);
  await ask(tab, "signOut");
  const before = refreshes();
  await sleep(STILL_MS);
  assert.equal(refreshes(), before, "after a sign-out");
  const other = await signedInTab(world);
  await other.evaluate(() => harness.auth.dispose());
  const then = refreshes();
  await sleep(STILL_MS);
  assert.equal(refreshes(), then, "after dispose()");
  assert.equal((await call(other, world.api())).error.code, "disposed");
});

// S62
test("a new sign-in takes the place of the timer before it", async () => {
  world.server.control({ tokenSeconds: 3 });
  const tab = await signedInTab(world);
  world.server.control({ tokenSeconds: 3600 });
  await signIn(tab);
  await sleep(STILL_MS);
  assert.equal(refreshes(), 0);
});

test("a refresh that comes back after the sign-out signs nobody in", async () => {
  const tab = await signedInTab(world);
  const hold = world.server.hold(routes.refresh);
  const renewing = tab.evaluate(() => harness.outcome(() => harness.auth.getAccessToken({ force: true })));
  await hold.arrived;
  await ask(tab, "signOut");
  hold.release();
  assert.equal((await renewing).error.code, "not_signed_in");
  assert.deepEqual(await sessionOf(tab), { status: "signedOut", reason: "signOut" });
  world.refused();
});

// S63
test("the method that refreshes and the token are two things: the body is the token, as text", async () => {
  const tab = await signedInTab(world);
  await tab.evaluate(() => harness.auth.getAccessToken({ force: true }).then(() => {}));
  const [{ body, headers }] = world.server.to(routes.refresh);
  assert.deepEqual(Object.keys(body), ["refresh_token"]);
  assert.match(body.refresh_token, /^eyJ/);
  assert.equal(headers["content-type"], "application/json");
});
