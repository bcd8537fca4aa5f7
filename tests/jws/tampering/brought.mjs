// A key that the token brings along, or says where to find. The issuer's own keys decide, and nobody is asked for any.
import { base64url, jwkOf, KID, PAYLOAD, tokenOf } from "../signer.mjs";

/** Members that bring a key along, or say where one is (RFC 7515, sections 4.1.2 to 4.1.8). */
const broughtAlong = (jwk, origin) => [
  { jwk },
  { jku: `${origin}/jwks` },
  { x5u: `${origin}/certificate` },
  { x5c: [base64url(JSON.stringify(jwk))] },
  { x5t: base64url("thumbprint"), "x5t#S256": base64url("thumbprint") },
  { jwk, jku: `${origin}/jwks`, x5u: `${origin}/certificate`, x5c: ["MIIB"] },
  { iss: origin, kid: `${origin}/jwks#${KID}` },
];

/** A key that the token brings along signed it. */
export const signedByABroughtKey = (origin) => function* ({ name, keys, other, header }) {
  for (const brought of broughtAlong(jwkOf(other, { kid: KID }), origin)) {
    const token = tokenOf(name, { ...header, ...brought }, PAYLOAD, other);
    yield { keys, token, codes: ["jws_signature_invalid", "jws_key_unknown"] };
    yield { keys: { keys: [] }, token, codes: ["jws_key_unknown"] };
    const nameless = { alg: name, ...brought };
    delete nameless.kid;
    yield { keys, token: tokenOf(name, nameless, PAYLOAD, other), codes: ["jws_signature_invalid"] };
  }
};

/** The right key signed it, and what else the header says is not looked at. */
export const besideTheRightKey = (origin) => function* ({ name, keys, other, header }) {
  for (const { kid, ...brought } of broughtAlong(jwkOf(other), origin)) {
    yield { keys, token: tokenOf(name, { ...header, ...brought }), valid: true };
  }
};
