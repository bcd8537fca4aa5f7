// The clients of the oidc-provider: each is a plain public one but for what its name says.

/** Of the one client that is no page. */
export const SECRET = "a-secret-of-forty-characters-or-even-more";

export const RESOURCES = ["https://api.example.com/one", "https://api.example.com/two"];

const oddities = {
  "spa-rs256": { id_token_signed_response_alg: "RS256" },
  "spa-ps256": { id_token_signed_response_alg: "PS256" },
  "spa-es256": { id_token_signed_response_alg: "ES256" },
  "spa-eddsa": { id_token_signed_response_alg: "EdDSA" },
  "spa-dpop": { dpop_bound_access_tokens: true },
  // The same, and the provider wants a nonce of its own in each proof.
  "spa-dpop-nonce": { dpop_bound_access_tokens: true },
  "spa-par": { require_pushed_authorization_requests: true },
  "spa-rar": { authorization_details_types: ["payment"] },
  // Is granted a type of details that nobody asked for.
  "spa-rar-extra": { authorization_details_types: ["payment"] },
  "spa-resource": {},
  "spa-userinfo-signed": { userinfo_signed_response_alg: "RS256" },
  "bff": { token_endpoint_auth_method: "client_secret_basic", client_secret: SECRET },
};

export const registrations = ({ redirectUris, postLogoutRedirectUris }) => Object.entries(oddities).map(([id, oddity]) => ({
  client_id: id,
  token_endpoint_auth_method: "none",
  grant_types: ["authorization_code", "refresh_token"],
  response_types: ["code"],
  redirect_uris: redirectUris,
  post_logout_redirect_uris: postLogoutRedirectUris,
  ...oddity,
}));

/** As the provider asks it: a token for details is always a token for a resource. */
export const defaultResourceOf = (clientId) => (clientId.startsWith("spa-rar") ? RESOURCES[0] : undefined);

export const wantsNonce = (clientId) => clientId === "spa-dpop-nonce";

/** What the provider grants of the details that were asked for. */
export const grantedDetails = (clientId, asked) =>
  asked && (clientId === "spa-rar-extra" ? [...asked, { type: "account_information" }] : asked);
