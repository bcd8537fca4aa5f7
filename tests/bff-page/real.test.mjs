// storage: "bff" with tokenward's own backend and the certified oidc-provider: a whole life, and no token in the page.
import assert from "node:assert/strict";
import { test } from "node:test";
import { engine } from "../e2e/driver.mjs";
import { shownBy, assertAbsent } from "../e2e/search.mjs";
import { leave, openPage, setUpPages, until } from "../e2e/world.mjs";
import { startOidcProvider } from "../interop/providers/oidc-provider.mjs";
import { startResourceServer } from "../interop/providers/resource-server.mjs";
import { startRealSite } from "./real-site.mjs";
import { APP, APP_PAGE, OPTIONS, heard, outcome, sessionOf, start, untilStatus } from "./world.mjs";

const world = setUpPages(async () => {
  world.site = await startRealSite(world.host.origin);
  const { origin } = world.site;
  world.provider = await startOidcProvider({ redirectUris: [`${origin}/auth/callback`], postLogoutRedirectUris: [`${origin}/auth/logged-out`] });
  world.api = await startResourceServer(world.provider.lookUp);
  world.site.start({ issuer: world.provider.issuer, api: world.api.origin });
}, { [APP]: APP_PAGE });

const open = async (tab) => {
  await openPage(tab, world.site.origin + APP);
  return start(tab);
};

const skip = engine === "webkit" && "WebKitGTK takes no Secure cookie from http, whatever the host";

/** The tokens that the provider gave. */
const tokens = () => world.provider.log.filter(({ path, status }) => path === "/token" && status === 200)
  .flatMap(({ answer }) => Object.entries(JSON.parse(answer)).filter(([name]) => name.endsWith("_token")).map(([, token]) => token));

// C09, C11, C12
test("sign in, reload, call, sign out; a second tab hears it, and no token is anywhere in the page", { skip }, async () => {
  const profile = await world.newProfile();
  const tab = await profile.newTab();
  assert.deepEqual(await open(tab), { status: "signedOut", reason: "none" });
  await leave(tab, APP, () => { void harness.outcome(() => harness.auth.signIn({ returnTo: "/app.html?in#here" })); });
  const session = await start(tab);
  assert.equal(session.status, "signedIn", JSON.stringify(session));
  assert.equal(await tab.url(), `${world.site.origin}/app.html?in#here`);
  assert.deepEqual(await heard(tab, "signedIn"), [{ restored: false, returnTo: "/app.html?in#here" }]);
  assert.ok(session.expiresAt > Date.now() && session.expiresAt < Date.now() + 700_000);

  const second = await profile.newTab();
  assert.equal((await open(second)).user.sub, session.user.sub);
  const called = await outcome(second, async () => (await harness.auth.fetch("/api/notes/1", { method: "POST", body: "{}" })).status);
  assert.equal(called.value, 200, JSON.stringify(called));
  assert.equal(world.api.log.at(-1).headers["x-tokenward"], undefined);

  const given = tokens();
  assert.equal(given.length, 3, "access, refresh and ID token");
  for (const page of [tab, second]) {
    assertAbsent("the storages", await page.evaluate(() => harness.stored()), { given });
    assertAbsent("what the page shows", await shownBy(page), { given });
    assert.equal((await page.evaluate(() => harness.stored())).cookies, "");
  }
  assertAbsent("the backend's answers", world.site.answers, { given });

  await leave(second, APP, () => { void harness.outcome(() => harness.auth.signOut({ returnTo: "/app.html?out" })); });
  assert.equal(await second.url(), `${world.site.origin}/app.html?out`);
  assert.deepEqual(await untilStatus(tab, "signedOut"), { status: "signedOut", reason: "signOut" });
  assert.deepEqual(await start(second), { status: "signedOut", reason: "none" });
  await until("the revocation", () => world.provider.log.some(({ path }) => path === "/token/revocation"));
});

test("a session that ends at the backend ends here at the next call", { skip }, async () => {
  const tab = await world.newTab();
  await open(tab);
  await leave(tab, APP, () => { void harness.outcome(() => harness.auth.signIn()); });
  assert.equal((await start(tab, OPTIONS)).status, "signedIn");
  // As an administrator ends it, or another device: this page hears nothing.
  await tab.evaluate(() => fetch("/auth/logout", { method: "POST", headers: { "x-tokenward": "1" }, body: '{"scope":"local"}' }));
  assert.equal((await sessionOf(tab)).status, "signedIn");
  assert.equal((await outcome(tab, async () => (await harness.auth.fetch("/api/notes/1")).status)).value, 401);
  assert.equal((await untilStatus(tab, "signedOut")).reason, "expired");
});

// B05
test("an API that wants a stronger sign-in gets it, with what the event says", { skip }, async () => {
  const tab = await world.newTab();
  await open(tab);
  await leave(tab, APP, () => { void harness.outcome(() => harness.auth.signIn()); });
  await start(tab);
  const call = async () => (await outcome(tab, async () => (await harness.auth.fetch("/api/silver")).status)).value;
  assert.equal(await call(), 401);
  const [{ error, signIn }] = await until("the event", async () => {
    const events = await heard(tab, "stepUpRequired");
    return events.length > 0 && events;
  });
  assert.deepEqual([error.code, error.status, signIn], ["insufficient_user_authentication", 401, { acrValues: "silver", maxAge: 60 }]);
  await leave(tab, APP, (given) => { void harness.outcome(() => harness.auth.signIn(given)); }, signIn);
  assert.equal((await start(tab)).user.acr, "silver");
  assert.equal(await call(), 200);
});
