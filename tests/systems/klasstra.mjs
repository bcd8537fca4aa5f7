// S1, Klasstra: an API key on every call, or a JSON login whose refresh gives no new refresh token.
import { startStrict, text, Refusal } from "./strict.mjs";
import { createTokens } from "./tokens.mjs";

const USER = { id: 123, email: "user@example.com", name: "John Doe", role: "teacher" };
const INSTITUTION = { id: 456, name: "Example School" };
const STUDENTS = [{ id: 1, name: "Ada" }, { id: 2, name: "Ben" }];

/** What there is to sign in with. */
export const PASSWORD = "securepassword";
export const API_KEY = "klasstra-key-5f0c2b9a";

/**
 * Starts it. Its own settings: `permissions` of the profile, `apiKeys` that are good. `revoke(token)` ends one token,
 * `revokeAll()` every access token.
 */
export async function startKlasstra() {
  let tokens;
  const server = await startStrict({
    settings: { permissions: ["read:students", "write:grades"], apiKeys: [API_KEY] },
    routes: ({ settings, now }) => {
      tokens = createTokens({ settings, now });

      /** Either credential, never both: which of the two counts is said nowhere. */
      const admit = ({ headers }) => {
        const key = headers["x-api-key"];
        if (key === undefined) return tokens.check(headers);
        if (headers.authorization !== undefined) throw new Refusal(400, "two_credentials", "Send an API key or a token, not both");
        if (settings.apiRefusals > 0) settings.apiRefusals -= 1;
        else if (settings.apiKeys.includes(key)) return { role: "key" };
        throw new Refusal(401, "invalid_api_key", "The API key is not valid");
      };
      const either = ["authorization", "x-api-key"];

      return {
        "POST /auth/login": {
          body: "json", fields: { email: text, password: text },
          handle: ({ body: { email, password } }) => {
            if (email !== USER.email || password !== PASSWORD) throw new Refusal(401, "invalid_credentials", "Invalid email or password");
            return { body: { ...tokens.issue({ sub: email }, { withRefresh: true }), user: USER } };
          },
        },
        "POST /auth/refresh": {
          body: "json", fields: { refresh_token: text },
          handle: ({ body }) => ({ body: tokens.renew(body.refresh_token, { error: "invalid_refresh_token" }) }),
        },
        "POST /auth/logout": {
          takes: ["authorization"],
          handle: ({ headers }) => {
            tokens.end(tokens.check(headers).token);
            return { body: { message: "Successfully logged out" } };
          },
        },
        "GET /auth/profile": {
          takes: ["authorization"],
          handle: ({ headers }) => {
            tokens.check(headers);
            return { body: { ...USER, permissions: settings.permissions, institution: INSTITUTION } };
          },
        },
        "GET /students": {
          takes: either,
          handle: (request) => {
            admit(request);
            return { body: STUDENTS };
          },
        },
        "POST /grades": {
          takes: either, body: "json", fields: { student: Number.isInteger, grade: text },
          handle: (request) => {
            const { role } = admit(request);
            if (role !== "key" && !settings.permissions.includes("write:grades")) {
              throw new Refusal(403, "forbidden", "The permission write:grades is missing");
            }
            return { status: 201, body: request.body };
          },
        },
      };
    },
  });
  return { ...server, revoke: tokens.revoke, revokeAll: tokens.revokeAll };
}
