// S4, StudyTeam: client credentials as JSON of exactly four members, tokens of 900 s, and environments that share nothing.
import { startStrict, text, exactly, Refusal } from "./strict.mjs";
import { createTokens } from "./tokens.mjs";

/** What is provided for each environment. */
export const ENVIRONMENTS = {
  staging: { clientId: "staging-client", clientSecret: "staging-secret-81c2", audience: "https://api.staging.studyteam.test" },
  production: { clientId: "production-client", clientSecret: "production-secret-f07a", audience: "https://api.studyteam.test" },
};

/** Starts one environment, a server of its own. `revoke` and `revokeAll` as in Klasstra. */
async function startEnvironment({ clientId, clientSecret, audience }) {
  let tokens;
  const server = await startStrict({
    settings: { tokenSeconds: 900 },
    routes: ({ settings, now }) => {
      tokens = createTokens({ settings, now });
      return {
        "POST /oauth/token": {
          oauth: true, body: "json",
          fields: { client_id: text, client_secret: text, audience: text, grant_type: exactly("client_credentials") },
          handle: ({ body }) => {
            if (body.client_id !== clientId || body.client_secret !== clientSecret) {
              throw new Refusal(401, "invalid_client", "The client is not known, or its secret is wrong");
            }
            if (body.audience !== audience) throw new Refusal(403, "access_denied", "There is no such audience");
            // Its members are in this order in the document.
            const { access_token, ...rest } = tokens.issue({ sub: clientId, audience });
            const { token_type, ...lifetime } = rest;
            return { body: { access_token, ...lifetime, token_type } };
          },
        },
        "POST /api/something": {
          takes: ["authorization"], body: "json", optional: { note: text },
          handle: ({ headers, body }) => {
            tokens.check(headers);
            return { body: { received: body } };
          },
        },
        "GET /api/something": {
          takes: ["authorization"],
          handle: ({ headers }) => {
            tokens.check(headers);
            return { body: { something: true } };
          },
        },
      };
    },
  });
  return { ...server, revoke: tokens.revoke, revokeAll: tokens.revokeAll };
}

/** Starts `{ staging, production }`; `close` stops both. */
export async function startStudyteam() {
  const [staging, production] = await Promise.all([startEnvironment(ENVIRONMENTS.staging), startEnvironment(ENVIRONMENTS.production)]);
  return { staging, production, close: () => Promise.all([staging.close(), production.close()]) };
}
