// What nearly every test needs: a browser, a page host, the faulty provider, and a tab that is signed in.
import assert from "node:assert/strict";
import { after, afterEach, before } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startFaultProvider } from "../provider/provider.mjs";
import { within } from "./deadline.mjs";
import { launch } from "./driver.mjs";
import { startHost } from "./host.mjs";

const POLL_MS = 25;
// Chromium was seen to close no profile whose page was on its way elsewhere.
const CLOSE_MS = 30_000;
// Only what fails waits so long: two busy cores are slow, and a browser may take a script's whole time to lose it.
const UNTIL_MS = 30_000;

/**
 * The world of the faulty provider. Starts everything before the file's tests and stops it after them; each test gets
 * fresh profiles. `settings` go to the provider, `files` to the page host.
 */
export function setUpWorld(settings = {}, files = {}) {
  const world = setUpPages(async () => {
    world.provider = await startFaultProvider();
    world.provider.control(settings);
  }, files);
  return Object.assign(world, {
    /** Options of createAuth for the issuer with this fault. */
    options: (fault, changes = {}) => ({
      issuer: `${world.provider.origin}/${fault}`,
      clientId: "spa",
      redirectUri: `${world.host.origin}/callback.html`,
      scope: "openid offline_access",
      apis: [{ origin: world.provider.origin, path: "/api/v1" }],
      storage: "memory",
      ...changes,
    }),
    /** The provider's log without preflights, as `METHOD /path`, for one issuer or the API. */
    requestsTo: (name) => world.provider.log
      .filter(({ method, path }) => method !== "OPTIONS" && path.startsWith(`/${name}/`))
      .map(({ method, path }) => `${method} ${path.slice(name.length + 1)}`),
    /** The grants that the token endpoint was asked for, over all issuers, in order. */
    tokenRequests: () => world.provider.log
      .filter(({ method, path }) => method === "POST" && path.endsWith("/token"))
      .map(({ body }) => body.grant_type),
  });
}

/**
 * A page host with `files` beside its own, a browser launched with `launchOptions`, and the servers that `startServers` adds
 * to the world; what has a `close` is closed at the end.
 */
export function setUpPages(startServers, files, launchOptions) {
  const profiles = [];
  const world = {
    async newProfile() {
      const profile = await world.browser.newProfile();
      profiles.push(profile);
      return profile;
    },
    async newTab() {
      return (await world.newProfile()).newTab();
    },
  };

  before(async () => {
    // One after the other, so that whatever started can be closed if the next does not.
    world.host = await startHost(files);
    await startServers();
    world.browser = await launch(launchOptions);
  });
  afterEach(async () => {
    await Promise.all(profiles.splice(0).map((profile) => within(CLOSE_MS, "closing a profile", profile.close())));
    assert.deepEqual(world.host.unhandled.splice(0), [], "no page may leave a rejection unhandled");
  });
  after(() => Promise.all(Object.values(world).map((part) => part.close?.())));
  return world;
}

/** Polls until `probe` returns something true; a page that is being replaced answers with an error, which is no answer. */
export async function until(what, probe, timeoutMs = UNTIL_MS) {
  const deadline = Date.now() + timeoutMs;
  let last;
  while (Date.now() < deadline) {
    try {
      last = await probe();
      if (last) return last;
    } catch (error) {
      last = error;
    }
    await sleep(POLL_MS);
  }
  throw new Error(`waited ${timeoutMs} ms for ${what}; last seen: ${last}`);
}

/** Opens a page of the host and waits for the harness in it. */
export async function openPage(tab, url) {
  await tab.goto(url);
  await harnessReady(tab);
}

const harnessReady = (tab) => until("the harness", () => tab.evaluate(() => "harness" in globalThis));

/** Goes to the provider and back; the package has not yet looked at the callback when this returns its URL. */
export async function toCallback(tab, world, options, signIn = {}) {
  await openPage(tab, `${world.host.origin}/`);
  await tab.evaluate((given) => harness.start(given), options);
  return leaveForCallback(tab, signIn);
}

export async function leaveForCallback(tab, signIn = {}) {
  await leave(tab, "/callback.html", (given) => { void harness.outcome(() => harness.auth.signIn(given)); }, signIn);
  return tab.url();
}

/**
 * Runs `action` in the page, which sends the browser away, and waits until it is back at `path` in a new page.
 * `action` must not wait for what it starts: the page goes away before it could answer.
 */
export async function leave(tab, path, action, argument) {
  await tab.evaluate(() => { harness.leaving = true; });
  await tab.evaluate(action, argument);
  await until(`a new page at ${path}`, () => tab.evaluate(
    (wanted) => location.pathname === wanted && globalThis.harness?.leaving === false, path,
  ));
}

/** A whole sign-in; returns the session. */
export async function signIn(tab, world, options, parameters = {}) {
  await toCallback(tab, world, options, parameters);
  return tab.evaluate((given) => harness.start(given), options);
}

/** As {@link signIn}, for tests that are about something later. */
export async function signedInTab(world, options) {
  const tab = await world.newTab();
  const session = await signIn(tab, world, options);
  assert.equal(session.status, "signedIn", `sign-in failed: ${JSON.stringify(session.error)}`);
  return tab;
}
