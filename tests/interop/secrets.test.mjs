// No secret leaves its path where tokens are bound to a key, requests are pushed and nonces wanted either. All secrets are
// read from the wire, of a provider and an API that are not ours; then all that a page, a log, a person, a disk or another
// origin could see is searched for them.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { assertAbsent, assertOnly, shownBy } from "../e2e/search.mjs";
import { leave, leaveForCallback, openPage, until } from "../e2e/world.mjs";
import { serve } from "../provider/serve.mjs";
import { keyRecords, storedKeys } from "./keys.mjs";
import { assertFresh, readProof } from "./proofs.mjs";
import { startOidcProvider } from "./providers/oidc-provider.mjs";
import { call, refreshNow, setUpInterop, tokenOf } from "./world.mjs";

const OK = { value: { status: 200 } };
// What the user agrees to is nobody else's affair, as the claims are.
const PAYEE = "payee Söhne 8c1f";
const payment = { type: "payment", amount: { currency: "EUR", value: "12.50" }, to: PAYEE };
const CLAIMS = ["alice Example", "alice@example.com", "mallory@example.com"];
// An answer that is refused is the richest source of text for an error message.
const SPOILT = { push: "spoilt-request-d41b7f0c", access: "spoilt-access-0e1a55c9", refresh: "spoilt-refresh-7b2c90aa" };

// The provider, and which of its access tokens the API does not know any more.
const forgotten = new Set();
const world = setUpInterop(async (given) => {
  const provider = await startOidcProvider(given);
  return { ...provider, lookUp: (token) => (forgotten.has(token) ? null : provider.lookUp(token)) };
});

// An origin that the app calls and that is none of its APIs.
let elsewhere;
before(async () => { elsewhere = await serve(() => ({ body: { ok: true } })); });
after(() => elsewhere.close());

const logs = () => ({ provider: world.provider.log, api: world.api.log, host: world.host.log, elsewhere: elsewhere.log });
const parsed = (text) => { try { return JSON.parse(text); } catch { return null; } };

// A tab of one life, and the record of what could be seen in it.
async function watch(storage) {
  const tab = await world.newTab();
  const record = { tab, pages: [], stored: [] };
  return {
    tab,
    record,
    /** How many sessions are stored while signed in. */
    kept: storage === "session" ? 1 : 0,
    start: (options) => tab.evaluate((given) => harness.start(given), options),
    attempt: (method, options) => tab.evaluate(([name, given]) =>
      harness.outcome(() => harness.auth[name](given)), [method, options]),
    show: async () => { record.pages.push(await shownBy(tab)); },
    /** Records what is stored: so many sign-ins under way and sessions. A key that is to go may take its time. */
    store: async (when, transactions, sessions) => {
      // With memory nobody can tell which keys other tabs still need: those of lost pages stay for a while.
      const isStored = storage === "session";
      await until(`the keys ${when}`, async () => !isStored || (await storedKeys(tab)).records === transactions + sessions);
      const stored = await tab.evaluate(() => harness.stored());
      record.stored.push({ when, transactions, sessions, stored, keys: await keyRecords(tab) });
    },
  };
}

// Two sessions in one tab: one with nonces, claims, step-up, retries and failures, and one for authorization details. They
// cannot be one: this provider's tokens for details are for an API, and not for its own UserInfo.
async function live(storage) {
  Object.values(logs()).forEach((log) => { log.length = 0; });
  world.api.control({ requireNonce: true });
  const life = await watch(storage);
  const options = (clientId, changes) => world.options(clientId, { storage, dpop: true, par: true, userinfo: true, ...changes });
  await liveWithNonces(life, options("spa-dpop-nonce", { scope: "openid profile email read" }));
  await liveWithDetails(life, options("spa-rar", { authorizationDetails: [payment] }));
  return life.record;
}

async function liveWithNonces(life, options) {
  const { tab, start, show, store, kept } = life;
  await openPage(tab, `${world.host.origin}/`);
  await start(options);
  await pretend("pushed", 201, `{"expires_in":60,"request_url":"urn:${SPOILT.push}"}`, () => life.attempt("signIn"));
  await show();
  const callback = await leaveForCallback(tab, { returnTo: "/?kept=1" });
  await store("during the sign-in", 1, 0);
  assert.equal((await start(options)).status, "signedIn");
  await store("signed in", 0, kept);

  await callAndRefresh(life);
  await fail(life);
  await store("after failures", 0, kept);
  await show();
  if (kept) {
    await tab.reload();
    assert.equal((await start(options)).status, "signedIn");
  }

  assert.deepEqual(await call(tab, `${world.api.origin}/silver`), { value: { status: 401 } });
  await show();
  const { detail } = await tab.evaluate(() => harness.events.find(({ name }) => name === "stepUpRequired"));
  await leaveForCallback(tab, detail.signIn);
  await store("during the second sign-in", 1, kept);
  assert.equal((await start(options)).status, "signedIn");
  assert.deepEqual(await call(tab, `${world.api.origin}/silver`), OK);
  await store("signed in again", 0, kept);
  await show();

  await signOut(life, options);
  await life.attempt("getAccessToken");
  await call(tab, `${world.api.origin}/notes`);
  await show();

  // The way back once more, from the history of the tab.
  await openPage(tab, callback);
  assert.equal((await start(options)).error?.code, "callback_state_unknown");
  await store("after the second use of the way back", 0, 0);
  await show();
}

async function callAndRefresh({ tab, attempt }) {
  await tab.evaluate(() => {
    for (const name of ["tokenRefreshed", "refreshFailed", "stepUpRequired"]) {
      harness.auth.on(name, (detail) => console.log(name, detail, JSON.stringify(detail), String(detail.error)));
    }
  });
  const notes = `${world.api.origin}/notes`;
  await refreshNow(tab);
  assert.deepEqual(await call(tab, notes, { method: "POST", body: "x" }), OK, "with the nonce that was asked for");
  assert.equal((await attempt("getUser")).value?.email, "alice@example.com");
  forgotten.add(await tokenOf(tab));
  assert.deepEqual(await call(tab, notes), OK, "with another token");
}

async function fail({ tab, attempt }) {
  for (const url of [`${elsewhere.origin}/x`, "http://127.0.0.1:1/", "http://[broken"]) await call(tab, url);
  await pretend("userinfo", 200, '{"sub":"mallory","email":"mallory@example.com"}', () => attempt("getUser"));
  const cutOff = `{"access_token":"${SPOILT.access}","refresh_token":"${SPOILT.refresh}"`;
  await pretend("token", 200, cutOff, () => attempt("getAccessToken", { force: true }));
  await attempt("signIn", { returnTo: "//evil.test" });
  await tab.evaluate(() => {
    console.log(harness.auth, harness.auth.session.status, harness.auth.inspect());
    console.log(JSON.stringify([harness.logged, harness.events, harness.thrown]));
  });
}

async function liveWithDetails(life, options) {
  const { tab, start, show, store, kept } = life;
  await openPage(tab, `${world.host.origin}/`);
  await start(options);
  await leaveForCallback(tab);
  await store("during the sign-in for details", 1, 0);
  const session = await start(options);
  assert.deepEqual(session.authorizationDetails, [payment], JSON.stringify(session));
  assert.deepEqual(await call(tab, `${world.api.origin}/one`), OK);
  await refreshNow(tab);
  await life.attempt("getUser");
  await store("signed in for details", 0, kept);
  await show();
  await signOut(life, options);
}

async function signOut({ tab, start, show, store }, options) {
  await leave(tab, "/", () => { void harness.outcome(() => harness.auth.signOut()); });
  assert.equal((await start(options)).status, "signedOut");
  await store("signed out", 0, 0);
  await show();
}

/** Has an endpoint of the provider give this answer while `action` runs. */
async function pretend(endpoint, status, body, action) {
  const path = world.provider.paths[endpoint];
  world.provider.pretend(path, { status, headers: { "content-type": "application/json" }, body });
  await action();
  world.provider.pretend(path, null);
}

// What was secret in this life, by kind, as the wire showed it.
function issued() {
  const { paths } = world.provider;
  const unique = (values) => [...new Set(values.filter(Boolean))];
  const sent = (path, name) => unique(world.at(path).map(({ body }) => body[name]));
  const answered = (path, name) => unique(world.at(path).map(({ answer }) => parsed(answer)?.[name]));
  return {
    codes: sent(paths.token, "code"),
    states: sent(paths.pushed, "state"),
    nonces: sent(paths.pushed, "nonce"),
    verifiers: sent(paths.token, "code_verifier"),
    accessTokens: answered(paths.token, "access_token"),
    refreshTokens: answered(paths.token, "refresh_token"),
    idTokens: answered(paths.token, "id_token"),
    requestUris: answered(paths.pushed, "request_uri"),
    proofs: unique(Object.values(logs()).flat().map(({ headers }) => headers.dpop)),
  };
}

/** What to look for: a part of a JWT is as telling as the whole, and so is the end of a URN, however the rest is written. */
function tellingParts(wholes) {
  const telling = (whole) => (whole.startsWith("urn:") ? whole.split(":").at(-1) : whole.split(".").slice(-2));
  const parts = Object.entries(wholes).map(([name, values]) => [name, values.flatMap(telling)]);
  return { ...Object.fromEntries(parts), spoilt: Object.values(SPOILT), claims: CLAIMS, details: [PAYEE] };
}

/** Which secrets may be in which part of a request, by server and path; none anywhere else. */
const placesOf = ({ authorization, pushed, token, userinfo, revocation, endSession }) => {
  const call = { authorization: ["accessTokens"], dpop: ["proofs"] };
  // The page's own files: what names the page that asks for them, as every browser does, names the callback.
  const file = { referer: ["codes", "states"] };
  return {
    provider: {
      [authorization]: { url: ["requestUris"] },
      [pushed]: { body: ["states", "nonces", "details"] },
      [token]: { body: ["codes", "verifiers", "refreshTokens"], dpop: ["proofs"] },
      [userinfo]: call,
      [revocation]: { body: ["accessTokens", "refreshTokens"] },
      [endSession]: { url: ["idTokens"] },
      // The provider's page asks whether to sign out, and sends the answer.
      [`${endSession}/confirm`]: { referer: ["idTokens"] },
    },
    api: { "/notes": call, "/silver": call, "/one": call },
    host: {
      "/callback.html": { url: ["codes", "states"] },
      "/harness.js": file, "/favicon.ico": file, "/pkg/tokenward_full_bg.wasm": file,
    },
    elsewhere: {},
  };
};

const partsOf = ({ url, body, headers: { authorization = "", dpop = "", referer = "", ...headers } }) =>
  ({ url, body, authorization, dpop, referer, headers });

for (const storage of ["memory", "session"]) {
  describe(`storage: ${storage}`, () => {
    let record;
    let wholes;
    let secrets;
    let seen;
    before(async () => {
      record = await live(storage);
      wholes = issued();
      secrets = tellingParts(wholes);
      seen = Object.fromEntries(Object.entries(logs()).map(([name, log]) => [name, [...log]]));
    });
    const at = (path) => seen.provider.filter((request) => request.method !== "OPTIONS" && request.path === path);

    test("the run itself met every kind of secret", async () => {
      const { proofs, idTokens, ...counted } = Object.fromEntries(Object.entries(wholes).map(([name, { length }]) => [name, length]));
      assert.deepEqual(counted, {
        // Two sign-ins and one for details; one more was pushed, and its answer was no good.
        codes: 3, verifiers: 3, requestUris: 3, states: 4, nonces: 4,
        // With a forced refresh each, and one after a 401.
        accessTokens: 6, refreshTokens: 6,
      });
      // One for each sign-in; what comes with a refresh in the same second is the same.
      assert.ok(idTokens >= 3, `${idTokens} ID tokens`);
      assert.ok(proofs >= 20, `${proofs} proofs`);
      const { token, userinfo, revocation } = world.provider.paths;
      const calls = seen.api.filter(({ method }) => method !== "OPTIONS");
      for (const [what, requests] of Object.entries({ token: at(token), userinfo: at(userinfo), calls })) {
        const nonces = await Promise.all(requests.map(async (request) => (await readProof(request)).nonce !== undefined));
        assert.deepEqual(new Set(nonces), new Set([false, true]), `${what}: a nonce was asked for and sent`);
      }
      assert.equal(at(revocation).length, 4);
      assert.deepEqual(seen.elsewhere.map(({ url }) => url), ["/x"]);
      const codes = record.pages.flatMap(({ thrown }) => thrown.map(({ code }) => code)).filter(Boolean);
      assert.deepEqual(new Set(codes), new Set([
        "par_response_invalid", "userinfo_subject_mismatch", "response_unusable", "invalid_option", "not_signed_in",
      ]));
    });

    // T16
    test("nothing printed, thrown, logged, told or inspected holds one", () => {
      assertAbsent("the console", record.tab.console, secrets);
      assertAbsent("uncaught errors", record.tab.errors, secrets);
      record.pages.forEach((page, index) => {
        for (const [what, value] of Object.entries(page)) {
          // A session says what was granted.
          const allowed = what === "session" || what === "printed" ? ["details"] : [];
          assertOnly(allowed, `${what} of page ${index}`, value, secrets);
        }
      });
      const shown = (what) => record.pages.flatMap((page) => page[what]);
      const events = new Set(shown("events").map(({ name }) => name));
      assert.deepEqual(["signedIn", "tokenRefreshed", "refreshFailed", "stepUpRequired"].filter((name) => !events.has(name)), []);
      assert.ok(shown("logged").length > 0, "the log sink was used");
      assert.ok(record.tab.console.some((line) => line.startsWith("refreshFailed")), "the console was used");
    });

    // C11, C12, P11
    test("storage holds what it must and no more", () => {
      for (const { when, transactions, sessions, stored, keys } of record.stored) {
        const { session, url, ...others } = stored;
        assertAbsent(`other storage, ${when}`, others, secrets);
        const { local, cookies, caches, databases } = others;
        assert.deepEqual([cookies, caches, databases], ["", [], ["tokenward"]], when);
        for (const name of Object.keys(local)) assert.match(name, /^tokenward\.(hint\..*|taken)$/, when);
        assertOnly(transactions ? ["codes", "states"] : [], `the address, ${when}`, url, secrets);

        assertAbsent(`the records of keys, ${when}`, keys.records, secrets);
        const privateKeys = keys.keys.filter(({ type }) => type === "private");
        const count = storage === "session" ? transactions + sessions : privateKeys.length;
        assert.deepEqual(privateKeys, Array(count).fill({ type: "private", exportable: false }), when);

        const records = (kind) => Object.entries(session).filter(([name]) => name.startsWith(`tokenward.${kind}.`));
        assert.deepEqual([records("transaction").length, records("session").length], [transactions, sessions], when);
        assert.equal(Object.keys(session).length, transactions + sessions, when);
        for (const pair of records("transaction")) {
          assertOnly(["states", "nonces", "verifiers"], `the sign-in under way, ${when}`, pair, secrets);
          assert.ok(secrets.verifiers.some((verifier) => pair[1].includes(verifier)), "it carries the verifier over");
        }
        for (const pair of records("session")) {
          const ofSession = ["accessTokens", "refreshTokens", "idTokens", "details"];
          assertOnly(ofSession, `the session, ${when}`, pair, secrets);
          for (const kind of ofSession.slice(0, 3)) assert.ok(secrets[kind].some((token) => pair[1].includes(token)), kind);
        }
      }
      assert.equal(record.stored.length, 10);
    });

    // A19, X01, X02
    test("addresses carry a code only to the callback, and a request only by its name, once", () => {
      const { authorization, endSession, pushed } = world.provider.paths;
      const inAddress = { "/callback.html": ["codes", "states"], [authorization]: ["requestUris"], [endSession]: ["idTokens"] };
      for (const { url } of record.tab.requests) {
        const { pathname } = new URL(url);
        assertOnly(inAddress[pathname] ?? [], `the address of ${pathname}`, url, secrets);
      }
      for (const { query } of at(authorization)) assert.deepEqual(Object.keys(query).sort(), ["client_id", "request_uri"]);
      assert.deepEqual(at(authorization).map(({ query }) => query.request_uri), wholes.requestUris);
      for (const { body } of at(pushed)) assert.equal(body.request_uri, undefined);
    });

    // A19, R06, B01
    test("each request holds only the secrets it is for", () => {
      const places = placesOf(world.provider.paths);
      for (const [server, requests] of Object.entries(seen)) {
        for (const request of requests) {
          const allowed = request.method === "OPTIONS" ? {} : places[server][request.path] ?? {};
          for (const [part, text] of Object.entries(partsOf(request))) {
            assertOnly(allowed[part] ?? [], `${part} of ${request.method} ${request.path} at the ${server}`, text, secrets);
          }
        }
      }
      for (const { body } of at(world.provider.paths.token)) {
        const own = body.grant_type === "refresh_token" ? ["refreshTokens"] : ["codes", "verifiers"];
        assertOnly(own, body.grant_type, body, secrets);
      }
      // What reached no server is known from the browser.
      const shown = record.tab.requests.filter(({ headers }) => headers.authorization || headers.dpop);
      const targets = new Set(shown.map(({ url }) => new URL(url).origin));
      assert.deepEqual([...targets].sort(), [world.provider.issuer, world.api.origin].sort());
    });

    // P01, P02, P03, P09
    test("each proof is for one request, and in its header only", async () => {
      const { token, userinfo } = world.provider.paths;
      const atProvider = [...at(token), ...at(userinfo)].map((request) => [world.provider.issuer, request]);
      const atApi = seen.api.filter(({ method }) => method !== "OPTIONS").map((request) => [world.api.origin, request]);
      const proofs = [];
      for (const [origin, request] of [...atProvider, ...atApi]) {
        const proof = await readProof(request);
        const [, bound] = /^DPoP (\S+)$/.exec(request.headers.authorization) ?? [];
        assert.equal(bound === undefined, request.path === token && origin === world.provider.issuer);
        const ath = bound && createHash("sha256").update(bound).digest("base64url");
        assert.deepEqual([proof.htm, proof.htu, proof.ath], [request.method, origin + request.path, ath]);
        proofs.push(proof);
      }
      assertFresh(proofs);
      assert.equal(proofs.length, wholes.proofs.length, "none came from or went anywhere else");
      const everything = JSON.stringify(Object.values(seen).flat().map(({ url, body, headers }) => [url, body, headers]));
      for (const proof of wholes.proofs) assert.equal(everything.split(proof).length, 2, "and each came once");
    });
  });
}
