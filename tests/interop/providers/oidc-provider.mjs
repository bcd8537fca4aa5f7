// The certified `oidc-provider`, as it comes, behind a front that logs. It signs the user in without asking, speaks PKCE,
// DPoP, PAR, rich authorization requests and resource indicators, rotates refresh tokens and ends a family of which one
// comes twice. All of it lives in memory and ends with it.
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { exportJWK, generateKeyPair } from "jose";
import Provider, { errors } from "oidc-provider";
import { createMemoryAdapter } from "oidc-provider/lib/adapters/memory_adapter.js";
import { listen } from "../../provider/serve.mjs";
import { RESOURCES, defaultResourceOf, grantedDetails, registrations, wantsNonce } from "./clients.mjs";
import { startFront } from "./front.mjs";
import { interact, logoutPage, policy } from "./interaction.mjs";
import { lookUpIn } from "./issued-tokens.mjs";

const TOKEN_SECONDS = 600;
const DAY = 86400;
const SCOPES = ["openid", "offline_access", "profile", "email", "read", "write"];
const paths = {
  authorization: "/auth", pushed: "/request", token: "/token", userinfo: "/me", revocation: "/token/revocation",
  endSession: "/session/end",
};
const ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"];

/**
 * @param {object} options
 * @param {string[]} options.redirectUris
 * @param {string[]} [options.postLogoutRedirectUris]
 * @param {boolean} [options.requirePar] Every client must push its requests, and the metadata says so. Default false.
 * @param {number} [options.tokenSeconds] Lifetime of access tokens. Default 600.
 * @param {Function} [options.between] What the front does with each request.
 * @returns what the front returns, and `issuer`; `paths` of its endpoints; `refusals`: every error that the provider
 *   answered with, as `<event>: <error> (<detail>)`; `lookUp(token)`: what is known of a live access token, else null.
 */
export async function startOidcProvider({
  redirectUris, postLogoutRedirectUris = [], requirePar = false, tokenSeconds = TOKEN_SECONDS, between,
}) {
  const inner = createServer();
  const { origin: target, close: closeInner } = await listen(inner);
  const front = await startFront({ target, between });
  const issuer = front.origin;
  const keys = await signingKeys;
  const provider = new Provider(issuer, configuration({
    keys,
    requirePar,
    tokenSeconds,
    clients: registrations({ redirectUris, postLogoutRedirectUris }),
    appOrigins: redirectUris.map((uri) => new URL(uri).origin),
  }));
  provider.use(knowWhoAsks(provider));
  provider.use((ctx, next) => (ctx.path.startsWith("/interaction/") ? interact(provider, ctx) : next()));
  inner.on("request", provider.callback());
  return {
    ...front,
    issuer,
    paths,
    refusals: recordRefusals(provider),
    lookUp: lookUpIn(provider, keys),
    close: () => Promise.all([front.close(), closeInner()]),
  };
}

const configuration = ({ keys, requirePar, tokenSeconds, clients, appOrigins }) => ({
  clients,
  jwks: { keys },
  // The default adapter, named, so that it does not warn: memory is what a test wants.
  adapter: createMemoryAdapter(0),
  cookies: { keys: [randomBytes(32).toString("base64url")] },
  scopes: SCOPES,
  acrValues: ["bronze", "silver"],
  claims: { openid: ["sub"], profile: ["name"], email: ["email", "email_verified"], acr: null, auth_time: null },
  findAccount: async (_ctx, sub) => ({
    accountId: sub,
    claims: async () => ({ sub, name: `${sub} Example`, email: `${sub}@example.com`, email_verified: true }),
  }),
  // For the resource server, which judges by them whether the user must do more.
  extraTokenClaims: async ({ oidc: { entities: { AuthorizationCode, RefreshToken } } }) => {
    const { acr, authTime } = AuthorizationCode ?? RefreshToken;
    return { acr, auth_time: authTime };
  },
  clientBasedCORS: (_ctx, origin) => appOrigins.includes(origin),
  pkce: { required: () => true },
  issueRefreshToken: async () => true,
  rotateRefreshToken: true,
  enabledJWA: { idTokenSigningAlgValues: ALGORITHMS, userinfoSigningAlgValues: ["RS256"] },
  interactions: { policy: policy() },
  ttl: {
    AccessToken: tokenSeconds, IdToken: TOKEN_SECONDS, AuthorizationCode: 60, Interaction: 600,
    RefreshToken: DAY, Session: DAY, Grant: DAY,
  },
  features: {
    devInteractions: { enabled: false },
    revocation: { enabled: true, allowedPolicy: async (_ctx, client, token) => token.clientId === client.clientId },
    rpInitiatedLogout: { enabled: true, logoutSource: logoutPage },
    pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: requirePar },
    jwtUserinfo: { enabled: true },
    dPoP: {
      enabled: true,
      nonceSecret: randomBytes(32),
      requireNonce: (ctx) => wantsNonce(ctx.oidc.client?.clientId ?? ctx.state.clientId),
    },
    richAuthorizationRequests: {
      enabled: true,
      types: { payment: { validate: () => {} } },
      authorizationDetailsForGrantSource: (ctx, source) => source?.rar ?? ctx.oidc.grant?.rar,
      authorizationDetailsForAccessToken: (ctx, _token, source) => grantedDetails(ctx.oidc.client.clientId, source?.rar),
    },
    resourceIndicators: {
      enabled: true,
      defaultResource: async (_ctx, client) => defaultResourceOf(client.clientId),
      useGrantedResource: async () => true,
      getResourceServerInfo: async (_ctx, resource) => {
        if (!RESOURCES.includes(resource)) throw new errors.InvalidTarget("unknown resource");
        return {
          scope: "openid read write", audience: resource, accessTokenFormat: "jwt", accessTokenTTL: tokenSeconds,
          jwt: { sign: { alg: "ES256" } },
        };
      },
    },
  },
});

/** At the userinfo endpoint the client is known only after the proof was judged, and the nonce depends on the client. */
const knowWhoAsks = (provider) => async (ctx, next) => {
  const token = /^DPoP (.+)$/i.exec(ctx.get("authorization"))?.[1];
  if (token) ctx.state.clientId = (await provider.AccessToken.find(token))?.clientId;
  return next();
};

function recordRefusals(provider) {
  const refusals = [];
  const events = [
    "authorization.error", "grant.error", "pushed_authorization_request.error", "userinfo.error", "revocation.error",
    "end_session.error", "server_error",
  ];
  for (const event of events) {
    provider.on(event, (_ctx, error) => {
      refusals.push(`${event}: ${error.error ?? error.stack} (${error.error_detail ?? error.error_description})`);
    });
  }
  return refusals;
}

/** Made once per process: making RSA keys is the slowest thing here. */
const signingKeys = Promise.all(ALGORITHMS.map(signingKey));

async function signingKey(alg) {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return { ...(await exportJWK(privateKey)), alg, kid: alg, use: "sig" };
}
