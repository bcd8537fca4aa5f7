// Whatever breaks a rule is refused: a typed error, nobody signed in, no token kept, and nothing more sent.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { faults } from "../provider/faults.mjs";
import { accepted, atRefresh, refused } from "./expected.mjs";
import { leaveForCallback, openPage, setUpWorld, signIn, toCallback, until } from "./world.mjs";

// Long enough for a request that should not be made to arrive.
const QUIET_MS = 150;
const MARKER = "find-me-";

const world = setUpWorld({ marker: MARKER });

const DISCOVERY = "GET /.well-known/openid-configuration";
const sent = (fault) => world.requestsTo(fault).filter((request) => request !== DISCOVERY && request !== "GET /jwks");

async function assertNothingKept(tab) {
  const stored = JSON.stringify(await tab.evaluate(() => harness.stored().then(({ session, local, databases, cookies }) =>
    ({ session, local, databases, cookies }))));
  assert.equal(stored.includes(MARKER), false, `a code or token was stored: ${stored}`);
  const { error } = await tab.evaluate(() => harness.outcome(() => harness.auth.getAccessToken()));
  assert.equal(error?.code, "not_signed_in");
}

function assertSignedOutWith(session, { code, retryable = false, status }) {
  assert.equal(session.status, "signedOut");
  assert.equal(session.error?.code, code, JSON.stringify(session.error));
  assert.equal(session.reason, "signInFailed");
  assert.equal(session.error.retryable, retryable);
  if (status) assert.equal(session.error.status, status);
}

test("every fault is expected somewhere", () => {
  assert.deepEqual([...Object.keys(refused), ...accepted, ...atRefresh].sort(), Object.keys(faults).sort());
});

// A21, D03
describe("the metadata breaks a rule: the page does not leave", () => {
  for (const [fault, { code }] of Object.entries(refused).filter(([, { reached }]) => reached === "discovery")) {
    test(fault, async () => {
      const tab = await world.newTab();
      await openPage(tab, `${world.host.origin}/`);
      await tab.evaluate((options) => harness.start(options), world.options(fault, { storage: "session" }));
      const { error } = await tab.evaluate(() => harness.outcome(() => harness.auth.signIn()));
      assert.equal(error?.code, code, JSON.stringify(error));
      await sleep(QUIET_MS);
      assert.deepEqual(sent(fault), []);
      await assertNothingKept(tab);
    });
  }
});

// A06, A07, A09, A10, A11, A12
describe("the authorization response breaks a rule: the token endpoint is not called", () => {
  for (const [fault, expected] of Object.entries(refused).filter(([, { reached }]) => reached === "authorize")) {
    test(fault, async () => {
      const tab = await world.newTab();
      const session = await signIn(tab, world, world.options(fault, { storage: "session" }));
      assertSignedOutWith(session, expected);
      await sleep(QUIET_MS);
      assert.deepEqual(sent(fault), ["GET /authorize"]);
      await assertNothingKept(tab);
    });
  }

  // A09
  test("what the provider said about access_denied is passed on as it said it", async () => {
    const tab = await world.newTab();
    const { error } = await signIn(tab, world, world.options("access-denied"));
    assert.deepEqual(error.oauth, { error: "access_denied", description: "The user said <b>no</b>" });
  });
});

// T02, T03, T04, T07, T08, T09, J03, I01, I02, I04, I05, I07, I09, I16
describe("the token response breaks a rule: it is asked for once, and not used", () => {
  for (const [fault, expected] of Object.entries(refused).filter(([, { reached }]) => reached === "token")) {
    test(fault, async () => {
      world.provider.collector.log.length = 0;
      const tab = await world.newTab();
      const session = await signIn(tab, world, world.options(fault, { storage: "session" }));
      assertSignedOutWith(session, expected);
      await sleep(QUIET_MS);
      assert.deepEqual(sent(fault), ["GET /authorize", "POST /token"]);
      const afterToken = world.requestsTo(fault).slice(world.requestsTo(fault).indexOf("POST /token") + 1);
      assert.ok(afterToken.length === 0 || afterToken.join() === "GET /jwks", `after the token request: ${afterToken}`);
      assert.deepEqual(world.provider.collector.log, []);
      await assertNothingKept(tab);
    });
  }
});

// A08, T06
test("unknown parameters in both responses change nothing", async () => {
  const tab = await world.newTab();
  const session = await signIn(tab, world, world.options("unknown-params"));
  assert.equal(session.status, "signedIn", JSON.stringify(session.error));
  assert.equal(new URL(await tab.url()).search, "", "the callback's parameters leave the address bar");
});

// A06, A18
test("a callback that was used does not work again", async () => {
  const tab = await world.newTab();
  const options = world.options("ok");
  const callback = await toCallback(tab, world, options);
  assert.equal((await tab.evaluate((given) => harness.start(given), options)).status, "signedIn");
  const before = sent("ok").length;
  await openPage(tab, callback);
  assertSignedOutWith(await tab.evaluate((given) => harness.start(given), options), refused["state-wrong"]);
  await sleep(QUIET_MS);
  assert.deepEqual(sent("ok").slice(before), []);
});

// A06, A20
test("a callback opened in another tab does not work there, and still works where it was started", async () => {
  const profile = await world.newProfile();
  const [starter, other] = [await profile.newTab(), await profile.newTab()];
  const options = world.options("ok");
  const callback = await toCallback(starter, world, options);
  const before = sent("ok").length;
  await openPage(other, callback);
  assertSignedOutWith(await other.evaluate((given) => harness.start(given), options), refused["state-wrong"]);
  await sleep(QUIET_MS);
  assert.deepEqual(sent("ok").slice(before), []);
  assert.equal((await starter.evaluate((given) => harness.start(given), options)).status, "signedIn");
});

// A18
test("two Auth objects on one callback page send the code once", async () => {
  const tab = await world.newTab();
  const options = world.options("ok");
  await toCallback(tab, world, options);
  const before = sent("ok").length;
  await tab.evaluate((given) => Promise.all([harness.start(given), harness.start(given)]), options);
  await sleep(QUIET_MS);
  assert.deepEqual(sent("ok").slice(before), ["POST /token"]);
  assert.deepEqual(world.provider.incidents, []);
});

// R03
test("a refused refresh token ends the session and is not sent again", async () => {
  const fault = "refresh-invalid-grant";
  const tab = await world.newTab();
  assert.equal((await signIn(tab, world, world.options(fault, { storage: "session" }))).status, "signedIn");
  const { error } = await tab.evaluate(() => harness.outcome(() => harness.auth.getAccessToken({ force: true })));
  assert.equal(error.code, "invalid_grant");
  assert.equal(error.phase, "refresh");
  const session = await tab.evaluate(() => harness.session());
  assert.deepEqual([session.status, session.reason], ["signedOut", "expired"]);
  assert.ok(await tab.evaluate(() => harness.events.some(({ name }) => name === "interactionRequired")));
  await sleep(QUIET_MS);
  assert.deepEqual(sent(fault), ["GET /authorize", "POST /token", "POST /token"]);
  await assertNothingKept(tab);
});

// R03
test("a refresh that fails for a reason that may pass keeps the session and is tried again", async () => {
  const tab = await world.newTab();
  assert.equal((await signIn(tab, world, world.options("refresh-500-once"))).status, "signedIn");
  await tab.evaluate(() => harness.outcome(() => harness.auth.getAccessToken({ force: true })));
  const failed = await tab.evaluate(() => harness.events.find(({ name }) => name === "refreshFailed"));
  assert.equal(failed?.detail.error.code, "server_error");
  const recovered = () => tab.evaluate(() => harness.events.some(({ name }) => name === "tokenRefreshed"));
  await until("the second try", recovered);
  const session = await tab.evaluate(() => harness.session());
  assert.deepEqual([session.status, session.stale], ["signedIn", false]);
});

// A17
test("a way back to another origin is refused before anything is sent", async () => {
  const tab = await world.newTab();
  await openPage(tab, `${world.host.origin}/`);
  await tab.evaluate((options) => harness.start(options), world.options("ok"));
  const before = sent("ok").length;
  const hostile = [
    "https://evil.test/", "//evil.test/", "/\\evil.test/", "\\\\evil.test/", "https:evil.test", "/\t/evil.test/",
    "\n//evil.test/", "javascript:alert(1)", "data:text/html,x",
  ];
  for (const returnTo of hostile) {
    const { error } = await tab.evaluate((to) => harness.outcome(() => harness.auth.signIn({ returnTo: to })), returnTo);
    assert.ok(["ConfigError", "UsageError"].includes(error?.name), `${JSON.stringify(returnTo)}: ${JSON.stringify(error)}`);
  }
  assert.deepEqual(sent("ok").slice(before), []);
});

test("a second sign-in after a refusal works", async () => {
  const tab = await world.newTab();
  await signIn(tab, world, world.options("access-denied"));
  await tab.evaluate((given) => harness.start(given), world.options("ok"));
  await leaveForCallback(tab);
  const session = await tab.evaluate((given) => harness.start(given), world.options("ok"));
  assert.equal(session.status, "signedIn", JSON.stringify(session.error));
});
