// A provider that is not ours, and an app on pages that differ in what their headers forbid.
import { readFile } from "node:fs/promises";
import { openPage, setUpPages, until } from "../e2e/world.mjs";
import { startOidcProvider } from "../interop/providers/oidc-provider.mjs";

const html = '<!doctype html><html lang="en"><title>app</title><button type="button">Sign in</button>'
  + '<script type="module" src="/app.js"></script>';

// As apps do that read their settings before anything else.
const waiting = `${html}<script type="module">
  await fetch(new URL("/settings", JSON.parse(localStorage.getItem("options")).issuer), { mode: "no-cors" }).catch(() => {});
</script>`;

const policy = (frames) => ({
  "content-security-policy": `default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; connect-src *; frame-src ${frames}`,
});
const page = (headers, body = html) => ({ headers: { "content-type": "text/html", ...headers }, body });
const isolated = { "cross-origin-opener-policy": "same-origin" };

const files = {
  "/app.js": { headers: { "content-type": "text/javascript" }, body: await readFile(new URL("./app.js", import.meta.url)) },
  "/app.html": page(policy("*")),
  "/isolated.html": page({ ...policy("*"), ...isolated }),
  "/frameless.html": page(policy("'none'")),
  "/back.html": page(policy("*")),
  "/isolated-back.html": page({ ...policy("*"), ...isolated }),
  "/waiting-back.html": page({}, waiting),
  "/unframed-back.html": page({ ...policy("*"), "x-frame-options": "DENY" }),
};
export const backPages = ["/back.html", "/isolated-back.html", "/waiting-back.html", "/unframed-back.html"];

/** A world with pages of one app, each of which starts by itself; the provider is what `startProvider` returns. */
export function setUpWindows(startProvider = startOidcProvider) {
  const world = setUpPages(async () => {
    const { origin } = world.host;
    world.provider = await startProvider({ redirectUris: backPages.map((path) => origin + path) });
  }, files);
  Object.assign(world, {
    /** Options of createAuth. */
    options: (changes = {}) => ({
      issuer: world.provider.issuer,
      clientId: "spa-rs256",
      redirectUri: "/back.html",
      scope: "openid",
      ...changes,
    }),
    /** The provider's log for one path, without preflights. */
    at: (path) => world.provider.log.filter((request) => request.method !== "OPTIONS" && request.path === path),
  });
  return world;
}

/** A tab with the app in it, started. */
export async function openApp(world, { path = "/app.html", options = {}, profile } = {}) {
  const tab = await (profile ?? (await world.newProfile())).newTab();
  await openPage(tab, `${world.host.origin}/`);
  await tab.evaluate((given) => localStorage.setItem("options", JSON.stringify(given)), world.options(options));
  await openPage(tab, world.host.origin + path);
  await tab.evaluate(() => harness.started);
  return tab;
}

/** Presses the button, which opens a popup; returns the popup. */
export async function openPopup(tab, parameters = {}) {
  const before = (await tab.popups()).length;
  await tab.evaluate((given) => { harness.parameters = { mode: "popup", ...given }; }, parameters);
  await tab.click("button");
  return until("a popup", async () => (await tab.popups())[before]);
}

/** What came of the last press, once it is known. */
export const signedIn = (tab) => tab.evaluate(() => harness.signingIn);

export const sessionOf = (tab) => tab.evaluate(() => harness.session());

/** Waits until the popup is gone. */
export const untilGone = (popup) => until("the popup to close", () => popup.evaluate(() => false).catch(() => true));
