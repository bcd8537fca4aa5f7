// The demo, from the first visit to the sign-out, against the certified oidc-provider. Leaves pictures in shots/.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { engine, lacks, launch } from "./driver.mjs";
import { press, secondsLeft, statusOf, textOf, tokenRequestTimes, untilStatus } from "./demo-page.mjs";
import { startDemo } from "./demo-server.mjs";
import { until } from "./world.mjs";

const shots = fileURLToPath(new URL("./shots/", import.meta.url));
// Only Chromium can be told which colour scheme to prefer.
const looks = engine === "chromium"
  ? ["light", "dark"].flatMap((colorScheme) => [360, 1280].map((width) => ({ colorScheme, width })))
  : [{ colorScheme: "light", width: 1280 }];

let browser;
let demo;
before(async () => {
  await mkdir(shots, { recursive: true });
  demo = await startDemo();
  browser = await launch();
});
after(() => Promise.all([browser?.close(), demo?.stop()]));

async function picture(tab, state) {
  for (const { colorScheme, width } of looks) {
    const path = `${shots}${engine}-${state}-${colorScheme}-${width}.png`;
    await tab.screenshot(path, { width, height: 800, colorScheme });
    const overflow = await tab.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(overflow <= 0, `${state} scrolls sideways by ${overflow} px at ${width} px`);
  }
}

test("the demo", async (t) => {
  const profile = await browser.newProfile();
  const tab = await profile.newTab();

  await t.test("opens signed out, without a request to the provider", async () => {
    await tab.goto(demo.url);
    await untilStatus(tab, "signed-out");
    assert.deepEqual(tab.requests.filter(({ url }) => url.startsWith(demo.providerOrigin)), []);
    await picture(tab, "signed-out");
  });

  // A19
  await t.test("signs in and shows who it is, with a clean address", async () => {
    await press(tab, "sign-in");
    await untilStatus(tab, "signed-in");
    assert.match(await textOf(tab, "user"), /@/);
    const { search, hash } = new URL(await tab.url());
    assert.deepEqual([/code|state|iss/.test(search), hash], [false, ""]);
    await until("the countdown", async () => (await secondsLeft(tab)) > 0);
    assert.ok((await secondsLeft(tab)) <= 600);
    assert.equal(tokenRequestTimes(tab, demo).length, 1);
    await picture(tab, "signed-in");
  });

  await t.test("calls the API with the token", async () => {
    await press(tab, "call-api");
    await until("the answer", async () => /200/.test(await textOf(tab, "api-result")));
    await picture(tab, "api-called");
  });

  await t.test("refreshes on request", async () => {
    await press(tab, "refresh-now");
    await until("the second token request", () => tokenRequestTimes(tab, demo).length === 2);
    await until("the timeline", async () => /refresh/i.test(await textOf(tab, "timeline")));
    await press(tab, "call-api");
    await until("an answer to the new token", async () => /200/.test(await textOf(tab, "api-result")));
    assert.equal(await statusOf(tab), "signed-in");
  });

  await t.test("keeps the session over a reload, without another token request", async () => {
    await tab.reload();
    await untilStatus(tab, "signed-in");
    assert.match(await textOf(tab, "user"), /@/);
    assert.equal(tokenRequestTimes(tab, demo).length, 2);
  });

  // L01
  await t.test("signs out at the provider too, and stays signed out", async () => {
    await press(tab, "sign-out");
    const isBack = async () => (await tab.url()).startsWith(demo.url) && (await statusOf(tab)) === "signed-out";
    await until("the way back", isBack);
    assert.ok(tab.requests.some(({ url }) => url.startsWith(`${demo.providerOrigin}/session/end`)));
    await picture(tab, "signed-out-again");
    await tab.reload();
    await untilStatus(tab, "signed-out");
    assert.equal(tokenRequestTimes(tab, demo).length, 2);
  });

  await t.test("left no uncaught error", { skip: lacks.console }, () => assert.deepEqual(tab.errors, []));

  await t.test("left no token in storage", async () => {
    const stored = await tab.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }]));
    // What is ours is named so.
    assert.doesNotMatch(stored.replaceAll("tokenward.", ""), /token|eyJ/i);
  });
  await profile.close();
});
