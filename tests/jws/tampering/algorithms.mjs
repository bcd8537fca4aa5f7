// Algorithms that nobody allowed, and signatures under the name of another one. Whatever a header says, it is signed.
import { createHmac } from "node:crypto";
import { base64url, jwkOf, KID, KINDS, PAYLOAD, pairOf, tokenOf, withSignature } from "../signer.mjs";

const MALFORMED = ["jws_malformed"];
const NOT_ALLOWED = ["jws_algorithm_unexpected"];

const NONE = [
  '"none"', '"None"', '"NONE"', '"nOnE"', '"NoNe"', '"nonE"', '"none "', '" none"', '"none\\u0000"', '"\\u006eone"',
  '"\\u006e\\u006f\\u006e\\u0065"',
  '"no\\ufeffne"', '"\\uff4eone"', '""', '"-"', '"null"', '"undefined"', "null", "0", "false", "true", "[]", "{}",
  '["none"]', '{"alg":"none"}',
];

/** `none`, or no algorithm at all: with the right signature, none, another, and without the last part. */
export function* unsigned({ name, keys, signature }) {
  const headers = [
    ...NONE.map((alg) => `{"alg":${alg},"kid":"${KID}"}`), "{}", `{"kid":"${KID}"}`, '{"ALG":"none"}', '{"Alg":"none"}',
    '{"typ":"none"}',
  ];
  const codes = [...MALFORMED, ...NOT_ALLOWED];
  for (const header of headers) {
    const token = tokenOf(name, header);
    yield { keys, token, codes };
    for (const other of [
      Buffer.alloc(0), Buffer.alloc(signature.length), signature,
    ]) yield { keys, token: withSignature(token, other), codes };
    yield { keys, token: token.slice(0, token.lastIndexOf(".")), codes };
  }
}

/** The names of algorithms that are not ours, or not quite. */
export function* unknownAlgorithms({ name, keys }) {
  const others = [
    "HS256", "HS384", "HS512", "ES256K", "Ed448", "RSA1_5", "RSA-OAEP", "RSA-OAEP-256", "dir", "A128KW", "A256GCM",
    "ECDH-ES", "PBES2-HS256+A128KW",
    "RS1", "SHA256withRSA", "RS", "256", name.toLowerCase() === name ? name.toUpperCase() : name.toLowerCase(),
    ` ${name}`, `${name} `, `${name}\\u0000`,
    `${name},none`, `${name}\\n`, "__proto__", "constructor", "toString",
  ];
  for (const alg of others) yield { keys, token: tokenOf(name, `{"alg":"${alg}","kid":"${KID}"}`), codes: NOT_ALLOWED };
  for (const alg of [`["${name}"]`, `{"${name}":1}`, `{"name":"${name}"}`]) {
    yield { keys, token: tokenOf(name, `{"alg":${alg},"kid":"${KID}"}`), codes: MALFORMED };
  }
}

/** HMAC with the public key as the secret, in every form in which somebody may have it at hand. */
export function* publicKeyAsSecret({ name, keys, pair, jwk, header, signature }) {
  const { publicKey } = pair;
  const pem = publicKey.export({ type: "spki", format: "pem" });
  const { kid, ...plain } = jwk;
  const secrets = [
    pem, pem.trim(), pem.replaceAll("\n", "\r\n"), pem.replaceAll(/-----[^-]+-----|\s/g, ""),
    publicKey.export({ type: "spki", format: "der" }),
    JSON.stringify(jwk), JSON.stringify(plain), JSON.stringify({ keys: [jwk] }),
    Buffer.from(jwk.n ?? jwk.x, "base64url"), jwk.n ?? jwk.x, Buffer.alloc(0),
  ];
  if (jwk.kty === "RSA") secrets.push(...["pem", "der"].map((format) => publicKey.export({ type: "pkcs1", format })));
  for (const bits of [256, 384, 512]) {
    for (const secret of secrets) {
      const sign = (alg) => {
        const signed = `${base64url(JSON.stringify({ ...header, alg }))}.${base64url(PAYLOAD)}`;
        return `${signed}.${createHmac(`sha${bits}`, secret).update(signed).digest("base64url")}`;
      };
      yield { keys, token: sign(`HS${bits}`), codes: NOT_ALLOWED };
      yield { keys: jwk, token: sign(`HS${bits}`), codes: NOT_ALLOWED };
      // Under the right name, so that only the signature is wrong.
      yield { keys, token: sign(name), codes: ["jws_signature_invalid"] };
      const oct = { kty: "oct", k: base64url(secret), kid: KID, alg: `HS${bits}` };
      yield { keys: { keys: [oct] }, token: sign(name), codes: ["jws_key_unknown"] };
      yield { keys: { keys: [oct, jwk] }, token: sign(name), codes: ["jws_signature_invalid"] };
    }
  }
  yield { keys, token: withSignature(tokenOf(name, { ...header, alg: "HS256" }), signature), codes: NOT_ALLOWED };
}

/** An algorithm of ours that the caller did not name, although the key would do. */
export function* notAllowed({ name, keys, token, jwk }, names) {
  const same = (one, other) => one === other || (one.startsWith("Ed") && other.startsWith("Ed"));
  const others = names.filter((other) => !same(name, other));
  for (const other of others) {
    yield { keys, token, allowed: [other], codes: NOT_ALLOWED };
    yield { keys: jwk, token, allowed: [other], codes: NOT_ALLOWED };
    // Not even a key is looked for.
    yield { keys: { keys: [] }, token, allowed: [other], codes: NOT_ALLOWED };
  }
  yield { keys, token, allowed: others, codes: NOT_ALLOWED };
}

/** The header names an algorithm of another family, or another hash, than signed; both are allowed. */
export function* underAnotherName({ name, keys, kind }, names) {
  const same = (one, other) => one === other || (one.startsWith("Ed") && other.startsWith("Ed"));
  const everyKey = { keys: KINDS.map((one) => jwkOf(pairOf(one), { kid: KID })) };
  for (const other of names.filter((candidate) => !same(name, candidate))) {
    const token = tokenOf(name, { alg: other, kid: KID });
    yield { keys, token, allowed: [name, other], codes: ["jws_signature_invalid", "jws_key_unknown"] };
    yield { keys: everyKey, token, allowed: names, codes: ["jws_signature_invalid"] };
  }
}
