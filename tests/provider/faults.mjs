// Every way in which this provider can break exactly one rule. A fault replaces one step of a correct answer:
//   metadata(metadata, at)    changes the discovery document
//   callback(params, at)      changes the parameters of the authorization response
//   claims(claims, at)        changes the ID token's claims
//   sign(claims)              replaces the ID token's signature
//   tokens(body)              changes the successful token response
//   tokenReply(at)            replaces the token endpoint's answer to a code
//   refreshReply(at)          replaces its answer to a refresh token; null leaves it alone
// `at` is { issuer, collector, refreshes }: where we are, the hostile origin, and which refresh this is (from 1).
import { sign, unsecured } from "./id-token.mjs";
import { strangerKey } from "./keys.mjs";

const FOREIGN_ISSUER = "https://other.example";

const oauthError = (status, error) => ({ status, body: { error, error_description: `this provider says ${error}` } });
const expiresIn = (value) => ({ tokens: (body) => ({ ...body, expires_in: value }) });
const without = (object, name) => Object.fromEntries(Object.entries(object).filter(([key]) => key !== name));

export const faults = {
  ok: {},
  "unknown-params": {
    callback: (params) => params.append("session_state", "unknown.to-the-client"),
    tokens: (body) => ({ ...body, not_before_policy: 0, session_state: "unknown.to-the-client", extra: { a: [1] } }),
  },

  "metadata-issuer-foreign": { metadata: (metadata) => ({ ...metadata, issuer: FOREIGN_ISSUER }) },
  "metadata-http-endpoint": {
    metadata: (metadata) => ({ ...metadata, token_endpoint: "http://provider.example/token" }),
  },

  "state-wrong": { callback: (params) => params.set("state", `${params.get("state")}x`) },
  "state-missing": { callback: (params) => params.delete("state") },
  "duplicate-state": { callback: (params) => params.append("state", params.get("state")) },
  "duplicate-code": { callback: (params) => params.append("code", "another-code") },
  "iss-wrong": { callback: (params) => params.set("iss", FOREIGN_ISSUER) },
  "iss-missing": { callback: (params) => params.delete("iss") },
  "code-and-error": { callback: (params) => params.append("error", "access_denied") },
  "access-denied": {
    callback: (params) => {
      params.delete("code");
      params.set("error", "access_denied");
      params.set("error_description", "The user said <b>no</b>");
    },
  },

  "nonce-wrong": { claims: (claims) => ({ ...claims, nonce: `${claims.nonce}x` }) },
  "nonce-missing": { claims: (claims) => without(claims, "nonce") },
  "id-token-iss-foreign": { claims: (claims) => ({ ...claims, iss: FOREIGN_ISSUER }) },
  "id-token-aud-foreign": { claims: (claims) => ({ ...claims, aud: "another-client" }) },
  "id-token-expired": { claims: (claims) => ({ ...claims, iat: claims.iat - 7200, exp: claims.iat - 3600 }) },
  "id-token-alg-none": { sign: unsecured },
  "id-token-alg-other": { sign: (claims) => sign(claims, { alg: "PS256" }) },
  "id-token-bad-signature": { sign: async (claims) => sign(claims, { key: await strangerKey() }) },

  "id-token-missing": { tokens: (body) => without(body, "id_token") },
  "no-access-token": { tokens: (body) => without(body, "access_token") },
  "token-type-unknown": { tokens: (body) => ({ ...body, token_type: "mac" }) },
  "expires-in-missing": { tokens: (body) => without(body, "expires_in") },
  "expires-in-string": expiresIn("3600"),
  "expires-in-zero": expiresIn(0),
  "expires-in-negative": expiresIn(-60),
  "expires-in-nan": expiresIn("NaN"),
  "expires-in-huge": expiresIn(1e12),

  "token-html": {
    tokenReply: () => ({ headers: { "content-type": "text/html" }, body: "<!doctype html><title>Portal</title>" }),
  },
  "token-redirect": {
    // 307 repeats the POST with its body: a client that follows it hands code and verifier over.
    tokenReply: ({ collector }) => ({ status: 307, headers: { location: `${collector}/stolen` } }),
  },
  "token-invalid-client": { tokenReply: () => oauthError(401, "invalid_client") },
  "token-500": { tokenReply: () => oauthError(500, "server_error") },

  "refresh-invalid-grant": { refreshReply: () => oauthError(400, "invalid_grant") },
  "refresh-500-once": { refreshReply: ({ refreshes }) => (refreshes === 1 ? oauthError(500, "server_error") : null) },
};
