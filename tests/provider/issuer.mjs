// One OpenID provider at one path. It is correct except where its fault says otherwise.
import { sign, trueClaims } from "./id-token.mjs";
import { Grants } from "./grants.mjs";
import { jwks } from "./keys.mjs";

const badRequest = (error, description) => ({ status: 400, body: { error, error_description: description } });

/** @returns {(endpoint: string, request: object) => Promise<object>} answers requests below the issuer's path */
export function createIssuer({ issuer, fault, settings, collector, incidents, issued }) {
  const grants = new Grants(incidents);
  let refreshes = 0;
  const at = () => ({ issuer, collector, refreshes });

  function metadata() {
    const truth = {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      revocation_endpoint: `${issuer}/revoke`,
      end_session_endpoint: `${issuer}/end-session`,
      response_types_supported: ["code"],
      response_modes_supported: ["query"],
      grant_types_supported: ["authorization_code", "refresh_token"],
      subject_types_supported: ["public"],
      scopes_supported: ["openid", "offline_access"],
      id_token_signing_alg_values_supported: ["RS256"],
      token_endpoint_auth_methods_supported: ["none"],
      revocation_endpoint_auth_methods_supported: ["none"],
      code_challenge_methods_supported: ["S256"],
      authorization_response_iss_parameter_supported: true,
    };
    return { body: fault.metadata ? fault.metadata(truth, at()) : truth };
  }

  // Signs the user in without asking: the redirect comes back at once.
  function authorize({ query, repeated }) {
    if (repeated.length > 0) return badRequest("invalid_request", `repeated: ${repeated}`);
    if (query.response_type !== "code") return badRequest("unsupported_response_type", "only code");
    if (query.code_challenge_method !== "S256") return badRequest("invalid_request", "only S256");
    if (!URL.canParse(query.redirect_uri ?? "")) return badRequest("invalid_request", "redirect_uri is missing");
    const params = new URLSearchParams({ code: grants.issueCode(query, settings.marker), iss: issuer });
    if (query.state !== undefined) params.set("state", query.state);
    fault.callback?.(params, at());
    const back = new URL(query.redirect_uri);
    for (const [name, value] of params) back.searchParams.append(name, value);
    return { status: 302, headers: { location: back.href } };
  }

  async function token({ method, body, query, repeated }) {
    if (method !== "POST" || typeof body !== "object") return badRequest("invalid_request", "POST a form");
    if (repeated.length > 0 || Object.keys(query).length > 0) return badRequest("invalid_request", "parameters");
    if (settings.tokenDelayMs > 0) await new Promise((resolve) => setTimeout(resolve, settings.tokenDelayMs));
    if (body.grant_type === "authorization_code") return fault.tokenReply?.(at()) ?? answer(grants.redeemCode(body));
    if (body.grant_type === "refresh_token") {
      refreshes += 1;
      return fault.refreshReply?.(at()) ?? answer(grants.redeemRefreshToken(body));
    }
    return badRequest("unsupported_grant_type", String(body.grant_type));
  }

  async function answer({ grant, error }) {
    if (error) return badRequest("invalid_grant", error);
    const { access, refresh } = grants.issueTokens(grant, settings);
    const truth = trueClaims({ issuer, grant, now: Math.floor(Date.now() / 1000) });
    const claims = fault.claims ? fault.claims(truth, at()) : truth;
    const body = {
      access_token: access,
      token_type: "Bearer",
      expires_in: settings.tokenSeconds,
      scope: grant.scope,
      id_token: await (fault.sign ?? sign)(claims),
      ...(refresh ? { refresh_token: refresh } : {}),
    };
    issued.push({ access, refresh, idToken: body.id_token });
    return { body: fault.tokens ? fault.tokens(body) : body };
  }

  function revoke({ method, body }) {
    if (method !== "POST" || !body.token) return badRequest("invalid_request", "POST a token");
    grants.revoke(body.token);
    return {};
  }

  function endSession({ method, query, body }) {
    const sent = method === "POST" ? body : query;
    if (!URL.canParse(sent.post_logout_redirect_uri ?? "")) return { body: "Signed out." };
    const back = new URL(sent.post_logout_redirect_uri);
    if (sent.state !== undefined) back.searchParams.set("state", sent.state);
    return { status: 302, headers: { location: back.href } };
  }

  const endpoints = {
    "/.well-known/openid-configuration": metadata,
    "/jwks": async () => ({ body: await jwks() }),
    "/authorize": authorize,
    "/token": token,
    "/revoke": revoke,
    "/end-session": endSession,
  };
  return {
    grants,
    handle: async (endpoint, request) => endpoints[endpoint]?.(request) ?? { status: 404, body: "no such endpoint" },
  };
}
