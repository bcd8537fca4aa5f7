// What the tests of logins need: a browser, a page host, and one of the five systems, driven through the built package.
import assert from "node:assert/strict";
import { afterEach } from "node:test";
import { openPage, setUpPages, until } from "../../e2e/world.mjs";
import { startGuide } from "../guide.mjs";
import { PASSWORD, startKlasstra } from "../klasstra.mjs";

/** Who signs in, in both systems. */
export const CREDENTIALS = { email: "user@example.com", password: PASSWORD };

/** The wire of S1 and S3 in the words of the options. */
const SYSTEMS = {
  klasstra: { start: startKlasstra, base: "/auth", hasProfile: true, api: "/students" },
  guide: { start: startGuide, base: "/v1/auth", hasProfile: false, api: "/v1/resources" },
};

/**
 * The world of one system. Each test gets fresh profiles, and the system as it is at first; what it refused without being
 * told to must be what the test takes from `world.refused()`.
 */
export function setUpLogins(name) {
  const { start, base, hasProfile, api } = SYSTEMS[name];
  const world = setUpPages(async () => {
    world.server = await start();
    world.server.control({ allowOrigins: [world.host.origin] });
  }, {});
  afterEach(() => {
    const refusals = world.refused();
    world.server.reset();
    world.server.control({ allowOrigins: [world.host.origin] });
    assert.deepEqual(refusals, [], "nothing may be refused that the test did not expect");
  });
  const post = (what) => `POST ${base}/${what}`;
  return Object.assign(world, {
    routes: { login: post("login"), refresh: post("refresh"), logout: post("logout"), profile: `GET ${base}/profile`, api: `GET ${api}` },
    api: () => `${world.server.origin}${api}`,
    options: (changes = {}) => {
      const at = (what) => `${world.server.origin}${base}/${what}`;
      return {
        loginUrl: at("login"), refreshUrl: at("refresh"),
        // The guide has neither.
        ...(hasProfile && { logoutUrl: at("logout"), profileUrl: at("profile") }),
        ...changes,
      };
    },
    /** Of a session that a cookie names, which only the guide has. */
    cookieRoutes: {
      login: "POST /v1/session/login", logout: "POST /v1/session/logout", user: "GET /v1/session/user", csrf: "GET /v1/session/csrf",
      read: "GET /v1/resources", write: "POST /v1/resources",
    },
    cookieOptions: (changes = {}) => {
      const at = (what) => `${world.server.origin}/v1/session/${what}`;
      return { loginUrl: at("login"), logoutUrl: at("logout"), userUrl: at("user"), ...changes };
    },
    /** What the system refused since the last time, as `status error`. */
    refused: () => world.server.refusals.splice(0).map(({ status, error }) => `${status} ${error}`),
  });
}

/** Opens a page in this tab and makes its session; returns that. */
export async function open(tab, world, options = world.options(), make = "passwordLogin") {
  await openPage(tab, `${world.host.origin}/`);
  return tab.evaluate(([given, name]) => harness.start(given, name), [options, make]);
}

/** Signs in with the credentials; `{ value }` is the session. */
export const signIn = (tab, credentials = CREDENTIALS) =>
  tab.evaluate((given) => harness.outcome(() => harness.auth.signIn(given)), credentials);

/** A tab that is signed in. */
export async function signedInTab(world, options, profile) {
  const tab = await (profile ?? await world.newProfile()).newTab();
  await open(tab, world, options);
  const { value, error } = await signIn(tab);
  assert.equal(value?.status, "signedIn", JSON.stringify(error));
  return tab;
}

export const sessionOf = (tab) => tab.evaluate(() => harness.session());

/** Waits until the session in this tab has this status; returns it. */
export const untilStatus = (tab, status) => until(`${status} in the tab`, async () => {
  const session = await sessionOf(tab);
  return session.status === status && session;
});

/** Calls the API; `{ value: { status } }`, or `{ error }`. */
export const call = (tab, url, init) =>
  tab.evaluate(([target, given]) => harness.outcome(() => harness.auth.fetch(target, given)), [url, init]);

/** What a method of the session gives. */
export const ask = (tab, method, ...given) =>
  tab.evaluate(([name, words]) => harness.outcome(() => harness.auth[name](...words)), [method, given]);

/** The details of an event that the tab was told of, in order. */
export const heard = (tab, name) =>
  tab.evaluate((wanted) => harness.events.filter((event) => event.name === wanted).map(({ detail }) => detail), name);
