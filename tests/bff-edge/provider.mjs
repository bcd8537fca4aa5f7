// The certified `oidc-provider` with one confidential client, the BFF: refresh tokens rotate, one that comes twice ends its
// family, and a session that ends here is told to the client (back-channel logout). It signs the user in without asking.
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { exportJWK, generateKeyPair } from "jose";
import Provider from "oidc-provider";
import MemoryAdapter from "oidc-provider/lib/adapters/memory_adapter.js";
import { startFront } from "../interop/providers/front.mjs";
import { interact, logoutPage, policy } from "../interop/providers/interaction.mjs";
import { lookUpIn } from "../interop/providers/issued-tokens.mjs";
import { listen } from "../provider/serve.mjs";

export const CLIENT = { clientId: "bff", clientSecret: "bff-secret-0123456789-0123456789-abcdef" };

const DAY = 86_400;

/**
 * @param {object} options
 * @param {string} options.appOrigin The app's public origin.
 * @returns what the front returns, and `issuer`; `control({ tokenSeconds })`; `refusals`, every error it answered with;
 *   `lookUp(token)`, what is known of a live access token; `tokens`, every token it ever gave; `key`, the private JWK
 *   that it signs with; `grants()`, what the token endpoint was asked for, in order.
 */
export async function startProvider({ appOrigin }) {
  const settings = { tokenSeconds: 600 };
  const inner = createServer();
  const { origin: target, close: closeInner } = await listen(inner);
  const tokens = [];
  const front = await startFront({
    target,
    between: async ({ path }, pass) => {
      const answer = await pass();
      if (path === "/token" && answer.status === 200) tokens.push(...tokensIn(answer.body));
      return answer;
    },
  });
  const issuer = front.origin;
  const key = await signingKey();
  // In memory, and all of it: the default store forgets what there is no room for, and with it people's sessions.
  const kept = new Map();
  const provider = new Provider(issuer, {
    clients: [{
      client_id: CLIENT.clientId,
      client_secret: CLIENT.clientSecret,
      token_endpoint_auth_method: "client_secret_basic",
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      redirect_uris: [`${appOrigin}/auth/callback`],
      post_logout_redirect_uris: [`${appOrigin}/auth/logged-out`],
      backchannel_logout_uri: `${appOrigin}/auth/backchannel-logout`,
      backchannel_logout_session_required: true,
    }],
    jwks: { keys: [key] },
    adapter: (model) => new MemoryAdapter(model, kept),
    cookies: { keys: [randomBytes(32).toString("base64url")] },
    scopes: ["openid", "offline_access", "profile", "email"],
    claims: { openid: ["sub"], profile: ["name"], email: ["email", "email_verified"], acr: null, auth_time: null, sid: null },
    // Names what a page shows in the ID token, so that nobody asks the userinfo endpoint.
    conformIdTokenClaims: false,
    findAccount: async (_ctx, sub) => ({
      accountId: sub,
      claims: async () => ({ sub, name: nameOf(sub), email: `${sub}@example.com`, email_verified: true }),
    }),
    extraTokenClaims: async ({ oidc: { entities: { AuthorizationCode, RefreshToken } } }) => {
      const { acr, authTime } = AuthorizationCode ?? RefreshToken;
      return { acr, auth_time: authTime };
    },
    pkce: { required: () => true },
    issueRefreshToken: async () => true,
    rotateRefreshToken: true,
    interactions: { policy: policy() },
    ttl: {
      AccessToken: () => settings.tokenSeconds, IdToken: 600, AuthorizationCode: 60, Interaction: 600,
      RefreshToken: DAY, Session: DAY, Grant: DAY,
    },
    // Its own would refuse to speak to loopback.
    fetch: (url, { dispatcher: _, ...init } = {}) => fetch(url, init),
    features: {
      devInteractions: { enabled: false },
      revocation: { enabled: true, allowedPolicy: async (_ctx, client, token) => token.clientId === client.clientId },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: logoutPage,
        postLogoutSuccessSource: async (ctx) => { ctx.body = "<!doctype html><title>signed out</title>"; },
      },
      backchannelLogout: { enabled: true },
    },
  });
  provider.use((ctx, next) => (ctx.path.startsWith("/interaction/") ? interact(provider, ctx) : next()));
  inner.on("request", provider.callback());
  return {
    ...front,
    issuer,
    key,
    control: (changes) => Object.assign(settings, changes),
    refusals: recordRefusals(provider),
    lookUp: lookUpIn(provider, [key]),
    tokens,
    grants: () => front.log.filter(({ path }) => path === "/token").map(({ body }) => body.grant_type),
    close: () => Promise.all([front.close(), closeInner()]),
  };
}

/** Whoever is called "big" has a name that fits into no single cookie. */
const nameOf = (sub) => (sub === "big" ? "x".repeat(3_000) : `${sub} Example`);

function recordRefusals(provider) {
  const refusals = [];
  const events = [
    "authorization.error", "grant.error", "revocation.error", "end_session.error", "server_error", "backchannel.error",
  ];
  for (const event of events) {
    provider.on(event, (_ctx, error) => {
      refusals.push(`${event}: ${error.error ?? error.stack} (${error.error_detail ?? error.error_description})`);
    });
  }
  return refusals;
}

function tokensIn(body) {
  const { access_token: access, refresh_token: refresh, id_token: id } = JSON.parse(body);
  return [access, refresh, id].filter(Boolean);
}

async function signingKey() {
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  return { ...(await exportJWK(privateKey)), alg: "RS256", use: "sig", kid: "provider-1" };
}
