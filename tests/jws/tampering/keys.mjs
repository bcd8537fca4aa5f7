// Keys of the set that are not for this token: the token is valid, and signed by the key that the set spoils.
import { generateKeyPairSync } from "node:crypto";
import { jwkOf, KID, KINDS, pairOf, PAYLOAD, tokenOf } from "../signer.mjs";

const UNKNOWN = ["jws_key_unknown"];

/** Alone, in a set, and in a set beside keys that nobody can use. */
function* everywhere(token, ...wrong) {
  const odd = [{ kty: "future", kid: KID }, {}, null, 5, "key", []];
  if (wrong.length === 1) yield { keys: wrong[0], token, codes: UNKNOWN };
  yield { keys: { keys: wrong }, token, codes: UNKNOWN };
  yield { keys: { keys: [...odd, ...wrong] }, token, codes: UNKNOWN };
}

export function* ofAnotherType({ token, jwk }) {
  for (const kind of KINDS) {
    const other = jwkOf(pairOf(kind), { kid: KID });
    if (other.kty !== jwk.kty) yield* everywhere(token, other);
  }
  // The members of the right key under the name of another type.
  for (const kty of ["RSA", "EC", "OKP", "oct", "AKP", "rsa", "ec", "", null, 5, ["RSA"]]) {
    if (kty !== jwk.kty && kty) yield* everywhere(token, { ...jwk, kty });
  }
}

export function* onAnotherCurve({ token, jwk, kind }) {
  if (jwk.kty === "RSA") return;
  for (const other of KINDS) {
    const key = jwkOf(pairOf(other), { kid: KID });
    if (key.kty === jwk.kty && other !== kind) yield* everywhere(token, key);
  }
  for (const type of ["ed448", "x25519", "x448"]) yield* everywhere(token, jwkOf(generateKeyPairSync(type), { kid: KID }));
  yield* everywhere(token, jwkOf(generateKeyPairSync("ec", { namedCurve: "secp256k1" }), { kid: KID }));
  for (const crv of [
    "P-256", "P-384", "P-521", "secp256k1", "Ed25519", "Ed448", "X25519", "p-256", "ED25519", "P256", "", null, 5,
    ["P-256"],
  ]) {
    if (crv !== jwk.crv) yield* everywhere(token, { ...jwk, crv });
  }
  const { crv, ...without } = jwk;
  yield* everywhere(token, without);
}

/** Those that are not the algorithm of this name, under either of its names. */
const otherThan = (name, values) =>
  values.filter((value) => value !== name && !(name.startsWith("Ed") && String(value).startsWith("Ed")));

export function* forAnotherUse({ name, token, jwk }) {
  for (const use of ["enc", "SIG", "sign", "verify", "", 5, ["sig"], {}, false]) yield* everywhere(token, { ...jwk, use });
  for (const operations of [
    [], ["sign"], ["encrypt"], ["Verify"], ["deriveBits", "wrapKey"], "sign", 5, {}, ["encrypt", 5], [["verify"]],
    false,
  ]) {
    yield* everywhere(token, { ...jwk, key_ops: operations });
  }
  for (const alg of otherThan(name, [
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519",
    "RSA-OAEP", "ECDH-ES", "HS256", "none", "", name.toLowerCase(), `${name} `, 5, [name], {}, false,
  ])) yield* everywhere(token, { ...jwk, alg });
}

/** The same key, and what it says of itself agrees. */
export function* forThisUse({ name, token, jwk }) {
  for (const members of [
    { use: "sig" }, { key_ops: ["verify"] }, { key_ops: ["sign", "verify"] }, { alg: name }, { ext: true, x5t: "AA" },
    { use: "sig", key_ops: ["verify"], alg: name },
  ]) {
    yield { keys: { ...jwk, ...members }, token, valid: true };
    yield { keys: { keys: [{ ...jwk, ...members }, { kty: "future", kid: KID }] }, token, valid: true };
  }
}

export function* privateKeys({ token, pair, jwk }) {
  const whole = { ...pair.privateKey.export({ format: "jwk" }), kid: KID };
  for (const wrong of [
    whole, { ...jwk, d: whole.d }, { ...jwk, d: "" }, { ...jwk, d: 5 }, { ...jwk, d: {} },
  ]) yield* everywhere(token, wrong);
}

export function* symmetricKeys({ token, jwk }) {
  for (const k of ["c2VjcmV0", "", jwk.n ?? jwk.x]) {
    for (const wrong of [
      { kty: "oct", k, kid: KID }, { kty: "oct", k, kid: KID, alg: "HS256", use: "sig" }, { ...jwk, k },
      { ...jwk, kty: "oct", k },
    ]) {
      yield* everywhere(token, wrong);
    }
  }
}

/** Two keys of one name that both fit: the header does not choose. */
export function* ofOneName({ token, jwk, other }) {
  const second = jwkOf(other, { kid: KID });
  for (const wrong of [
    [jwk, second], [second, jwk], [jwk, jwk], [jwk, { ...jwk, use: "sig" }], [jwk, second, jwk],
  ]) yield* everywhere(token, ...wrong);
}

/** A token without a name, and several keys that fit. */
export function* withoutAName({ name, jwk, other }) {
  const token = tokenOf(name, { alg: name });
  const second = jwkOf(other, { kid: "second" });
  const { kid, ...nameless } = jwk;
  for (const wrong of [
    [jwk, second], [second, jwk], [nameless, second], [nameless, nameless], [jwk, jwk],
  ]) yield* everywhere(token, ...wrong);
}

/** Only one of them fits, so there is nothing to choose. */
export function* toldApart({ name, token, jwk, other, pair }) {
  const second = jwkOf(other, { kid: KID });
  const unfit = [
    { ...second, use: "enc" }, { ...second, alg: "none" }, { ...second, kty: "future" }, { ...second, d: "AA" },
    pair.privateKey.export({ format: "jwk" }),
  ];
  yield { keys: { keys: [...unfit, jwk] }, token, valid: true };
  yield { keys: { keys: [jwk, ...unfit] }, token: tokenOf(name, { alg: name }), valid: true };
  yield { keys: { keys: [jwkOf(other, { kid: "second" }), jwk] }, token, valid: true };
}

/** Somebody else's key, under the right name, another and none. */
export function* ofSomebodyElse({ name, keys, jwk, other, token, header }) {
  const theirs = jwkOf(other, { kid: KID });
  const wrong = ["jws_signature_invalid"];
  yield { keys: { keys: [theirs] }, token, codes: wrong };
  yield { keys: theirs, token, codes: wrong };
  yield { keys: jwkOf(other), token, codes: wrong };
  yield { keys, token: tokenOf(name, header, PAYLOAD, other), codes: wrong };
  yield { keys: jwk, token: tokenOf(name, { alg: name }, PAYLOAD, other), codes: wrong };
  yield* everywhere(token, { ...jwk, kid: "another" });
  yield* everywhere(token, { ...jwk, kid: `${KID}0` });
  yield* everywhere(token, { ...jwk, kid: 5 });
  yield { keys: { keys: [] }, token, codes: UNKNOWN };
}
