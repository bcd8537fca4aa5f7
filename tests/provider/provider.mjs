// A provider that misbehaves on request. `<origin>/<fault>` is an issuer that breaks the one rule named in faults.mjs;
// `<origin>/api/...` is a resource server for all of them; a second origin, the collector, logs whatever reaches it.
import { createApi } from "./api.mjs";
import { createIssuer } from "./issuer.mjs";
import { faults } from "./faults.mjs";
import { serve } from "./serve.mjs";

const defaults = {
  /** Lifetime of an access token, as stated and as enforced by the API. */
  tokenSeconds: 900,
  /** Starts every code and token, so that a leak can be searched for. */
  marker: "",
  /** How long the token endpoint thinks before it answers. */
  tokenDelayMs: 0,
  /** How many API requests to refuse with 401 from now on; JSON has no Infinity, so a large number means always. */
  apiRefusals: 0,
};

/**
 * `control(changes)` sets any of the defaults above; `{ forgetAccessTokens: true }` makes the API refuse every access
 * token issued so far. `POST /_control` with the same object as JSON does it from another process.
 */
export async function startFaultProvider({ port = 0 } = {}) {
  const settings = { ...defaults };
  const incidents = [];
  const issued = [];
  const issuers = new Map();
  const collector = await serve(() => ({ body: { collected: true } }), { allowOrigin: () => true });
  const isLive = (token) => [...issuers.values()].some(({ grants }) => grants.isLive(token));
  const api = createApi({ settings, isLive });

  function control({ forgetAccessTokens = false, ...changes }) {
    const unknown = Object.keys(changes).find((name) => !(name in defaults));
    if (unknown) throw new Error(`unknown setting: ${unknown}`);
    Object.assign(settings, changes);
    if (forgetAccessTokens) issuers.forEach(({ grants }) => grants.forgetAccessTokens());
  }

  function issuerAt(name) {
    if (!Object.hasOwn(faults, name)) return null;
    if (!issuers.has(name)) {
      const issuer = `${server.origin}/${name}`;
      const fault = faults[name];
      issuers.set(name, createIssuer({ issuer, fault, settings, collector: collector.origin, incidents, issued }));
    }
    return issuers.get(name);
  }

  async function route(request) {
    const [, first, rest] = /^\/([^/]*)(.*)$/.exec(request.path);
    if (first === "_control") {
      control(JSON.parse(request.body));
      return { body: settings };
    }
    if (first === "api") return api(request);
    const issuer = issuerAt(first);
    return issuer ? issuer.handle(rest, request) : { status: 404, body: "no such issuer" };
  }

  const server = await serve(route, { port });
  return {
    origin: server.origin,
    log: server.log,
    /** Uses of a code or refresh token for the second time. */
    incidents,
    /** Every set of tokens given out: `{ access, refresh, idToken }`. */
    issued,
    collector: { origin: collector.origin, log: collector.log },
    control,
    close: async () => {
      await Promise.all([server.close(), collector.close()]);
    },
  };
}
