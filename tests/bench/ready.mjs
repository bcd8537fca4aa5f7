// From import to a ready session in Chromium: the callback's code is consumed and the user is known.
// cold: a new context, nothing cached. warm: the second sign-in of the same tab, scripts and wasm from the HTTP cache.
import { chromium } from "playwright-core";
import { launchOptions } from "../package/chromium.mjs";
import { bundle } from "./bundle.mjs";
import { startProvider } from "./provider.mjs";
import { startSite } from "./site.mjs";
import { median, rotated } from "./statistics.mjs";

const names = ["tokenward", "oidc-client-ts", "auth0-spa-js"];

/** auth0-spa-js wants the issuer without its slash, and adds it. */
const issuerFor = (name, issuer) => (name === "auth0-spa-js" ? issuer.slice(0, -1) : issuer);

async function startApp(name, provider) {
  const given = `${JSON.stringify(issuerFor(name, provider.issuer))}, "app", "https://api.example.com"`;
  return startSite({
    files: await bundle(`entries/${name}.js`),
    start: `
      const { create, signIn } = await import("/assets/${name}.js");
      await signIn(await create(${given}));`,
    callback: `
      const started = performance.now();
      try {
        const { create, callback } = await import("/assets/${name}.js");
        const user = await callback(await create(${given}));
        if (!user?.sub) throw new Error("no user");
        window.result = { ms: performance.now() - started };
      } catch (error) {
        window.result = { failure: String(error) };
      }`,
  });
}

async function resultOf(page, name) {
  const handle = await page.waitForFunction(() => window.result, undefined, { timeout: 15_000 });
  const { ms, failure } = await handle.jsonValue();
  if (failure) throw new Error(`${name}: ${failure}`);
  return ms;
}

/** Signs in up to the callback in a context of its own: the callback's address and what the library stored for it. */
async function pendingCallback(browser, site) {
  const { origin } = site;
  const context = await browser.newContext();
  site.held = true;
  try {
    const page = await context.newPage();
    await page.goto(`${origin}/start`);
    await page.waitForURL(`${origin}/callback?*`);
    return {
      url: page.url(),
      stored: await page.evaluate(() => [Object.entries(sessionStorage), Object.entries(localStorage)]),
      cookies: await context.cookies(),
    };
  } finally {
    site.held = false;
    await context.close();
  }
}

async function coldAndWarm(browser, name, site, log) {
  const { origin } = site;
  const { url, stored, cookies } = await pendingCallback(browser, site);
  const context = await browser.newContext();
  try {
    await context.addCookies(cookies);
    const page = await context.newPage();
    await page.goto(`${origin}/empty`);
    await page.evaluate(([session, local]) => {
      for (const [key, value] of session) sessionStorage.setItem(key, value);
      for (const [key, value] of local) localStorage.setItem(key, value);
    }, stored);
    const before = log.length;
    await page.goto(url);
    const cold = await resultOf(page, name);
    const requests = log.length - before;
    await page.goto(`${origin}/start`);
    await page.waitForURL(`${origin}/callback?*`);
    return { cold, warm: await resultOf(page, name), requests };
  } finally {
    await context.close();
  }
}

/**
 * `{ name, cold, warm, requests, coldRatio, warmRatio }`: medians in milliseconds, ratios to tokenward, and how many
 * requests (preflights too) the provider saw for one callback, which is most of the time.
 */
export async function measureReady({ runs = 15 } = {}) {
  const provider = await startProvider();
  const apps = new Map();
  for (const name of names) apps.set(name, await startApp(name, provider));
  const browser = await chromium.launch(launchOptions);
  const times = Object.fromEntries(names.map((name) => [name, []]));
  try {
    for (let run = 0; run < runs; run += 1) {
      for (const name of rotated(names, run)) times[name].push(await coldAndWarm(browser, name, apps.get(name), provider.log));
    }
  } finally {
    await browser.close();
    for (const app of apps.values()) app.close();
    await provider.close();
  }
  const rows = names.map((name) => ({
    name,
    cold: median(times[name].map(({ cold }) => cold)),
    warm: median(times[name].map(({ warm }) => warm)),
    requests: median(times[name].map(({ requests }) => requests)),
  }));
  const [own] = rows;
  return rows.map((row) => ({ ...row, coldRatio: row.cold / own.cold, warmRatio: row.warm / own.warm }));
}
