// storage: "bff": the end of a session, here, at the provider and in the other tabs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { APP, heard, leave, OPTIONS, openPage, outcome, sessionOf, setUpBff, until, untilStatus, withClock } from "./world.mjs";

const deafPage = {
  headers: { "content-type": "text/html" },
  body: '<!doctype html><html lang="en"><title>deaf</title><script>globalThis.BroadcastChannel = class { postMessage() {} close() {} }</script>'
    + '<script type="module" src="/harness.js"></script>',
};
const world = setUpBff({ "/deaf.html": deafPage });

const SOON_MS = 400;
const lastLogout = () => world.site.log.findLast(({ path }) => path === "/auth/logout");

/** Two tabs of one profile, both signed in. */
async function twoTabs(path = APP) {
  const profile = await world.newProfile();
  const first = await world.signedInTab(profile);
  const second = await profile.newTab();
  assert.equal((await world.open(second, OPTIONS, path)).status, "signedIn");
  return [first, second];
}

test("a sign-out tells the backend whose it is, and goes on to the provider and back", async () => {
  const tab = await world.signedInTab();
  await leave(tab, APP, () => { void harness.outcome(() => harness.auth.signOut({ returnTo: "/app.html?bye#now" })); });
  assert.equal(await tab.url(), `${world.site.origin}/app.html?bye#now`);
  const { headers, body } = lastLogout();
  assert.deepEqual(JSON.parse(body), { returnTo: "/app.html?bye#now" });
  assert.deepEqual([headers["x-tokenward"], headers["content-type"], headers.origin], ["1", "application/json", world.site.origin]);
  assert.deepEqual(world.provider.log.map(({ path }) => path), ["/authorize", "/end"]);
  assert.equal(world.bff.sessions.size, 0);
  assert.deepEqual(await world.open(tab), { status: "signedOut", reason: "none" });
});

test("a local one goes nowhere", async () => {
  const tab = await world.signedInTab();
  assert.equal((await outcome(tab, () => harness.auth.signOut({ scope: "local", returnTo: "/elsewhere" }))).error, undefined);
  assert.deepEqual(await sessionOf(tab), { status: "signedOut", reason: "signOut" });
  assert.deepEqual(await heard(tab, "signedOut"), [{ reason: "signOut" }]);
  assert.deepEqual(JSON.parse(lastLogout().body), { scope: "local", returnTo: "/elsewhere" });
  await sleep(SOON_MS);
  assert.equal(await tab.url(), world.site.origin + APP);
  assert.equal(world.bff.sessions.size, 0);
});

test("without an end at the provider the page goes to returnTo, or stays", async () => {
  const tab = await world.signedInTab();
  world.bff.instead["/auth/logout"] = { body: { location: null } };
  assert.equal((await outcome(tab, () => harness.auth.signOut())).error, undefined);
  await sleep(SOON_MS);
  assert.equal(await tab.url(), world.site.origin + APP);
  await leave(tab, APP, () => { void harness.auth.signOut({ returnTo: "/app.html?left" }); });
  assert.equal(await tab.url(), `${world.site.origin}/app.html?left`);
});

for (const [name, location] of Object.entries({
  "a script": "javascript:document.title='run'", "data": "data:text/html,x", "a number": 1, "nothing": undefined, "no URL": "http://", "a file": "file:///etc/passwd",
})) {
  test(`a backend that names ${name} to go on to is not believed`, async () => {
    const tab = await world.signedInTab();
    world.bff.instead["/auth/logout"] = { body: { location } };
    const { error } = await outcome(tab, () => harness.auth.signOut());
    assert.deepEqual([error.code, error.phase], ["response_unusable", "sign_out"]);
    await sleep(SOON_MS);
    assert.equal(await tab.evaluate(() => document.title), "test page");
  });
}

for (const returnTo of ["https://evil.example/", "//evil.example/", "/\\evil.example/", "/\t/evil.example/", "/\r/evil.example/", 1]) {
  test(`a returnTo such as ${JSON.stringify(returnTo)} is refused, and nobody is signed out`, async () => {
    const tab = await world.signedInTab();
    const { error } = await outcome(tab, (given) => harness.auth.signOut({ returnTo: given }), returnTo);
    assert.equal(error.code, "invalid_option");
    assert.equal((await sessionOf(tab)).status, "signedIn");
    assert.equal(lastLogout(), undefined);
  });
}

for (const [name, [reply, code]] of Object.entries({
  "gives no answer": ["reset", "network_failed"],
  "has a fault": [{ status: 500 }, "server_error"],
  "refuses": [{ status: 403, body: { error: "csrf" } }, "bff_refused"],
  "is not there": [{ status: 404 }, "bff_missing"],
})) {
  test(`a backend that ${name}: the session is over here, the caller is told, and the truth comes back`, async () => {
    const tab = await world.signedInTab();
    await withClock(tab);
    world.bff.instead["/auth/logout"] = reply;
    const { error } = await outcome(tab, () => harness.auth.signOut());
    assert.deepEqual([error.code, error.phase], [code, "sign_out"]);
    assert.deepEqual(await sessionOf(tab), { status: "signedOut", reason: "signOut" });
    await tab.evaluate(() => {
      pass(61_000);
      comeBack();
    });
    await untilStatus(tab, "signedIn");
    world.bff.instead = {};
    await outcome(tab, () => harness.auth.signOut({ scope: "local" }));
    assert.equal(world.bff.sessions.size, 0);
  });
}

test("an answer that was on its way does not bring the session back", async () => {
  const tab = await world.signedInTab();
  await withClock(tab);
  const session = await sessionOf(tab);
  let answer;
  world.bff.instead["/auth/session"] = () => new Promise((resolve) => { answer = resolve; });
  await tab.evaluate(() => {
    pass(61_000);
    comeBack();
  });
  await until("a look", () => answer);
  await outcome(tab, () => harness.auth.signOut({ scope: "local" }));
  world.bff.instead = {};
  const looks = world.looks();
  const { status, ...rest } = session;
  answer({ body: { status, ...rest } });
  await until("a look after it", () => world.looks() > looks);
  await sleep(SOON_MS);
  assert.deepEqual(await sessionOf(tab), { status: "signedOut", reason: "signOut" });
  assert.equal((await heard(tab, "signedIn")).length, 1);
});

test("a sign-out in one tab is one in the other, without a look", async () => {
  const [first, second] = await twoTabs();
  world.site.log.length = 0;
  await outcome(first, () => harness.auth.signOut({ scope: "local" }));
  assert.deepEqual(await untilStatus(second, "signedOut"), { status: "signedOut", reason: "signOut" });
  assert.deepEqual(await heard(second, "signedOut"), [{ reason: "signOut" }]);
  await sleep(SOON_MS);
  assert.deepEqual(world.requests(), ["POST /auth/logout"]);
});

test("a sign-out whose answer is lost has the other tabs ask", async () => {
  const [first, second] = await twoTabs();
  world.bff.instead["/auth/logout"] = () => {
    world.bff.endAll();
    return "reset";
  };
  assert.equal((await outcome(first, () => harness.auth.signOut())).error.code, "network_failed");
  assert.deepEqual(await untilStatus(second, "signedOut"), { status: "signedOut", reason: "expired" });
});

test("a sign-in in one tab is one in the other", async () => {
  const profile = await world.newProfile();
  const [first, second] = [await profile.newTab(), await profile.newTab()];
  await world.open(first);
  assert.equal((await world.open(second)).status, "signedOut");
  assert.equal((await world.signIn(first)).status, "signedIn");
  assert.equal((await untilStatus(second, "signedIn")).user.sub, "user-1");
  assert.deepEqual(await heard(second, "signedIn"), [{ restored: true, returnTo: null }]);
});

test("a sign-in as somebody else in one tab is one in the other", async () => {
  const [first, second] = await twoTabs();
  world.bff.sub = "user-2";
  await world.signIn(first, { prompt: "login" });
  await until("the other user", async () => (await sessionOf(second)).user?.sub === "user-2");
});

test("a session that one tab finds to be over is over in the other", async () => {
  const [first, second] = await twoTabs();
  await withClock(second);
  world.bff.endAll();
  // The one that is shown.
  await second.evaluate(() => {
    pass(61_000);
    comeBack();
  });
  assert.equal((await untilStatus(first, "signedOut")).reason, "expired");
  assert.equal((await untilStatus(second, "signedOut")).reason, "expired");
});

test("a reload of one tab is no business of the others", async () => {
  const [first, second] = await twoTabs();
  world.site.log.length = 0;
  await world.open(first);
  await sleep(SOON_MS);
  assert.equal(world.looks(), 1);
  assert.equal((await sessionOf(second)).status, "signedIn");
});

test("a tab that heard nothing notices when it wakes up", async () => {
  const [first, second] = await twoTabs("/deaf.html");
  await withClock(second);
  await outcome(first, () => harness.auth.signOut({ scope: "local" }));
  await sleep(SOON_MS);
  assert.equal((await sessionOf(second)).status, "signedIn");
  await second.evaluate(() => {
    pass(61_000);
    comeBack("pageshow");
  });
  assert.deepEqual(await untilStatus(second, "signedOut"), { status: "signedOut", reason: "expired" });
});

test("backends at two base paths are two sessions", async () => {
  const profile = await world.newProfile();
  const first = await world.signedInTab(profile);
  const second = await profile.newTab();
  world.bff.instead["/auth/away/session"] = { body: { status: "signedIn", user: { sub: "x" }, expiresAt: null, stale: false } };
  await world.open(second, { storage: "bff", bff: { basePath: "/auth/away" } });
  await outcome(first, () => harness.auth.signOut({ scope: "local" }));
  await sleep(SOON_MS);
  assert.equal((await sessionOf(second)).status, "signedIn");
});

test("nobody signed in, and the backend is told all the same", async () => {
  const tab = await world.newTab();
  await world.open(tab);
  await outcome(tab, () => harness.auth.signOut({ scope: "local" }));
  assert.ok(lastLogout());
  assert.deepEqual(await sessionOf(tab), { status: "signedOut", reason: "none" });
  await openPage(tab, world.site.origin + APP);
});
