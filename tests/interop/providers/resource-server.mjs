// A strict API for the tokens of one provider. By path, what it wants beyond a live token:
//   /one, /two   a token whose audience is this resource      /write    the scope `write`
//   /silver      a sign-in of class `silver`, at most a minute old (RFC 9470)
// and nothing more anywhere else. A token that is bound to a key is taken with a proof only, and never as Bearer.
import { randomUUID } from "node:crypto";
import { serve } from "../../provider/serve.mjs";
import { RESOURCES } from "./clients.mjs";
import { ProofError, checkProof } from "./dpop-proof.mjs";

const SILVER_SECONDS = 60;

/**
 * @param {(token: string) => Promise<object | null>} lookUp What the provider knows of a token.
 * @returns what `serve` returns, and `control({ requireNonce, rotateAlways, refuses })`, `rotateNonce()`: a nonce is good until the
 *   next rotation, which `rotateAlways` makes come with each request; the next `refuses` good tokens are refused. A log entry of an accepted request has `token`, what
 *   is known of it, and `proof`, where there was one; each has its `status`.
 */
export async function startResourceServer(lookUp) {
  const settings = { requireNonce: false, rotateAlways: false, refuses: 0 };
  const seen = new Set();
  const nonces = new Set();
  const rotateNonce = () => {
    nonces.clear();
    nonces.add(randomUUID());
  };
  rotateNonce();

  async function judge(request) {
    const [, scheme, value] = /^(\w+) (\S+)$/.exec(request.headers.authorization ?? "") ?? [];
    const token = value && await lookUp(value);
    if (!token) return challenge(401, "Bearer", { error: "invalid_token" });
    const wanted = token.jkt ? "DPoP" : "Bearer";
    if (scheme.toLowerCase() !== wanted.toLowerCase()) {
      return challenge(401, wanted, { error: "invalid_token", error_description: "wrong scheme" });
    }
    if (token.jkt) {
      if (settings.rotateAlways) rotateNonce();
      const url = new URL(request.url, server.origin).href;
      request.proof = await checkProof({ ...request, url }, {
        token: value, jkt: token.jkt, seen, nonces: settings.requireNonce ? nonces : null,
      });
    }
    if (settings.refuses > 0) {
      settings.refuses -= 1;
      return challenge(401, wanted, { error: "invalid_token", error_description: "as told" });
    }
    request.token = token;
    return unmetDemand(request.path, token, wanted) ?? { body: { path: request.path } };
  }

  const server = await serve(async (request) => {
    const reply = await judge(request).catch((error) => {
      if (!(error instanceof ProofError)) throw error;
      return challenge(401, "DPoP", { error: error.code, error_description: error.message });
    });
    request.status = reply.status ?? 200;
    const exposed = { "access-control-expose-headers": "www-authenticate, dpop-nonce" };
    const nonce = settings.requireNonce ? { "dpop-nonce": [...nonces][0] } : {};
    return { ...reply, headers: { ...exposed, ...nonce, ...reply.headers } };
  });
  return { ...server, control: (changes) => Object.assign(settings, changes), rotateNonce };
}

function unmetDemand(path, { audience, scope, acr, authTime }, scheme) {
  const resource = RESOURCES.find((uri) => new URL(uri).pathname === path);
  if (audience !== resource) return challenge(401, scheme, { error: "invalid_token", error_description: "wrong audience" });
  if (path === "/write" && !scope.split(" ").includes("write")) {
    return challenge(403, scheme, { error: "insufficient_scope", scope: "write" });
  }
  const isSilver = acr === "silver" && authTime >= Date.now() / 1000 - SILVER_SECONDS;
  if (path === "/silver" && !isSilver) {
    return challenge(401, scheme, {
      error: "insufficient_user_authentication", acr_values: "silver", max_age: String(SILVER_SECONDS),
    });
  }
  return null;
}

const challenge = (status, scheme, parameters) => ({
  status,
  headers: {
    "www-authenticate": `${scheme} ${Object.entries(parameters).map(([name, value]) => `${name}="${value}"`).join(", ")}`,
  },
  body: { error: parameters.error },
});
