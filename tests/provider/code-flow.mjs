// A code flow in plain Node, without checks of its own: shows what the provider really does.
import { createHash, randomBytes } from "node:crypto";

export const REDIRECT_URI = "http://127.0.0.1:9/callback.html";
const CLIENT_ID = "spa";
const secret = () => randomBytes(32).toString("base64url");

const form = (params) => ({
  method: "POST",
  redirect: "manual",
  body: new URLSearchParams({ client_id: CLIENT_ID, ...params }),
});

export async function discover(issuer) {
  return (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
}

/** Follows the authorization endpoint's redirect by hand: `{ state, nonce, verifier, callback: URLSearchParams }`. */
export async function authorize(issuer, { scope = "openid offline_access" } = {}) {
  const [state, nonce, verifier] = [secret(), secret(), secret()];
  const url = new URL(`${issuer}/authorize`);
  url.search = new URLSearchParams({
    response_type: "code", client_id: CLIENT_ID, redirect_uri: REDIRECT_URI, scope, state, nonce,
    code_challenge: createHash("sha256").update(verifier).digest("base64url"), code_challenge_method: "S256",
  });
  const response = await fetch(url, { redirect: "manual" });
  return { state, nonce, verifier, callback: new URL(response.headers.get("location")).searchParams };
}

/** The token endpoint's raw Response to a code. */
export function exchange(issuer, { verifier, callback }) {
  return fetch(`${issuer}/token`, form({
    grant_type: "authorization_code", code: callback.get("code"), redirect_uri: REDIRECT_URI, code_verifier: verifier,
  }));
}

/** The token endpoint's raw Response to a refresh token. */
export function refresh(issuer, refreshToken) {
  return fetch(`${issuer}/token`, form({ grant_type: "refresh_token", refresh_token: refreshToken }));
}

export function revoke(issuer, token) {
  return fetch(`${issuer}/revoke`, form({ token }));
}
