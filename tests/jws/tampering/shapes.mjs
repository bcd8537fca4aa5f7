// Other shapes than one compact JWS: the JSON serialization, tokens in tokens, encrypted tokens, and far too long ones.
import { CompactEncrypt } from "jose";
import { base64url, KID, PAYLOAD, tokenOf } from "../signer.mjs";

const MALFORMED = ["jws_malformed"];

/** The most characters of a token. */
const MOST = 64 * 1024;

export function* jsonSerialization({ keys, token, parts, header }) {
  const flattened = { protected: parts.header, payload: parts.payload, signature: parts.signature };
  const { payload, ...one } = flattened;
  const forms = [
    flattened, { ...flattened, header }, { payload: parts.payload, header, signature: parts.signature },
    { payload, signatures: [one] },
    { payload, signatures: [one, one] }, { payload, signatures: [{ header, signature: parts.signature }] }, { token },
    [token], [parts.header, parts.payload, parts.signature],
  ];
  for (const form of forms) {
    yield { keys, token: JSON.stringify(form), codes: MALFORMED };
    yield { keys, token: base64url(JSON.stringify(form)), codes: MALFORMED };
    // No string at all.
    yield { keys, token: form, codes: MALFORMED };
  }
  for (const none of [null, 5, true, {}, []]) yield { keys, token: none, codes: MALFORMED };
}

export function* nested({ name, keys, token, parts, header }) {
  const typed = { ...header, cty: "JWT" };
  for (const wrong of [
    `${token}.${token}`, `${token}${token}`, `${parts.header}.${token}`, `${token}.${parts.signature}`,
    `${parts.header}.${token}.${parts.signature}`,
    `${base64url(token)}.${parts.payload}.${parts.signature}`, base64url(token),
    `${parts.header}..${parts.payload}.${parts.signature}`,
    `${tokenOf(name, typed, token)}.${parts.signature}`,
  ]) yield { keys, token: wrong, codes: MALFORMED };
  // The signature of the outer one is not the inner one's.
  yield { keys, token: tokenOf(name, typed, token).replace(/[^.]+$/, parts.signature), codes: ["jws_signature_invalid"] };
}

/** A token as the payload is bytes like any other: they are given as they are. */
export function* nestedAndSigned({ name, keys, token, header }) {
  for (const typed of [header, { ...header, cty: "JWT" }]) {
    yield { keys, token: tokenOf(name, typed, token), valid: true, payload: Buffer.from(token) };
    yield { keys, token: tokenOf(name, typed, JSON.stringify(token)), valid: true, payload: Buffer.from(JSON.stringify(token)) };
  }
}

export async function* encrypted({ name, keys, token, parts }) {
  const secret = crypto.getRandomValues(new Uint8Array(32));
  for (const header of [
    { alg: "dir", enc: "A256GCM" }, { alg: "dir", enc: "A256GCM", kid: KID, cty: "JWT" },
    { alg: "A256KW", enc: "A256GCM" },
  ]) {
    const jwe = await new CompactEncrypt(Buffer.from(token)).setProtectedHeader(header).encrypt(secret);
    yield { keys, token: jwe, codes: MALFORMED };
    const [first, ...rest] = jwe.split(".");
    yield { keys, token: [parts.header, ...rest].join("."), codes: MALFORMED };
    yield { keys, token: [first, rest[2], rest[3]].join("."), codes: [...MALFORMED, "jws_algorithm_unexpected"] };
    const signed = tokenOf(name, { ...header, alg: name, kid: KID });
    yield { keys, token: `${signed}.${rest[0]}.${rest[1]}`, codes: MALFORMED };
  }
}

/** A valid token of just so many characters. */
function tokenOfLength(name, length) {
  for (let filler = 0; filler < 4; filler += 1) {
    const header = { alg: name, kid: KID, x: "x".repeat(filler) };
    const short = tokenOf(name, header, "");
    const characters = length - short.length;
    if (characters % 4 !== 1) return tokenOf(name, header, Buffer.alloc(Math.floor((characters * 3) / 4), "x"));
  }
  throw new Error(`no token of ${length} characters`);
}

export function* tooLong({ name, keys, header }) {
  yield { keys, token: tokenOfLength(name, MOST + 1), codes: MALFORMED };
  yield { keys, token: tokenOfLength(name, 2 * MOST), codes: MALFORMED };
  yield { keys, token: tokenOf(name, { ...header, x: "x".repeat(MOST) }), codes: MALFORMED };
  for (const unit of [
    "A", ".", "é", "A.", "\u{1f600}",
  ]) yield { keys, token: unit.repeat((10 << 20) / unit.length), codes: MALFORMED };
  yield { keys, token: tokenOf(name, header, Buffer.alloc(10 << 20, "x")), codes: MALFORMED };
}

export function* asLongAsAllowed({ name, keys, header }) {
  yield { keys, token: tokenOfLength(name, MOST), valid: true };
  yield { keys, token: tokenOf(name, header, PAYLOAD), valid: true };
}
