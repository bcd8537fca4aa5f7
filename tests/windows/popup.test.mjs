// Signing in with a popup, whatever the policies of the pages on the way.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { engine } from "../e2e/driver.mjs";
import { installLedger } from "../e2e/ledger.mjs";
import { until } from "../e2e/world.mjs";
import { openApp, openPopup, sessionOf, setUpWindows, signedIn, untilGone } from "./world.mjs";

// How long a window must look closed while its page is in use, and somewhat more.
const LONGER_THAN_BELIEVED_MS = 2500;

const world = setUpWindows();

const policies = [
  { name: "no policy" },
  { name: "COOP on the app", path: "/isolated.html", redirectUri: "/isolated-back.html" },
  { name: "COOP on the provider", loginHint: "ask-coop" },
  { name: "COOP on both", path: "/isolated.html", redirectUri: "/isolated-back.html", loginHint: "ask-coop" },
];

describe("a popup signs in, and closes, with", () => {
  for (const { name, path, redirectUri = "/back.html", loginHint = "ask" } of policies) {
    test(name, async () => {
      const tab = await openApp(world, { path, options: { redirectUri } });
      const popup = await openPopup(tab, { loginHint });
      await popup.click("#go");
      const { value, error } = await signedIn(tab);
      assert.equal(error, undefined, JSON.stringify(error));
      assert.deepEqual([value.status, value.user.sub], ["signedIn", loginHint]);
      assert.equal((await sessionOf(tab)).status, "signedIn");
      await untilGone(popup);
    });
  }
});

const isAtProvider = (popup) => until("the provider's page", () => popup.evaluate(() => document.title === "provider"));

describe("a popup that the user closes at the provider's page settles the call, with", () => {
  for (const { name, path, redirectUri = "/back.html", loginHint = "ask" } of policies) {
    test(name, async () => {
      const tab = await openApp(world, { path, options: { redirectUri } });
      const popup = await openPopup(tab, { loginHint });
      await isAtProvider(popup);
      await popup.close();
      // No window manager gives the focus back there.
      if (engine === "webkit") await tab.evaluate(() => { document.hasFocus = () => true; });
      assert.equal((await signedIn(tab)).error?.code, "popup_closed");
      assert.equal((await sessionOf(tab)).status, "signedOut");
    });
  }
});

test("a popup that is closed before it is on its way settles the call", async () => {
  const tab = await openApp(world);
  world.provider.slow("/.well-known/openid-configuration", 1000);
  const popup = await openPopup(tab);
  await popup.close();
  assert.equal((await signedIn(tab)).error?.code, "popup_closed");
  world.provider.slow("/.well-known/openid-configuration", 0);
});

// A policy cuts the popup off from this page, to which it looks closed from then on.
describe("a popup that only looks closed", () => {
  const open = async (hasFocus) => {
    const tab = await openApp(world);
    await tab.evaluate((focus) => { document.hasFocus = () => focus; }, hasFocus);
    const popup = await openPopup(tab, { loginHint: "ask-coop" });
    await isAtProvider(popup);
    return { tab, popup };
  };

  test("is waited for as long as the user is not back on the page", async () => {
    const { tab, popup } = await open(false);
    await sleep(LONGER_THAN_BELIEVED_MS);
    await popup.click("#go");
    assert.equal((await signedIn(tab)).value?.status, "signedIn");
  });

  test("settles the call when the user is, and signs in all the same when it comes back", async () => {
    const { tab, popup } = await open(true);
    assert.equal((await signedIn(tab)).error?.code, "popup_closed");
    assert.equal((await sessionOf(tab)).status, "signedOut");
    await popup.click("#go");
    await until("the session", async () => (await sessionOf(tab)).status === "signedIn");
    await untilGone(popup);
  });

  test("signs nobody in after a sign-out", async () => {
    const { tab, popup } = await open(true);
    await signedIn(tab);
    const second = await openPopup(tab);
    assert.equal((await signedIn(tab)).value?.status, "signedIn");
    await untilGone(second);
    await tab.evaluate(() => harness.auth.signOut({ scope: "local" }));
    const { length } = world.at("/token");
    await popup.click("#go");
    await until("the callback's own page to give up", async () => popup.evaluate(() => harness.started));
    assert.equal((await sessionOf(tab)).status, "signedOut");
    assert.equal(world.at("/token").length, length);
  });
});

test("a popup that the browser blocks settles the call", async () => {
  const tab = await openApp(world);
  await tab.evaluate(() => {
    globalThis.open = () => null;
    harness.signIn();
  });
  assert.equal((await signedIn(tab)).error?.code, "popup_blocked");
});

// A09
test("a popup in which the user says no closes, and the call says why", async () => {
  const tab = await openApp(world);
  const popup = await openPopup(tab, { loginHint: "deny" });
  const { error } = await signedIn(tab);
  assert.deepEqual([error.code, error.phase], ["access_denied", "callback"]);
  assert.equal((await sessionOf(tab)).status, "signedOut");
  await untilGone(popup);
});

test("a popup that nobody wants any more is not waited for, and the call rejects with the reason", async () => {
  const tab = await openApp(world);
  await tab.evaluate(() => {
    const given = new AbortController();
    harness.abort = () => given.abort(new Error("changed my mind"));
    const { signIn } = harness.auth;
    harness.auth.signIn = (options) => signIn({ ...options, signal: given.signal });
  });
  const popup = await openPopup(tab, { loginHint: "ask" });
  await isAtProvider(popup);
  await tab.evaluate(() => harness.abort());
  assert.equal((await signedIn(tab)).error?.message, "changed my mind");
  // The others let no page close a window of another origin that has no hold on it.
  if (engine === "firefox") await untilGone(popup);
  await tab.evaluate(() => harness.signIn());
  assert.equal((await signedIn(tab)).error?.message, "changed my mind");
  assert.equal((await tab.popups()).length, 1, "nor is another one opened");
});

test("nothing is left in the page of a popup that was given up, after dispose", async () => {
  const tab = await openApp(world);
  await tab.evaluate(installLedger);
  const before = await tab.evaluate(() => ledger.open());
  await tab.evaluate(() => { document.hasFocus = () => true; });
  const popup = await openPopup(tab, { loginHint: "ask" });
  await isAtProvider(popup);
  await popup.close();
  assert.equal((await signedIn(tab)).error?.code, "popup_closed");
  assert.ok((await tab.evaluate(() => ledger.open())).length > before.length, "it is still waited for");
  await tab.evaluate(() => harness.auth.dispose());
  const rest = await tab.evaluate(() => ledger.open());
  assert.deepEqual(rest.filter((entry) => /timer|channel|lock/.test(entry)), []);
});

test("options that cannot be are refused, and the window is closed again", async () => {
  const tab = await openApp(world);
  const popup = await openPopup(tab, { returnTo: "https://elsewhere.test/" });
  assert.equal((await signedIn(tab)).error?.code, "invalid_option");
  await untilGone(popup);
});

// A22
describe("what is said on the channel", () => {
  const CHANNEL = "tokenward.windows";

  test("by others does not end a sign-in", async () => {
    const tab = await openApp(world);
    const popup = await openPopup(tab, { loginHint: "ask" });
    await isAtProvider(popup);
    const { state } = world.at("/auth").at(-1).query;
    const other = await openApp(world, { profile: undefined });
    const forge = ([name, origin, known]) => {
      const urls = [
        `${origin}/back.html?code=forged&state=forged`, `${origin}/back.html?code=forged`, "no url", "", null, 7, {}, undefined,
        `${origin}/back.html?code=forged&state=${known.slice(0, -1)}`, `${origin}/back.html?code=forged&state=${known}x`,
      ];
      const channel = new BroadcastChannel(name);
      for (const url of urls) channel.postMessage({ url });
      for (const whole of [null, undefined, 0, "text", [], { taken: known }]) channel.postMessage(whole);
    };
    for (const page of [tab, other]) await page.evaluate(forge, [CHANNEL, world.host.origin, state]);
    await popup.click("#go");
    assert.equal((await signedIn(tab)).value?.status, "signedIn");
    if (engine !== "webkit") assert.deepEqual(tab.errors, []);
  });

  test("by others cannot make its code the session: the code of another sign-in is refused", async () => {
    const tab = await openApp(world);
    const popup = await openPopup(tab, { loginHint: "ask" });
    await isAtProvider(popup);
    const { state } = world.at("/auth").at(-1).query;
    await tab.evaluate(([name, origin, issuer, known]) => {
      new BroadcastChannel(name).postMessage({ url: `${origin}/back.html?code=forged&state=${known}&iss=${issuer}` });
    }, [CHANNEL, world.host.origin, encodeURIComponent(world.provider.issuer), state]);
    assert.equal((await signedIn(tab)).error?.code, "invalid_grant");
    assert.equal((await sessionOf(tab)).status, "signedOut");
  });

  test("is not heard by another origin, and the provider has no hold on the page", async (t) => {
    const profile = await world.newProfile();
    const tab = await openApp(world, { profile });
    const stranger = await profile.newTab();
    t.after(() => world.provider.pretend("/listen", null));
    world.provider.pretend("/listen", { status: 200, headers: { "content-type": "text/html" }, body: "<title>listen</title>" });
    await stranger.goto(`${world.provider.issuer}/listen`);
    await stranger.evaluate((name) => {
      globalThis.heard = [];
      for (const target of [new BroadcastChannel(name), globalThis]) target.addEventListener("message", ({ data }) => heard.push(data));
    }, CHANNEL);
    const popup = await openPopup(tab, { loginHint: "ask" });
    await isAtProvider(popup);
    assert.equal(await popup.evaluate(() => window.opener), null);
    await popup.click("#go");
    assert.equal((await signedIn(tab)).value?.status, "signedIn");
    assert.deepEqual(await stranger.evaluate(() => heard), []);
  });
});

test("a callback that nobody waits for is refused as one of an unknown sign-in", async () => {
  const tab = await openApp(world);
  await tab.goto(`${world.host.origin}/back.html?code=foreign&state=${"s".repeat(43)}.w`);
  const session = await tab.evaluate(() => harness.started);
  assert.equal(session.error?.code, "callback_state_unknown");
  assert.equal(await tab.url(), `${world.host.origin}/back.html`);
});
