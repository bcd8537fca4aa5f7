// A tab that is duplicated takes a copy of sessionStorage along, and with it the refresh token.
import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../e2e/world.mjs";
import { call } from "../interop/world.mjs";
import { setUpTabs } from "./world.mjs";

const TOKEN_SECONDS = 6;
const INTERVAL_MS = (TOKEN_SECONDS * 1000) / 2;
const ROUNDS = 4;
const OK = { value: { status: 200 } };
// WebKitGTK lets only a tab that is shown open another.
const world = setUpTabs({ tokenSeconds: TOKEN_SECONDS, lifelike: false });

// R02
test("a duplicated tab shares the family: each refresh is for both", async () => {
  const options = world.options({ storage: "session" });
  const tab = await (await world.newProfile()).newTab();
  await world.signIn(tab, "0", { options });
  // By a click, as browsers want it; the copy is reached through the tab that opened it.
  await tab.evaluate(() => {
    const button = document.body.appendChild(document.createElement("button"));
    button.append("duplicate");
    button.addEventListener("click", () => { globalThis.copy = open("/?tab=1"); });
  });
  await tab.click("button");
  await until("the copy", () => tab.evaluate(() => Boolean(copy.harness)));
  const started = await tab.evaluate((given) => copy.harness.start(given), options);
  assert.equal(started.status, "signedIn", "the copy has the session");
  world.forget();
  const startedAt = Date.now();
  const isOver = () => world.refreshes().length >= ROUNDS || world.provider.refusals.length > 0;
  await until("several refreshes", isOver, 2 * ROUNDS * INTERVAL_MS);
  world.checkFamily();
  const expected = Math.ceil((Date.now() - startedAt) / INTERVAL_MS) + 1;
  assert.ok(world.refreshes().length <= expected, `${world.refreshes().length} refreshes where ${expected} would do`);
  const api = `${world.api.origin}/notes`;
  assert.deepEqual(await call(tab, api), OK);
  assert.deepEqual(await tab.evaluate((url) => copy.harness.outcome(() => copy.harness.auth.fetch(url)), api), OK);
});
