// What the oidc-provider knows of an access token, for a resource server beside it.
import { createLocalJWKSet, jwtVerify } from "jose";

/** `lookUp(token)`: `{ clientId, scope, audience?, jkt?, acr, authTime }` of a live token, else null. */
export function lookUpIn(provider, keys) {
  const keySet = createLocalJWKSet({ keys: keys.map(({ d, p, q, dp, dq, qi, ...publicPart }) => publicPart) });
  return (token) => (token.split(".").length === 3 ? readJwt(token, provider.issuer, keySet) : find(provider, token));
}

async function find(provider, value) {
  const token = await provider.AccessToken.find(value);
  // A token ends with the grant it came from, as at the provider's own endpoints.
  if (!token || !await provider.Grant.find(token.grantId)) return null;
  const { clientId, scope, jkt, extra } = token;
  return { clientId, scope, jkt, acr: extra.acr, authTime: extra.auth_time };
}

/** An RFC 9068 token is read by whoever it is for, without asking: it stays good until it expires. */
async function readJwt(token, issuer, keySet) {
  const verified = await jwtVerify(token, keySet, { issuer, typ: "at+jwt", algorithms: ["ES256"] }).catch(() => null);
  if (!verified) return null;
  const { client_id: clientId, scope, aud: audience, cnf, acr, auth_time: authTime } = verified.payload;
  return { clientId, scope, audience, jkt: cnf?.jkt, acr, authTime };
}
