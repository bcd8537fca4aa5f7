// What the tests of several tabs need: the oidc-provider and an API behind faults, and tabs of one profile that run the app.
import { fileURLToPath } from "node:url";
import { file } from "../e2e/host.mjs";
import { leaveForCallback, openPage, setUpPages } from "../e2e/world.mjs";
import { startFront } from "../interop/providers/front.mjs";
import { startOidcProvider } from "../interop/providers/oidc-provider.mjs";
import { startResourceServer } from "../interop/providers/resource-server.mjs";
import { createFaults } from "./faults.mjs";

const CLIENT = "spa-rs256";
const app = fileURLToPath(new URL("./app.js", import.meta.url));

/** @param {object} settings `tokenSeconds`; `seed` of the faults, which come when `world.faults.active` is set. */
export function setUpTabs({ tokenSeconds, seed = 1 }) {
  const told = [];
  const faults = createFaults(seed);
  const world = setUpPages(async () => {
    const { origin } = world.host;
    world.provider = await startOidcProvider({
      redirectUris: [`${origin}/callback.html`], postLogoutRedirectUris: [`${origin}/`], tokenSeconds,
      between: faults.atProvider,
    });
    world.resources = await startResourceServer(world.provider.lookUp);
    world.api = await startFront({ target: world.resources.origin, between: faults.atApi });
  }, ({ path, body }) => {
    if (path === "/app.js") return file(app);
    if (path !== "/_told") return undefined;
    told.push(JSON.parse(body));
    return { status: 204 };
  });
  return Object.assign(world, {
    faults,
    /** What the tabs told, in the order in which it came. */
    told,
    options: (changes = {}) => ({
      issuer: world.provider.issuer,
      clientId: CLIENT,
      redirectUri: `${world.host.origin}/callback.html`,
      postLogoutRedirectUri: `${world.host.origin}/`,
      scope: "openid offline_access",
      apis: [world.api.origin],
      storage: "memory",
      ...changes,
    }),
    /** Opens the app in a tab; it has the session that it finds. */
    async open(tab, name, options = world.options()) {
      await openPage(tab, appUrl(world, name));
      return startApp(tab, world, options);
    },
    /** Signs in, in a tab that runs the app from then on. */
    async signIn(tab, name, options = world.options()) {
      await openPage(tab, appUrl(world, name));
      await tab.evaluate((given) => harness.start(given), options);
      await leaveForCallback(tab);
      return startApp(tab, world, options);
    },
  });
}

const appUrl = (world, name) => `${world.host.origin}/?tab=${name}`;

const startApp = (tab, world, options) => tab.evaluate(async (given) => {
  await import("/app.js");
  return app.start(given);
}, { options, api: world.api.origin });
