// S3, the guide's sessions with a cookie, in a page: both ways to tell requests of the app from forged ones, all tabs, and
// where the cookie and the header never go.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { openPage, until } from "../../e2e/world.mjs";
import { OTHER_LOGIN } from "../guide.mjs";
import { CREDENTIALS, ask, call, heard, open, sessionOf, setUpLogins, signIn, untilStatus } from "./world.mjs";

const world = setUpLogins("guide");
const { cookieRoutes: routes } = world;
const USER = { email: CREDENTIALS.email };
const WRITE = { method: "POST", headers: { "content-type": "application/json" }, body: '{"name":"new"}' };

const counts = (...names) => names.map((name) => world.server.to(routes[name]).length);
const api = () => `${world.server.origin}/v1/resources`;

/** Both ways, in the words of the options; the guide says with the setting `csrf` which it wants. */
const WAYS = {
  none: () => undefined,
  cookie: () => ({ cookie: "XSRF-TOKEN", header: "X-XSRF-TOKEN" }),
  endpoint: () => ({ url: `${world.server.origin}/v1/session/csrf`, header: "X-CSRF-Token" }),
};
const optionsFor = (way, changes) => world.cookieOptions({ csrf: WAYS[way](), ...changes });

const openSession = (tab, options) => open(tab, world, options, "cookieSession");

/** A tab that is signed in, by this way. */
async function signedIn(way, { profile, changes } = {}) {
  const tab = await (profile ?? await world.newProfile()).newTab();
  await openSession(tab, optionsFor(way, changes));
  const { value, error } = await signIn(tab);
  assert.equal(value?.status, "signedIn", JSON.stringify(error));
  world.refused();
  return tab;
}

for (const way of Object.keys(WAYS)) {
  describe(`CSRF: ${way}`, () => {
    const control = () => world.server.control({ csrf: way });

    // S36
    test("sign-in, calls that read and write, and sign-out", async () => {
      control();
      const tab = await world.newTab();
      assert.deepEqual(await openSession(tab, optionsFor(way)), { status: "signedOut", reason: "none" });
      assert.deepEqual(world.refused(), ["401 not_signed_in"], "the server was asked");
      assert.deepEqual((await signIn(tab)).value, { status: "signedIn", user: USER, expiresAt: null, stale: false });
      assert.deepEqual(await call(tab, api()), { value: { status: 200 } });
      assert.deepEqual(await call(tab, api(), WRITE), { value: { status: 201 } });
      assert.equal((await ask(tab, "signOut")).error, undefined);
      assert.deepEqual(await sessionOf(tab), { status: "signedOut", reason: "signOut" });
      assert.equal((await call(tab, api())).error.code, "not_signed_in");
      assert.deepEqual(counts("login", "logout", "read", "write"), [1, 1, 1, 1]);
    });

    // S36
    test("the header goes with what changes something, and with nothing else", async () => {
      control();
      const tab = await signedIn(way);
      await call(tab, api());
      await call(tab, api(), WRITE);
      const header = WAYS[way]()?.header.toLowerCase();
      const sent = (name) => world.server.to(routes[name]).map(({ headers }) => header in headers);
      if (way === "none") return;
      assert.deepEqual([...sent("read"), ...sent("user")].filter(Boolean), []);
      assert.deepEqual(sent("write"), [true]);
      for (const { headers } of world.server.log) assert.equal(headers.csrf, undefined, "the core's own name for it");
    });
  });
}

test("a login that wants the token too gets it, both ways", async () => {
  for (const way of ["cookie", "endpoint"]) {
    world.server.control({ csrf: way, csrfAtLogin: true });
    const tab = await world.newTab();
    await openSession(tab, optionsFor(way));
    world.refused();
    // The page that shows the form brings the cookie along, as servers do that have it there.
    if (way === "cookie") await tab.evaluate((url) => fetch(url, { credentials: "include" }).then(() => {}), WAYS.endpoint().url);
    assert.equal((await signIn(tab)).value?.status, "signedIn", way);
  }
});

test("a token that is refused is fetched anew, once", async () => {
  world.server.control({ csrf: "endpoint" });
  const tab = await signedIn("endpoint");
  // The session is another one now, as after a sign-in elsewhere, and so is its token.
  await tab.evaluate(([url, body]) => fetch(url, {
    method: "POST", credentials: "include", headers: { "content-type": "application/json" }, body,
  }).then(() => {}), [world.cookieOptions().loginUrl, JSON.stringify(CREDENTIALS)]);
  assert.deepEqual(await call(tab, api(), WRITE), { value: { status: 201 } });
  assert.deepEqual(counts("write"), [2]);
  assert.deepEqual(world.refused(), ["403 csrf_failed"]);
  world.server.failNext(routes.write, { status: 403, body: { error: "forbidden" } }, Infinity);
  assert.deepEqual(await call(tab, api(), WRITE), { value: { status: 403 } });
  assert.deepEqual(counts("write"), [4]);
  assert.equal((await sessionOf(tab)).status, "signedIn", "a call that is not allowed ends nothing");
});

test("a login that is refused is an error with both strings", async () => {
  const tab = await world.newTab();
  await openSession(tab, optionsFor("none"));
  const { error } = await signIn(tab, { ...CREDENTIALS, password: "find-me-wrong" });
  assert.deepEqual([error.code, error.status, error.oauth], [
    "invalid_credentials", 401, { error: "invalid_credentials", description: "Invalid email or password" },
  ]);
  assert.ok(!JSON.stringify(error).includes("find-me"));
  world.refused();
});

test("a reload, and a new tab, find who is signed in", async () => {
  const profile = await world.newProfile();
  const tab = await signedIn("none", { profile });
  const session = { status: "signedIn", user: USER, expiresAt: null, stale: false };
  assert.deepEqual(await openSession(tab, optionsFor("none")), session);
  assert.deepEqual(await openSession(await profile.newTab(), optionsFor("none")), session);
  assert.deepEqual(counts("login"), [1]);
});

test("a session that the server has ended is over in all tabs, with a reason", async () => {
  const profile = await world.newProfile();
  const tab = await signedIn("none", { profile });
  const other = await profile.newTab();
  await openSession(other, optionsFor("none"));
  world.server.endSessions();
  const users = counts("user")[0];
  const answers = await tab.evaluate(async (url) => {
    const calls = Array.from({ length: 20 }, () => harness.auth.fetch(url));
    return (await Promise.all(calls)).map(({ status }) => status);
  }, api());
  assert.ok(answers.every((status) => status === 401));
  const session = await sessionOf(tab);
  assert.deepEqual([session.status, session.reason, session.error.code, session.error.status], ["signedOut", "expired", "not_signed_in", 401]);
  assert.equal((await untilStatus(other, "signedOut")).reason, "expired");
  assert.equal(counts("user")[0] - users, 1, "one question for all of them");
  assert.deepEqual((await heard(tab, "signedOut")).map(({ reason }) => reason), ["expired"]);
  world.refused();
});

test("an API that refuses what the server calls signed in is asked twice", async () => {
  const tab = await signedIn("none");
  world.server.failNext(routes.read, { status: 401, body: { error: "not_for_you" } }, Infinity);
  assert.deepEqual(await call(tab, api()), { value: { status: 401 } });
  assert.deepEqual(counts("read"), [2]);
  assert.equal((await sessionOf(tab)).status, "signedIn");
});

test("without userUrl a 401 is believed", async () => {
  const tab = await signedIn("none", { changes: { userUrl: undefined } });
  assert.deepEqual((await sessionOf(tab)).user, {});
  assert.deepEqual(await call(tab, api()), { value: { status: 200 } });
  world.server.endSessions();
  assert.deepEqual(await call(tab, api()), { value: { status: 401 } });
  assert.deepEqual(["signedOut", "expired"], await sessionOf(tab).then(({ status, reason }) => [status, reason]));
  assert.deepEqual(counts("user"), [0]);
  world.refused();
});

test("a sign-in and a sign-out in one tab are known to the other", async () => {
  const profile = await world.newProfile();
  const [first, second] = [await profile.newTab(), await profile.newTab()];
  await openSession(first, optionsFor("none"));
  await openSession(second, optionsFor("none"));
  await signIn(first);
  assert.deepEqual((await untilStatus(second, "signedIn")).user, USER);
  await ask(second, "signOut");
  assert.equal((await untilStatus(first, "signedOut")).reason, "signOut");
  world.refused();
});

test("who signs in in one tab is who the others show, also over somebody else", async () => {
  for (const way of Object.keys(WAYS)) {
    world.server.control({ csrf: way });
    const profile = await world.newProfile();
    const [first, second] = [await signedIn(way, { profile }), await profile.newTab()];
    assert.deepEqual((await openSession(second, optionsFor(way))).user, USER);
    assert.equal((await signIn(second, OTHER_LOGIN)).value?.user.email, OTHER_LOGIN.email);
    await until("the other user in the first tab", async () => (await sessionOf(first)).user?.email === OTHER_LOGIN.email);
    world.refused();
  }
});

test("a sign-out that does not reach the server is one here, and says so", async () => {
  const tab = await signedIn("none");
  world.server.failNext(routes.logout, { status: 503, body: {} });
  const { error } = await ask(tab, "signOut");
  assert.deepEqual([error.code, error.phase], ["server_error", "sign_out"]);
  assert.deepEqual(await sessionOf(tab), { status: "signedOut", reason: "signOut" });
  assert.equal((await openSession(tab, optionsFor("none"))).status, "signedIn", "the cookie is the server's to take back");
});

// S37
test("there is no token to read, and nothing of the session is stored", async () => {
  const tab = await signedIn("none");
  assert.equal((await ask(tab, "getAccessToken")).error.code, "no_token");
  assert.equal((await ask(tab, "getAccessToken", { force: true })).error.code, "no_token");
  const { session, local } = await tab.evaluate(() => harness.stored());
  assert.deepEqual([session, Object.values(local)], [{}, ["1"]]);
  assert.equal((await tab.evaluate(() => harness.auth.inspect())).hasRefreshToken, false);
});

test("the cookie goes to listed places only, and the header never along to another", async () => {
  world.server.control({ csrf: "cookie" });
  const tab = await signedIn("cookie", { changes: { apis: [{ origin: world.server.origin, path: "/v1/session" }] } });
  const seen = () => world.server.log.at(-1).headers;
  await call(tab, api());
  assert.equal(seen().cookie, undefined, "not a listed path");
  await call(tab, `${world.server.origin}/v1/session/user`);
  assert.match(seen().cookie, /session=/);
  await call(tab, `${world.host.origin}/elsewhere`, { method: "POST" });
  const { headers } = tab.requests.find(({ url }) => url.endsWith("/elsewhere"));
  assert.equal(headers["x-xsrf-token"], undefined);
  world.refused();
});

test("nothing is sent on to where an API redirects", async () => {
  world.server.control({ csrf: "cookie" });
  const tab = await signedIn("cookie");
  const location = `${world.host.origin}/caught`;
  for (const [route, init] of [[routes.read, {}], [routes.write, WRITE]]) {
    world.server.failNext(route, { status: 307, headers: { location } });
    assert.equal((await call(tab, api(), init)).error?.name, "TypeError", route);
  }
  world.server.failNext(routes.write, { status: 307, headers: { location } });
  assert.deepEqual(await call(tab, api(), { ...WRITE, redirect: "manual" }), { value: { status: 0 } });
  assert.ok(!world.host.log.some(({ path }) => path === "/caught"));
});

test("options that are not as they should be are refused by name", async () => {
  const url = `${world.server.origin}/v1/session/csrf`;
  const wrong = [
    [{ csrf: { cookie: "XSRF-TOKEN" } }, /csrf/],
    [{ csrf: { cookie: "XSRF-TOKEN", url, header: "X" } }, /csrf/],
    [{ csrf: { url, header: "Authorization" } }, /csrf/],
    [{ csrf: { url, header: "X: y" } }, /csrf/],
    [{ csrf: { url: "http://guide.example/csrf", header: "X" } }, /csrf/],
    [{ storage: "session" }, /storage/],
    [{ refreshUrl: url }, /no option/],
  ];
  for (const [changes, message] of wrong) {
    const tab = await world.newTab();
    await openPage(tab, `${world.host.origin}/`);
    const session = await tab.evaluate((given) => harness.start(given, "cookieSession"), world.cookieOptions(changes));
    assert.equal(session.error?.code, "invalid_option", JSON.stringify(changes));
    assert.match(session.error.message, message);
  }
  assert.deepEqual(counts("user"), [0]);
});

test("an outage at the start costs that page its session, and the next one not", async () => {
  const tab = await signedIn("none");
  world.server.failNext(routes.user, { status: 503, body: {} });
  assert.deepEqual(await openSession(tab, optionsFor("none")), { status: "signedOut", reason: "notRestored" });
  assert.equal((await openSession(tab, optionsFor("none"))).status, "signedIn");
});
