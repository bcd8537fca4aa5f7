// Who signs the tokens of the matrix: real keys of every kind, the right ones and those of somebody else.
import { generateKeyPairSync } from "node:crypto";
import { ALGORITHMS, signRaw } from "./algorithms.mjs";

export const base64url = (data) => Buffer.from(data).toString("base64url");

const GENERATORS = {
  rsa: () => generateKeyPairSync("rsa", { modulusLength: 2048 }),
  ed25519: () => generateKeyPairSync("ed25519"),
  "P-256": () => generateKeyPairSync("ec", { namedCurve: "P-256" }),
  "P-384": () => generateKeyPairSync("ec", { namedCurve: "P-384" }),
  "P-521": () => generateKeyPairSync("ec", { namedCurve: "P-521" }),
};

const pairs = new Map();

/** The key pair of this kind and owner; the same at each call. */
export function pairOf(kind, owner = "issuer") {
  const name = `${kind} of ${owner}`;
  if (!pairs.has(name)) pairs.set(name, GENERATORS[kind]());
  return pairs.get(name);
}

export const KINDS = Object.keys(GENERATORS);

/** The public key as a JWK, with these members more. */
export const jwkOf = ({ publicKey }, members = {}) => ({ ...publicKey.export({ format: "jwk" }), ...members });

/** The name of the issuer's key in the set and in the tokens. */
export const KID = "2026-11";

export const PAYLOAD = Buffer.from(JSON.stringify({ iss: "https://id.example.com", sub: "alice", exp: 1_800_000_000 }));

/** A token of a header, which is an object or text, and a payload. Whatever it says, it is signed by `name` and `pair`. */
export function tokenOf(name, header, payload = PAYLOAD, pair = pairOf(ALGORITHMS[name].kind)) {
  const text = typeof header === "string" || Buffer.isBuffer(header) ? header : JSON.stringify(header);
  const signed = `${base64url(text)}.${base64url(payload)}`;
  return `${signed}.${base64url(signRaw(name, pair.privateKey, Buffer.from(signed)))}`;
}

/** The token with another signature. */
export const withSignature = (token, signature) => `${token.slice(0, token.lastIndexOf("."))}.${base64url(signature)}`;

/** What every row of the matrix starts from: the algorithm's valid token, and the key set that it is valid under. */
export function given(name) {
  const pair = pairOf(ALGORITHMS[name].kind);
  const header = { alg: name, kid: KID };
  const token = tokenOf(name, header);
  const [headerPart, payloadPart, signaturePart] = token.split(".");
  return {
    name, ...ALGORITHMS[name], pair, other: pairOf(ALGORITHMS[name].kind, "somebody else"), header, token,
    parts: { header: headerPart, payload: payloadPart, signature: signaturePart },
    signature: Buffer.from(signaturePart, "base64url"),
    jwk: jwkOf(pair, { kid: KID }),
    keys: { keys: [jwkOf(pair, { kid: KID })] },
  };
}
