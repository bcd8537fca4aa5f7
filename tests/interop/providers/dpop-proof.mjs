// Judges a DPoP proof as a strict resource server does (RFC 9449, section 4.3), by another implementation than the
// package's: a proof that is good here was not only agreed with itself.
import { createHash } from "node:crypto";
import { EmbeddedJWK, calculateJwkThumbprint, jwtVerify } from "jose";

const ALGORITHMS = ["ES256", "ES384", "ES512", "EdDSA", "Ed25519", "RS256", "PS256"];
const WINDOW_SECONDS = 60;
const PRIVATE_MEMBERS = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

export class ProofError extends Error {
  constructor(message, code = "invalid_dpop_proof") {
    super(message);
    this.code = code;
  }
}

const demand = (condition, message, code) => {
  if (!condition) throw new ProofError(message, code);
};

/**
 * @param {object} request `{ method, url, headers }` with the absolute URL that was asked for
 * @param {object} expected `{ token, jkt, seen: Set, nonces: null | Set }`; `nonces` are those that are good
 * @returns the proof's `{ header, payload }`
 * @throws {ProofError}
 */
export async function checkProof({ method, url, headers }, { token, jkt, seen, nonces }) {
  const proof = headers.dpop;
  demand(proof !== undefined, "there is no proof");
  // Several headers of one name arrive joined by commas.
  demand(/^[\w-]+\.[\w-]+\.[\w-]+$/.test(proof), "not exactly one proof in compact form");
  const { protectedHeader: header, payload } = await jwtVerify(proof, EmbeddedJWK, { typ: "dpop+jwt", algorithms: ALGORITHMS })
    .catch((error) => { throw new ProofError(`${error.code}: ${error.message}`); });
  demand(!PRIVATE_MEMBERS.some((member) => member in header.jwk), "the key is not public only");
  demand(payload.htm === method, "htm is another method");
  demand(payload.htu === target(url), `htu is ${payload.htu}, not ${target(url)}`);
  demand(Math.abs(Date.now() / 1000 - payload.iat) <= WINDOW_SECONDS, "iat is not of now");
  demand(typeof payload.jti === "string" && payload.jti.length >= 16, "jti is too short to be unique");
  demand(payload.ath === createHash("sha256").update(token).digest("base64url"), "ath is of another token");
  demand(await calculateJwkThumbprint(header.jwk) === jkt, "the token is bound to another key");
  demand(!seen.has(payload.jti), "jti was used before");
  seen.add(payload.jti);
  demand(nonces === null || nonces.has(payload.nonce), "a nonce is required", "use_dpop_nonce");
  return { header, payload };
}

/** The URL as a normalized htu has it: no query, no fragment. Compared as a string: servers need not normalize. */
function target(url) {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}
