// The authorization code and client credentials grants, for the two systems that have both.
import { createHash, randomBytes } from "node:crypto";
import { issueIdToken } from "./openid.mjs";
import { Refusal, text } from "./strict.mjs";

const GRANTS = { authorization_code: ["code", "redirect_uri"], client_credentials: [], refresh_token: ["refresh_token"] };
const OPTIONAL = ["client_secret", "code", "redirect_uri", "code_verifier", "refresh_token", "scope"];

/** What such a system adds to its settings. */
export const OAUTH_SETTINGS = {
  /** Where a code may be sent. */
  redirectUris: [],
  /** The user says no. */
  denies: false,
  /** Whether a code gives a refresh token too, which the documents leave open. */
  shipsRefreshToken: false,
};

/**
 * Two routes, for the paths of the system. `clients` by id: one with a `secret` proves itself with it, one without with PKCE.
 * The user is there and authorizes at once.
 */
export function createOAuth({ settings, now, tokens, clients, scopes }) {
  const codes = new Map();

  const granted = (scope = "") => {
    const unknown = scope.split(" ").find((one) => one !== "" && one !== "openid" && !scopes.includes(one));
    if (unknown) throw new Refusal(400, "invalid_scope", `There is no scope ${unknown}`);
    return scope;
  };

  const authorize = {
    query: ["response_type", "client_id", "redirect_uri", "state"],
    // The code challenge (RFC 7636) and the nonce are in neither document; a client without a secret needs the first, and one
    // that wants to know who signed in the second.
    optionalQuery: ["scope", "code_challenge", "code_challenge_method", "nonce"],
    handle: ({ query }) => {
      const client = clients[query.client_id];
      if (!client) throw new Refusal(400, "invalid_client", "There is no such client");
      if (!settings.redirectUris.includes(query.redirect_uri)) throw new Refusal(400, "invalid_request", "The redirect URI is not registered");
      if (query.response_type !== "code") throw new Refusal(400, "unsupported_response_type", "Only a code can be asked for");
      if (query.code_challenge ? query.code_challenge_method !== "S256" : !client.secret) {
        throw new Refusal(400, "invalid_request", "The code challenge is missing, or not S256");
      }
      const back = new URL(query.redirect_uri);
      if (settings.denies) back.searchParams.set("error", "access_denied");
      else {
        const code = randomBytes(16).toString("hex");
        codes.set(code, { ...query, scope: granted(query.scope) });
        back.searchParams.set("code", code);
      }
      back.searchParams.set("state", query.state);
      return { status: 302, headers: { location: back.href } };
    },
  };

  /** The client that asks, once it has shown that it is the one. */
  const clientOf = ({ client_id, client_secret, code_verifier }) => {
    const client = clients[client_id];
    if (!client || client.secret !== client_secret) throw new Refusal(401, "invalid_client", "The client is not known, or its secret is wrong");
    if (!client.secret && code_verifier === undefined) throw new Refusal(401, "invalid_client", "A client without a secret needs a code verifier");
    return client;
  };

  const redeem = async ({ code, client_id, redirect_uri, code_verifier }, issuer) => {
    const grant = codes.get(code);
    const refuse = (why) => { throw new Refusal(400, "invalid_grant", why); };
    if (!grant || grant.client_id !== client_id) refuse("The code is not valid");
    if (grant.issued) {
      tokens.end(grant.issued);
      refuse("The code was used before");
    }
    if (grant.redirect_uri !== redirect_uri) refuse("The redirect URI is another than before");
    const challenge = code_verifier && createHash("sha256").update(code_verifier).digest("base64url");
    if (grant.code_challenge !== challenge) refuse("The code verifier does not fit");
    const set = tokens.issue({ sub: "123", client_id, scope: grant.scope }, { withRefresh: settings.shipsRefreshToken });
    grant.issued = set.access_token;
    const isOpenId = grant.scope.split(" ").includes("openid");
    const idToken = isOpenId && await issueIdToken({ issuer, clientId: client_id, nonce: grant.nonce, at: now() });
    return { ...set, ...(grant.scope && { scope: grant.scope }), ...(idToken && { id_token: idToken }) };
  };

  const token = {
    oauth: true, body: "form",
    fields: { grant_type: text, client_id: text }, optional: Object.fromEntries(OPTIONAL.map((name) => [name, text])),
    handle: async ({ body, headers }) => {
      const { grant_type, client_id, refresh_token } = body;
      if (!Object.hasOwn(GRANTS, grant_type)) throw new Refusal(400, "unsupported_grant_type", "There is no such grant");
      const missing = GRANTS[grant_type].find((name) => body[name] === undefined);
      if (missing) throw new Refusal(400, "invalid_request", `The parameter ${missing} is missing`);
      if (grant_type === "refresh_token") {
        const client = clients[client_id];
        if (!client || client.secret !== body.client_secret) throw new Refusal(401, "invalid_client", "The client is not known, or its secret is wrong");
        return { body: tokens.renew(refresh_token, { status: 400, isFor: (grant) => grant.client_id === client_id }) };
      }
      clientOf(body);
      if (grant_type === "authorization_code") return { body: await redeem(body, `http://${headers.host}`) };
      if (!clients[client_id].secret) throw new Refusal(400, "unauthorized_client", "A client without a secret cannot act for itself");
      const scope = granted(body.scope);
      return { body: { ...tokens.issue({ sub: client_id, client_id, scope }), ...(scope && { scope }) } };
    },
  };
  return { authorize, token };
}

