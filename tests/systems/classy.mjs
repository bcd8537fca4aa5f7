// S2, Classy: client credentials as a form with the secret in the body, `token_type` in lower case.
import { startStrict, text, Refusal } from "./strict.mjs";
import { createTokens, KINDS } from "./tokens.mjs";

export const CLIENT = { id: "classy-client", secret: "classy-secret-1d4e7c" };

const GRANTS = { client_credentials: [], refresh_token: ["refresh_token"] };

/** Starts it. Its own setting: `shipsRefreshToken`, which the document leaves open. `revoke` and `revokeAll` as in Klasstra. */
export async function startClassy() {
  let tokens;
  const server = await startStrict({
    settings: { shipsRefreshToken: false },
    routes: ({ settings, now }) => {
      tokens = createTokens({ settings, now, kind: KINDS.opaque });
      return {
        "POST /oauth2/auth": {
          oauth: true, body: "form",
          fields: { grant_type: text, client_id: text, client_secret: text }, optional: { refresh_token: text },
          handle: ({ body: { grant_type, client_id, client_secret, refresh_token } }) => {
            if (!Object.hasOwn(GRANTS, grant_type)) throw new Refusal(400, "unsupported_grant_type", "There is no such grant");
            if ((refresh_token !== undefined) !== GRANTS[grant_type].includes("refresh_token")) {
              throw new Refusal(400, "invalid_request", "A refresh token belongs to the refresh grant");
            }
            if (client_id !== CLIENT.id || client_secret !== CLIENT.secret) {
              throw new Refusal(401, "invalid_client", "The client is not known, or its secret is wrong");
            }
            if (grant_type === "refresh_token") return { body: tokens.renew(refresh_token, { type: "bearer", status: 400 }) };
            return { body: tokens.issue({ sub: client_id }, { type: "bearer", withRefresh: settings.shipsRefreshToken }) };
          },
        },
        "GET /2.0/resource": {
          takes: ["authorization"],
          handle: ({ headers }) => {
            tokens.check(headers);
            return { body: { id: 1, name: "Campaign" } };
          },
        },
        "POST /2.0/resource": {
          takes: ["authorization"], body: "json", fields: { name: text },
          handle: ({ headers, body }) => {
            tokens.check(headers);
            return { status: 201, body };
          },
        },
      };
    },
  });
  return { ...server, revoke: tokens.revoke, revokeAll: tokens.revokeAll };
}
