// storage: "bff": when the backend is asked, what is believed of its answers, and what ends a session.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { APP, heard, openPage, outcome, sessionOf, setUpBff, start, until, untilStatus, withClock } from "./world.mjs";

const world = setUpBff();
const LOOK = "/auth/session";
/** Longer than an answer takes that would come. */
const SOON_MS = 400;

/** A signed-in tab with a clock of its own. */
async function signedIn() {
  const tab = await world.signedInTab();
  await withClock(tab);
  world.site.log.length = 0;
  return tab;
}

const comesBack = (tab, afterMs, event = "focus") => tab.evaluate(([ms, name]) => {
  pass(ms);
  comeBack(name);
}, [afterMs, event]);

const looked = (count) => until(`look ${count}`, () => world.looks() >= count);

describe("when the page comes back", () => {
  for (const event of ["focus", "online", "pageshow"]) {
    test(`it looks at the event ${event}, at most once a minute`, async () => {
      const tab = await signedIn();
      await comesBack(tab, 61_000, event);
      await looked(1);
      await sleep(SOON_MS);
      await comesBack(tab, 50_000, event);
      await sleep(SOON_MS);
      assert.equal(world.looks(), 1);
      await comesBack(tab, 11_000, event);
      await looked(2);
      assert.equal((await sessionOf(tab)).status, "signedIn");
    });
  }

  test("it looks at once where the last look failed, unless the backend named a time", async () => {
    const tab = await signedIn();
    world.bff.instead[LOOK] = { status: 500 };
    await comesBack(tab, 61_000);
    await until("a stale session", async () => (await sessionOf(tab)).stale);
    world.bff.instead[LOOK] = { status: 503, headers: { "retry-after": "30" } };
    await comesBack(tab, 100);
    await looked(2);
    await sleep(SOON_MS);
    world.bff.instead = {};
    await comesBack(tab, 20_000);
    await sleep(SOON_MS);
    assert.equal(world.looks(), 2);
    await comesBack(tab, 11_000);
    await until("a fresh session", async () => !(await sessionOf(tab)).stale);
    assert.equal(world.looks(), 3);
  });

  test("a clock that was set back keeps it from nothing", async () => {
    const tab = await signedIn();
    await comesBack(tab, -3_600_000);
    await looked(1);
  });

  test("when its answer is told, the look is over", async () => {
    const tab = await signedIn();
    await tab.evaluate(() => {
      globalThis.told = [];
      harness.auth.subscribe(() => told.push(harness.auth.inspect().refreshing));
    });
    world.bff.endAll();
    await comesBack(tab, 61_000);
    await untilStatus(tab, "signedOut");
    assert.deepEqual(await tab.evaluate(() => told), [false]);
  });

  test("a session that ended meanwhile is over", async () => {
    const tab = await signedIn();
    world.bff.endAll();
    await comesBack(tab, 61_000);
    assert.deepEqual(await untilStatus(tab, "signedOut"), { status: "signedOut", reason: "expired" });
    assert.deepEqual(await heard(tab, "signedOut"), [{ reason: "expired" }]);
  });

  test("a page from the back-forward cache looks always", async () => {
    const tab = await signedIn();
    world.bff.endAll();
    await tab.evaluate(() => {
      // Left for a sign-in that was given up.
      sessionStorage.setItem("tokenward.bff", "/app.html");
      dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
    });
    await untilStatus(tab, "signedOut");
    assert.deepEqual((await tab.evaluate(() => harness.stored())).session, {});
  });

  test("what a page asked before it went to the back-forward cache is answered for then", async () => {
    const tab = await signedIn();
    const { status, ...rest } = await sessionOf(tab);
    let answer;
    world.bff.instead[LOOK] = () => new Promise((resolve) => { answer = resolve; });
    await comesBack(tab, 61_000);
    await until("a look", () => answer);
    world.bff.instead = {};
    world.bff.endAll();
    await tab.evaluate(() => { dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })); });
    answer({ body: { status, ...rest } });
    assert.deepEqual(await untilStatus(tab, "signedOut"), { status: "signedOut", reason: "expired" });
  });
});

test("a page that stays in sight sees by itself that its backend is back", async () => {
  const tab = await signedIn();
  world.bff.instead[LOOK] = { status: 404, body: "being replaced" };
  await comesBack(tab, 61_000);
  await until("a stale session", async () => (await sessionOf(tab)).stale);
  const { refreshAt } = await tab.evaluate(() => harness.auth.inspect());
  const now = await tab.evaluate(() => Date.now());
  assert.ok(refreshAt > now && refreshAt <= now + 60_000, `${refreshAt - now} ms`);
});

describe("when the access token ends", () => {
  test("the backend is asked shortly after, and has a new one", async () => {
    world.bff.tokenMs = 1500;
    const tab = await world.signedInTab();
    const { expiresAt } = await sessionOf(tab);
    await until("a later end", async () => (await sessionOf(tab)).expiresAt > expiresAt);
    const look = world.site.log.filter(({ path }) => path === LOOK)[2];
    assert.ok(look.at >= expiresAt + 1000 && look.at < expiresAt + 5000, `${look.at - expiresAt} ms after the end`);
    assert.deepEqual(await heard(tab, "tokenRefreshed"), []);
  });

  test("a page that is not shown asks when it is", async () => {
    world.bff.tokenMs = 1500;
    const tab = await world.signedInTab();
    const { expiresAt } = await sessionOf(tab);
    await tab.evaluate(() => Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true }));
    const looks = world.looks();
    await sleep(expiresAt - Date.now() + 2500);
    assert.equal(world.looks(), looks);
    await tab.evaluate(() => {
      delete document.visibilityState;
      document.dispatchEvent(new Event("visibilitychange"));
    });
    await until("a later end", async () => (await sessionOf(tab)).expiresAt > expiresAt);
  });

  test("a backend that has none is not asked again and again", async () => {
    const tab = await signedIn();
    const past = { body: { status: "signedIn", user: { sub: "user-1" }, expiresAt: Date.now() - 1000, stale: false } };
    world.bff.instead[LOOK] = past;
    await comesBack(tab, 61_000);
    await looked(1);
    await sleep(3000);
    assert.equal(world.looks(), 1);
    assert.equal((await sessionOf(tab)).status, "signedIn");
  });

  test("a session without an end is not looked at by itself", async () => {
    const tab = await signedIn();
    world.bff.instead[LOOK] = { body: { status: "signedIn", user: { sub: "user-1" }, expiresAt: null, stale: false } };
    await comesBack(tab, 61_000);
    await until("no end", async () => (await sessionOf(tab)).expiresAt === null);
    assert.equal((await tab.evaluate(() => harness.auth.inspect())).refreshAt, null);
  });

  test("a session that is over then has expired", async () => {
    world.bff.tokenMs = 1500;
    const tab = await world.signedInTab();
    world.bff.endAll();
    assert.equal((await untilStatus(tab, "signedOut")).reason, "expired");
  });

  test("a reason that the backend gives is told", async () => {
    const tab = await signedIn();
    world.bff.instead[LOOK] = { body: { status: "signedOut", reason: "refused" } };
    await comesBack(tab, 61_000);
    assert.equal((await untilStatus(tab, "signedOut")).reason, "refused");
  });
});

const TRANSIENT = {
  "no answer": ["reset", "network_failed", undefined],
  "a fault": [{ status: 500, body: { error: "internal" } }, "server_error", 500],
  "a gateway without a server": [{ status: 502, headers: { "content-type": "text/html" }, body: "<h1>Bad gateway</h1>" }, "server_error", 502],
  "a refresh that failed": [{ status: 503, headers: { "retry-after": "7" }, body: { error: "refresh_failed" } }, "server_error", 503, 7],
  "too many requests": [{ status: 429, headers: { "retry-after": "900000" }, body: {} }, "rate_limited", 429, 3600],
  "another gateway's word": [{ status: 401, headers: { "content-type": "text/html" }, body: "Log in to the network" }, "response_unusable", 401],
};

const LASTING = {
  "the app's own page": [{ headers: { "content-type": "text/html; charset=utf-8" }, body: "<!doctype html>" }, "bff_missing", 200],
  "nothing": [{ status: 404, body: "not found" }, "bff_missing", 404],
  "an endpoint that does not read": [{ status: 405, body: "" }, "bff_missing", 405],
  "a redirect": [{ status: 302, headers: { location: "/login" } }, "bff_missing", undefined],
  "JSON by another name": [{ headers: { "content-type": "text/json" }, body: '{"status":"signedOut"}' }, "bff_missing", 200],
  "JSON by a longer name": [{ headers: { "content-type": "application/jsonp" }, body: '{"status":"signedOut"}' }, "bff_missing", 200],
  "no answer to give": [{ status: 204 }, "bff_missing", 204],
  "a refusal": [{ status: 403, body: { error: "csrf" } }, "bff_refused", 403],
};

const user = { sub: "user-1" };
const MALFORMED = {
  "no JSON": "{",
  "nothing": "",
  "a list": [],
  "a text": '"signedOut"',
  "null": "null",
  "no status": {},
  "another status": { status: "loading" },
  "no user": { status: "signedIn", expiresAt: 1, stale: false },
  "a user without a name": { status: "signedIn", user: {}, expiresAt: 1, stale: false },
  "a user with an empty one": { status: "signedIn", user: { sub: "" }, expiresAt: 1, stale: false },
  "a user with a number": { status: "signedIn", user: { sub: 1 }, expiresAt: 1, stale: false },
  "a list of users": { status: "signedIn", user: [user], expiresAt: 1, stale: false },
  "no end": { status: "signedIn", user, stale: false },
  "an end in words": { status: "signedIn", user, expiresAt: "tomorrow", stale: false },
  "an end without end": '{"status":"signedIn","user":{"sub":"a"},"expiresAt":1e999,"stale":false}',
  "no word on staleness": { status: "signedIn", user, expiresAt: 1 },
  "staleness in words": { status: "signedIn", user, expiresAt: 1, stale: "no" },
};

const faults = {
  ...TRANSIENT,
  ...LASTING,
  ...Object.fromEntries(Object.entries(MALFORMED).map(([name, body]) => [
    `malformed: ${name}`, [{ headers: { "content-type": "application/json" }, body }, "response_unusable", 200],
  ])),
  "a long answer": [{ body: { status: "signedOut", more: "x".repeat(70_000) } }, "response_too_large", 200],
};
const isRetryable = (code) => !["bff_missing", "bff_refused", "response_too_large"].includes(code);

for (const [name, [reply, code, status, rest = 60]] of Object.entries(faults)) {
  test(`${name}: ends no session, and at the start leaves it open`, async () => {
    const tab = await signedIn();
    const before = await sessionOf(tab);
    world.bff.instead[LOOK] = reply;
    await comesBack(tab, 61_000);
    await until("a failure", async () => (await heard(tab, "refreshFailed")).length > 0);
    const [{ error, retryInSeconds }] = await heard(tab, "refreshFailed");
    assert.deepEqual([error.code, error.status, error.phase], [code, status, "refresh"]);
    assert.deepEqual([error.retryable, retryInSeconds], [isRetryable(code), rest]);
    assert.deepEqual(await sessionOf(tab), { ...before, stale: true });
    assert.deepEqual(await heard(tab, "signedOut"), []);

    world.bff.instead = {};
    await comesBack(tab, 61_000);
    await until("a fresh session", async () => !(await sessionOf(tab)).stale);
    assert.equal((await heard(tab, "signedIn")).length, 1, "and nobody signed in anew");

    // A tab that is not shown does not look, so the other one comes last.
    world.bff.instead[LOOK] = reply;
    const other = await world.newTab();
    const session = await world.open(other);
    assert.deepEqual([session.status, session.reason, session.error.code], ["signedOut", "notRestored", code]);
  });
}

test("what the backend calls stale is stale, and looked at again", async () => {
  const tab = await signedIn();
  [...world.bff.sessions.values()][0].stale = true;
  await comesBack(tab, 61_000);
  await until("a stale session", async () => (await sessionOf(tab)).stale);
  const { refreshAt } = await tab.evaluate(() => harness.auth.inspect());
  const now = await tab.evaluate(() => Date.now());
  assert.ok(refreshAt > now && refreshAt <= now + 60_000, `${refreshAt - now} ms`);
});

test("what a server asked for once is not kept for the next failure", async () => {
  const tab = await signedIn();
  world.bff.instead[LOOK] = { status: 503, headers: { "retry-after": "600" } };
  await comesBack(tab, 61_000);
  await until("a failure", async () => (await heard(tab, "refreshFailed")).length === 1);
  world.bff.instead[LOOK] = "reset";
  await comesBack(tab, 61_000);
  await until("another", async () => (await heard(tab, "refreshFailed")).length === 2);
  assert.deepEqual((await heard(tab, "refreshFailed")).map(({ retryInSeconds }) => retryInSeconds), [600, 60]);
});

test("a backend that comes back is found by itself", async () => {
  world.bff.instead[LOOK] = { status: 503, headers: { "retry-after": "1" }, body: {} };
  const tab = await world.newTab();
  assert.equal((await world.open(tab)).reason, "notRestored");
  world.bff.instead = {};
  assert.deepEqual(await untilStatusIs(tab, "none"), { status: "signedOut", reason: "none" });
  assert.deepEqual(await heard(tab, "signedOut"), []);
});

const untilStatusIs = (tab, reason) => until(`reason ${reason}`, async () => {
  const session = await sessionOf(tab);
  return session.reason === reason && session;
});

test("a backend that does not answer in time is given up", async () => {
  const tab = await world.newTab();
  await openPage(tab, world.site.origin + APP);
  let answer;
  world.bff.instead[LOOK] = () => new Promise((resolve) => { answer = resolve; });
  await tab.evaluate(() => {
    const real = setTimeout;
    globalThis.setTimeout = (run, delay, ...rest) => real(run, delay === 10_000 ? 100 : delay, ...rest);
  });
  const session = await start(tab);
  assert.deepEqual([session.reason, session.error.code, session.error.retryable], ["notRestored", "timed_out", true]);
  answer({ body: { status: "signedOut" } });
});

test("everybody who wants to know at once asks once", async () => {
  const tab = await signedIn();
  await tab.evaluate(() => {
    pass(61_000);
    for (let i = 0; i < 20; i += 1) comeBack(["focus", "online", "pageshow"][i % 3]);
  });
  await looked(1);
  await sleep(SOON_MS);
  assert.equal(world.looks(), 1);
});

test("another user is another session", async () => {
  const tab = await signedIn();
  for (const session of world.bff.sessions.values()) session.sub = "user-2";
  await comesBack(tab, 61_000);
  await until("the other user", async () => (await sessionOf(tab)).user.sub === "user-2");
  assert.deepEqual(await heard(tab, "signedIn"), [{ restored: false, returnTo: APP }, { restored: true, returnTo: null }]);
});

test("the user of a stale session is the same object", async () => {
  const tab = await signedIn();
  await tab.evaluate(() => { globalThis.user = harness.auth.session.user; });
  const isSame = () => tab.evaluate(() => harness.auth.session.user === globalThis.user);
  world.bff.instead[LOOK] = { status: 500 };
  await comesBack(tab, 61_000);
  await until("a stale session", async () => (await sessionOf(tab)).stale);
  assert.equal(await isSame(), true);
  // The same again, in an answer of its own.
  world.bff.instead = {};
  await comesBack(tab, 61_000);
  await until("a fresh session", async () => !(await sessionOf(tab)).stale);
  assert.equal(await isSame(), true);
});

test("the file that does it all and does not come is an error that may pass", async () => {
  const tab = await world.newTab();
  await openPage(tab, world.site.origin + APP);
  let isAway = true;
  await tab.intercept((url) => String(url).endsWith("/pkg/bff.js") && isAway, () => null);
  const session = await start(tab);
  assert.deepEqual([session.reason, session.error.code, session.error.retryable], ["signInFailed", "bff_load_failed", true]);
  isAway = false;
  const { error } = await outcome(tab, () => harness.auth.getAccessToken());
  // Some browsers keep what failed to load until the next page.
  assert.ok(["token_not_readable", "bff_load_failed"].includes(error.code), error.code);
});
