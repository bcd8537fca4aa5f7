// S5, the API authentication guides: OAuth at /oauth2/token, older API keys, and answers by which one finds one's mistake.
import { createApiKeys } from "./api-keys.mjs";
import { createOAuth, OAUTH_SETTINGS } from "./oauth.mjs";
import { openIdRoutes } from "./openid.mjs";
import { startStrict, text } from "./strict.mjs";
import { createTokens, KINDS, needScope } from "./tokens.mjs";

export const CLIENT = { id: "guides-client", secret: "guides-secret-6b8e" };
export const PUBLIC_CLIENT = { id: "guides-spa" };
export const SCOPES = ["read:users", "write:users", "read:data"];

/**
 * Starts it. Settings of its own are those of OAuth. `createKey({ name, scopes })` makes an API key, which is good as the header
 * X-API-Key and as the parameter api_key; `revoke` and `revokeAll` as in Klasstra.
 */
export async function startGuides() {
  let tokens;
  let keys;
  const server = await startStrict({
    settings: { ...OAUTH_SETTINGS, redirectUris: ["https://your-app.com/callback"] },
    routes: ({ settings, now }) => {
      tokens = createTokens({ settings, now, kind: KINDS.opaque });
      keys = createApiKeys({ settings, now, scopes: SCOPES });
      const oauth = createOAuth({
        settings, now, tokens, scopes: SCOPES, clients: { [CLIENT.id]: { secret: CLIENT.secret }, [PUBLIC_CLIENT.id]: {} },
      });
      /** A token that was asked for without a scope has all of them, so that limiting it is the caller's choice. */
      const admit = ({ headers }, scope) => needScope(tokens.check(headers).scope || SCOPES.join(" "), scope);

      return {
        "POST /oauth2/token": oauth.token,
        "GET /oauth2/authorize": oauth.authorize,
        ...openIdRoutes({ authorize: "/oauth2/authorize", token: "/oauth2/token" }),
        "GET /v1/users": {
          takes: ["authorization"],
          handle: (request) => {
            admit(request, "read:users");
            return { body: [{ id: 1, name: "Ada" }] };
          },
        },
        "POST /v1/users": {
          takes: ["authorization"], body: "json", fields: { name: text },
          handle: (request) => {
            admit(request, "write:users");
            return { status: 201, body: { id: 2, ...request.body } };
          },
        },
        "GET /v1/data": {
          takes: ["x-api-key"], optionalQuery: ["api_key"],
          handle: ({ headers, query }) => {
            needScope(keys.check(headers["x-api-key"] ?? query.api_key).scope, "read:data");
            return { body: { data: [1, 2, 3] } };
          },
        },
      };
    },
  });
  return { ...server, revoke: tokens.revoke, revokeAll: tokens.revokeAll, createKey: keys.create };
}
