// S3, the guide with many methods: JSON logins, API keys that users make, OAuth, and sessions with a cookie.
//
// What the document leaves open, and a client needs, is here as most APIs have it: GET and DELETE of API keys, who is signed in
// (GET /v1/session/user), and where a CSRF token comes from (GET /v1/session/csrf).
import { createApiKeys, KEY_FIELDS } from "./api-keys.mjs";
import { createOAuth, OAUTH_SETTINGS } from "./oauth.mjs";
import { createSessions, SESSION_SETTINGS } from "./sessions.mjs";
import { openIdRoutes } from "./openid.mjs";
import { Refusal, startStrict, text } from "./strict.mjs";
import { createTokens, needScope } from "./tokens.mjs";

export const LOGIN = { email: "user@example.com", password: "securepassword" };
/** Somebody else, who has the same idea of a password. */
export const OTHER_LOGIN = { ...LOGIN, email: "other@example.com" };
/** The document's client, which has a secret; and one that has none, for pages. */
export const CLIENT = { id: "guide-client", secret: "guide-secret-93b1" };
export const PUBLIC_CLIENT = { id: "guide-spa" };
export const SCOPES = ["read:resources", "write:resources"];

/**
 * Starts it. Settings of its own are those of OAuth and of sessions. `createKey({ name, scopes })` makes a key unasked,
 * `endSessions()` ends those of cookies; `revoke` and `revokeAll` as in Klasstra.
 */
export async function startGuide() {
  let tokens;
  let keys;
  let sessions;
  const server = await startStrict({
    withCookies: true,
    settings: { ...OAUTH_SETTINGS, redirectUris: ["https://your-app.com/callback"], ...SESSION_SETTINGS },
    routes: ({ settings, now }) => {
      tokens = createTokens({ settings, now });
      keys = createApiKeys({ settings, now, scopes: SCOPES });
      sessions = createSessions({ settings, now });
      const oauth = createOAuth({
        settings, now, tokens, scopes: SCOPES, clients: { [CLIENT.id]: { secret: CLIENT.secret }, [PUBLIC_CLIENT.id]: {} },
      });

      const checkLogin = ({ email, password }) => {
        const isKnown = [LOGIN, OTHER_LOGIN].some((login) => email === login.email && password === login.password);
        if (!isKnown) throw new Refusal(401, "invalid_credentials", "Invalid email or password");
      };

      /** Any one of the four ways in; a cookie comes along by itself and counts where nothing else is there. */
      const admit = (request, scope) => {
        const { headers, query } = request;
        const given = [headers.authorization, headers["x-api-key"], query.api_key].filter((value) => value !== undefined);
        if (given.length > 1) throw new Refusal(400, "two_credentials", "Send one kind of credentials");
        if (given.length === 0 && sessions.isNamed(headers)) return sessions.check(request);
        const key = headers["x-api-key"] ?? query.api_key;
        const grant = key === undefined ? tokens.check(headers) : keys.check(key);
        needScope(grant.scope, scope);
        return grant;
      };
      const either = { takes: ["authorization", "x-api-key"], optionalQuery: ["api_key"] };
      const signedIn = { takes: ["authorization"] };

      return {
        "POST /v1/auth/login": {
          body: "json", fields: { email: text, password: text },
          handle: ({ body }) => {
            checkLogin(body);
            return { body: tokens.issue({ sub: body.email, scope: SCOPES.join(" ") }, { withRefresh: true }) };
          },
        },
        "POST /v1/auth/refresh": {
          body: "json", fields: { refresh_token: text },
          handle: ({ body }) => ({ body: tokens.renew(body.refresh_token, { error: "invalid_refresh_token" }) }),
        },
        "POST /v1/api-keys": {
          ...signedIn, body: "json", fields: KEY_FIELDS,
          handle: ({ headers, body }) => {
            tokens.check(headers);
            return { status: 201, body: keys.create(body) };
          },
        },
        "GET /v1/api-keys": {
          ...signedIn,
          handle: ({ headers }) => {
            tokens.check(headers);
            return { body: keys.list() };
          },
        },
        "DELETE /v1/api-keys/:id": {
          ...signedIn,
          handle: ({ headers, params }) => {
            tokens.check(headers);
            keys.remove(params.id);
            return { status: 204 };
          },
        },
        "GET /v1/resources": {
          ...either,
          handle: (request) => {
            admit(request, "read:resources");
            return { body: [{ id: 1, name: "first" }] };
          },
        },
        "POST /v1/resources": {
          ...either, body: "json", fields: { name: text },
          handle: (request) => {
            admit(request, "write:resources");
            return { status: 201, body: { id: 2, ...request.body } };
          },
        },
        "GET /oauth/authorize": oauth.authorize,
        "POST /oauth/token": oauth.token,
        ...openIdRoutes({ authorize: "/oauth/authorize", token: "/oauth/token" }),
        "POST /v1/session/login": {
          body: "json", fields: { email: text, password: text },
          handle: ({ body, headers }) => {
            checkLogin(body);
            return { headers: sessions.signIn(body.email, headers).headers, body: { message: "Logged in" } };
          },
        },
        "POST /v1/session/logout": {
          handle: (request) => ({ headers: sessions.signOut(sessions.check(request)), body: { message: "Logged out" } }),
        },
        "GET /v1/session/user": {
          handle: (request) => ({ body: { email: sessions.check(request).sub } }),
        },
        "GET /v1/session/csrf": {
          handle: ({ headers }) => {
            if (settings.csrf === "none") throw new Refusal(404, "not_found", "There are no CSRF tokens here");
            const { csrf, headers: cookies } = sessions.csrfToken(headers);
            return settings.csrf === "cookie" ? { status: 204, headers: cookies } : { headers: cookies, body: { csrf_token: csrf } };
          },
        },
      };
    },
  });
  return { ...server, revoke: tokens.revoke, revokeAll: tokens.revokeAll, createKey: keys.create, endSessions: sessions.endAll };
}
