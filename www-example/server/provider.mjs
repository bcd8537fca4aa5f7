import { randomBytes } from "node:crypto";
import { exportJWK, generateKeyPair } from "jose";
import Provider, { errors } from "oidc-provider";
import { createMemoryAdapter } from "oidc-provider/lib/adapters/memory_adapter.js";
import { listen } from "./listen.mjs";
import { errorPage, loginPage, signedOutPage, signingOutPage } from "./pages.mjs";

const CLIENT = "demo-spa";
const SCOPES = "openid profile email offline_access";
const DAY = 86400;

/**
 * The demo identity provider: an OpenID Provider with one public client, `demo-spa`, or a backend in its place, and any user
 * you name.
 *
 * Refresh tokens rotate, and one that comes a second time ends its whole family. Access tokens are RFC 9068 JWTs for
 * `apiAudience`, also when the client names no resource. Keys and sessions live as long as the process.
 *
 * @param {object} options
 * @param {number} options.port
 * @param {string} [options.host] Default 127.0.0.1.
 * @param {string} options.appOrigin The page that may sign users in: redirect target, and allowed by CORS.
 * @param {string} options.apiAudience The `aud` of access tokens: an absolute URI.
 * @param {number} [options.tokenSeconds] Lifetime of an access token. Default 600.
 * @param {"form" | "auto"} [options.login] `form`: a page asks who you are. `auto`: signs in unasked, as the
 *   `login_hint` or as alice; the hint `deny` answers access_denied. Default `form`.
 * @param {{ clientId: string, clientSecret: string }} [options.backend] The client is a backend with its endpoints at `/auth`.
 * @returns {Promise<{ issuer: string, close(): Promise<void> }>}
 */
export async function startProvider({
  port, host = "127.0.0.1", appOrigin, apiAudience, tokenSeconds = 600, login = "form", backend,
}) {
  const { server, origin: issuer, close } = await listen(port, host);
  const provider = new Provider(issuer, {
    clients: [{
      client_name: "tokenward demo",
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      id_token_signed_response_alg: "RS256",
      ...(backend ? asBackend(backend, appOrigin) : asPage(appOrigin)),
    }],
    jwks: { keys: [await signingKey()] },
    // The default adapter, named, so that it does not warn: memory is what a demo wants.
    adapter: createMemoryAdapter(0),
    cookies: { keys: [randomBytes(32).toString("base64url")] },
    scopes: SCOPES.split(" "),
    claims: { openid: ["sub"], profile: ["name", "preferred_username"], email: ["email", "email_verified"] },
    // Puts name and email into the ID token: the page shows them and has no other use for the userinfo endpoint.
    conformIdTokenClaims: false,
    findAccount: async (_ctx, sub) => ({ accountId: sub, claims: async () => person(sub) }),
    loadExistingGrant: (ctx) => grantFor(provider, ctx, apiAudience),
    clientBasedCORS: (_ctx, origin) => origin === appOrigin,
    pkce: { required: () => true },
    issueRefreshToken: async () => true,
    rotateRefreshToken: true,
    ttl: {
      AccessToken: tokenSeconds, IdToken: tokenSeconds, AuthorizationCode: 60, Interaction: 600,
      RefreshToken: DAY, Session: DAY, Grant: DAY,
    },
    // The library's own would not speak to loopback, where the backend is.
    fetch: (url, { dispatcher: _, ...init } = {}) => fetch(url, init),
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      revocation: { enabled: true, allowedPolicy: async (_ctx, client, token) => token.clientId === client.clientId },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: async (ctx, form) => signingOutPage(ctx, { form, appOrigin }),
        postLogoutSuccessSource: async (ctx) => signedOutPage(ctx),
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: async () => apiAudience,
        useGrantedResource: async () => true,
        getResourceServerInfo: async (_ctx, resource) => {
          if (resource !== apiAudience) throw new errors.InvalidTarget();
          return {
            // Without this a token for the API would have an empty scope, and the answer to the client too.
            scope: SCOPES,
            audience: apiAudience,
            accessTokenFormat: "jwt",
            accessTokenTTL: tokenSeconds,
            jwt: { sign: { alg: "RS256" } },
          };
        },
      },
    },
    renderError: async (ctx, out) => errorPage(ctx, { code: out.error, description: out.error_description }),
  });

  provider.use(async (ctx, next) => {
    if (!ctx.path.startsWith("/interaction/")) return next();
    return interact(provider, ctx, { login, appOrigin });
  });
  provider.on("server_error", (ctx, error) => console.error("demo provider:", ctx.path, error));
  server.on("request", provider.callback());
  return { issuer, close };
}

const asPage = (appOrigin) => ({
  client_id: CLIENT,
  token_endpoint_auth_method: "none",
  redirect_uris: [`${appOrigin}/`],
  post_logout_redirect_uris: [`${appOrigin}/`],
});

const asBackend = ({ clientId, clientSecret }, appOrigin) => ({
  client_id: clientId,
  client_secret: clientSecret,
  token_endpoint_auth_method: "client_secret_basic",
  redirect_uris: [`${appOrigin}/auth/callback`],
  post_logout_redirect_uris: [`${appOrigin}/auth/logged-out`],
  backchannel_logout_uri: `${appOrigin}/auth/backchannel-logout`,
  backchannel_logout_session_required: true,
});

/** Asks who the user is, or decides it; consent comes with the answer, because the client is ours. */
async function interact(provider, ctx, { login, appOrigin }) {
  const { uid, prompt, params } = await provider.interactionDetails(ctx.req, ctx.res);
  const finish = (result) => {
    // The provider writes the redirect to the raw response.
    ctx.respond = false;
    return provider.interactionFinished(ctx.req, ctx.res, result, { mergeWithLastSubmission: true });
  };
  const refuse = () => finish({ error: "access_denied", error_description: "The user said no." });
  const accept = (name) => finish({ login: { accountId: name, amr: ["pwd"] }, consent: {} });

  if (prompt.name !== "login") return finish({ consent: {} });
  const hint = String(params.login_hint ?? "").trim();
  if (login === "auto") return hint === "deny" ? refuse() : accept(hint || "alice");

  const page = (name, complaint) => loginPage(ctx, { uid, name, complaint, appOrigin });
  if (ctx.method !== "POST") return page(hint || "alice");
  const answer = await readForm(ctx.req);
  if (answer.has("deny")) return refuse();
  const name = (answer.get("login") ?? "").trim();
  if (name === "") return page(name, "Enter a name to sign in.");
  if (name.length > 40) return page(name, "Enter a name of at most 40 characters.");
  return accept(name);
}

/** A first-party client needs no consent page: whoever signs in has agreed to what it asks for. */
async function grantFor(provider, ctx, resource) {
  const { client, session } = ctx.oidc;
  const known = session.grantIdFor(client.clientId);
  const found = known && await provider.Grant.find(known);
  // Gone where a refresh token came twice: the user is known, the old family stays dead.
  if (found) return found;
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope(SCOPES);
  grant.addResourceScope(resource, SCOPES);
  await grant.save();
  return grant;
}

function person(sub) {
  const first = sub.charAt(0).toUpperCase() + sub.slice(1);
  return {
    sub,
    name: `${first} Example`,
    preferred_username: sub,
    email: `${encodeURIComponent(sub)}@example.com`,
    email_verified: true,
  };
}

async function signingKey() {
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  return { ...(await exportJWK(privateKey)), alg: "RS256", use: "sig", kid: randomBytes(8).toString("hex") };
}

async function readForm(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return new URLSearchParams(Buffer.concat(chunks).toString("utf8"));
}
