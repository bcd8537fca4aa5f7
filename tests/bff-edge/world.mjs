// What every test here needs: a provider, an API behind the proxy, the app's public address, and the app behind it in one of
// the runtimes.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before } from "node:test";
import { Browser } from "./browser.mjs";
import { openDoor } from "./door.mjs";
import { CLIENT, startProvider } from "./provider.mjs";
import { start } from "./runtimes.mjs";
import { startUpstream } from "./upstream.mjs";

export const newKey = () => randomBytes(32).toString("base64url");

/** Starts provider, API and address before the file's tests, and stops them after; `startApp` puts an app behind the address. */
export function setUpWorld() {
  const world = makeWorld();
  before(world.open);
  after(world.close);
  return world;
}

/** As {@link setUpWorld}, for whoever has hooks of its own. `listens` keeps what the app says to browsers. */
export function makeWorld({ listens = false } = {}) {
  const world = {
    keys: [newKey()],

    /** Options of createBff. */
    options: (changes = {}) => ({
      issuer: world.provider.issuer,
      ...CLIENT,
      scope: "openid offline_access profile email",
      origin: world.origin,
      apis: [
        { path: "/api", target: `${world.upstream.origin}/v1` },
        { path: "/read-only", target: `${world.upstream.origin}/v2`, methods: ["GET"] },
        { path: "/live", target: `${world.upstream.origin}/live`, webSocket: true },
      ],
      keys: world.keys,
      ...changes,
    }),

    /** What the app is started with in this place. */
    settings: (store, { isolates, place, redis, app, ...changes } = {}) => ({
      bff: world.options({
        ...(store === "cookie" && { sessionIn: "cookie" }),
        ...(store === "Workers KV" && { unsafeStore: true }),
        ...changes,
      }),
      store: store === "cookie" ? null : store,
      isolates,
      place,
      redis,
      app,
    }),

    /** The app in this runtime, answering at the address from now on. */
    async startApp(t, runtime, store, changes) {
      const app = await start(t, runtime, world.settings(store, changes));
      world.door.open(...app.ports);
      return app;
    },

    /** Starts both logs anew. */
    forget() {
      for (const { log } of [world.provider, world.upstream]) log.length = 0;
      world.provider.refusals.length = 0;
    },

    async open() {
      world.door = await openDoor({ listens });
      world.origin = world.door.origin;
      world.provider = await startProvider({ appOrigin: world.origin });
      world.upstream = await startUpstream(world.provider.lookUp);
    },

    close: () => Promise.all([world.door, world.provider, world.upstream].map((part) => part?.close())),
  };
  return world;
}

/** A browser that has just signed in, and is where the sign-in ended. */
export async function signedIn(world, { user = "alice", returnTo = "/" } = {}) {
  const browser = new Browser();
  const page = await signIn(world, browser, { user, returnTo });
  assert.equal(page.url, `${world.origin}${returnTo}`, `sign-in ended with ${page.status} ${page.body}`);
  return browser;
}

export const signIn = (world, browser, { user = "alice", returnTo = "/" } = {}) => browser.navigate(
  `${world.origin}/auth/login?${new URLSearchParams({ returnTo, login_hint: user })}`, { from: world.origin },
);

/** What the page learns of its session. */
export const session = async (world, browser) => (await browser.call(world.origin, "/auth/session")).json();

/** Signs the browser out at the provider, which tells its clients. */
export const signOutAtProvider = (world, browser) => browser.navigate(`${world.provider.issuer}/session/end`);
