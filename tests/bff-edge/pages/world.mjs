// A browser with a page of the app in it, whose `createAuth` has `storage: "bff"`; and the BFF, the provider and the API for real.
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { leave, openPage, setUpPages, until } from "../../e2e/world.mjs";
import { makeWorld } from "../world.mjs";

export { until };

/** Its policy lets it speak to its own origin only, and run no wasm. */
const PAGE = {
  headers: { "content-type": "text/html", "content-security-policy": "default-src 'self'" },
  body: '<!doctype html><html lang="en"><title>test page</title><script type="module" src="/harness.js"></script>',
};
const app = fileURLToPath(new URL("app.mjs", import.meta.url));

/** As of tests/e2e/world.mjs and ../world.mjs together. */
export function setUpBrowser() {
  const edge = makeWorld({ listens: true });
  const pages = setUpPages(async () => {
    await edge.open();
    pages.edge = edge;
  }, { "/app.html": PAGE });
  return Object.assign(pages, {
    startApp: (t, [runtime, store], changes = {}) => edge.startApp(t, runtime, store, { app, pages: pages.host.origin, ...changes }),

    /** A tab of the profile with the app in it, started. */
    async open(profile) {
      const tab = await profile.newTab();
      await openPage(tab, `${edge.origin}/app.html`);
      await start(tab);
      return tab;
    },

    /** The same, signed in as `user`. */
    async openSignedIn(profile, user = "alice") {
      const tab = await pages.open(profile);
      await signIn(tab, user);
      return tab;
    },
  });
}

export async function signIn(tab, user) {
  await leave(tab, "/app.html", (loginHint) => { void harness.outcome(() => harness.auth.signIn({ loginHint })); }, user);
  const session = await start(tab);
  assert.equal(session.status, "signedIn", JSON.stringify(session));
}

const start = (tab) => tab.evaluate(() => harness.start({ storage: "bff" }));

export const sessionOf = (tab) => tab.evaluate(() => harness.session());

/** The status of a call to the API through the page's own `fetch`. */
export const call = async (tab, path = "/api/x", init = {}) => {
  const { value, error } = await tab.evaluate(([to, how]) => harness.outcome(() => harness.auth.fetch(to, how)), [path, init]);
  return value?.status ?? error.code ?? error.name;
};
