// A session that comes back after a reload without the user: from another tab, else from the provider in a frame.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { engine } from "../e2e/driver.mjs";
import { openPage, until } from "../e2e/world.mjs";
import { SILENCE } from "../interop/providers/front.mjs";
import { openApp, openPopup, setUpWindows, signedIn, untilGone } from "./world.mjs";

// Longer than a frame needs to come back.
const SETTINGS_MS = 700;
// Less than a frame may take, on a machine that is busy.
const QUICK_MS = 8000;

const world = setUpWindows();

/** A tab that is signed in, and the log empty. */
async function signedInApp(given) {
  const tab = await openApp(world, given);
  const popup = await openPopup(tab);
  assert.equal((await signedIn(tab)).value?.status, "signedIn");
  await untilGone(popup);
  world.provider.log.length = 0;
  return tab;
}

async function reload(tab) {
  await tab.reload();
  await until("the harness", () => tab.evaluate(() => Boolean(globalThis.harness?.started)));
  const begun = Date.now();
  const session = await tab.evaluate(() => harness.started);
  return { session, tookMs: Date.now() - begun };
}

/** A frame is gone at once; in WebKit a little later. */
const untilFrameless = (tab) => until("the frame to go", () => tab.evaluate(() => document.querySelector("iframe") === null));

/** The provider's answer where it wants the user. */
const refuse = ({ query }) => {
  const answer = new URLSearchParams({ error: "login_required", state: query.state, iss: world.provider.issuer });
  return { status: 303, headers: { location: `${query.redirect_uri}?${answer}` }, body: "" };
};

const authorizationRequests = () => world.at("/auth").map(({ query }) => query.prompt);

test("another tab that lives gives its session, and nobody is asked", async () => {
  const profile = await world.newProfile();
  const tab = await signedInApp({ profile });
  const other = await profile.newTab();
  await openPage(other, `${world.host.origin}/app.html`);
  assert.equal((await other.evaluate(() => harness.started)).status, "signedIn");
  const { session } = await reload(tab);
  assert.equal(session.status, "signedIn");
  assert.deepEqual(world.provider.log, []);
});

test("the last tab gets its session from the provider, each time, in a frame that is gone afterwards", async () => {
  const tab = await signedInApp();
  for (let times = 1; times <= 3; times += 1) {
    const { session } = await reload(tab);
    assert.equal(session.status, "signedIn", JSON.stringify(session));
    await untilFrameless(tab);
    assert.equal(world.at("/auth").length, times);
  }
  assert.deepEqual(authorizationRequests(), ["none", "none", "none"]);
});

// WebKit, where its frame went while a module of the page in it waited, answered nothing any more (see its bug 312438).
test("an app whose page waits at the top level of a module goes on after its frame", async (t) => {
  const tab = await signedInApp({ options: { redirectUri: "/waiting-back.html" } });
  t.after(() => world.provider.slow("/settings", 0));
  world.provider.slow("/settings", SETTINGS_MS);
  // How far the page in the frame gets is a matter of time.
  for (let times = 1; times <= 3; times += 1) {
    const { session } = await reload(tab);
    assert.equal(session.status, "signedIn", JSON.stringify(session));
    await untilFrameless(tab);
    await sleep(SETTINGS_MS);
    assert.equal(await tab.evaluate(() => harness.session().status), "signedIn");
    assert.equal(world.at("/token").length, times, "the page in the frame leaves the code to the page that asked");
  }
});

// The worker may outlive the page, or end with it: then the provider is asked by the next one.
test("a session in a worker begins with a popup and comes back after each reload", async () => {
  const tab = await signedInApp({ options: { storage: "worker" } });
  for (let times = 1; times <= 3; times += 1) {
    const { session } = await reload(tab);
    assert.equal(session.status, "signedIn", JSON.stringify(session));
    assert.ok(world.at("/auth").length <= times);
  }
  assert.ok(authorizationRequests().every((prompt) => prompt === "none"));
});

test("a session in a worker that cannot come back is asked for once", async (t) => {
  const tab = await signedInApp({ options: { storage: "worker" } });
  t.after(() => world.provider.pretend("/auth", null));
  world.provider.pretend("/auth", refuse);
  const outcomes = [];
  for (let times = 0; times < 5; times += 1) outcomes.push((await reload(tab)).session.status);
  assert.ok(world.at("/auth").length <= 1, outcomes.join());
});

/** Reloads five times, of which only the first may ask the provider; returns how long that took. */
async function assertAskedOnce(tab, authorizations = 1) {
  const { session, tookMs } = await reload(tab);
  assert.deepEqual([session.status, session.reason], ["signedOut", "notRestored"], JSON.stringify(session));
  for (let times = 0; times < 4; times += 1) {
    const again = await reload(tab);
    assert.deepEqual([again.session.status, again.session.reason], ["signedOut", "none"]);
  }
  await untilFrameless(tab);
  // A browser may send the same request again where a connection ends without an answer.
  const states = world.at("/auth").flatMap(({ query }) => query.state ?? []);
  assert.equal(new Set(states).size, authorizations);
  return tookMs;
}

const assertQuick = async (reloading) => {
  const tookMs = await reloading;
  assert.ok(tookMs < QUICK_MS, `${tookMs} ms`);
};

describe("who cannot be restored is signed out with the reason, and asked for once, where", () => {
  test("the provider wants the user", async (t) => {
    const tab = await signedInApp();
    t.after(() => world.provider.pretend("/auth", null));
    world.provider.pretend("/auth", refuse);
    await assertAskedOnce(tab);
  });

  test("the provider shows a page instead", async (t) => {
    const tab = await signedInApp();
    t.after(() => world.provider.pretend("/auth", null));
    world.provider.pretend("/auth", { status: 200, headers: { "content-type": "text/html" }, body: "<h1>Sign in</h1>" });
    await assertQuick(assertAskedOnce(tab));
  });

  test("the provider forbids frames", async (t) => {
    const tab = await signedInApp();
    t.after(() => world.provider.pretend("/auth", null));
    world.provider.pretend("/auth", { status: 400, headers: { "content-type": "text/html", "x-frame-options": "DENY" }, body: "no" });
    await assertQuick(assertAskedOnce(tab));
  });

  test("the provider does not answer", async (t) => {
    const tab = await signedInApp();
    t.after(() => world.provider.slow("/auth", 0));
    world.provider.slow("/auth", 15_000);
    await assertAskedOnce(tab);
  });

  test("the page that the frame comes back to forbids frames", async () => {
    const tab = await signedInApp({ options: { redirectUri: "/unframed-back.html" } });
    await assertQuick(assertAskedOnce(tab));
  });

  test("the page forbids frames in itself", async () => {
    const tab = await signedInApp({ path: "/frameless.html" });
    await assertQuick(assertAskedOnce(tab, 0));
  });

  test("the provider cannot be reached", async (t) => {
    const tab = await signedInApp();
    t.after(() => world.provider.pretend("/auth", null));
    world.provider.pretend("/auth", SILENCE);
    // In WebKit a frame that fails shows nothing, as one that waits does.
    await (engine === "webkit" ? assertAskedOnce(tab) : assertQuick(assertAskedOnce(tab)));
  });

  test("the app does not want it", async () => {
    const tab = await signedInApp({ options: { silent: false } });
    await assertAskedOnce(tab, 0);
  });
});
