// What must not happen: downloads nobody needs, timers that outlive their session, errors that say nothing.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { packageFolder } from "./host.mjs";
import { leave, openPage, setUpWorld, signedInTab, until } from "./world.mjs";

// A token of this lifetime is due for a refresh after half of it.
const SHORT_TOKEN_SECONDS = 4;
const REFRESH_DUE_MS = (SHORT_TOKEN_SECONDS * 1000) / 2;
const MARGIN_MS = 800;

const world = setUpWorld();
afterEach(() => world.provider.control({ tokenSeconds: 900 }));

async function startedPage(path = "/", changes = {}) {
  const tab = await world.newTab();
  await openPage(tab, `${world.host.origin}${path}`);
  const session = await tab.evaluate((options) => harness.start(options), world.options("ok", changes));
  return { tab, session };
}

const shortLivedTab = () => {
  world.provider.control({ tokenSeconds: SHORT_TOKEN_SECONDS });
  return signedInTab(world, world.options("ok"));
};

// Every file that index.js imports without being asked.
async function eagerFiles(name = "index.js", found = new Set()) {
  if (found.has(name)) return found;
  found.add(name);
  const source = await readFile(join(packageFolder, name), "utf8");
  const imports = source.matchAll(/(?:^|[;}\s])(?:import|export)\s*(?:[\w*{][^;"']*?\bfrom\s*)?["'](\.{1,2}\/[^"']+)["']/g);
  for (const [, specifier] of imports) {
    await eagerFiles(new URL(specifier, `file:///${name}`).pathname.slice(1), found);
  }
  return found;
}

describe("a signed-out visitor", () => {
  test("downloads the eager JavaScript and nothing else, and sends nothing to the provider", async () => {
    world.host.log.length = 0;
    world.provider.log.length = 0;
    // An issuer that signIn() refuses, so that the page stays.
    const { tab, session } = await startedPage("/", { issuer: `${world.provider.origin}/metadata-issuer-foreign` });
    assert.deepEqual([session.status, session.reason], ["signedOut", "none"]);
    await sleep(300);
    const downloaded = () => world.host.log.map(({ path }) => path).filter((path) => path.startsWith("/pkg/"));
    const eager = downloaded();
    assert.deepEqual(eager.toSorted(), [...(await eagerFiles())].map((file) => `/pkg/${file}`).sort());
    assert.equal(eager.some((path) => path.endsWith(".wasm")), false);
    assert.deepEqual(world.provider.log, []);

    // There is something it was spared: the engine comes with the first need for it.
    await tab.evaluate(() => harness.outcome(() => harness.auth.signIn({ returnTo: "//evil.test" })));
    await until("the wasm", () => downloaded().some((path) => path.endsWith(".wasm")));
    assert.ok(downloaded().slice(eager.length).some((path) => path.endsWith(".js")), `${downloaded()}`);
  });

  test("leaves no trace in storage", async () => {
    const { tab } = await startedPage();
    const { session, local, databases, cookies } = await tab.evaluate(() => harness.stored());
    assert.deepEqual({ session, local, databases, cookies }, { session: {}, local: {}, databases: [], cookies: "" });
  });

  test("is told not_signed_in by fetch and getAccessToken, before anything is sent", async () => {
    const { tab } = await startedPage();
    world.provider.log.length = 0;
    const url = `${world.provider.origin}/api/v1/notes`;
    const fetched = await tab.evaluate((target) => harness.outcome(() => harness.auth.fetch(target)), url);
    const token = await tab.evaluate(() => harness.outcome(() => harness.auth.getAccessToken()));
    assert.deepEqual([fetched.error?.code, token.error?.code], ["not_signed_in", "not_signed_in"]);
    assert.equal(fetched.error.name, "UsageError");
    assert.deepEqual(world.provider.log, []);
  });

  test("reaches other places through fetch as without tokenward", async () => {
    const { tab } = await startedPage();
    const url = `${world.provider.origin}/ok/jwks`;
    const fetched = await tab.evaluate((target) => harness.outcome(() => harness.auth.fetch(target)), url);
    assert.deepEqual(fetched, { value: { status: 200 } });
  });
});

describe("no timer outlives its session", () => {
  // The first of these shows that the others wait long enough to see a refresh.
  const endings = {
    "a living session refreshes": { end: () => {}, tokenRequests: ["refresh_token"] },
    "after dispose nothing is sent": { end: () => harness.auth.dispose(), tokenRequests: [] },
    "after a local sign-out nothing is sent": {
      end: () => harness.auth.signOut({ scope: "local", revoke: false }), tokenRequests: [],
    },
  };
  for (const [name, { end, tokenRequests }] of Object.entries(endings)) {
    test(name, async () => {
      const tab = await shortLivedTab();
      world.provider.log.length = 0;
      await tab.evaluate(end);
      await sleep(REFRESH_DUE_MS + MARGIN_MS);
      assert.deepEqual(world.tokenRequests(), tokenRequests);
      if (tokenRequests.length === 0) assert.deepEqual(world.requestsTo("ok"), []);
    });
  }
});

describe("sign-out", () => {
  // E02
  test("with revocation tells the provider, ends the session at once, and then stays quiet", async () => {
    const tab = await signedInTab(world, world.options("ok"));
    world.provider.log.length = 0;
    await tab.evaluate(() => harness.auth.signOut({ scope: "local" }));
    const session = await tab.evaluate(() => harness.session());
    assert.deepEqual([session.status, session.reason], ["signedOut", "signOut"]);
    const revoked = world.provider.log.filter(({ path }) => path === "/ok/revoke").map(({ body }) => body.token);
    assert.ok(revoked.some((token) => token.startsWith("refresh-")), `revoked: ${revoked}`);
    assert.deepEqual(world.tokenRequests(), []);
  });

  // L01, L02
  test("at the provider goes there and comes back signed out", async () => {
    const tab = await signedInTab(world, world.options("ok", { postLogoutRedirectUri: `${world.host.origin}/` }));
    world.provider.log.length = 0;
    await leave(tab, "/", () => { void harness.outcome(() => harness.auth.signOut()); });
    assert.ok(world.requestsTo("ok").includes("GET /end-session"));
    const session = await tab.evaluate((options) => harness.start(options), world.options("ok"));
    assert.equal(session.status, "signedOut", JSON.stringify(session));
    assert.equal(session.error, undefined, "a sign-out's way back is no failed sign-in");
  });
});

// R03
test("offline at a refresh keeps the session as stale, and the network's return mends it", async () => {
  const tab = await shortLivedTab();
  await tab.setOffline(true);
  await until("a stale session", () => tab.evaluate(() => harness.session().stale), REFRESH_DUE_MS + 3000);
  const kept = await tab.evaluate(() => harness.session());
  assert.equal(kept.status, "signedIn");
  const failed = await tab.evaluate(() => harness.events.find(({ name }) => name === "refreshFailed").detail);
  assert.deepEqual([failed.error.name, failed.error.retryable], ["NetworkError", true]);
  await tab.setOffline(false);
  await until("a fresh session", () => tab.evaluate(() => harness.session().stale === false));
  assert.equal((await tab.evaluate(() => harness.session())).status, "signedIn");
  assert.deepEqual(world.provider.incidents, []);
});

test("a policy without 'wasm-unsafe-eval' is named in the error", async () => {
  const { tab, session } = await startedPage("/no-wasm.html");
  assert.equal(session.status, "signedOut", "a visitor who is signed out needs no wasm, and so meets no error");
  const { error } = await tab.evaluate(() => harness.outcome(() => harness.auth.signIn()));
  assert.equal(error?.code, "wasm_blocked_by_csp", JSON.stringify(error));
  assert.equal(error.name, "ConfigError");
  assert.match(`${error.message} ${error.suggestion}`, /'wasm-unsafe-eval'/);
});

test("a session in sessionStorage survives a reload without a request to the token endpoint", async () => {
  const options = world.options("ok", { storage: "session" });
  const tab = await signedInTab(world, options);
  world.provider.log.length = 0;
  await leave(tab, "/", () => { setTimeout(() => location.reload()); });
  const session = await tab.evaluate((given) => harness.start(given), options);
  assert.equal(session.status, "signedIn", JSON.stringify(session));
  assert.deepEqual(world.tokenRequests(), []);
  const signedIn = await tab.evaluate(() => harness.events.find(({ name }) => name === "signedIn"));
  assert.equal(signedIn?.detail.restored, true);
});
