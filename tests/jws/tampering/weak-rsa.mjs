// RSA keys that give no security, each with a signature that would pass if the key were taken.
import { createHash, generateKeyPairSync } from "node:crypto";
import { DIGEST_INFO } from "../algorithms.mjs";
import { base64url, jwkOf, KID, PAYLOAD, tokenOf } from "../signer.mjs";

/** Alone and in a set. */
function* both(token, key, codes = ["jws_key_unknown"]) {
  for (const keys of [key, { keys: [key] }]) yield { keys, token, codes };
}

const pairs = new Map();

const rsaPair = (modulusLength) => {
  if (!pairs.has(modulusLength)) pairs.set(modulusLength, generateKeyPairSync("rsa", { modulusLength }));
  return pairs.get(modulusLength);
};

/** RSA: 2048 bits at least (RFC 7518, sections 3.3 and 3.5), however they are written. */
export function* tooShort({ name, family, bits, header }) {
  if (family !== "RS" && family !== "PS") return;
  for (const modulusLength of [1024, 1536, 2040, 2047]) {
    // Not every padding has room in it.
    if (family === "PS" && modulusLength / 8 < bits / 4 + 2) continue;
    const pair = rsaPair(modulusLength);
    const token = tokenOf(name, header, PAYLOAD, pair);
    const key = jwkOf(pair, { kid: KID });
    yield* both(token, key);
    const modulus = Buffer.from(key.n, "base64url");
    for (const size of [modulus.length + 1, 256, 257, 512]) {
      const padded = Buffer.concat([Buffer.alloc(Math.max(0, size - modulus.length)), modulus]);
      yield* both(token, { ...key, n: base64url(padded) });
    }
  }
}

/** RSA: the exponent is odd and more than 1; with 1, the padded digest is its own signature. */
export function* exponents({ name, family, hash, token, header, jwk }) {
  if (family !== "RS" && family !== "PS") return;
  const signed = `${base64url(JSON.stringify(header))}.${base64url(PAYLOAD)}`;
  const end = Buffer.concat([Buffer.from([0]), Buffer.from(DIGEST_INFO[hash], "hex"), createHash(hash).update(signed).digest()]);
  const own = `${signed}.${base64url(Buffer.concat([Buffer.from([0, 1]), Buffer.alloc(254 - end.length, 255), end]))}`;
  for (const e of [
    "AQ", "AAAB", "AAE", "AA", "", "Ag", "BA", "AQAA", "AAEAAQ", undefined, null, 5, 65537, "AQAB=", "AQAB ",
  ]) {
    for (const one of [token, own]) yield* both(one, { ...jwk, e });
  }
  // Exponents like any others, but of other keys.
  for (const e of ["Aw", "EQ", "____"]) {
    for (const one of [token, own]) yield* both(one, { ...jwk, e }, ["jws_signature_invalid"]);
  }
  const modulus = Buffer.from(jwk.n, "base64url");
  for (const n of [
    base64url(Buffer.alloc(256)), base64url(Buffer.concat([Buffer.alloc(1), modulus])), "", undefined, null, 5,
    `${jwk.n}=`, `${jwk.n} `, `+${jwk.n.slice(1)}`, `/${jwk.n.slice(1)}`,
  ]) yield* both(token, { ...jwk, n });
  const even = Buffer.from(modulus);
  even[255] ^= 1;
  for (const other of [even, Buffer.alloc(256, 255)]) {
    yield* both(token, { ...jwk, n: base64url(other) }, ["jws_signature_invalid"]);
  }
}
