// No secret leaves its path. Everything the provider issues starts with a marker, the rest is read from the wire; then
// all that a page, a log, a person or another origin could see is searched for them.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { lacks } from "./driver.mjs";
import * as search from "./search.mjs";
import { leave, leaveForCallback, openPage, setUpWorld } from "./world.mjs";

const MARKER = "find-me-";
const world = setUpWorld();

const options = (storage) => world.options("ok", { storage, postLogoutRedirectUri: `${world.host.origin}/` });

// One whole life: sign in, refresh, call, fail, revoke and sign out. `record` is what could be seen on the way.
async function live(storage) {
  world.provider.log.length = 0;
  world.provider.issued.length = 0;
  world.provider.control({ marker: MARKER });
  const tab = await (await world.newProfile()).newTab();
  const record = { tab, stored: {}, pages: [] };
  const collect = async () => { record.pages.push(await search.shownBy(tab)); };
  const store = async (name) => { record.stored[name] = await tab.evaluate(() => harness.stored()); };

  await openPage(tab, `${world.host.origin}/`);
  await tab.evaluate((given) => harness.start(given), options(storage));
  await collect();
  record.callback = await leaveForCallback(tab, { returnTo: "/?kept=1" });
  await store("during sign-in");

  const session = await tab.evaluate((given) => harness.start(given), options(storage));
  assert.equal(session.status, "signedIn", JSON.stringify(session));
  await store("signed in");

  const api = `${world.provider.origin}/api/v1/notes`;
  const { collector } = world.provider;
  const call = (url) => tab.evaluate((target) => harness.outcome(() => harness.auth.fetch(target)), url);
  await tab.evaluate(() => harness.auth.on("tokenRefreshed", (detail) => console.log("refreshed", detail)));
  await tab.evaluate(() => harness.auth.getAccessToken({ force: true }).then(() => {}));
  assert.deepEqual(await call(api), { value: { status: 200 } });
  await call(`${collector.origin}/x`);
  await call("http://127.0.0.1:1/");
  await call("http://[broken");
  world.provider.control({ forgetAccessTokens: true });
  assert.deepEqual(await call(api), { value: { status: 200 } });
  await tab.evaluate(() => {
    console.log(harness.auth, harness.auth.session.status, harness.auth.inspect());
    console.log(JSON.stringify([harness.logged, harness.events.map(({ name }) => name)]));
    return harness.outcome(() => harness.auth.signIn({ returnTo: "//evil.test" }));
  });
  // An answer that is not understood is the richest source of text for an error message.
  await tab.intercept((url) => url.pathname === "/ok/token", () => ({
    status: 503,
    headers: { "access-control-allow-origin": world.host.origin, "content-type": "application/json" },
    body: JSON.stringify({ error: "temporarily_unavailable", error_description: "later" }),
  }));
  await tab.evaluate(() => harness.outcome(() => harness.auth.getAccessToken({ force: true })));
  await store("after errors");
  await collect();

  await leave(tab, "/", () => { void harness.outcome(() => harness.auth.signOut()); });
  await tab.evaluate((given) => harness.start(given), options(storage));
  await store("signed out");
  await collect();
  await sleep(100);
  record.requests = tab.requests.map(({ url, method }) => ({ url, method }));
  return record;
}

// What was secret in this life, by name, as the wire showed it.
function secretsOf() {
  const { log, issued } = world.provider;
  const { state, nonce } = log.find(({ path }) => path === "/ok/authorize").query;
  const exchange = log.find(({ body }) => body.grant_type === "authorization_code").body;
  return {
    code: exchange.code,
    state,
    nonce,
    verifier: exchange.code_verifier,
    refreshTokens: issued.map(({ refresh }) => refresh),
    accessTokens: issued.map(({ access }) => access),
    // A part of an ID token is as telling as the whole.
    idTokens: issued.flatMap(({ idToken }) => idToken.split(".").slice(1)),
  };
}

const assertAbsent = (where, haystack, secrets) => search.assertAbsent(where, haystack, { marker: MARKER, ...secrets });

// The marker alone says nothing here: what may be there carries it too.
function assertOnly(allowed, where, text, secrets) {
  if (allowed.length === 0) return assertAbsent(where, text, secrets);
  return search.assertOnly(allowed, where, text, secrets);
}

for (const storage of ["memory", "session"]) {
  describe(`storage: ${storage}`, () => {
    let record;
    let secrets;
    let providerLog;
    let collectorLog;
    before(async () => {
      record = await live(storage);
      secrets = secretsOf();
      providerLog = [...world.provider.log];
      collectorLog = [...world.provider.collector.log];
    });
    after(() => world.provider.control({ marker: "" }));

    test("the run itself met every kind of secret", () => {
      assert.ok(secrets.code.startsWith(MARKER));
      assert.equal(secrets.refreshTokens.length, 3, "a sign-in, a forced refresh and one after a 401");
      assert.ok(secrets.verifier.length >= 43);
    });

    // T16
    test("nothing in the console or uncaught holds one", { skip: lacks.console }, () => {
      assertAbsent("the console", record.tab.console, secrets);
      assertAbsent("uncaught errors", record.tab.errors, secrets);
      assert.ok(record.tab.console.length > 0, "the console was used");
    });

    // T16
    test("nothing printed, thrown, logged or inspected holds one", () => {
      record.pages.forEach((page, index) => {
        for (const [what, value] of Object.entries(page)) assertAbsent(`${what} of page ${index}`, value, secrets);
      });
      assert.ok(record.pages[1].thrown.length >= 3, "errors were thrown");
      assert.ok(record.pages[1].logged.length > 0, "the log sink was used");
    });

    test("no claim is in a log entry, an error or a snapshot", () => {
      for (const { logged, thrown, inspected } of record.pages) {
        assert.doesNotMatch(JSON.stringify([logged, thrown, inspected]), /Ada Example|ada@example\.com/);
      }
    });

    // C11, C12
    test("storage holds what it must and no more", () => {
      for (const [when, stored] of Object.entries(record.stored)) {
        const { session, url, ...elsewhere } = stored;
        assertAbsent(`other storage, ${when}`, { ...elsewhere, local: stored.local }, secrets);
        assert.deepEqual([stored.cookies, stored.caches], ["", []], when);
        // A count of token sets, and whether the session is over: nothing else is in the database.
        for (const [store, , mark] of stored.records) {
          assert.equal(store, "marks", when);
          assert.match(mark, /^\{"generation":\d+,"over":(true|false)\}$/, when);
        }
        if (storage === "memory" && when !== "during sign-in") assertAbsent(`sessionStorage, ${when}`, session, secrets);
        if (when !== "during sign-in") assertAbsent(`the address, ${when}`, url, secrets);
      }
      const transaction = JSON.stringify(record.stored["during sign-in"].session);
      assert.ok(transaction.includes(secrets.verifier), "the transaction record is what carries the verifier over");
      assert.equal(transaction.includes(MARKER), false, "no token or code exists yet");
      if (storage === "session") {
        const kept = JSON.stringify(record.stored["signed in"].session);
        assert.ok(kept.includes(`${MARKER}refresh-`), "the session is kept in this tab");
        assert.equal(kept.includes(secrets.verifier), false, "the transaction record is gone");
      }
      assertAbsent("sessionStorage, signed out", record.stored["signed out"].session, secrets);
      assert.equal(new URL(record.stored["signed in"].url).search, "?kept=1", "the app is back where it asked to be");
    });

    // A19, T16
    test("addresses carry a code only to the callback, and the ID token only to the end of the session", () => {
      const inAddress = {
        "/callback.html": ["code", "state"],
        "/ok/authorize": ["state", "nonce"],
        "/ok/end-session": ["idTokens"],
      };
      for (const { url } of record.requests) {
        const { pathname } = new URL(url);
        assertOnly(inAddress[pathname] ?? [], `the address of ${pathname}`, url, secrets);
      }
    });

    // A19, R06, B01
    test("each request holds only the secrets it is for", () => {
      const inRequest = {
        "/ok/authorize": ["state", "nonce"],
        "/ok/token": ["code", "verifier", "refreshTokens"],
        "/ok/revoke": ["refreshTokens", "accessTokens"],
        "/ok/end-session": ["idTokens"],
        "/api/v1/notes": ["accessTokens"],
      };
      for (const { method, path, query, body, headers } of providerLog) {
        const text = JSON.stringify([query, body, headers]);
        assertOnly(inRequest[path] ?? [], `${method} ${path}`, text, secrets);
        if (path === "/api/v1/notes") assertAbsent("the API request beside its header", [query, body], secrets);
      }
      assertAbsent("the hostile origin", collectorLog.map(({ url, body, headers }) => [url, body, headers]), secrets);
    });
  });
}
