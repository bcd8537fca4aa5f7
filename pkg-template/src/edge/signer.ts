// The private key that a client signs with: what can be said of it, and its signatures.

import { failure } from "../error.js";
import type { PrivateJwk } from "../../edge.js";

const CURVES: Record<string, string> = { "P-256": "ES256", "P-384": "ES384", "P-521": "ES512", Ed25519: "EdDSA" };
const FAMILIES: Record<string, string> = { RS: "RSASSA-PKCS1-v1_5", PS: "RSA-PSS", ES: "ECDSA" };

const parametersOf = (alg: string, namedCurve?: string) => ({
  name: FAMILIES[alg.slice(0, 2)] ?? "Ed25519", hash: `SHA-${alg.slice(2)}`, saltLength: Number(alg.slice(2)) / 8, namedCurve: namedCurve!,
});

const algorithmOfKey = ({ algorithm }: CryptoKey): string | undefined => {
  const { name, hash, namedCurve } = algorithm as { name: string; hash?: { name: string }; namedCurve?: string };
  if (name === "RSASSA-PKCS1-v1_5" || name === "RSA-PSS") return `${name === "RSA-PSS" ? "PS" : "RS"}${hash!.name.slice(4)}`;
  return CURVES[namedCurve ?? name];
};

const isCryptoKey = (key: object): key is CryptoKey => "algorithm" in key && "usages" in key;

/** What the core is told of the key, and what signs with it. A key as JSON is imported once, never to be read again. */
export const createSigner = (key: CryptoKey | PrivateJwk, keyId?: string) => {
  if (Object(key) !== key) throw failure("invalid_option", "privateKey");
  const alg = isCryptoKey(key) ? algorithmOfKey(key) : (key.alg ?? (key.kty === "RSA" ? "RS256" : CURVES[key.crv!]));
  const kid = keyId ?? (isCryptoKey(key) ? undefined : key.kid);
  // A copy: whoever changes the key afterwards changes nothing.
  const jwk = isCryptoKey(key) ? undefined : { ...key };
  const parameters = parametersOf(alg ?? "", jwk?.crv);
  let importing: Promise<CryptoKey> | undefined;
  const ready = async () => {
    if (!jwk) return key as CryptoKey;
    const { use, key_ops, alg: _, kid: __, ...own } = jwk;
    return (importing ??= crypto.subtle.importKey("jwk", own as JsonWebKey, parameters, false, ["sign"]));
  };
  return {
    said: { alg, ...(kid !== undefined && { kid }) },
    sign: async (_operation: string, _name: string, text: string) =>
      new Uint8Array(await crypto.subtle.sign(parameters, await ready(), new TextEncoder().encode(text))),
  };
};
