// A callback is consumed once, however often the page that it came to is seen; and what is no callback is left alone.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { openPage, setUpWorld, signIn, toCallback, until } from "../e2e/world.mjs";

// Long enough for a request that should not be made to arrive.
const QUIET_MS = 300;

const world = setUpWorld();

const start = (tab, options) => tab.evaluate((given) => harness.start(given), options);

const statusOf = (tab) => tab.evaluate(() => harness.session().status);

/** Waits for a page at another path than the one left, new or kept. */
const harnessAt = (tab, path) => until(`a page at ${path}`, () => tab.evaluate(
  (wanted) => location.pathname === wanted && "harness" in globalThis, path,
));

/** A tab with a copy of all that this one stores; opened by a click, else a browser may refuse. */
async function duplicate(tab, url) {
  await tab.evaluate((target) => {
    const button = document.body.appendChild(document.createElement("button"));
    button.textContent = "duplicate";
    button.onclick = () => { open(target); };
  }, url);
  await tab.click("button");
  const twin = await until("the twin", async () => (await tab.popups())[0]);
  await until("its page", () => twin.evaluate(() => globalThis.harness?.leaving === false));
  return twin;
}

/** The codes that were presented since `before`, and that the provider saw none of them twice. */
async function codesSince(before) {
  await sleep(QUIET_MS);
  assert.deepEqual(world.provider.incidents, []);
  return world.provider.log.slice(before).filter(({ path, method }) => method === "POST" && path.endsWith("/token")).length;
}

// A18
describe("the code is sent once", () => {
  test("where the app makes an Auth, disposes of it, and makes another, as React's StrictMode does with effects", async () => {
    const tab = await world.newTab();
    const options = world.options("ok");
    await toCallback(tab, world, options);
    const before = world.provider.log.length;
    await tab.evaluate(async (given) => {
      const { createAuth } = await import("/pkg/index.js");
      createAuth(given).dispose();
    }, options);
    assert.equal((await start(tab, options)).status, "signedIn");
    assert.equal(await codesSince(before), 1);
  });

  test("where the app makes two, as StrictMode does with state, and both get the session", async () => {
    const tab = await world.newTab();
    const options = world.options("ok");
    await toCallback(tab, world, options);
    const before = world.provider.log.length;
    await tab.evaluate(async (given) => {
      const { createAuth } = await import("/pkg/index.js");
      harness.two = [createAuth(given), createAuth(given)];
    }, options);
    await until("both", () => tab.evaluate(() => harness.two.every(({ session }) => session.status === "signedIn")));
    assert.equal(await codesSince(before), 1);
  });

  test("where the page is reloaded while the code is under way", async () => {
    const tab = await world.newTab();
    const options = world.options("ok");
    await toCallback(tab, world, options);
    const before = world.provider.log.length;
    world.provider.control({ tokenDelayMs: 1000 });
    await tab.evaluate((given) => { void harness.start(given); }, options);
    await until("the code", () => world.provider.log.slice(before).some(({ path }) => path.endsWith("/token")));
    await tab.reload();
    world.provider.control({ tokenDelayMs: 0 });
    const session = await start(tab, options);
    assert.deepEqual([session.status, session.error], ["signedOut", undefined]);
    assert.equal(await codesSince(before), 1);
  });

  test("where the page is reloaded afterwards", async () => {
    const tab = await world.newTab();
    const options = world.options("ok", { storage: "session" });
    await signIn(tab, world, options);
    const before = world.provider.log.length;
    await tab.reload();
    assert.equal((await start(tab, options)).status, "signedIn");
    assert.equal(await codesSince(before), 0);
  });

  test("where the user goes back, and forth again", async () => {
    const tab = await world.newTab();
    const options = world.options("ok", { storage: "session" });
    await signIn(tab, world, options, { returnTo: "/callback.html?page=2" });
    const before = world.provider.log.length;
    await tab.evaluate(() => { setTimeout(() => history.back()); });
    await harnessAt(tab, "/");
    assert.equal((await start(tab, options)).status, "signedIn");
    await tab.evaluate(() => { setTimeout(() => history.forward()); });
    await harnessAt(tab, "/callback.html");
    await until("the session", async () => (await tab.evaluate(() => harness.auth === null))
      ? (await start(tab, options)).status === "signedIn" : (await statusOf(tab)) === "signedIn");
    assert.equal(await codesSince(before), 0);
  });

  // Whether the engine keeps the page or loads it again is its own choice; the outcome is the same.
  test("where the page is left while the code is under way, and come back to", async () => {
    const tab = await world.newTab();
    const options = world.options("ok", { storage: "session" });
    await toCallback(tab, world, options);
    const before = world.provider.log.length;
    world.provider.control({ tokenDelayMs: 500 });
    await tab.evaluate((given) => { void harness.start(given); }, options);
    await until("the code", () => world.provider.log.slice(before).some(({ path }) => path.endsWith("/token")));
    await openPage(tab, `${world.host.origin}/no-wasm.html`);
    world.provider.control({ tokenDelayMs: 0 });
    await tab.evaluate(() => { setTimeout(() => history.back()); });
    await harnessAt(tab, "/callback.html");
    await tab.evaluate((given) => harness.auth?.ready ?? harness.start(given), options);
    assert.equal(await codesSince(before), 1);
  });

  test("where the tab is duplicated with all that it stores", async () => {
    const tab = await world.newTab();
    const options = world.options("ok");
    const callback = await toCallback(tab, world, options);
    const before = world.provider.log.length;
    const twin = await duplicate(tab, callback);
    assert.equal((await start(tab, options)).status, "signedIn");
    assert.equal((await start(twin, options)).status, "signedIn", "it gets the session from the tab that has it");
    assert.equal(await codesSince(before), 1);
  });

  test("where both twins come back, each with a code of its own", async () => {
    const tab = await world.newTab();
    const options = world.options("ok");
    await toCallback(tab, world, options);
    const asked = world.provider.log.findLast(({ path }) => path.endsWith("/authorize"));
    const twin = await duplicate(tab, "/");
    await openPage(twin, world.provider.origin + asked.url);
    const before = world.provider.log.length;
    assert.equal((await start(tab, options)).status, "signedIn");
    // One of the two sign-ins is as good as the other: the twin has the session already, or gets it from this tab.
    assert.equal((await start(twin, options)).status, "signedIn");
    assert.equal(await codesSince(before), 1);
  });
});

describe("what is no callback is left alone, and asks nobody:", () => {
  const foreign = [
    ["a code at a page that is not the redirect URI", "/?code=SUMMER25"],
    ["a code and a state there", "/?code=SUMMER25&state=CA"],
    ["a code and a long state there", `/?code=SUMMER25&state=${"s".repeat(43)}`],
    ["a code and a state like those of a popup there", `/?code=SUMMER25&state=${"s".repeat(43)}.w`],
    ["a code at the redirect URI", "/callback.html?code=SUMMER25"],
    ["a code and a state at the redirect URI that cannot be of this package", "/callback.html?code=SUMMER25&state=CA#part"],
    ["an error there", "/callback.html?error=404&state=CA"],
  ];
  for (const [name, path] of foreign) {
    test(name, async () => {
      const tab = await world.newTab();
      await openPage(tab, world.host.origin + path);
      const before = world.provider.log.length;
      const session = await start(tab, world.options("ok"));
      assert.deepEqual([session.status, session.reason, session.error], ["signedOut", "none", undefined]);
      assert.equal(await tab.url(), world.host.origin + path);
      await sleep(QUIET_MS);
      assert.deepEqual(world.provider.log.slice(before), []);
    });
  }
});
