// Signatures that are numbers out of range, and the one other that is as good.
import { bytesOf, numberOf } from "../numbers.mjs";
import { KID, tokenOf, withSignature } from "../signer.mjs";

const INVALID = ["jws_signature_invalid"];

/** ECDSA: r and s are from 1 to n - 1 (FIPS 186-5, section 6.4.2). */
export function* outOfRange({ name, family, keys, token, signature, size, order, jwk }) {
  if (family === "ES") {
    const [r, s] = [signature.subarray(0, size), signature.subarray(size)];
    const limits = [0n, order, order + 1n, 2n * order, (1n << BigInt(8 * size)) - 1n];
    // In place of a half: limits, and the same number modulo n, where there is room for it.
    const insteadOf = (half) =>
      [...limits, numberOf(half) + order, numberOf(half) + 2n * order].map((number) => bytesOf(number, size)).filter(Boolean);
    for (const wrong of insteadOf(r)) yield { keys, token: withSignature(token, Buffer.concat([wrong, s])), codes: INVALID };
    for (const wrong of insteadOf(s)) yield { keys, token: withSignature(token, Buffer.concat([r, wrong])), codes: INVALID };
    for (const one of [0n, 1n, order - 1n, order]) {
      for (const other of [0n, 1n, order - 1n, order]) {
        yield { keys, token: withSignature(token, Buffer.concat([bytesOf(one, size), bytesOf(other, size)])), codes: INVALID };
      }
    }
    yield { keys, token: withSignature(token, Buffer.concat([s, r])), codes: INVALID };
  } else if (family === "Ed") {
    // Here numbers are written the other way round, the least significant byte first (RFC 8032, section 5.1.2).
    const reversed = (bytes) => Buffer.from(bytes).reverse();
    const [point, scalar] = [signature.subarray(0, 32), numberOf(reversed(signature.subarray(32)))];
    for (const wrong of [0n, 1n, order, scalar + order, scalar + 8n * order, (1n << 256n) - 1n, order - scalar]) {
      yield { keys, token: withSignature(token, Buffer.concat([point, reversed(bytesOf(wrong, 32))])), codes: INVALID };
    }
    for (const wrong of [
      Buffer.alloc(32), Buffer.alloc(32, 255), Buffer.from([1, ...Buffer.alloc(31)]), reversed(point),
      signature.subarray(32),
    ]) {
      yield { keys, token: withSignature(token, Buffer.concat([wrong, signature.subarray(32)])), codes: INVALID };
    }
    yield { keys, token: withSignature(token, Buffer.concat([signature.subarray(32), point])), codes: INVALID };
  } else {
    const modulus = numberOf(Buffer.from(jwk.n, "base64url"));
    for (const wrong of [0n, 1n, modulus - 1n, modulus, modulus + 1n, (1n << 2048n) - 1n, modulus - numberOf(signature)]) {
      yield { keys, token: withSignature(token, bytesOf(wrong, 256)), codes: INVALID };
    }
    // The same number modulo n: every few signatures leave room for it.
    for (let i = 0, found = 0; i < 4096 && found < 4; i += 1) {
      const other = tokenOf(name, { alg: name, kid: KID }, `${i}`);
      const larger = bytesOf(numberOf(Buffer.from(other.split(".")[2], "base64url")) + modulus, 256);
      if (!larger) continue;
      found += 1;
      yield { keys, token: withSignature(other, larger), codes: INVALID };
    }
  }
}

/** The other signature that ECDSA's arithmetic gives to whoever has one: RFC 7518 takes both. */
export function* theOtherTwin({ family, keys, token, signature, size, order }) {
  if (family !== "ES") return;
  const twin = bytesOf(order - numberOf(signature.subarray(size)), size);
  yield { keys, token: withSignature(token, Buffer.concat([signature.subarray(0, size), twin])), valid: true };
}
