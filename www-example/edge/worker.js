// The whole app as one Worker: the page, the session, and the way to the API. Its settings are in wrangler.jsonc.
import { env } from "cloudflare:workers";
import { createBff, durableObjectStore } from "tokenward/edge";

export { SessionObject } from "tokenward/edge";

const bff = createBff({
  issuer: env.ISSUER,
  clientId: env.CLIENT_ID,
  clientSecret: env.CLIENT_SECRET,
  scope: "openid profile email offline_access",
  origin: env.ORIGIN,
  apis: [{ path: "/api", target: env.API_URL, methods: ["GET", "POST"] }],
  keys: env.SESSION_KEYS.split(" "),
  store: durableObjectStore(env.SESSIONS),
});

/** What the page has to know: there is a backend, and where the API is below it. */
const CONFIG = { backend: true, issuer: env.ISSUER, clientId: "", api: "/api" };

/** No token is in the page, and no wasm: it speaks to its own origin and to nobody else. */
const HEADERS = {
  "content-security-policy": "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "cross-origin-opener-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

export default {
  async fetch(request, _env, context) {
    const answer = await bff.handle(request, context);
    if (answer) return answer;
    if (new URL(request.url).pathname === "/config.json") return Response.json(CONFIG, { headers: { "cache-control": "no-store" } });
    const { body, status, headers } = await env.ASSETS.fetch(request);
    return new Response(body, { status, headers: [...headers, ...Object.entries(HEADERS)] });
  },
};
