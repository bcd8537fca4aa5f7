// What is not tampered with, and must be accepted: plain tokens of two other signers, and what RFC 7515 and JSON allow.
import { CompactSign } from "jose";
import { KID, PAYLOAD, tokenOf } from "../signer.mjs";

export function* signedByNode({ name, keys, jwk, header }) {
  for (const typ of [undefined, "JWT", "at+jwt"]) {
    const token = tokenOf(name, { ...header, typ });
    yield { keys, token, valid: true, payload: PAYLOAD };
    yield { keys: jwk, token, valid: true, payload: PAYLOAD };
  }
}

export async function* signedByJose({ keys, jwk, header, pair }) {
  for (const typ of [undefined, "JWT", "at+jwt"]) {
    const token = await new CompactSign(PAYLOAD).setProtectedHeader({ ...header, typ }).sign(pair.privateKey);
    yield { keys, token, valid: true, payload: PAYLOAD };
    yield { keys: jwk, token, valid: true, payload: PAYLOAD };
  }
}

/** Both names of Ed25519 mean the same signature (RFC 9864, section 2.2). */
export function* underItsOtherName({ name, family, keys, header }) {
  if (family !== "Ed") return;
  const other = name === "EdDSA" ? "Ed25519" : "EdDSA";
  for (const [alg, allowed] of [[name, other], [other, name]]) {
    yield { keys, token: tokenOf(name, { ...header, alg }), allowed: [allowed], valid: true };
    for (const own of [
      name, other,
    ]) yield { keys: { ...keys.keys[0], alg: own }, token: tokenOf(name, { ...header, alg }), allowed: [allowed], valid: true };
  }
}

export function* oddAndSound({ name, keys, jwk, header }) {
  const text = `{"alg":"${name}","kid":"${KID}"}`;
  for (const odd of [
    ` {\n\t"kid" : "${KID}" ,\r\n "alg":"${name}" } `,
    text.replace(name, `\\u00${name.charCodeAt(0).toString(16)}${name.slice(1)}`),
    text.replace('"alg"', '"\\u0061lg"'), text.replace("}", ',"typ":"JWT","cty":"x","zip":"DEF","enc":"A256GCM"}'),
    text.replace("}", ',"__proto__":{"alg":"none"}}'),
    text.replace("}", ',"x":[1,-2.5e-3,"\\u00e9 é 𝄞",{"alg":"none"},null,true]}'), text.replace("}", ',"":0}'),
  ]) yield { keys, token: tokenOf(name, odd), valid: true };
  const { kid, ...nameless } = header;
  yield { keys, token: tokenOf(name, nameless), valid: true };
  yield { keys: jwk, token: tokenOf(name, header), valid: true };
  const { kid: _, ...plain } = jwk;
  yield { keys: plain, token: tokenOf(name, header), valid: true };
  yield { keys: plain, token: tokenOf(name, nameless), valid: true };
  for (const payload of [
    Buffer.alloc(0), Buffer.from([0]), Buffer.from([255, 254, 0]), Buffer.from("\ufeff{}"), Buffer.from("a.b.c"),
    Buffer.alloc(3000, "é"),
  ]) {
    yield { keys, token: tokenOf(name, header, payload), valid: true, payload };
  }
}
