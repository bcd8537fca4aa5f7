// storage: "bff": a sign-in there and back, what a page knows of it, and what is refused.
import assert from "node:assert/strict";
import { test } from "node:test";
import { APP, heard, OPTIONS, openPage, outcome, setUpBff, until } from "./world.mjs";

const world = setUpBff();

// C05
test("a sign-in is a navigation to the backend, and comes back with a session and no wasm", async () => {
  const tab = await world.newTab();
  const before = await world.open(tab, OPTIONS, `${APP}?first`);
  assert.deepEqual(before, { status: "signedOut", reason: "none" });
  const returnTo = `${APP}?a=1&b=%20#at/this`;
  const session = await world.signIn(tab, {
    returnTo, prompt: "login", loginHint: "user@example.com", maxAge: 60, acrValues: "a b", uiLocales: "de",
  });
  assert.equal(session.status, "signedIn");
  assert.deepEqual([session.user.sub, session.user.name, session.stale], ["user-1", "Name of user-1", false]);
  assert.ok(Math.abs(session.expiresAt - Date.now() - world.bff.tokenMs) < 20_000);
  assert.equal(await tab.url(), world.site.origin + returnTo);
  const { query, headers } = world.site.log.find(({ path }) => path === "/auth/login");
  assert.deepEqual(query, {
    returnTo, prompt: "login", login_hint: "user@example.com", max_age: "60", acr_values: "a b", ui_locales: "de",
  });
  assert.deepEqual([headers["sec-fetch-mode"], headers["sec-fetch-dest"]], ["navigate", "document"]);
  assert.deepEqual(await heard(tab, "signedIn"), [{ restored: false, returnTo }]);
  assert.deepEqual((await tab.evaluate(() => harness.stored())).session, {});
  const loaded = tab.requests.map(({ url }) => new URL(url).pathname).filter((path) => path.startsWith("/pkg/"));
  assert.deepEqual([...new Set(loaded)].sort(), ["/pkg/auth.js", "/pkg/bff.js", "/pkg/index.js"]);
});

test("without returnTo the page comes back to where it was", async () => {
  const tab = await world.newTab();
  await world.open(tab, OPTIONS, `${APP}?here#there`);
  await world.signIn(tab);
  assert.equal(await tab.url(), `${world.site.origin}${APP}?here#there`);
});

test("a reload keeps the session, with one look", async () => {
  const tab = await world.signedInTab();
  world.site.log.length = 0;
  const session = await world.open(tab);
  assert.equal(session.status, "signedIn");
  assert.deepEqual(world.requests(), ["GET /auth/session"]);
  assert.deepEqual(await heard(tab, "signedIn"), [{ restored: true, returnTo: null }]);
});

test("a look says whose it is, and leaves no cookie and no cache entry behind", async () => {
  const tab = await world.signedInTab();
  const { headers } = world.site.log.findLast(({ path }) => path === "/auth/session");
  assert.equal(headers["x-tokenward"], "1");
  assert.match(headers.cookie, /^(__Host-)?tokenward=session-/);
  const { cookies, caches, local } = await tab.evaluate(() => harness.stored());
  assert.deepEqual({ cookies, caches, local }, { cookies: "", caches: [], local: {} });
});

test("the session is the same object until something in it changes", async () => {
  const tab = await world.signedInTab();
  const seen = await tab.evaluate(async () => {
    const { auth } = harness;
    const before = auth.session;
    let calls = 0;
    const stop = auth.subscribe(() => { calls += 1; });
    dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
    await new Promise((resolve) => { setTimeout(resolve, 300); });
    const ready = await auth.ready;
    stop();
    return { isSame: auth.session === before, isReady: ready === before, calls, isFrozen: Object.isFrozen(before) };
  });
  assert.deepEqual(seen, { isSame: true, isReady: true, calls: 0, isFrozen: true });
  assert.equal(world.looks(), 3);
});

test("no token is to be had, and what inspect() gives says where the session is", async () => {
  const tab = await world.signedInTab();
  const { error } = await outcome(tab, () => harness.auth.getAccessToken());
  assert.deepEqual([error.code, error.phase, error.retryable], ["token_not_readable", "token", false]);
  assert.equal((await tab.evaluate(() => harness.auth.getUser())).sub, "user-1");
  const { timeline, version, expiresAt, refreshAt, ...rest } = await tab.evaluate(() => harness.auth.inspect());
  assert.deepEqual(rest, {
    status: "signedIn", issuer: "/auth", clientId: "", storage: "bff", scope: null, hasRefreshToken: false, refreshing: false, generation: 0,
  });
  assert.ok(refreshAt > expiresAt && refreshAt <= expiresAt + 2000, `${refreshAt} ${expiresAt}`);
  assert.deepEqual(timeline.map(({ event }) => event), ["signedIn"]);
});

test("two of them at once, of which the first is given up, are one session", async () => {
  const tab = await world.newTab();
  await world.open(tab);
  await world.signIn(tab, {}, OPTIONS);
  await openPage(tab, world.site.origin + APP);
  await tab.evaluate(() => sessionStorage.setItem("tokenward.bff", "/app.html?mark"));
  const seen = await tab.evaluate(async () => {
    const { createAuth } = await import("/pkg/index.js");
    const first = createAuth({ storage: "bff" });
    first.dispose();
    const second = createAuth({ storage: "bff" });
    const events = [];
    second.on("signedIn", (detail) => events.push(detail));
    const [one, two] = await Promise.all([first.ready, second.ready]);
    return { one: one.status, two: two.status, events };
  });
  assert.deepEqual(seen, { one: "loading", two: "signedIn", events: [{ restored: false, returnTo: "/app.html?mark" }] });
});

const REFUSED = {
  "an issuer": [{ storage: "bff", issuer: "https://id.example.com" }, "throws"],
  "a client": [{ storage: "bff", clientId: "app" }, "throws"],
  "a scope": [{ storage: "bff", scope: "openid" }],
  "an unknown option of the backend's": [{ storage: "bff", bff: { base: "/auth" } }],
  "another origin": [{ storage: "bff", bff: { basePath: "//evil.example/auth" } }],
  "a whole URL": [{ storage: "bff", bff: { basePath: "https://evil.example/auth" } }],
  "a base path with a slash at its end": [{ storage: "bff", bff: { basePath: "/auth/" } }],
  "a base path with a query": [{ storage: "bff", bff: { basePath: "/auth?x" } }],
  "dots in a base path": [{ storage: "bff", bff: { basePath: "/a/../auth" } }],
  "an API elsewhere": [{ storage: "bff", apis: ["https://api.example.com"] }],
  "a backslash": [{ storage: "bff", apis: ["/\\evil.example/"] }],
  "a rule in place of a path": [{ storage: "bff", apis: [{ origin: "https://api.example.com" }] }],
  "no list": [{ storage: "bff", apis: "/api" }],
};
for (const [name, [options, throws]] of Object.entries(REFUSED)) {
  test(`refused as an option: ${name}`, async () => {
    const tab = await world.newTab();
    await openPage(tab, world.site.origin + APP);
    const { value, error = value?.error } = await outcome(tab, (given) => harness.start(given), options);
    assert.equal(error?.code, "invalid_option", JSON.stringify({ value, error }));
    assert.equal(value === undefined, throws !== undefined);
    assert.deepEqual(world.requests(), []);
  });
}

const WRONG_SIGN_INS = {
  "another mode": { mode: "frame" },
  "a scope": { scope: "openid more" },
  "no essential class": { acrEssential: false },
  "a place of another origin": { returnTo: "https://evil.example/" },
  "one without a scheme": { returnTo: "//evil.example/" },
  "one with a backslash": { returnTo: "/\\evil.example/" },
  "one with a tab": { returnTo: "/\t/evil.example/" },
  "one with a line break": { returnTo: "/\n/evil.example/" },
  "one too long for the backend": { returnTo: `/${"x".repeat(2000)}` },
  "a script": { returnTo: "javascript:alert(1)" },
  "a misspelt name": { return_to: "/" },
};
for (const [name, parameters] of Object.entries(WRONG_SIGN_INS)) {
  test(`refused at a sign-in: ${name}`, async () => {
    const tab = await world.newTab();
    await world.open(tab);
    const { error } = await outcome(tab, (given) => harness.auth.signIn(given), parameters);
    assert.equal(error?.code, "invalid_option");
    assert.equal(await tab.url(), world.site.origin + APP);
    assert.deepEqual(world.requests(), ["GET /auth/session"]);
  });
}

test("a page that serves itself in the backend's place begins no sign-in", async () => {
  world.bff.instead["/auth/session"] = { headers: { "content-type": "text/html" }, body: "<!doctype html><title>the app</title>" };
  const tab = await world.newTab();
  const session = await world.open(tab);
  assert.deepEqual([session.status, session.reason, session.error.code], ["signedOut", "notRestored", "bff_missing"]);
  const { error } = await outcome(tab, () => harness.auth.signIn());
  assert.deepEqual([error.code, error.name, error.retryable, error.status], ["bff_missing", "ConfigError", false, 200]);
  assert.match(error.suggestion, /bff\.basePath/);
  assert.equal(await tab.url(), world.site.origin + APP);
  // It is there after all.
  world.bff.instead = {};
  assert.equal((await world.signIn(tab)).status, "signedIn");
});

test("another base path is where all goes", async () => {
  const tab = await world.newTab();
  world.bff.instead["/auth/away/session"] = { body: { status: "signedOut" } };
  world.bff.instead["/auth/away/login"] = { headers: { "content-type": "text/html" }, body: "<title>the provider</title>" };
  const session = await world.open(tab, { storage: "bff", bff: { basePath: "/auth/away" } });
  assert.deepEqual(session, { status: "signedOut", reason: "none" });
  await tab.evaluate(() => { setTimeout(() => { void harness.auth.signIn(); }); });
  await until("the login", async () => (await tab.url()).startsWith(`${world.site.origin}/auth/away/login`));
  assert.deepEqual(world.requests(), ["GET /auth/away/session", "GET /auth/away/login"]);
});
