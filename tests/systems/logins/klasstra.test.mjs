// S1, Klasstra, in a page: the whole life of a session with an own login, through the built package.
import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../../e2e/world.mjs";
import { CREDENTIALS, ask, call, heard, open, sessionOf, setUpLogins, signIn, signedInTab, untilStatus } from "./world.mjs";

const world = setUpLogins("klasstra");
const USER = { id: 123, email: "user@example.com", name: "John Doe", role: "teacher" };
const { routes } = world;

/** How often each route was asked, in the words of the options. */
const counts = (...names) => names.map((name) => world.server.to(routes[name]).length);
const renew = (tab) => tab.evaluate(() => harness.outcome(() => harness.auth.getAccessToken({ force: true }).then(() => "renewed")));
const sentTo = (name) => world.server.to(routes[name]).map(({ body }) => body);

// S12, S38
test("a login gives the session with the user as the system has it, and the token goes to the API", async () => {
  const tab = await world.newTab();
  assert.deepEqual(await open(tab, world), { status: "signedOut", reason: "none" });
  const { value } = await signIn(tab);
  const { expiresAt, ...session } = value;
  assert.deepEqual(session, { status: "signedIn", user: USER, stale: false });
  assert.ok(Math.abs(expiresAt - Date.now() - 3600_000) < 10_000, `expires at ${expiresAt}`);
  assert.deepEqual(await call(tab, world.api()), { value: { status: 200 } });
  assert.deepEqual(await heard(tab, "signedIn"), [{ restored: false, returnTo: null }]);
  assert.deepEqual(sentTo("login"), [CREDENTIALS]);
  const { issuer, clientId, hasRefreshToken, refreshAt } = await tab.evaluate(() => harness.auth.inspect());
  assert.deepEqual([issuer, clientId, hasRefreshToken], [world.options().loginUrl, "", true]);
  assert.equal(expiresAt - refreshAt, 300_000, "five minutes before the end");
});

// S13
test("a login that is refused is an error with both strings, and changes nothing", async () => {
  const tab = await world.newTab();
  await open(tab, world);
  const { error } = await signIn(tab, { ...CREDENTIALS, password: "find-me-wrong" });
  const { name, code, phase, retryable, status, oauth } = error;
  assert.deepEqual({ name, code, phase, retryable, status, oauth }, {
    name: "OAuthError", code: "invalid_credentials", phase: "authorize", retryable: false, status: 401,
    oauth: { error: "invalid_credentials", description: "Invalid email or password" },
  });
  assert.ok(!JSON.stringify(error).includes("find-me"), "the password is in no error");
  assert.deepEqual(await sessionOf(tab), { status: "signedOut", reason: "none" });
  assert.deepEqual(world.refused(), ["401 invalid_credentials"]);
  assert.equal((await signIn(tab)).value.status, "signedIn");
});

test("what is no object of credentials is sent nowhere", async () => {
  const tab = await world.newTab();
  await open(tab, world);
  for (const wrong of ["user:securepassword", ["user", "securepassword"], null, 5]) {
    assert.equal((await signIn(tab, wrong)).error?.code, "invalid_option", JSON.stringify(wrong));
  }
  assert.equal((await ask(tab, "signIn")).error?.code, "invalid_option");
  assert.deepEqual(counts("login"), [0]);
});

// S14
test("a refresh without a new refresh token keeps the one held", async () => {
  const tab = await signedInTab(world);
  for (let times = 0; times < 3; times += 1) assert.deepEqual(await renew(tab), { value: "renewed" });
  const sent = sentTo("refresh").map(({ refresh_token: token }) => token);
  assert.equal(sent.length, 3);
  assert.equal(new Set(sent).size, 1);
  assert.deepEqual(await call(tab, world.api()), { value: { status: 200 } });
  assert.deepEqual((await sessionOf(tab)).user, USER, "the refresh says nothing of the user, who stays");
});

// S38
test("a refresh with a new refresh token replaces the one held", async () => {
  world.server.control({ rotate: true });
  const tab = await signedInTab(world);
  for (let times = 0; times < 3; times += 1) assert.deepEqual(await renew(tab), { value: "renewed" });
  assert.equal(new Set(sentTo("refresh").map(({ refresh_token: token }) => token)).size, 3);
});

test("two tabs share the session, and one refresh serves both", async () => {
  const profile = await world.newProfile();
  const first = await signedInTab(world, undefined, profile);
  const second = await profile.newTab();
  assert.equal((await open(second, world)).status, "signedIn", "from the other tab");
  world.server.revokeAll();
  const hold = world.server.hold(routes.refresh);
  const answers = [first, second].map((tab) => call(tab, world.api()));
  await hold.arrived;
  hold.release();
  assert.deepEqual(await Promise.all(answers), [{ value: { status: 200 } }, { value: { status: 200 } }]);
  assert.deepEqual(counts("login", "refresh"), [1, 1]);
  assert.ok(world.refused().every((refusal) => refusal === "401 invalid_token"));
});

test("a sign-in and a sign-out in one tab are known to the other", async () => {
  const profile = await world.newProfile();
  const [first, second] = [await profile.newTab(), await profile.newTab()];
  await open(first, world);
  await open(second, world);
  await signIn(first);
  assert.deepEqual((await untilStatus(second, "signedIn")).user, USER);
  await ask(second, "signOut");
  assert.equal((await untilStatus(first, "signedOut")).reason, "signOut");
  assert.deepEqual(counts("login", "logout"), [1, 1]);
});

test("an API that refuses the token gets a new one, once", async () => {
  const tab = await signedInTab(world);
  world.server.revokeAll();
  assert.deepEqual(await call(tab, world.api()), { value: { status: 200 } });
  assert.deepEqual(counts("refresh", "api"), [1, 2]);
  assert.deepEqual(world.refused(), ["401 invalid_token"]);
});

// S66
test("an API that refuses everything is asked twice, and the session goes on", async () => {
  const tab = await signedInTab(world);
  world.server.control({ apiRefusals: Infinity });
  const answers = await tab.evaluate(async (url) => {
    const calls = Array.from({ length: 20 }, () => harness.auth.fetch(url));
    return (await Promise.all(calls)).map(({ status }) => status);
  }, world.api());
  assert.ok(answers.every((status) => status === 401));
  assert.deepEqual(counts("refresh", "api"), [1, 40]);
  assert.equal((await sessionOf(tab)).status, "signedIn");
  world.refused();
});

// S66
test("a refresh that is refused ends the session, and is not asked again", async () => {
  const tab = await signedInTab(world);
  world.server.revokeAll();
  world.server.failNext(routes.refresh, { status: 401, body: { error: "invalid_refresh_token", message: "It is over" } }, Infinity);
  assert.deepEqual(await call(tab, world.api()), { value: { status: 401 } }, "the API's own answer");
  const session = await sessionOf(tab);
  assert.deepEqual([session.status, session.reason], ["signedOut", "expired"]);
  const { code, phase, status, oauth } = session.error;
  assert.deepEqual({ code, phase, status, oauth }, {
    code: "invalid_grant", phase: "refresh", status: 401, oauth: { error: "invalid_refresh_token", description: "It is over" },
  });
  assert.equal((await call(tab, world.api())).error.code, "not_signed_in");
  assert.equal((await renew(tab)).error.code, "not_signed_in");
  assert.deepEqual(counts("refresh", "api"), [1, 1]);
  world.refused();
});

test("a refresh that fails for a while ends nothing", async () => {
  const tab = await signedInTab(world);
  // A browser asks again by itself where a connection ends without an answer.
  for (const [failure, times] of [[{ status: 503, body: {} }], [{ status: 429, body: { error: "slow_down" } }], [{ drop: true }, 2]]) {
    world.server.failNext(routes.refresh, failure, times);
    await renew(tab);
    const session = await sessionOf(tab);
    assert.deepEqual([session.status, session.stale], ["signedIn", true], JSON.stringify(failure));
    // Its own next try, some seconds later at most.
    await until("the refresh to come by itself", async () => !(await sessionOf(tab)).stale, 15_000);
  }
});

// S15
test("a sign-out tells the server with the token and without a body", async () => {
  const tab = await signedInTab(world);
  assert.equal((await ask(tab, "signOut")).error, undefined);
  assert.deepEqual(await sessionOf(tab), { status: "signedOut", reason: "signOut" });
  const [{ headers }] = world.server.to(routes.logout);
  assert.match(headers.authorization, /^Bearer eyJ/);
  assert.equal(headers["content-type"], undefined);
  assert.equal((await call(tab, world.api())).error.code, "not_signed_in");
});

// S15
test("a sign-out is one here, whatever becomes of it at the server", async () => {
  for (const failure of [{ status: 500, body: "" }, { status: 401, body: { error: "invalid_token" } }, { drop: true }]) {
    const tab = await signedInTab(world, world.options({ storage: "session" }));
    world.server.failNext(routes.logout, failure);
    assert.equal((await ask(tab, "signOut")).error, undefined);
    assert.deepEqual(await sessionOf(tab), { status: "signedOut", reason: "signOut" });
    assert.deepEqual((await tab.evaluate(() => harness.stored())).session, {});
    assert.equal((await open(tab, world, world.options({ storage: "session" }))).status, "signedOut");
  }
  const tab = await signedInTab(world);
  const before = counts("logout");
  await ask(tab, "signOut", { scope: "local" });
  assert.deepEqual(counts("logout"), before, "not with local");
});

// S37
test("in session mode the session outlives a reload, in memory mode it does not", async () => {
  const kept = await signedInTab(world, world.options({ storage: "session" }));
  const { status, user } = await open(kept, world, world.options({ storage: "session" }));
  assert.deepEqual([status, user], ["signedIn", USER]);
  assert.deepEqual(await call(kept, world.api()), { value: { status: 200 } });
  assert.deepEqual(await heard(kept, "signedIn"), [{ restored: true, returnTo: null }]);
  const lost = await signedInTab(world);
  assert.deepEqual(await open(lost, world), { status: "signedOut", reason: "notRestored" });
  assert.deepEqual(counts("login", "refresh"), [2, 0]);
});

// S16
test("the profile has permissions and the institution, and can() asks once with each token", async () => {
  const tab = await signedInTab(world);
  assert.deepEqual((await ask(tab, "profile")).value, {
    ...USER, permissions: ["read:students", "write:grades"], institution: { id: 456, name: "Example School" },
  });
  const can = (...names) => tab.evaluate((given) => Promise.all(given.map((name) => harness.auth.can(name))), names);
  assert.deepEqual(await can("write:grades", "read:students", "write", "write:grade", "__proto__", ""), [true, true, false, false, false, false]);
  assert.deepEqual(counts("profile"), [1]);
  world.server.control({ permissions: [] });
  await renew(tab);
  assert.deepEqual(await can("write:grades", "read:students"), [false, false]);
  assert.deepEqual(counts("profile"), [2], "several at the same time share one");
  await ask(tab, "signOut");
  assert.deepEqual(await can("write:grades"), [false]);
  assert.equal((await ask(tab, "profile")).error.code, "not_signed_in");
});

test("a profile for which the token is refused is asked for with a new one", async () => {
  const tab = await signedInTab(world);
  world.server.revokeAll();
  assert.equal((await ask(tab, "profile")).value.id, 123);
  assert.deepEqual(counts("profile", "refresh"), [2, 1]);
  world.server.control({ apiRefusals: Infinity });
  const { error } = await ask(tab, "profile");
  assert.deepEqual([error.code, error.phase, error.status], ["oauth_error", "userinfo", 401]);
  assert.deepEqual(counts("profile", "refresh"), [4, 2]);
  world.refused();
});

test("the token goes to the login's origin, and nowhere else", async () => {
  const tab = await signedInTab(world);
  await call(tab, `${world.host.origin}/elsewhere`);
  const { headers } = tab.requests.find(({ url }) => url.endsWith("/elsewhere"));
  assert.equal(headers.authorization, undefined);
});

test("options that are not as they should be are refused by name", async () => {
  const wrong = [
    [{ storage: "worker" }, "invalid_option", /storage/],
    [{ refreshUrl: "http://klasstra.example/auth/refresh" }, "endpoint_insecure", /refreshUrl/],
    [{ logoutUrl: "https://user@klasstra.example/" }, "invalid_option", /logoutUrl/],
    [{ profileUrl: 5 }, "invalid_option", /profileUrl/],
    [{ apis: ["https://*.example"] }, "invalid_option", /apis/],
    [{ scope: "openid" }, "invalid_option", /no option/],
  ];
  for (const [changes, code, message] of wrong) {
    const tab = await world.newTab();
    await open(tab, world, world.options(changes));
    const { error } = await signIn(tab);
    assert.equal(error?.code, code, JSON.stringify(changes));
    assert.match(error.message, message);
  }
  const tab = await world.newTab();
  await open(tab, world);
  for (const loginUrl of [undefined, "", 7]) {
    const error = await tab.evaluate((given) => harness.outcome(() => harness.start(given, "passwordLogin")), { loginUrl });
    assert.deepEqual([error.error.code, /loginUrl/.test(error.error.message)], ["invalid_option", true]);
  }
  assert.deepEqual(counts("login"), [0]);
});
