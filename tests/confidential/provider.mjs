// The certified oidc-provider with every kind of confidential client, for tests/confidential.rs: prints one line of JSON
// when it listens, signs everybody in unasked as alice, and ends when its standard input does.

import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const demo = createRequire(new URL("../../www-example/package.json", import.meta.url));

const load = (name) => {
  try {
    return import(pathToFileURL(demo.resolve(name)));
  } catch {
    return missing(name);
  }
};

const missing = (name) => {
  console.log(JSON.stringify({ missing: `${name} is not installed: run "npm ci" in www-example, or ".ci/setup test"` }));
  process.exit(1);
};

const { default: Provider, errors } = await load("oidc-provider");
const { createMemoryAdapter } = await load("oidc-provider/lib/adapters/memory_adapter.js");
const { exportJWK, generateKeyPair } = await load("jose");

const PAGE = "http://127.0.0.1:1"; // nobody listens there, and nobody has to
const SCOPES = "openid profile offline_access api:read api:write";
const API = "https://api.example/";

/** Receives the provider's logout tokens, and shows the last one. */
const LOGOUT_PATH = "/page/backchannel-logout";

const server = createServer();
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const issuer = `http://127.0.0.1:${server.address().port}`;

const keyPair = async (alg, kid) => {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return { ...(await exportJWK(privateKey)), alg, kid, use: "sig" };
};

const clientKey = await keyPair("ES256", "client-key");
const { d, ...clientPublic } = clientKey;

const web = {
  redirect_uris: [`${PAGE}/callback`],
  post_logout_redirect_uris: [`${PAGE}/`],
  grant_types: ["authorization_code", "refresh_token"],
  response_types: ["code"],
};
const noPage = { redirect_uris: [], response_types: [] };
const client_secret = "a secret of 0123456789 and %+/=&:~*";
const basic = { client_secret, token_endpoint_auth_method: "client_secret_basic" };
const signed = {
  token_endpoint_auth_method: "private_key_jwt",
  token_endpoint_auth_signing_alg: "ES256",
  jwks: { keys: [clientPublic] },
};

const clients = [
  // Characters that must be written as in a form before they are joined by a colon (RFC 6749, section 2.3.1).
  { client_id: "bff:weird+%id", ...web, ...basic, backchannel_logout_uri: `${issuer}${LOGOUT_PATH}`, backchannel_logout_session_required: true },
  { client_id: "bff-post", ...web, client_secret, token_endpoint_auth_method: "client_secret_post", id_token_signed_response_alg: "PS256" },
  { client_id: "bff-pkjwt", ...web, ...signed, id_token_signed_response_alg: "ES256" },
  { client_id: "bff-par", ...web, ...signed, require_pushed_authorization_requests: true },
  { client_id: "bff-jar", ...web, ...signed, request_object_signing_alg: "ES256", require_signed_request_object: true, id_token_signed_response_alg: "EdDSA" },
  { client_id: "bff-jarm", ...web, ...basic, authorization_signed_response_alg: "ES256" },
  { client_id: "bff-hybrid", ...web, ...basic, redirect_uris: ["https://page.example/callback"], post_logout_redirect_uris: [], response_types: ["code id_token"], grant_types: ["authorization_code", "implicit"] },
  { client_id: "machine", ...noPage, ...basic, grant_types: ["client_credentials"], scope: "api:read api:write" },
  { client_id: "machine-pkjwt", ...noPage, ...signed, grant_types: ["client_credentials"], scope: "api:read" },
  { client_id: "device", ...noPage, token_endpoint_auth_method: "none", grant_types: ["urn:ietf:params:oauth:grant-type:device_code"] },
  { client_id: "api", ...noPage, ...basic, grant_types: [] },
  { client_id: "api-signed", ...noPage, ...basic, grant_types: [], introspection_signed_response_alg: "ES256" },
  { client_id: "exchanger", ...noPage, ...basic, grant_types: ["urn:ietf:params:oauth:grant-type:token-exchange"], scope: "api:read" },
];

const provider = new Provider(issuer, {
  clients,
  adapter: createMemoryAdapter(0),
  jwks: { keys: await Promise.all(["RS256", "PS256", "ES256", "EdDSA"].map((alg) => keyPair(alg, `provider-${alg}`))) },
  cookies: { keys: [randomBytes(32).toString("base64url")] },
  scopes: SCOPES.split(" "),
  claims: { openid: ["sub", "sid"], profile: ["name"] },
  findAccount: async (_ctx, sub) => ({ accountId: sub, claims: async () => ({ sub, name: "Alice Example" }) }),
  loadExistingGrant: async (ctx) => {
    const grant = new provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope(SCOPES);
    grant.addResourceScope(API, SCOPES);
    await grant.save();
    return grant;
  },
  pkce: { required: () => true },
  issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed("refresh_token"),
  rotateRefreshToken: true,
  ttl: { AccessToken: 300, ClientCredentials: 300, AuthorizationCode: 60, IdToken: 300, RefreshToken: 600, Session: 600, Grant: 600, Interaction: 600, DeviceCode: 600 },
  // Its own one does not go to loopback hosts.
  fetch: (url, { dispatcher, ...options } = {}) => globalThis.fetch(url, options),
  enabledJWA: {
    idTokenSigningAlgValues: ["RS256", "PS256", "ES256", "EdDSA"],
    authorizationSigningAlgValues: ["RS256", "ES256"],
    requestObjectSigningAlgValues: ["ES256"],
    introspectionSigningAlgValues: ["RS256", "ES256"],
    dPoPSigningAlgValues: ["ES256"],
  },
  features: {
    devInteractions: { enabled: false },
    backchannelLogout: { enabled: true },
    clientCredentials: { enabled: true },
    deviceFlow: { enabled: true, successSource: async (ctx) => page(ctx, "The device is signed in.") },
    introspection: { enabled: true, allowedPolicy: async () => true },
    jwtIntrospection: { enabled: true },
    jwtResponseModes: { enabled: true },
    pushedAuthorizationRequests: { enabled: true },
    requestObjects: { enabled: true },
    revocation: { enabled: true, allowedPolicy: async (_ctx, client, token) => client.clientId === token.clientId },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: async (ctx, form) => page(ctx, form.replace("</form>", '<input name="logout" value="yes"/></form>')),
      postLogoutSuccessSource: async (ctx) => page(ctx, "Signed out."),
    },
    resourceIndicators: {
      enabled: true,
      useGrantedResource: async () => false,
      getResourceServerInfo: async (_ctx, resource) => {
        if (resource !== API) throw new errors.InvalidTarget();
        return { scope: SCOPES, audience: API, accessTokenFormat: "opaque", accessTokenTTL: 300 };
      },
    },
  },
  renderError: async (ctx, { error, error_description }) => page(ctx, `${error}: ${error_description}`),
});

const page = (ctx, text) => {
  ctx.type = "html";
  ctx.body = `<!doctype html><title>provider</title>${text}`;
};

// RFC 8693, as little of it as a client can tell.
provider.registerGrantType("urn:ietf:params:oauth:grant-type:token-exchange", async (ctx) => {
  const { params, client } = ctx.oidc;
  if (Boolean(params.actor_token) !== Boolean(params.actor_token_type)) throw new errors.InvalidRequest("half an actor");
  const subject = params.subject_token && await provider.AccessToken.find(params.subject_token);
  if (!subject || !params.subject_token_type?.endsWith(":access_token")) throw new errors.InvalidGrant("no such subject");
  const { accountId, grantId } = subject;
  const token = new provider.AccessToken({ client, accountId, grantId, gty: "token-exchange", scope: params.scope });
  ctx.body = {
    access_token: await token.save(),
    issued_token_type: "urn:ietf:params:oauth:token-type:access_token",
    token_type: "Bearer",
    expires_in: token.expiration,
    scope: token.scope,
  };
}, ["subject_token", "subject_token_type", "actor_token", "actor_token_type", "requested_token_type", "scope"]);

provider.use(async (ctx, next) => {
  if (!ctx.path.startsWith("/interaction/")) return next();
  const { params } = await provider.interactionDetails(ctx.req, ctx.res);
  const denied = { error: "access_denied", error_description: "Alice says no" };
  // The provider writes the redirect to the raw response.
  ctx.respond = false;
  return provider.interactionFinished(ctx.req, ctx.res, params.login_hint === "deny" ? denied : { login: { accountId: "alice" }, consent: {} });
});

provider.on("server_error", (ctx, error) => console.error("provider:", ctx.path, error));
for (const event of process.env.PROVIDER_DEBUG ? ["grant", "authorization", "introspection", "revocation", "pushed_authorization_request", "device_authorization", "backchannel"] : []) {
  provider.on(`${event}.error`, (_ctx, error) => console.error(event, error.error, error.error_description, error.error_detail ?? ""));
}

const readText = async (request) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
};

let received = { type: "", body: "" };
const answer = provider.callback();
server.on("request", async (request, response) => {
  if (request.url !== LOGOUT_PATH) return answer(request, response);
  if (request.method === "POST") received = { type: request.headers["content-type"], body: await readText(request) };
  response.writeHead(200, { "content-type": received.type || "text/plain" }).end(received.body);
});

process.stdin.resume().on("end", () => process.exit(0));
console.log(JSON.stringify({ issuer, clientKey, clientSecret: client_secret }));
