// A session in a worker, from sign-in to sign-out.
import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { engine } from "../e2e/driver.mjs";
import { APP, leave, openPage, sessionOf, setUpVault, signedInProfile, signedInTab, startedTab, statusOf, toCallback, until } from "./world.mjs";

const SHORT_TOKEN_SECONDS = 4;
/** A worker that nobody needs waits so long for a page that is about to come. */
const LINGER_MS = 1000;

const world = setUpVault({}, {
  "/trusted.html": {
    headers: {
      "content-type": "text/html",
      "content-security-policy": "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; connect-src *; require-trusted-types-for 'script'; trusted-types vault",
    },
    body: '<!doctype html><html lang="en"><title>test page</title><script type="module" src="/harness.js"></script>',
  },
});
afterEach(() => world.provider.control({ tokenSeconds: 900 }));

const notes = () => `${world.provider.origin}/api/v1/notes`;
/** The same page again: what its worker kept is all there is. */
const reloaded = (tab) => leave(tab, APP, (path) => { setTimeout(() => { location.href = path; }); }, APP);
const statusOfNotes = (tab) => tab.evaluate(async (url) => (await harness.auth.fetch(url)).status, notes());

test("a sign-in by redirect, a call of an API, and no token for the page", async () => {
  const tab = await signedInTab(world, world.options("ok"));
  assert.equal((await sessionOf(tab)).user.name, "Ada Example");
  assert.equal(await statusOfNotes(tab), 200);
  const refused = await tab.evaluate(() => harness.outcome(() => harness.auth.getAccessToken()));
  assert.equal(refused.error.code, "token_not_readable");
  const { storage, hasRefreshToken, scope } = await tab.evaluate(() => harness.auth.inspect());
  assert.deepEqual({ storage, hasRefreshToken, scope }, { storage: "worker", hasRefreshToken: true, scope: "openid offline_access" });
  const { session, local, databases } = await tab.evaluate(() => harness.stored());
  assert.deepEqual(session, {}, "the transaction is gone");
  // That somebody is signed in, and which sign-in was taken last: no token.
  assert.deepEqual(Object.keys(local).map((name) => name.split(".")[1]).sort(), ["hint", "taken"]);
  assert.deepEqual(databases, ["tokenward"], "the mark");
  assert.deepEqual(world.provider.incidents, []);
});

test("a new tab has the session of another one at once, and no request is made for it", async () => {
  const { profile, tab } = await signedInProfile(world);
  world.provider.log.length = 0;
  const other = await startedTab(world, profile);
  assert.equal(await statusOf(other), "signedIn");
  assert.equal((await other.evaluate(() => harness.events.find(({ name }) => name === "signedIn"))).detail.restored, true);
  assert.deepEqual(world.tokenRequests(), []);
  assert.deepEqual([await statusOfNotes(tab), await statusOfNotes(other)], [200, 200]);
});

test("a tab that is reloaded beside another one has its session again", async () => {
  const { profile, tab } = await signedInProfile(world);
  await startedTab(world, profile);
  world.provider.log.length = 0;
  await reloaded(tab);
  await tab.evaluate((given) => harness.start(given), world.options("ok"));
  assert.equal(await statusOf(tab), "signedIn");
  assert.deepEqual(world.tokenRequests(), []);
});

test("a tab that is reloaded alone: the worker outlives it, or the provider is asked without the user", async () => {
  const { tab } = await signedInProfile(world);
  world.provider.log.length = 0;
  await reloaded(tab);
  await tab.evaluate((given) => harness.start(given), world.options("ok"));
  const session = await sessionOf(tab);
  assert.equal(session.status, "signedIn", JSON.stringify(session));
  if (engine === "chromium") assert.deepEqual(world.tokenRequests(), []);
  if (engine === "firefox") assert.deepEqual(world.tokenRequests(), ["authorization_code"]);
  assert.equal(await statusOfNotes(tab), 200);
});

test("where the provider is not asked, a lost session ends with its reason", async () => {
  const options = world.options("ok", { silent: false });
  const { tab } = await signedInProfile(world, options);
  await reloaded(tab);
  await tab.evaluate((given) => harness.start(given), options);
  const { status, reason } = await sessionOf(tab);
  // WebKitGTK promises nothing, and keeps the worker for the page that follows at once.
  assert.deepEqual([status, reason], engine === "firefox" ? ["signedOut", "notRestored"] : ["signedIn", undefined]);
});

test("signing out in one tab signs out all, and the provider is told", async () => {
  const { profile, tab } = await signedInProfile(world);
  const other = await startedTab(world, profile);
  world.provider.log.length = 0;
  await tab.evaluate(() => harness.auth.signOut({ scope: "local" }));
  assert.equal(await statusOf(tab), "signedOut");
  await until("the other tab's end", async () => (await statusOf(other)) === "signedOut");
  assert.ok(world.requestsTo("ok").includes("POST /revoke"), `${world.requestsTo("ok")}`);
  const next = await startedTab(world, profile);
  assert.equal(await statusOf(next), "signedOut");
});

test("a sign-out at the provider goes there without the ID token, and comes back signed out", async () => {
  const options = world.options("ok", { postLogoutRedirectUri: `${world.host.origin}/` });
  const { tab } = await signedInProfile(world, options);
  world.provider.log.length = 0;
  await leave(tab, "/", () => { void harness.outcome(() => harness.auth.signOut()); });
  const { query } = world.provider.log.find(({ path }) => path === "/ok/end-session");
  assert.deepEqual(Object.keys(query).sort(), ["client_id", "post_logout_redirect_uri", "state"]);
  await tab.evaluate((given) => harness.start(given), options);
  assert.equal(await statusOf(tab), "signedOut");
});

test("a short token is refreshed once for all tabs, and a 401 leads to one more try", async () => {
  world.provider.control({ tokenSeconds: SHORT_TOKEN_SECONDS });
  const { profile, tab } = await signedInProfile(world);
  const other = await startedTab(world, profile);
  world.provider.log.length = 0;
  await until("a refresh", () => world.tokenRequests().length > 0);
  await until("its end in both tabs", async () => {
    const ends = await Promise.all([tab, other].map((it) => it.evaluate(() => harness.events.some(({ name }) => name === "tokenRefreshed"))));
    return ends.every(Boolean);
  });
  assert.deepEqual(world.tokenRequests(), ["refresh_token"]);
  world.provider.control({ tokenSeconds: 900, forgetAccessTokens: true });
  assert.equal(await statusOfNotes(tab), 200);
  assert.deepEqual(world.provider.incidents, []);
});

test("a page that was in the back-forward cache has its session again", async () => {
  const { tab } = await signedInProfile(world, world.options("ok", { silent: false }));
  await tab.evaluate(() => {
    for (const name of ["pagehide", "pageshow"]) dispatchEvent(new PageTransitionEvent(name, { persisted: true }));
  });
  assert.equal(await statusOfNotes(tab), 200);
  assert.equal(await statusOf(tab), "signedIn");
});

test("a page that was in the back-forward cache until its worker ended has another one", async () => {
  const { tab } = await signedInProfile(world, world.options("ok", { silent: false }));
  await tab.evaluate(() => harness.auth.signOut({ scope: "local", revoke: false }));
  const settled = await tab.evaluate(async ([url, hiddenMs]) => {
    dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true }));
    await new Promise((resolve) => { setTimeout(resolve, hiddenMs); });
    dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
    const calls = [() => harness.auth.fetch(url), () => harness.auth.signOut({ scope: "local" })]
      .map((call) => harness.outcome(async () => void (await call())));
    const patience = new Promise((resolve) => { setTimeout(resolve, 10_000, "waits"); });
    return Promise.race([Promise.all(calls), patience]);
  }, [notes(), LINGER_MS + 500]);
  assert.notEqual(settled, "waits");
  assert.deepEqual(settled.map(({ error }) => error?.code), ["not_signed_in", undefined]);
});

test("without SharedWorker a worker of the page does the same, and ends with it", async () => {
  const options = world.options("ok");
  const tab = await (await world.newProfile()).newTab();
  await toCallback(tab, world, options, { returnTo: APP });
  await tab.evaluate(async (given) => {
    delete globalThis.SharedWorker;
    await harness.start(given);
  }, options);
  assert.equal((await sessionOf(tab)).status, "signedIn");
  assert.equal(await statusOfNotes(tab), 200);
  assert.equal((await tab.evaluate(() => harness.outcome(() => harness.auth.getAccessToken()))).error.code, "token_not_readable");
  await tab.evaluate(() => harness.auth.dispose());
  // WebKitGTK keeps the lock of the page before this one for a while: it gave it back too late to be heard.
  const { held } = await tab.evaluate(() => navigator.locks.query());
  assert.deepEqual(held.filter(({ name }) => name.startsWith("tokenward.session.")), []);
});

test("under Trusted Types the app says where the worker is", { skip: engine !== "chromium" }, async () => {
  const tab = await (await world.newProfile()).newTab();
  await openPage(tab, `${world.host.origin}/trusted.html`);
  const start = (given) => tab.evaluate(async ({ named, options }) => {
    globalThis.policy ??= trustedTypes.createPolicy("vault", { createScriptURL: (url) => url });
    await harness.start(named ? { ...options, workerUrl: policy.createScriptURL("/pkg/vault.worker.js") } : options);
    const { error } = await harness.outcome(() => harness.auth.signIn());
    harness.auth.dispose();
    return error.code;
  }, given);
  const options = world.options("metadata-issuer-foreign");
  assert.equal(await start({ named: false, options }), "worker_load_failed");
  assert.equal(await start({ named: true, options }), "metadata_issuer_mismatch");
});

test("a page with other options is refused while another page is there", async () => {
  const { profile, tab } = await signedInProfile(world);
  const other = await startedTab(world, profile, world.options("ok", { apis: [world.provider.collector.origin] }));
  const { status, error } = await sessionOf(other);
  assert.deepEqual([status, error?.code], ["signedOut", "vault_config_mismatch"]);
  assert.equal(await statusOf(tab), "signedIn");
});

test("a page that comes alone with other options gets no session that was kept for the first ones", async () => {
  const { tab } = await signedInProfile(world, world.options("ok", { silent: false }));
  await reloaded(tab);
  await tab.evaluate((given) => harness.start(given), world.options("ok", { silent: false, apis: [world.provider.collector.origin] }));
  const { status, reason } = await sessionOf(tab);
  assert.deepEqual([status, reason], ["signedOut", "notRestored"]);
});

describe("after dispose", () => {
  test("nothing is sent, held or listened to, and the worker is gone", async () => {
    world.provider.control({ tokenSeconds: SHORT_TOKEN_SECONDS });
    const { tab } = await signedInProfile(world);
    // A port of no page of the package's, to see whether anybody answers.
    await tab.evaluate(() => new Promise((resolve) => {
      const { port } = new SharedWorker("/pkg/vault.worker.js", { type: "module", name: "tokenward", extendedLifetime: true });
      harness.answers = (milliseconds) => new Promise((answered) => {
        port.onmessage = () => answered(true);
        port.postMessage({ id: 1, do: "userinfo" });
        setTimeout(answered, milliseconds, false);
      });
      port.onmessage = resolve;
    }));
    assert.equal(await tab.evaluate(() => harness.answers(3000)), true);
    world.provider.log.length = 0;
    await tab.evaluate(() => harness.auth.dispose());
    await sleep(SHORT_TOKEN_SECONDS * 1000 + LINGER_MS);
    assert.deepEqual(world.tokenRequests(), []);
    const { held, pending } = await tab.evaluate(() => navigator.locks.query());
    assert.deepEqual([held, pending], [[], []]);
    assert.equal(await tab.evaluate(() => harness.answers(1000)), false, "the worker answers no more");
    const { error } = await tab.evaluate((url) => harness.outcome(() => harness.auth.fetch(url)), notes());
    assert.equal(error.code, "disposed");
  });

  test("another Auth of the page starts anew", async () => {
    const { tab } = await signedInProfile(world);
    await tab.evaluate((given) => {
      harness.auth.dispose();
      return harness.start(given);
    }, world.options("ok"));
    assert.equal(await statusOf(tab), "signedIn");
    assert.equal(await statusOfNotes(tab), 200);
  });
});

test("a tab that is killed without a word counts no longer", async () => {
  const { profile, tab } = await signedInProfile(world);
  const other = await startedTab(world, profile, world.options("metadata-issuer-foreign"));
  await tab.evaluate(() => addEventListener("pagehide", (event) => event.stopImmediatePropagation(), { capture: true }));
  await tab.close();
  // With other options a page is let in only where no page of the client is left.
  await until("the worker's notice", () => other.evaluate(async (given) => {
    const { status, error } = await harness.start(given);
    harness.auth.dispose();
    return status === "signedOut" && error === undefined;
  }, world.options("ok", { silent: false, apis: [world.provider.collector.origin] })));
});
