// What every test here needs: a browser, a page host, a provider that is not ours, and an API that takes its tokens.
import { setUpPages } from "../e2e/world.mjs";
import { startOidcProvider } from "./providers/oidc-provider.mjs";
import { startResourceServer } from "./providers/resource-server.mjs";

/**
 * A world whose `provider` is what `startProvider({ redirectUris, postLogoutRedirectUris })` returns, and whose `api` is a
 * resource server for its tokens.
 */
export function setUpInterop(startProvider = startOidcProvider) {
  const world = setUpPages(async () => {
    const { origin } = world.host;
    world.provider = await startProvider({ redirectUris: [`${origin}/callback.html`], postLogoutRedirectUris: [`${origin}/`] });
    world.api = await startResourceServer(world.provider.lookUp);
  });
  return Object.assign(world, {
    /** Options of createAuth for this client. */
    options: (clientId, changes = {}) => ({
      issuer: world.provider.issuer,
      clientId,
      redirectUri: `${world.host.origin}/callback.html`,
      postLogoutRedirectUri: `${world.host.origin}/`,
      scope: "openid",
      apis: [world.api.origin],
      storage: "session",
      ...changes,
    }),
    /** Starts both logs anew. */
    forget: () => [world.provider.log, world.api.log].forEach((log) => { log.length = 0; }),
    /** The provider's log for one path, without preflights. */
    at: (path) => world.provider.log.filter((request) => request.method !== "OPTIONS" && request.path === path),
    /** The API's log, without preflights. */
    calls: () => world.api.log.filter(({ method }) => method !== "OPTIONS"),
  });
}

/** `{ value: { status } }` or `{ error }` of a call through the package. */
export const call = (tab, url, init) =>
  tab.evaluate(([to, how]) => harness.outcome(() => harness.auth.fetch(to, how)), [url, init]);

export const tokenOf = (tab) => tab.evaluate(() => harness.auth.getAccessToken());

export const refreshNow = (tab) => tab.evaluate(() => harness.auth.getAccessToken({ force: true }));
