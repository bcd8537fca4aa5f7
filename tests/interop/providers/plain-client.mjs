// A client of the oidc-provider in plain Node, without checks of its own: shows what the servers really do, and can do
// what no honest client would.
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { SignJWT, calculateJwkThumbprint, exportJWK, generateKeyPair } from "jose";

export const REDIRECT_URI = "http://127.0.0.1:9/callback";

const secret = () => randomBytes(32).toString("base64url");
const form = (parameters) => {
  const pairs = Object.entries(parameters).flatMap(([name, value]) => [value].flat().map((one) => [name, one]));
  return new URLSearchParams(pairs);
};

/** `{ parameters, verifier }` of a fresh request; `changes` are added to it. */
export function newRequest(clientId, changes = {}) {
  const verifier = secret();
  const parameters = {
    response_type: "code", client_id: clientId, redirect_uri: REDIRECT_URI, scope: "openid",
    state: secret(), nonce: secret(), code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256", ...changes,
  };
  return { parameters, verifier };
}

/** Goes through the provider's redirects as a browser with these cookies does; returns the callback's parameters. */
export async function visit(url, jar = new Map()) {
  let at = url;
  for (;;) {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(at, { redirect: "manual", headers: { cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [name, value] = line.split(";")[0].split("=");
      jar.set(name, value);
    }
    const location = response.headers.get("location");
    if (!location) throw new Error(`${response.status} instead of a redirect from ${at}: ${await response.text()}`);
    at = new URL(location, at).href;
    if (at.startsWith(REDIRECT_URI)) return new URL(at).searchParams;
  }
}

export const authorizationUrl = (issuer, parameters) => `${issuer}/auth?${form(parameters)}`;

/** The raw Response to a form; `key` adds a proof. */
export async function post(url, parameters, { key, nonce } = {}) {
  const headers = key ? { dpop: await prove(key, { method: "POST", url, nonce }) } : {};
  return fetch(url, { method: "POST", headers, body: form(parameters) });
}

/** The token endpoint's raw Response to a code. */
export const exchange = (issuer, { parameters, verifier }, code, options, changes = {}) => post(`${issuer}/token`, {
  grant_type: "authorization_code", client_id: parameters.client_id, redirect_uri: REDIRECT_URI, code, code_verifier: verifier,
  ...changes,
}, options);

export const refresh = (issuer, clientId, refreshToken, options) => post(`${issuer}/token`, {
  grant_type: "refresh_token", client_id: clientId, refresh_token: refreshToken,
}, options);

/** A whole sign-in; returns the token response's body. `options` are those of {@link post}. */
export async function signIn(issuer, clientId, { changes, tokenChanges, jar, ...options } = {}) {
  const request = newRequest(clientId, changes);
  const callback = await visit(authorizationUrl(issuer, request.parameters), jar);
  if (!callback.has("code")) throw new Error(`no code: ${callback}`);
  const response = await exchange(issuer, request, callback.get("code"), options, tokenChanges);
  const body = await response.json();
  if (!response.ok) throw new Error(JSON.stringify(body));
  return body;
}

/** `{ privateKey, jwk, thumbprint, privateJwk }`. */
export async function newKey() {
  const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
  const jwk = await exportJWK(publicKey);
  return { privateKey, jwk, privateJwk: await exportJWK(privateKey), thumbprint: await calculateJwkThumbprint(jwk) };
}

/** A good proof; `claims` and `header` replace what is in it, undefined takes it away. */
export function prove(key, { method = "GET", url, token, nonce, claims = {}, header = {} }) {
  const { origin, pathname } = new URL(url);
  return new SignJWT({
    jti: randomUUID(), htm: method, htu: `${origin}${pathname}`, iat: Math.floor(Date.now() / 1000), nonce,
    ...(token ? { ath: createHash("sha256").update(token).digest("base64url") } : {}),
    ...claims,
  }).setProtectedHeader({ alg: "ES256", typ: "dpop+jwt", jwk: key.jwk, ...header }).sign(key.privateKey);
}
