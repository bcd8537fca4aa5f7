// Signatures written in another way: as ASN.1, or longer or shorter.
import { sign } from "node:crypto";
import { KID, tokenOf, withSignature } from "../signer.mjs";

const INVALID = ["jws_signature_invalid"];

const derNumber = (bytes) => {
  const start = bytes.findIndex((byte) => byte !== 0);
  const short = bytes.subarray(start < 0 ? bytes.length - 1 : start);
  const body = short[0] >= 0x80 ? Buffer.concat([Buffer.alloc(1), short]) : short;
  return Buffer.concat([Buffer.from([2, body.length]), body]);
};

const derOf = (...numbers) => {
  const body = Buffer.concat(numbers.map(derNumber));
  return Buffer.concat([Buffer.from(body.length < 128 ? [0x30, body.length] : [0x30, 0x81, body.length]), body]);
};

/** The two numbers as ASN.1, as certificates have them; RSA's one number as well. */
export function* inDer({ name, family, keys, token, signature, size, hash, pair }) {
  if (family === "RS" || family === "PS") {
    const wrapped = Buffer.concat([Buffer.from([0x03, 0x82, 0x01, 0x01, 0x00]), signature]);
    const octets = Buffer.concat([Buffer.from([0x04, 0x82, 0x01, 0x00]), signature]);
    for (const wrong of [wrapped, octets]) yield { keys, token: withSignature(token, wrong), codes: INVALID };
    return;
  }
  const der = family === "ES"
    ? sign(hash, Buffer.from(token.slice(0, token.lastIndexOf("."))), { key: pair.privateKey, dsaEncoding: "der" })
    : derOf(signature.subarray(0, 32), signature.subarray(32));
  const own = derOf(signature.subarray(0, size), signature.subarray(size));
  const length = 2 * size;
  for (const wrong of [
    der, own, own.subarray(0, length), Buffer.concat([own, Buffer.alloc(8)]),
    Buffer.concat([own, Buffer.alloc(length)]).subarray(0, length),
  ]) {
    yield { keys, token: withSignature(token, wrong), codes: INVALID };
  }
}

export function* ofAnotherLength({ name, family, keys, token, signature, size }) {
  const lengths = [0, 1, 16, 32, 48, 63, 64, 65, 95, 96, 97, 131, 132, 133, 255, 256, 257, 512, 4096];
  for (const length of lengths.filter((one) => one !== signature.length)) {
    const zeros = Buffer.alloc(Math.max(0, length - signature.length));
    const all = signature.length + zeros.length;
    const [first, last] = [Buffer.concat([signature, zeros]), Buffer.concat([zeros, signature])];
    for (const wrong of [first.subarray(0, length), last.subarray(all - length)]) {
      yield { keys, token: withSignature(token, wrong), codes: INVALID };
    }
  }
  if (family === "ES") {
    // Each half with a zero more or less in front: the same numbers.
    for (const more of [1, 2, 16]) {
      const wide = [signature.subarray(0, size), signature.subarray(size)].flatMap((half) => [Buffer.alloc(more), half]);
      yield { keys, token: withSignature(token, Buffer.concat(wide)), codes: INVALID };
    }
  }
  if (family === "RS" || family === "PS") {
    // A signature that begins with a zero, without it: the same number. One of 256 does.
    for (let i = 0; i < 4096; i += 1) {
      const other = tokenOf(name, { alg: name, kid: KID }, `${i}`);
      const bytes = Buffer.from(other.split(".")[2], "base64url");
      if (bytes[0] !== 0) continue;
      yield { keys, token: other, valid: true };
      yield { keys, token: withSignature(other, bytes.subarray(1)), codes: INVALID };
      return;
    }
  }
}
