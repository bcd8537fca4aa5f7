import { createRemoteJWKSet, errors, jwtVerify } from "jose";
import { listen } from "./listen.mjs";

const BODY_LIMIT = 64 * 1024;

/**
 * The demo API: a resource server that trusts one issuer and checks every access token itself (RFC 9068, section 4).
 *
 * - `GET /me` tells the caller what the API knows about the token.
 * - `POST /echo` sends back what it was sent.
 * - `GET /health` answers to anybody.
 *
 * @param {{ port: number, host?: string, issuer: string, appOrigin: string, audience: string }} options
 * @returns {Promise<{ origin: string, close(): Promise<void> }>}
 */
export async function startApi({ port, host = "127.0.0.1", issuer, appOrigin, audience }) {
  const { server, origin, close } = await listen(port, host);
  const check = tokenCheck({ issuer, audience });
  server.on("request", (request, response) => {
    answer(request, response, check, appOrigin).catch((error) => {
      console.error("demo API:", error);
      if (!response.headersSent) send(response, 500, { error: "server_error" });
    });
  });
  return { origin, close };
}

async function answer(request, response, check, appOrigin) {
  // One origin may read the answers; caches must keep the answers for other origins apart.
  response.setHeader("vary", "origin");
  response.setHeader("cache-control", "no-store");
  if (request.headers.origin === appOrigin) {
    response.setHeader("access-control-allow-origin", appOrigin);
    response.setHeader("access-control-expose-headers", "www-authenticate");
  }
  if (request.method === "OPTIONS") {
    response.setHeader("access-control-allow-methods", "GET, POST");
    response.setHeader("access-control-allow-headers", "authorization, content-type");
    response.setHeader("access-control-max-age", "600");
    response.writeHead(204).end();
    return;
  }

  const { pathname } = new URL(request.url, "http://api.invalid");
  const route = `${request.method} ${pathname}`;
  if (route === "GET /health") return send(response, 200, { status: "ok" });
  if (route !== "GET /me" && route !== "POST /echo") return send(response, 404, { error: "not_found" });

  const verdict = await check(request.headers.authorization);
  if (verdict.challenge) {
    response.setHeader("www-authenticate", verdict.challenge);
    return send(response, verdict.status, { error: verdict.error });
  }
  if (route === "GET /me") return send(response, 200, describe(verdict.claims));

  const body = await read(request);
  if (body === null) return send(response, 413, { error: "too_large" });
  return send(response, 200, {
    from: verdict.claims.sub,
    contentType: request.headers["content-type"] ?? null,
    body,
  });
}

/** What a caller may know about its own token: never the token. */
function describe(claims) {
  return {
    sub: claims.sub,
    client: claims.client_id,
    issuer: claims.iss,
    audience: claims.aud,
    scope: claims.scope ?? null,
    issuedAt: new Date(claims.iat * 1000).toISOString(),
    expiresAt: new Date(claims.exp * 1000).toISOString(),
  };
}

function tokenCheck({ issuer, audience }) {
  // Found through the issuer's metadata at the first call, so that provider and API may start in either order.
  let keys;
  async function findKeys() {
    const response = await fetch(`${issuer}/.well-known/openid-configuration`);
    if (!response.ok) throw new Error(`the provider's metadata answered ${response.status}`);
    const metadata = await response.json();
    if (metadata.issuer !== issuer) throw new Error("the provider's metadata names another issuer");
    return createRemoteJWKSet(new URL(metadata.jwks_uri));
  }

  return async function check(authorization) {
    // Without any credentials the challenge carries no error code (RFC 6750, section 3.1).
    if (authorization === undefined) return { status: 401, error: "no_token", challenge: 'Bearer realm="demo"' };
    const token = /^Bearer +([A-Za-z0-9\-._~+/]+=*)$/i.exec(authorization)?.[1];
    if (token === undefined) return refusal("the Authorization header holds no Bearer token");
    keys ??= findKeys().catch((error) => {
      keys = undefined;
      throw error;
    });
    try {
      const { payload } = await jwtVerify(token, await keys, {
        issuer,
        audience,
        algorithms: ["RS256"],
        typ: "at+jwt",
        requiredClaims: ["exp", "iat", "sub", "client_id"],
        clockTolerance: 0,
      });
      return { claims: payload };
    } catch (error) {
      if (error instanceof errors.JWTExpired) return refusal("the token has expired");
      if (error instanceof errors.JWKSTimeout || !(error instanceof errors.JOSEError)) throw error;
      return refusal("the token is not valid here");
    }
  };
}

function refusal(description) {
  return {
    status: 401,
    error: "invalid_token",
    challenge: `Bearer realm="demo", error="invalid_token", error_description="${description}"`,
  };
}

/** The body as text, or null where it is larger than a demo needs. */
async function read(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > BODY_LIMIT) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function send(response, status, value) {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(`${JSON.stringify(value, null, 2)}\n`);
}
