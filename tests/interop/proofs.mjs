// Proofs as they came, read by another implementation than the package's.
import assert from "node:assert/strict";
import { EmbeddedJWK, calculateJwkThumbprint, jwtVerify } from "jose";

/** The claims of a request's one proof, with its `key`'s thumbprint; the signature is checked. */
export async function readProof({ headers: { dpop } }) {
  // Several headers of one name arrive joined by commas.
  assert.match(dpop ?? "", /^[\w-]+\.[\w-]+\.[\w-]+$/, "exactly one proof");
  const { protectedHeader, payload } = await jwtVerify(dpop, EmbeddedJWK, { typ: "dpop+jwt" });
  return { ...payload, key: await calculateJwkThumbprint(protectedHeader.jwk) };
}

/** No two proofs have the same `jti`. */
export function assertFresh(proofs) {
  assert.equal(new Set(proofs.map(({ jti }) => jti)).size, proofs.length, "a jti was used twice");
}
