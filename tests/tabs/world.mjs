// What the tests of several tabs need: the oidc-provider and an API behind faults, and tabs of one profile.
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { file, pageAt } from "../e2e/host.mjs";
import { leaveForCallback, openPage, setUpPages, until } from "../e2e/world.mjs";
import { startFront } from "../interop/providers/front.mjs";
import { startOidcProvider } from "../interop/providers/oidc-provider.mjs";
import { startResourceServer } from "../interop/providers/resource-server.mjs";
import { tokenOf } from "../interop/world.mjs";
import { createFaults, isRefresh } from "./faults.mjs";
import { presentedAgain } from "./verdict.mjs";

const CLIENT = "spa-rs256";
const app = fileURLToPath(new URL("./app.js", import.meta.url));

/**
 * @param {object} settings `tokenSeconds` (default 600); `seed` of the faults, which come once `world.faults.active` is set;
 *   `lifelike` (default true): tabs that are not shown are slow, as in life.
 */
export function setUpTabs({ tokenSeconds, seed = 1, lifelike = true } = {}) {
  const told = [];
  const frozen = [];
  const faults = createFaults(seed);
  const world = setUpPages(async () => {
    const { origin } = world.host;
    world.provider = await startOidcProvider({
      redirectUris: [`${origin}/callback.html`], postLogoutRedirectUris: [`${origin}/`], tokenSeconds,
      between: faults.atProvider,
    });
    world.resources = await startResourceServer(world.provider.lookUp);
    world.api = await startFront({ target: world.resources.origin, between: faults.atApi });
  }, {
    "/": () => keepable(pageAt("/")),
    "/app.js": () => file(app),
    "/_frozen": () => new Promise((thaw) => { frozen.push(() => thaw({ body: "go on" })); }),
    "/_told": ({ body }) => {
      told.push(JSON.parse(body));
      return { status: 204 };
    },
  }, { lifelike });
  return Object.assign(world, {
    faults,
    /** What the tabs told, in the order in which it came. */
    told,
    options: (changes = {}) => ({
      issuer: world.provider.issuer,
      clientId: CLIENT,
      redirectUri: `${world.host.origin}/callback.html`,
      postLogoutRedirectUri: `${world.host.origin}/`,
      scope: "openid offline_access",
      apis: [world.api.origin],
      storage: "memory",
      ...changes,
    }),
    /** Signs in, in this tab; returns its session. */
    async signIn(tab, name, { options = world.options(), parameters } = {}) {
      await openPage(tab, addressOf(world, name));
      await tab.evaluate((given) => harness.start(given), options);
      await leaveForCallback(tab, parameters);
      return start(tab, options);
    },
    /** Opens the app in this tab; returns the session that it found. */
    async open(tab, name, options = world.options()) {
      await openPage(tab, addressOf(world, name));
      return start(tab, options);
    },
    /** Stops everything in a tab, as sleep does; returns the way to let it go on. */
    async freeze(tab) {
      if (tab.freeze) return tab.freeze();
      const before = frozen.length;
      await tab.evaluate((url) => app.freeze(url), `${world.host.origin}/_frozen`);
      await until("the tab to stand still", () => frozen.length > before);
      return frozen.at(-1);
    },
    /** The refreshes that reached the provider. */
    refreshes: () => world.provider.log.filter(isRefresh),
    /** Starts the provider's log and its list of refusals anew. */
    forget() {
      world.provider.log.length = 0;
      world.provider.refusals.length = 0;
    },
    /** Asserts that no refresh token came twice, and that the provider refused nothing. */
    checkFamily() {
      const { refusals } = world.provider;
      assert.deepEqual({ refusals, again: presentedAgain(world.refreshes()) }, { refusals: [], again: [] });
    },
  });
}

/** A browser keeps no page that is not to be stored. */
const keepable = (page) => ({ ...page, headers: { ...page.headers, "cache-control": "no-cache" } });

const addressOf = (world, name) => `${world.host.origin}/?tab=${name}`;

const start = (tab, options) => tab.evaluate(async (given) => {
  await import("/app.js");
  return harness.start(given);
}, options);

export const sessionOf = (tab) => tab.evaluate(() => harness.session());

/** Waits until the session in this tab is `signedIn`, or `signedOut`; returns it. */
export const untilStatus = (tab, status) => until(`${status} in the tab`, async () => {
  const session = await sessionOf(tab);
  return session.status === status && session;
});

/** Waits until both tabs have the same token: what one was given is told to the other, and is on its way for a moment. */
export const untilSameToken = (one, other) => until("the same token in both tabs", async () => {
  const [first, second] = await Promise.all([one, other].map(tokenOf));
  return first === second;
});

/** The details of an event that the tab was told of, in order. */
export const heard = (tab, name) =>
  tab.evaluate((wanted) => harness.events.filter((event) => event.name === wanted).map(({ detail }) => detail), name);

const isAt = (tab, path) => until(`the page at ${path}`, () =>
  tab.evaluate((wanted) => location.pathname === wanted && "harness" in globalThis, path));

/** Leaves the app for another page of its origin, as a link does. */
export async function goElsewhere(tab) {
  await tab.evaluate(() => {
    addEventListener("pageshow", ({ persisted }) => { globalThis.wasKept = persisted; });
    setTimeout(() => location.assign("/no-wasm.html"));
  });
  await isAt(tab, "/no-wasm.html");
}

/** Comes back with the back button; whether the page was kept meanwhile, and goes on, or is loaded anew. */
export async function goBack(tab) {
  await tab.evaluate(() => { setTimeout(() => history.back()); });
  await isAt(tab, "/");
  return tab.evaluate(() => globalThis.wasKept === true);
}
