// The algorithms, and how node:crypto signs with each.
import { constants, sign } from "node:crypto";

const rsa = (bits, padding) => ({ family: padding === undefined ? "RS" : "PS", kind: "rsa", hash: `sha${bits}`, bits, padding });
const ec = (bits, kind, size, order) => ({ family: "ES", kind, hash: `sha${bits}`, bits, size, order });

/** The number of so many bits that ends so, with ones before. */
const order = (bits, end) => {
  const known = BigInt(end.toString(16).length * 4);
  return (((1n << (bits - known)) - 1n) << known) + end;
};

const ed = { family: "Ed", kind: "ed25519", size: 32, order: 2n ** 252n + 27742317777372353535851937790883648493n };

/**
 * Family, kind of key, hash; for ECDSA and Ed25519 the bytes of a half of the signature, and the order of the group (FIPS
 * 186-5; SP 800-186, section 3.2.1).
 */
export const ALGORITHMS = {
  RS256: rsa(256),
  RS384: rsa(384),
  RS512: rsa(512),
  PS256: rsa(256, constants.RSA_PKCS1_PSS_PADDING),
  PS384: rsa(384, constants.RSA_PKCS1_PSS_PADDING),
  PS512: rsa(512, constants.RSA_PKCS1_PSS_PADDING),
  ES256: ec(256, "P-256", 32, order(256n, 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n)),
  ES384: ec(384, "P-384", 48, order(384n, 0xc7634d81f4372ddf581a0db248b0a77aecec196accc52973n)),
  ES512: ec(512, "P-521", 66, order(521n, 0xfa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n)),
  EdDSA: ed,
  Ed25519: ed,
};

export const NAMES = Object.keys(ALGORITHMS);

/** What stands before a digest in RSASSA-PKCS1-v1_5 (RFC 8017, section 9.2, note 1). */
export const DIGEST_INFO = {
  sha256: "3031300d060960864801650304020105000420",
  sha384: "3041300d060960864801650304020205000430",
  sha512: "3051300d060960864801650304020305000440",
};

/** The raw signature of the bytes. */
export function signRaw(name, key, bytes, saltLength) {
  const { family, hash, bits, padding } = ALGORITHMS[name];
  if (family === "Ed") return sign(null, bytes, key);
  if (family === "ES") return sign(hash, bytes, { key, dsaEncoding: "ieee-p1363" });
  return sign(hash, bytes, padding === undefined ? key : { key, padding, saltLength: saltLength ?? bits / 8 });
}
