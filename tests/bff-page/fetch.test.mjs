// storage: "bff": what goes along with a call, to whom, and what an answer means for the session.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { difference, outcome as outcomeOf } from "../e2e/fetch-outcomes.mjs";
import { rows } from "../e2e/fetch-rows.mjs";
import { APP, heard, openPage, outcome, sessionOf, setUpBff, until, untilStatus } from "./world.mjs";

const world = setUpBff();
const SOON_MS = 400;

const call = (tab, ...given) => outcome(tab, async (args) => {
  const response = await harness.auth.fetch(...args);
  return { status: response.status, text: await response.text() };
}, given);

test("a call of an API goes with the cookie and the header, and its answer is the caller's", async () => {
  const tab = await world.signedInTab();
  assert.deepEqual((await call(tab, "/api/notes")).value, { status: 200, text: '{"notes":["of user-1"]}' });
  const { headers } = world.site.log.at(-1);
  assert.equal(headers["x-tokenward"], "1");
  assert.match(headers.cookie, /^(__Host-)?tokenward=/);
  assert.equal(headers.authorization, undefined);
});

/** Where a call goes, and whether with the header. `origin` is the page's, `other` another one. */
const PLACES = {
  "the default path": [undefined, ({ origin }) => `${origin}/api/notes`, true],
  "a relative URL": [undefined, () => "api/notes", true],
  "a path with a query": [undefined, () => "/api/notes?a=../auth", true],
  "the path itself": [undefined, () => "/api", true],
  "a path that only begins so": [undefined, () => "/apis", false],
  "the page's own files": [undefined, () => "/harness.js", false],
  "a listed path": [["/api/notes"], () => "/api/notes/1", true],
  "a path beside a listed one": [["/api/notes"], () => "/api/notes2", false],
  "a path out of a listed one": [["/api/notes"], () => "/api/notes/../other", false],
  "the same, encoded": [["/api/notes"], () => "/api/notes/%2e%2e/other", false],
  "an encoded slash": [undefined, () => "/api/..%2fother", false],
  "an encoded backslash": [undefined, () => "/api/..%5Cother", false],
  "dots before a semicolon": [undefined, () => "/api/..;/other", false],
  "the backend itself, where all is listed": [["/"], () => "/auth/session", false],
  "all, where all is listed": [["/"], () => "/api/notes", true],
  "nothing, where nothing is": [[], () => "/api/notes", false],
  "the same path of another origin": [undefined, ({ other }) => `${other}/api/notes`, false],
  "another origin by its scheme alone": [undefined, ({ other }) => `//${new URL(other).host}/api/notes`, false],
  "a user in the URL of another origin": [undefined, ({ origin, other }) => `${other.replace("//", `//${new URL(origin).host}@`)}/api/notes`, null],
};

describe("the header goes", () => {
  for (const [name, [apis, urlOf, isSent]] of Object.entries(PLACES)) {
    test(`${isSent ? "to" : "not to"} ${name}`, async () => {
      const tab = await world.signedInTab(undefined, { storage: "bff", ...(apis && { apis }) });
      const logs = [world.site, world.provider, world.host].map(({ log }) => log);
      const url = urlOf({ origin: world.site.origin, other: world.provider.origin });
      for (const how of ["text", "URL", "Request"]) {
        for (const log of logs) log.length = 0;
        await outcome(tab, ([given, kind]) => {
          const absolute = new URL(given, document.baseURI);
          const input = { text: given, URL: absolute, Request: kind === "Request" && !absolute.username ? new Request(given) : given }[kind];
          return harness.auth.fetch(input, { headers: { "x-mine": "1" } });
        }, [url, how]);
        const seen = logs.flat().filter(({ path }) => !/^\/(pkg\/|favicon)/.test(path));
        const sent = seen.filter(({ headers }) => headers["x-tokenward"] !== undefined);
        const asked = seen.filter(({ headers }) => /x-tokenward/i.test(headers["access-control-request-headers"] ?? ""));
        assert.deepEqual([sent.length, asked.length], [isSent ? 1 : 0, 0], `${how}: ${JSON.stringify(seen.map(({ path }) => path))}`);
        // A URL with a user in it no browser takes.
        assert.equal(seen.length > 0, isSent !== null, `${how}: and all of them go out`);
      }
    });
  }

  test("not to where a redirect leads", async () => {
    const tab = await world.signedInTab();
    const to = `${world.provider.origin}/elsewhere`;
    world.provider.log.length = 0;
    world.bff.instead["/api/notes"] = { status: 307, headers: { location: to } };
    for (const given of [["/api/notes"], ["/api/notes", { mode: "cors", credentials: "include" }]]) {
      assert.equal((await call(tab, ...given)).error.name, "TypeError");
    }
    assert.deepEqual(world.provider.log, []);
    assert.equal((await outcome(tab, async () => (await harness.auth.fetch("/api/notes", { redirect: "manual" })).type)).value, "opaqueredirect");
    // Within the origin it is followed.
    world.bff.instead["/api/notes"] = { status: 307, headers: { location: "/api/others" } };
    assert.equal((await call(tab, "/api/notes")).value.status, 200);
  });

  test("along with the cookie also where the caller would leave it out", async () => {
    const tab = await world.signedInTab();
    assert.equal((await call(tab, "/api/notes", { credentials: "omit", mode: "no-cors" })).value.status, 200);
  });
});

describe("it is fetch", () => {
  /** What the package decides for the calls of its APIs: the mode, the credentials, and that they say where they come from. */
  const OWN = [
    "an unknown mode", "mode no-cors", "mode no-cors with DELETE", "cache only-if-cached", "no credentials", "with everything",
    "a referrer policy", "that hides where it comes from",
  ];
  /** Without the mode, and without the server's clock. */
  const comparable = ({ said, arrived = [], ...rest }) => ({
    ...rest,
    said: { ...said, ...(said.headers && { headers: said.headers.filter(([name]) => name !== "date") }) },
    arrived: arrived.map(({ headers: { "sec-fetch-mode": _, ...headers }, ...request }) => ({ ...request, headers })),
  });

  for (const [group, calls] of Object.entries(rows)) {
    test(group, async () => {
      const tab = await world.signedInTab();
      const different = {};
      for (const [name, row] of Object.entries(calls)) {
        if (OWN.includes(name)) continue;
        const at = { api: { ...world.wire, origin: `${world.site.origin}/api` } };
        const [native, ours] = [await outcomeOf(at, tab, row, "native", "1", "x-tokenward"), await outcomeOf(at, tab, row, "fresh", "1")];
        const found = difference(comparable(native), comparable(ours), "fresh");
        if (found) different[name] = found;
      }
      assert.deepEqual(different, {});
    });
  }
});

describe("an answer", () => {
  test("401 not_signed_in ends the session, after one look", async () => {
    const tab = await world.signedInTab();
    world.bff.endAll();
    world.site.log.length = 0;
    const { value } = await call(tab, "/api/notes");
    assert.deepEqual([value.status, JSON.parse(value.text).error], [401, "not_signed_in"]);
    assert.deepEqual(await untilStatus(tab, "signedOut"), { status: "signedOut", reason: "expired" });
    assert.deepEqual(world.requests(), ["GET /api/notes", "GET /auth/session"]);
    assert.equal((await call(tab, "/api/notes")).error.code, "not_signed_in");
    assert.equal(world.requests().length, 2);
  });

  test("a crowd of them asks once", async () => {
    const tab = await world.signedInTab();
    world.bff.endAll();
    world.site.log.length = 0;
    // The answers come one after the other, most of them when it is known already.
    let waiting = 0;
    world.bff.instead["/api/notes"] = async () => {
      await sleep((waiting += 1) * 30);
      return { status: 401, body: { error: "not_signed_in" } };
    };
    await tab.evaluate(() => Promise.all(Array.from({ length: 20 }, () => harness.auth.fetch("/api/notes").catch(() => {}))));
    await untilStatus(tab, "signedOut");
    await sleep(SOON_MS);
    assert.equal(world.looks(), 1);
    assert.equal((await heard(tab, "signedOut")).length, 1);
  });

  test("a crowd of an API's own asks once as well", async () => {
    const tab = await world.signedInTab();
    world.site.log.length = 0;
    let waiting = 0;
    world.bff.instead["/api/notes"] = async () => {
      await sleep((waiting += 1) * 30);
      return { status: 401, body: { error: "not_signed_in" } };
    };
    await tab.evaluate(() => Promise.all(Array.from({ length: 10 }, () => harness.auth.fetch("/api/notes"))));
    await sleep(SOON_MS);
    assert.equal(world.looks(), 1);
    assert.equal((await sessionOf(tab)).status, "signedIn");
  });

  for (const [name, [reply, looks]] of Object.entries({
    "401 of the API itself": [{ status: 401, body: { error: "invalid_token" } }, 0],
    "401 that is no JSON": [{ status: 401, headers: { "content-type": "text/plain" }, body: "not_signed_in" }, 0],
    "401 not_signed_in of the API itself": [{ status: 401, body: { error: "not_signed_in" } }, 1],
    "403": [{ status: 403, body: { error: "not_signed_in" } }, 0],
    "500": [{ status: 500, body: { error: "refresh_failed" } }, 0],
    "503 of the API itself": [{ status: 503, body: { error: "busy" } }, 0],
  })) {
    test(`${name} ends nothing`, async () => {
      const tab = await world.signedInTab();
      world.bff.instead["/api/notes"] = reply;
      world.site.log.length = 0;
      const before = await sessionOf(tab);
      assert.equal((await call(tab, "/api/notes")).value.status, reply.status);
      await sleep(SOON_MS);
      assert.deepEqual(await sessionOf(tab), before);
      assert.equal(world.looks(), looks);
    });
  }

  test("401 not_signed_in and a backend that cannot be asked: stale, not over", async () => {
    const tab = await world.signedInTab();
    Object.assign(world.bff.instead, { "/api/notes": { status: 401, body: { error: "not_signed_in" } }, "/auth/session": "reset" });
    await call(tab, "/api/notes");
    await until("a stale session", async () => (await sessionOf(tab)).stale);
    assert.deepEqual(await heard(tab, "signedOut"), []);
  });

  // B05
  test("where an API wants another sign-in, the backend's header says with which options", async () => {
    const tab = await world.signedInTab();
    const before = await sessionOf(tab);
    world.bff.instead["/api/notes"] = {
      status: 401, headers: { "x-tokenward-step-up": '{"acrValues":"strong","maxAge":60}' }, body: { error: "insufficient_user_authentication" },
    };
    assert.equal((await call(tab, "/api/notes")).value.status, 401);
    const [{ error, signIn }] = await until("the event", async () => {
      const events = await heard(tab, "stepUpRequired");
      return events.length > 0 && events;
    });
    assert.deepEqual([error.code, error.phase, error.status], ["insufficient_user_authentication", "fetch", 401]);
    assert.deepEqual(signIn, { acrValues: "strong", maxAge: 60 });
    assert.deepEqual(await sessionOf(tab), before);
    world.site.log.length = 0;
    await world.signIn(tab, signIn);
    const [{ query }] = world.site.log.filter(({ path }) => path === "/auth/login");
    assert.deepEqual([query.acr_values, query.max_age], ["strong", "60"]);
  });

  test("503 refresh_failed makes the session stale, and it is looked at when the backend says", async () => {
    const tab = await world.signedInTab();
    world.bff.instead["/api/notes"] = { status: 503, headers: { "retry-after": "1" }, body: { error: "refresh_failed" } };
    assert.equal((await call(tab, "/api/notes")).value.status, 503);
    await until("a stale session", async () => (await sessionOf(tab)).stale);
    const [{ error, retryInSeconds }] = await heard(tab, "refreshFailed");
    assert.deepEqual([error.code, error.status, error.phase, retryInSeconds], ["server_error", 503, "refresh", 1]);
    await until("a fresh session", async () => !(await sessionOf(tab)).stale);
  });

  test("is the caller's to read, whole and as it comes", async () => {
    const tab = await world.signedInTab();
    world.bff.endAll();
    const { value } = await outcome(tab, async () => {
      const response = await harness.auth.fetch("/api/notes");
      return { used: response.bodyUsed, url: response.url, error: (await response.json()).error };
    });
    assert.deepEqual(value, { used: false, url: `${world.site.origin}/api/notes`, error: "not_signed_in" });
  });
});

describe("while nothing is known of the session", () => {
  /** A page that could not ask the backend at its start. */
  async function unknowing() {
    const tab = await world.signedInTab();
    world.bff.instead["/auth/session"] = { status: 500 };
    assert.equal((await world.open(tab)).reason, "notRestored");
    return tab;
  }

  test("a call asks first, with what it was called with", async () => {
    const tab = await unknowing();
    world.bff.instead = {};
    const { value } = await outcome(tab, async () => {
      const body = new URLSearchParams({ a: "1" });
      const calling = harness.auth.fetch("/api/notes", { method: "POST", body });
      body.set("a", "2");
      return (await calling).status;
    });
    assert.equal(value, 200);
    assert.equal(world.site.log.at(-1).body.a, "1");
    assert.equal((await sessionOf(tab)).status, "signedIn");
  });

  test("a call fails as the look does", async () => {
    const tab = await unknowing();
    const { error } = await call(tab, "/api/notes");
    assert.deepEqual([error.code, error.status, error.retryable], ["server_error", 500, true]);
  });

  test("who stops waiting is told at once", async () => {
    const tab = await unknowing();
    let answer;
    world.bff.instead["/auth/session"] = () => new Promise((resolve) => { answer = resolve; });
    const { value } = await outcome(tab, () => harness.auth.fetch("/api/notes", { signal: AbortSignal.timeout(200) }).catch(({ name }) => name));
    assert.equal(value, "TimeoutError");
    answer({ status: 500 });
    assert.equal((await outcome(tab, () => harness.auth.fetch("/api/notes", { signal: AbortSignal.abort("mine") }).catch((it) => it))).value, "mine");
  });

  test("any other place gets its call at once", async () => {
    const tab = await unknowing();
    assert.equal((await call(tab, "/harness.js")).value.status, 200);
  });
});

test("a call while the page starts waits for the session", async () => {
  const tab = await world.signedInTab();
  await openPage(tab, world.site.origin + APP);
  const { value } = await outcome(tab, async () => {
    const { createAuth } = await import("/pkg/index.js");
    globalThis.auth = createAuth({ storage: "bff" });
    return (await auth.fetch("/api/notes")).status;
  });
  assert.equal(value, 200);
});

test("nobody is signed in: no call is made", async () => {
  const tab = await world.newTab();
  await world.open(tab);
  const { error } = await call(tab, "/api/notes");
  assert.deepEqual([error.code, error.name, error.phase], ["not_signed_in", "UsageError", "fetch"]);
  assert.deepEqual(world.requests(), ["GET /auth/session"]);
});
