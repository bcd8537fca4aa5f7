// The demo with its backend: the Worker in wrangler's local runtime, as `make demo-edge` starts it. Leaves pictures in shots/.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { openSignedIn, press, statusOf, textOf, untilStatus } from "../../e2e/demo-page.mjs";
import { startDemo } from "../../e2e/demo-server.mjs";
import { engine, launch } from "../../e2e/driver.mjs";
import { until } from "../../e2e/world.mjs";

const shots = fileURLToPath(new URL("../../e2e/shots/", import.meta.url));

let browser;
let demo;
before(async () => {
  await mkdir(shots, { recursive: true });
  demo = await startDemo({ script: "edge/demo.mjs", tokenSeconds: 20 });
  browser = await launch();
});
after(() => Promise.all([browser?.close(), demo?.stop()]));

async function picture(tab, state) {
  for (const width of [360, 1280]) {
    await tab.screenshot(`${shots}${engine}-edge-${state}-${width}.png`, { width, height: 800, colorScheme: "light" });
    const overflow = await tab.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(overflow <= 0, `${state} scrolls sideways by ${overflow} px at ${width} px`);
  }
}

test("signs in, calls the API, survives a reload, and signs out, without a token in the browser", async () => {
  const profile = await browser.newProfile();
  const tab = await profile.newTab();
  await tab.goto(demo.url);
  await untilStatus(tab, "signed-out");
  const isShown = (testId) => tab.evaluate((id) => document.querySelector(`[data-testid="${id}"]`).getClientRects().length > 0, testId);
  assert.deepEqual([await isShown("sign-in"), await isShown("sign-in-popup")], [true, false], "there is no popup with a backend");
  await picture(tab, "signed-out");

  await press(tab, "sign-in");
  await untilStatus(tab, "signed-in");
  assert.match(await textOf(tab, "user"), /alice@example\.com/);
  await press(tab, "call-api");
  const answer = await until("the API's answer", async () => textOf(tab, "api-result"));
  assert.match(answer, /GET \/me answered 200/);
  assert.match(answer, /"sub": "alice"/);
  await picture(tab, "signed-in");

  const cookies = await profile.cookies();
  assert.ok(cookies.some(({ name, httpOnly, sameSite }) => name === "__Host-tokenward" && httpOnly && sameSite.toLowerCase() === "strict"));
  const reachable = await tab.evaluate(() => JSON.stringify([document.cookie, { ...sessionStorage }, { ...localStorage }]));
  assert.doesNotMatch(reachable, /eyJ|tokenward=/);

  await tab.reload();
  await untilStatus(tab, "signed-in");
  await press(tab, "sign-out");
  await untilStatus(tab, "signed-out");
  // The page says so at once, and the backend's answer comes after.
  await until("the cookie's end", async () => !(await profile.cookies()).some(({ name }) => name === "__Host-tokenward"));
  assert.deepEqual(tab.requests.filter(({ url }) => /\/(token|\.well-known)/.test(url)), [], "the browser asked the provider for no token");
});

test("a sign-out in one tab ends the session in the other", async () => {
  const profile = await browser.newProfile();
  const [tab, other] = [await profile.newTab(), await profile.newTab()];
  await openSignedIn(tab, demo);
  await other.goto(demo.url);
  await untilStatus(other, "signed-in");
  await press(other, "sign-out");
  await untilStatus(other, "signed-out");
  await until("the other tab", async () => (await statusOf(tab)) === "signed-out");
});

test("says that it does not know who is signed in while the backend cannot be asked, and takes it back once it answers", async () => {
  const tab = await (await browser.newProfile()).newTab();
  let isDown = true;
  await tab.intercept((url) => isDown && new URL(url).pathname === "/auth/session", () => null);
  await tab.goto(demo.url);
  await until("the trouble", async () => (await textOf(tab, "status")) === "Not known yet");
  assert.match(await textOf(tab, "error"), /network_failed/);
  await picture(tab, "unknown");
  isDown = false;
  // As where the user comes back to the page: by itself it looks again within a minute.
  await tab.evaluate(() => dispatchEvent(new Event("focus")));
  await until("its end", async () => (await textOf(tab, "status")) === "Signed out");
  assert.equal(await tab.evaluate(() => document.querySelector('[data-testid="error"]').hidden), true);
});
