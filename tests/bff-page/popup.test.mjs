// storage: "bff": a sign-in in a popup, which comes back to a page of the app.
import assert from "node:assert/strict";
import { test } from "node:test";
import { engine } from "../e2e/driver.mjs";
import { APP, OPTIONS, heard, openPage, outcome, sessionOf, setUpBff, start, until, untilStatus } from "./world.mjs";

const page = (more = {}) => ({
  headers: { "content-type": "text/html", "content-security-policy": "default-src 'self'", ...more },
  body: '<!doctype html><html lang="en"><title>popups</title><button type="button">Sign in</button>'
    + '<script type="module" src="/harness.js"></script><script type="module" src="/click.js"></script>',
});
const click = `
  document.querySelector("button").onclick = () => { harness.signingIn = harness.outcome(() => harness.auth.signIn(harness.parameters)); };
  if (location.search.includes("state=")) void harness.start({ storage: "bff" });`;
const world = setUpBff({
  "/popups.html": page(),
  "/isolated.html": page({ "cross-origin-opener-policy": "same-origin" }),
  "/click.js": { headers: { "content-type": "text/javascript" }, body: click },
});

async function press(path, parameters = {}) {
  const tab = await world.newTab();
  await world.open(tab, OPTIONS, path);
  await tab.evaluate((given) => { harness.parameters = { mode: "popup", ...given }; }, parameters);
  await tab.click("button");
  return tab;
}

const signedIn = (tab) => tab.evaluate(() => harness.signingIn);
const popupOf = (tab) => until("a popup", async () => (await tab.popups())[0]);
const isGone = (popup) => popup.evaluate(() => false).catch(() => true);

for (const path of ["/popups.html", "/isolated.html"]) {
  test(`a popup signs in, and closes, at ${path}`, async () => {
    const tab = await press(`${path}?a=1`, { loginHint: "user@example.com" });
    const { value, error } = await signedIn(tab);
    assert.equal(error, undefined, JSON.stringify(error));
    assert.equal(value.user.sub, "user-1");
    assert.equal(await tab.url(), `${world.site.origin}${path}?a=1`);
    assert.deepEqual(await heard(tab, "signedIn"), [{ restored: false, returnTo: `${path}?a=1` }]);
    assert.equal(world.site.log.find(({ path: at }) => at === "/auth/login").query.login_hint, "user@example.com");
    await until("the popup to close", async () => (await Promise.all((await tab.popups()).map(isGone))).every(Boolean));
    assert.deepEqual((await tab.evaluate(() => harness.stored())).session, {});
  });
}

test("who is signed in signs in again, and another tab hears of a sign-in", async () => {
  const profile = await world.newProfile();
  const other = await profile.newTab();
  await world.open(other);
  const tab = await profile.newTab();
  await world.open(tab, OPTIONS, "/popups.html");
  await tab.evaluate(() => { harness.parameters = { mode: "popup" }; });
  await tab.click("button");
  assert.equal((await signedIn(tab)).value.user.sub, "user-1");
  await untilStatus(other, "signedIn");
  await tab.click("button");
  assert.equal((await signedIn(tab)).value.user.sub, "user-1");
  assert.deepEqual(await heard(tab, "signedIn"), Array(2).fill({ restored: false, returnTo: "/popups.html" }));
  world.bff.sub = "user-2";
  await tab.click("button");
  assert.equal((await signedIn(tab)).value.user.sub, "user-2");
  await until("the other user", async () => (await sessionOf(other)).user.sub === "user-2");
});

test("a popup whose sign-in brought no session settles the call", async () => {
  const tab = await press("/popups.html");
  assert.equal((await signedIn(tab)).error, undefined);
  await outcome(tab, () => harness.auth.signOut({ scope: "local" }));
  world.bff.instead["/auth/session"] = "reset";
  await tab.click("button");
  assert.equal((await signedIn(tab)).error?.code, "network_failed");
  world.bff.instead["/auth/session"] = { body: { status: "signedOut" } };
  await tab.click("button");
  assert.equal((await signedIn(tab)).error?.code, "not_signed_in");
  assert.deepEqual((await tab.evaluate(() => harness.stored())).session, { "tokenward.bff": "" }, "diagnose() may want to know");
  world.bff.instead = {};
  await tab.click("button");
  assert.equal((await signedIn(tab)).value?.status, "signedIn");
});

test("a popup that the user closes settles the call", async () => {
  world.bff.instead["/auth/login"] = { headers: { "content-type": "text/html" }, body: "<!doctype html><title>provider</title>" };
  const tab = await press("/popups.html");
  const popup = await popupOf(tab);
  await until("the provider's page", () => popup.evaluate(() => document.title === "provider"));
  await popup.close();
  // No window manager gives the focus back there.
  if (engine === "webkit") await tab.evaluate(() => { document.hasFocus = () => true; });
  assert.equal((await signedIn(tab)).error?.code, "popup_closed");
  assert.deepEqual(await sessionOf(tab), { status: "signedOut", reason: "none" });
});

test("a popup that no click asked for is blocked, and said to be", async () => {
  const tab = await world.newTab();
  await world.open(tab);
  await tab.evaluate(() => { globalThis.open = () => null; });
  const { error } = await outcome(tab, () => harness.auth.signIn({ mode: "popup" }));
  assert.deepEqual([error.code, error.name], ["popup_blocked", "UsageError"]);
});

test("a sign-out ends the wait", async () => {
  world.bff.instead["/auth/login"] = { headers: { "content-type": "text/html" }, body: "<!doctype html><title>provider</title>" };
  const tab = await press("/popups.html");
  await popupOf(tab);
  await until("the login", () => world.requests().includes("GET /auth/login"));
  await outcome(tab, () => harness.auth.signOut({ scope: "local" }));
  assert.equal((await signedIn(tab)).error?.code, "popup_closed");
});

test("a page with a state of a popup that nobody waits for is a page like any other", async () => {
  const tab = await world.signedInTab();
  await openPage(tab, `${world.site.origin}${APP}?code=bff&state=nobody.w`);
  assert.equal((await start(tab)).status, "signedIn");
});
