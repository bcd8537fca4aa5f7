// An issuer whose keys can be had, or not: `mode` of its endpoint of keys, and its keys by name. It does what `/control` says.
import { createHash, randomUUID } from "node:crypto";
import { SignJWT, exportJWK, generateKeyPair } from "jose";
import { serve } from "../provider/serve.mjs";

export const AUDIENCE = "https://api.example";

/** What comes with the keys and is for one caller only. */
export const COOKIE = "c".repeat(43);

/** Longer than any verifier here waits. */
const SLOW_MS = 8_000;

/** @returns what `serve` returns, `issuer`, `sign(changes)`, and `looks()`, how often the keys were asked for. */
export async function startIssuer() {
  const keys = new Map();
  const state = { mode: "ok", shown: ["k1"] };
  const keyOf = async (kid, alg = "ES256") => {
    if (!keys.has(kid)) {
      const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
      keys.set(kid, { privateKey, jwk: { ...await exportJWK(publicKey), kid, alg, use: "sig" } });
    }
    return keys.get(kid);
  };
  await keyOf("k1");
  await keyOf("k2");
  const server = await serve(async ({ path, query }) => {
    if (path === "/control") {
      Object.assign(state, query.mode && { mode: query.mode }, query.shown && { shown: query.shown.split(" ") });
      return { body: {} };
    }
    if (path === "/.well-known/openid-configuration") return { body: { issuer: server.origin, jwks_uri: `${server.origin}/jwks` } };
    if (path !== "/jwks") return { status: 404 };
    if (state.mode === "down") return { status: 503, headers: { "retry-after": "2" } };
    if (state.mode === "page") return { headers: { "content-type": "text/html" }, body: "<html>" };
    if (state.mode === "slow") await new Promise((resolve) => setTimeout(resolve, SLOW_MS).unref());
    // As many a load balancer does, to whoever asks.
    return { headers: { "set-cookie": `node=${COOKIE}; Path=/` }, body: { keys: state.shown.map((kid) => keys.get(kid).jwk) } };
  });
  const sign = async ({ kid = "k1", header = {}, ...claims } = {}) => {
    const now = Math.floor(Date.now() / 1000);
    const all = {
      iss: server.origin, aud: AUDIENCE, sub: "user", client_id: "app", iat: now, exp: now + 600, jti: randomUUID(), scope: "read write", ...claims,
    };
    const { privateKey, jwk: { alg } } = await keyOf(keys.has(kid) ? kid : "k1");
    return new SignJWT(all).setProtectedHeader({ alg, kid, typ: "at+jwt", ...header }).sign(privateKey);
  };
  const looks = () => server.log.filter(({ path }) => path === "/jwks").length;
  return { ...server, issuer: server.origin, sign, looks, control: (query) => ({ go: `${server.origin}/control?${new URLSearchParams(query)}` }) };
}

export const digest = (text) => createHash("sha256").update(text).digest("base64url");
