// The cost of one authenticated request with a fresh token, in Chromium. Not in Node: nobody can sign in on a server.
import { chromium } from "playwright-core";
import { launchOptions } from "../package/chromium.mjs";
import { bundle } from "./bundle.mjs";
import { startProvider } from "./provider.mjs";
import { startSite } from "./site.mjs";

const script = (issuer, then) => `
  import { create, measure } from "/assets/overhead-page.js";
  const auth = create(${JSON.stringify(issuer)});
  ${then}`;

/** The rows of `measure` in overhead-page.js. */
export async function measureOverhead({ rounds = 25 } = {}) {
  const provider = await startProvider();
  const site = await startSite({
    files: await bundle("overhead-page.js"),
    start: script(provider.issuer, "auth.signIn().catch((error) => { window.failure = error.message; });"),
    callback: script(provider.issuer, "auth.ready.then(() => { window.run = (rounds) => measure(auth, rounds); });"),
  });
  const browser = await chromium.launch(launchOptions);
  try {
    const page = await browser.newPage();
    await page.goto(`${site.origin}/start`);
    await page.waitForFunction(() => window.failure ?? window.run, undefined, { timeout: 15_000 });
    const failure = await page.evaluate(() => window.failure);
    if (failure) throw new Error(`sign-in failed: ${failure}`);
    return await page.evaluate((count) => window.run(count), rounds);
  } finally {
    await browser.close();
    site.close();
    await provider.close();
  }
}
