// Builds the ID token: true claims and a true signature, each replaceable by a fault.
import { SignJWT, importJWK } from "jose";
import { signingKey } from "./keys.mjs";

/** The claims a correct provider would state about this grant. */
export function trueClaims({ issuer, grant, now }) {
  return {
    iss: issuer,
    sub: "user-1",
    aud: grant.clientId,
    iat: now,
    exp: now + 600,
    auth_time: grant.authTime,
    ...(grant.nonce ? { nonce: grant.nonce } : {}),
    name: "Ada Example",
    email: "ada@example.com",
  };
}

/** Signs with RS256 and the listed key, unless told otherwise. */
export async function sign(claims, { key, alg = "RS256" } = {}) {
  const { kid, privateJwk } = key ?? (await signingKey());
  return new SignJWT(claims).setProtectedHeader({ alg, kid, typ: "JWT" }).sign(await importJWK(privateJwk, alg));
}

/** An unsecured JWT: `alg` none and an empty signature. */
export function unsecured(claims) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "none", typ: "JWT" })}.${part(claims)}.`;
}
