// A token of ten seconds is refreshed at half its life, once each time, ten times in a row: nobody is logged out, and
// the rotating refresh tokens of the real provider are never used twice.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { lacks, launch } from "./driver.mjs";
import { openSignedIn, press, statusOf, textOf, tokenRequestTimes } from "./demo-page.mjs";
import { startDemo } from "./demo-server.mjs";
import { until } from "./world.mjs";

const TOKEN_SECONDS = 10;
const HALF_LIFE_MS = (TOKEN_SECONDS * 1000) / 2;
const REFRESHES = 10;
// A request may be late on a busy machine, and never early: early ones would drift into asking too often.
const EARLY_MS = 150;
const LATE_MS = 2500;

let browser;
let demo;
before(async () => {
  demo = await startDemo({ tokenSeconds: TOKEN_SECONDS });
  browser = await launch();
});
after(() => Promise.all([browser?.close(), demo?.stop()]));

// R01, R02
test("ten refreshes in a row, each at half the token's life and each one request", async (t) => {
  const tab = await (await browser.newProfile()).newTab();
  await openSignedIn(tab, demo);
  const times = () => tokenRequestTimes(tab, demo);
  const wanted = 1 + REFRESHES;
  await until("ten refreshes", () => times().length >= wanted, REFRESHES * (HALF_LIFE_MS + LATE_MS));

  const intervals = times().slice(1).map((at, index) => at - times()[index]);
  t.diagnostic(`intervals in ms: ${intervals.join(" ")}`);
  assert.equal(times().length, wanted);
  for (const interval of intervals) {
    assert.ok(interval > HALF_LIFE_MS - EARLY_MS && interval < HALF_LIFE_MS + LATE_MS, `${interval} ms between two`);
  }
  assert.equal(await statusOf(tab), "signed-in");
  await press(tab, "call-api");
  await until("the answer", async () => /200/.test(await textOf(tab, "api-result")));
  await t.test("without an uncaught error", { skip: lacks.console }, () => assert.deepEqual(tab.errors, []));
});
