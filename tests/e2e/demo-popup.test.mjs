// The demo signs in with a popup, by keyboard as well, while its own policy cuts the popup off.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { press, statusOf, textOf, untilStatus } from "./demo-page.mjs";
import { startDemo } from "./demo-server.mjs";
import { launch } from "./driver.mjs";
import { until } from "./world.mjs";

let demo;
let browser;
before(async () => {
  demo = await startDemo();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await demo?.stop();
});

const popupOf = (tab) => until("the popup", async () => (await tab.popups()).at(-1));

test("the demo signs in with a popup, which closes, and stays where it is", async () => {
  const tab = await (await browser.newProfile()).newTab();
  await tab.goto(`${demo.url}?storage=memory`);
  await untilStatus(tab, "signed-out");
  await press(tab, "sign-in-popup");
  const popup = await popupOf(tab);
  await untilStatus(tab, "signed-in");
  await until("the popup to close", () => popup.evaluate(() => false).catch(() => true));
  assert.match(await textOf(tab, "user"), /\S/);
  assert.equal(await tab.evaluate(() => document.querySelector('[data-testid="error"]').hidden), true);

  await tab.reload();
  await untilStatus(tab, "signed-in");
  assert.equal(await statusOf(tab), "signed-in", "a reload in memory mode gets the session from the provider");
});
