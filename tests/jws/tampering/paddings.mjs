// RSA signatures over something else than the padded digest that the algorithm asks for.
import { constants, createHash, generateKeyPairSync } from "node:crypto";
import { DIGEST_INFO, signRaw } from "../algorithms.mjs";
import { bytesOf, cubeRoot, numberOf } from "../numbers.mjs";
import { base64url, jwkOf, KID, PAYLOAD, tokenOf, withSignature } from "../signer.mjs";

const INVALID = ["jws_signature_invalid"];

/** RSASSA-PSS with a salt of another length than the hash's (RFC 7518, section 3.5), and the other padding. */
export function* paddedOtherwise({ name, family, bits, keys, token, pair }) {
  if (family !== "RS" && family !== "PS") return;
  const signed = Buffer.from(token.slice(0, token.lastIndexOf(".")));
  for (const other of ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"].filter((candidate) => candidate !== name)) {
    yield { keys, token: withSignature(token, signRaw(other, pair.privateKey, signed)), codes: INVALID };
  }
  const salts = [0, 1, 8, 20, 32, 48, 64, constants.RSA_PSS_SALTLEN_MAX_SIGN];
  for (const saltLength of salts.filter((length) => length !== bits / 8)) {
    yield { keys, token: withSignature(token, signRaw(`PS${bits}`, pair.privateKey, signed, saltLength)), codes: INVALID };
  }
}

let smallExponent;

/**
 * The forgery of Bleichenbacher (2006), without a private key: a cube whose first bytes look like a padded digest. It
 * passes where somebody does not look at what comes after the digest, or between.
 */
export function* forgedCubes({ name, family, hash, header }) {
  if (family !== "RS") return;
  smallExponent ??= generateKeyPairSync("rsa", { modulusLength: 2048, publicExponent: 3 });
  const keys = { keys: [jwkOf(smallExponent, { kid: KID })] };
  yield { keys, token: tokenOf(name, header, PAYLOAD, smallExponent), valid: true };
  const signed = `${base64url(JSON.stringify(header))}.${base64url(PAYLOAD)}`;
  const digest = createHash(hash).update(signed).digest();
  for (const fill of [0, 1, 8, 16]) {
    for (const info of [DIGEST_INFO[hash], ""]) {
      const padding = Buffer.concat([Buffer.from([0, 1]), Buffer.alloc(fill, 255), Buffer.from([0])]);
      const start = Buffer.concat([padding, Buffer.from(info, "hex"), digest]);
      const least = numberOf(Buffer.concat([start, Buffer.alloc(256 - start.length)]));
      const root = cubeRoot(least + (1n << BigInt(8 * (256 - start.length))) - 1n);
      if (root ** 3n < least) continue;
      yield { keys, token: `${signed}.${base64url(bytesOf(root, 256))}`, codes: INVALID };
    }
  }
}
