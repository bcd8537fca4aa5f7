// What the tests of storage: "bff" need: a browser, an app's origin with a backend in it, and a provider that says yes.
import assert from "node:assert/strict";
import { afterEach } from "node:test";
import { leave, openPage, setUpPages, until } from "../e2e/world.mjs";
import { startWireApi } from "../e2e/wire-api.mjs";
import { serve } from "../provider/serve.mjs";
import { createFakeBff } from "./fake-bff.mjs";
import { startSite } from "./site.mjs";

export { leave, openPage, until };

/** The page that has the app in it. Its policy allows no wasm. */
export const APP = "/app.html";
export const APP_PAGE = {
  headers: { "content-type": "text/html", "content-security-policy": "default-src 'self'; connect-src *" },
  body: '<!doctype html><html lang="en"><title>test page</title><script type="module" src="/harness.js"></script>',
};

/** @param {object} [launchOptions] Those of the driver's `launch`. */
export function setUpBff(files = {}, launchOptions) {
  const world = setUpPages(async () => {
    world.provider = await serve(({ path, query }) => ({
      status: 303,
      headers: { location: path === "/end" ? query.back : `${query.redirect_uri}?${new URLSearchParams({ code: "code-of-the-test", state: query.state })}` },
    }));
    world.wire = await startWireApi();
    world.bff = createFakeBff(() => world.provider.origin);
    world.site = await startSite({ bff: world.bff, host: world.host.origin, wire: world.wire.origin });
  }, { [APP]: APP_PAGE, ...files }, launchOptions);
  afterEach(() => {
    world.bff.reset();
    world.site.isDown = false;
    for (const { log } of [world.site, world.provider, world.wire]) log.length = 0;
  });
  return Object.assign(world, {
    /** The requests to the site's backend and APIs, as `METHOD /path`. */
    requests: () => world.site.log.map(({ method, path }) => `${method} ${path}`),
    looks: () => world.requests().filter((request) => request === "GET /auth/session").length,
    /** Opens the app in a tab and starts it; returns its session. */
    async open(tab, options = OPTIONS, path = APP) {
      await openPage(tab, world.site.origin + path);
      return start(tab, options);
    },
    /** Signs in, in this tab where the app is started; returns the session after the way back. */
    async signIn(tab, parameters = {}, options = OPTIONS) {
      await leave(tab, pathOf(parameters.returnTo ?? APP), (given) => { void harness.outcome(() => harness.auth.signIn(given)); }, parameters);
      return start(tab, options);
    },
    /** A tab, of this profile or a new one, that is signed in. */
    async signedInTab(profile, options = OPTIONS) {
      const tab = profile ? await profile.newTab() : await world.newTab();
      await world.open(tab, options);
      const session = await world.signIn(tab, {}, options);
      assert.equal(session.status, "signedIn", JSON.stringify(session));
      return tab;
    },
  });
}

export const OPTIONS = { storage: "bff" };

const pathOf = (returnTo) => new URL(returnTo, "http://127.0.0.1").pathname;

export const start = (tab, options = OPTIONS) => tab.evaluate((given) => harness.start(given), options);

export const sessionOf = (tab) => tab.evaluate(() => harness.session());

/** Waits for this status in the tab; returns the session. */
export const untilStatus = (tab, status) => until(`${status} in the tab`, async () => {
  const session = await sessionOf(tab);
  return session.status === status && session;
});

/** The details of an event that the tab was told of, in order. */
export const heard = (tab, name) =>
  tab.evaluate((wanted) => harness.events.filter((event) => event.name === wanted).map(({ detail }) => detail), name);

/** Gives the page a clock on the wall that can be put forward, and an event of a page that comes back. */
export const withClock = (tab) => tab.evaluate(() => {
  let ahead = 0;
  const now = Date.now.bind(Date);
  Date.now = () => now() + ahead;
  globalThis.pass = (milliseconds) => { ahead += milliseconds; };
  globalThis.comeBack = (event = "focus") => dispatchEvent(new Event(event));
});

/** What an `outcome` in the page comes to. */
export const outcome = (tab, action, argument) => tab.evaluate(`harness.outcome(() => (${action})(${JSON.stringify(argument) ?? ""}))`);
