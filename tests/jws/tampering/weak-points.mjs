// Points that are no keys: off the curve, written in another way than there is one, or of small order.
import { bytesOf, numberOf } from "../numbers.mjs";
import { base64url, KID } from "../signer.mjs";

/** Alone and in a set. */
function* both(token, key) {
  for (const keys of [key, { keys: [key] }]) yield { keys, token, codes: ["jws_key_unknown", "jws_signature_invalid"] };
}

const PRIMES = {
  "P-256": 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n,
  "P-384": 2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n,
  "P-521": 2n ** 521n - 1n,
};

/** EC: a point that is not on the curve (RFC 8725, section 3.4), or is written in another way than there is one. */
export function* offTheCurve({ family, kind, size, token, jwk }) {
  if (family !== "ES") return;
  const prime = PRIMES[kind];
  const [x, y] = [jwk.x, jwk.y].map((coordinate) => numberOf(Buffer.from(coordinate, "base64url")));
  const points = [
    [x, y ^ 1n], [x ^ 1n, y], [x, 0n], [0n, y], [0n, 0n], [y, x], [x, prime - y], [x, prime], [prime, y],
    [prime - 1n, prime - 1n], [x, (1n << BigInt(8 * size)) - 1n],
  ];
  // The same numbers modulo the prime, where the bytes have room for them.
  points.push([x + prime, y], [x, y + prime], [x + prime, y + prime]);
  for (const point of points) {
    const [first, second] = point.map((number) => bytesOf(number, size));
    if (first && second) yield* both(token, { ...jwk, x: base64url(first), y: base64url(second) });
  }
  const bytes = (coordinate) => Buffer.from(coordinate, "base64url");
  for (const respell of [
    (part) => Buffer.concat([Buffer.alloc(1), part]), (part) => Buffer.concat([part, Buffer.alloc(1)]),
    (part) => part.subarray(1), (part) => part.subarray(0, -1),
    () => Buffer.alloc(0), () => Buffer.alloc(size), (part) => Buffer.concat([Buffer.from([4]), part]),
  ]) {
    yield* both(token, { ...jwk, x: base64url(respell(bytes(jwk.x))) });
    yield* both(token, { ...jwk, y: base64url(respell(bytes(jwk.y))) });
  }
  for (const wrong of [undefined, null, 5, "", "=", `${jwk.x}=`, `${jwk.x} `, ` ${jwk.x}`, "not base64url!"]) {
    yield* both(token, { ...jwk, x: wrong });
    yield* both(token, { ...jwk, y: wrong });
  }
}

/** The points whose multiples are few, in every way to write them: the prime may be added, and the last bit is x's sign. */
const SMALL_ORDER = [
  "0100000000000000000000000000000000000000000000000000000000000000",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "0000000000000000000000000000000000000000000000000000000000000000",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
].flatMap((hex) => [0, 0x80].map((sign) => {
  const point = Buffer.from(hex, "hex");
  point[31] |= sign;
  return point;
}));

/** Ed25519: with a key of small order, one signature is valid for nearly every message. */
export function* ofSmallOrder({ family, name, token, jwk }) {
  if (family !== "Ed") return;
  // R is the base point and S is 1: valid where the key's part of the equation vanishes, which it does for one of 8.
  const base = Buffer.concat([Buffer.from([0x58]), Buffer.alloc(31, 0x66)]);
  const one = Buffer.concat([Buffer.from([1]), Buffer.alloc(31)]);
  for (const point of SMALL_ORDER) {
    const key = { ...jwk, x: base64url(point) };
    yield* both(token, key);
    for (let i = 0; i < 24; i += 1) {
      const signed = `${base64url(JSON.stringify({ alg: name, kid: KID }))}.${base64url(`${i}`)}`;
      yield { keys: key, token: `${signed}.${base64url(Buffer.concat([base, one]))}`, codes: ["jws_key_unknown"] };
      // The same with the neutral element and 0.
      yield { keys: key, token: `${signed}.${base64url(Buffer.concat([one, Buffer.alloc(32)]))}`, codes: ["jws_key_unknown"] };
    }
  }
  const bytes = Buffer.from(jwk.x, "base64url");
  for (const wrong of [
    bytes.subarray(1), Buffer.concat([bytes, Buffer.alloc(1)]), Buffer.concat([Buffer.alloc(1), bytes]),
    Buffer.alloc(0), Buffer.alloc(57), Buffer.alloc(32, 255),
  ]) {
    yield* both(token, { ...jwk, x: base64url(wrong) });
  }
  for (const x of [undefined, null, 5, "", `${jwk.x}=`, `${jwk.x} `]) yield* both(token, { ...jwk, x });
}
