// The faulty provider and a session whose tokens are in a worker, beside an API whose bodies come in pieces.
import assert from "node:assert/strict";
import { before } from "node:test";
import { leave, leaveForCallback, openPage, setUpWorld, signedInTab, signIn, toCallback, until } from "../e2e/world.mjs";
import { startBodyApi } from "./body-api.mjs";

export { leave, leaveForCallback, openPage, signedInTab, signIn, toCallback, until };

// As the ordinary pages, but the provider may be asked in a frame.
const page = {
  headers: {
    "content-type": "text/html",
    "content-security-policy": "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; connect-src *; frame-src *",
  },
  body: '<!doctype html><html lang="en"><title>test page</title><script type="module" src="/harness.js"></script>',
};

/** The page that has the app in it. */
export const APP = "/app.html";

export function setUpVault(settings = {}, files = {}, startApi = startBodyApi) {
  const world = setUpWorld(settings, Object.assign(files, { [APP]: page, "/callback.html": page }));
  const { options } = world;
  before(async () => { world.api = await startApi(); });
  return Object.assign(world, {
    /** Options of createAuth. */
    options: (fault, changes = {}) => options(fault, {
      storage: "worker", apis: [{ origin: world.provider.origin, path: "/api/v1" }, world.api.origin], ...changes,
    }),
  });
}

/** Another tab of the profile with the same app, started. */
export async function startedTab(world, profile, options = world.options("ok"), path = APP) {
  const tab = await profile.newTab();
  await openPage(tab, world.host.origin + path);
  await tab.evaluate((given) => harness.start(given), options);
  return tab;
}

/** A profile with a tab that is signed in. */
export async function signedInProfile(world, options = world.options("ok")) {
  const profile = await world.newProfile();
  const tab = await profile.newTab();
  const session = await signIn(tab, world, options, { returnTo: APP });
  assert.equal(session.status, "signedIn", JSON.stringify(session));
  return { profile, tab };
}

export const sessionOf = (tab) => tab.evaluate(() => harness.session());

export const statusOf = async (tab) => (await sessionOf(tab)).status;
