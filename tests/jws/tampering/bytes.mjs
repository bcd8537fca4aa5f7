// Single bytes and characters changed, parts cut, and parts of two valid tokens mixed.
import { base64url, PAYLOAD, pairOf, tokenOf } from "../signer.mjs";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

const join = ({ header, payload, signature }) => [header, payload, signature].join(".");

/** Every position for one algorithm of each family, a sample of each region for the others. */
const isLookedAt = (name, at, length) =>
  ["RS256", "PS256", "ES256", "EdDSA"].includes(name) || at === 0 || at === length - 1 || at % 9 === 4;

export function* flippedBytes({ name, keys, parts }) {
  for (const part of ["header", "payload", "signature"]) {
    const bytes = Buffer.from(parts[part], "base64url");
    for (let at = 0; at < bytes.length; at += 1) {
      if (!isLookedAt(name, at, bytes.length)) continue;
      for (const mask of [0x01, 0x80]) {
        const changed = Buffer.from(bytes);
        changed[at] ^= mask;
        yield { keys, token: join({ ...parts, [part]: base64url(changed) }) };
      }
    }
  }
}

export function* flippedCharacters({ name, keys, token }) {
  for (let at = 0; at < token.length; at += 1) {
    if (!isLookedAt(name, at, token.length)) continue;
    const other = token[at] === "." ? "A" : ALPHABET[ALPHABET.indexOf(token[at]) ^ 1];
    yield { keys, token: token.slice(0, at) + other + token.slice(at + 1) };
  }
}

export function* cut({ name, keys, token, parts }) {
  for (let length = 0; length < token.length; length += 1) {
    if (isLookedAt(name, length, token.length)) yield { keys, token: token.slice(0, length) };
  }
  for (const part of ["header", "payload", "signature"]) {
    const bytes = Buffer.from(parts[part], "base64url");
    for (const length of [0, 1, bytes.length >> 1, bytes.length - 1]) {
      yield { keys, token: join({ ...parts, [part]: base64url(bytes.subarray(0, length)) }) };
      yield { keys, token: join({ ...parts, [part]: base64url(bytes.subarray(bytes.length - length)) }) };
    }
  }
}

export function* lengthened({ keys, token, parts }) {
  for (const part of ["header", "payload", "signature"]) {
    const bytes = Buffer.from(parts[part], "base64url");
    for (const more of [Buffer.alloc(1), Buffer.from(" "), Buffer.from([255]), bytes]) {
      yield { keys, token: join({ ...parts, [part]: base64url(Buffer.concat([bytes, more])) }) };
      yield { keys, token: join({ ...parts, [part]: base64url(Buffer.concat([more, bytes])) }) };
    }
  }
  for (const more of [".", "..", ".e30", ".AA.AA", "A", "AAAA"]) {
    yield { keys, token: token + more };
    yield { keys, token: more + token };
  }
}

/** Each part of another token, which is valid too. */
export function* mixed({ name, kind, keys, header, parts, token }) {
  const others = [
    tokenOf(name, { ...header, typ: "at+jwt" }),
    tokenOf(name, header, Buffer.from('{"sub":"mallory"}')),
    tokenOf(name, header, Buffer.alloc(0)),
    tokenOf(name, { typ: "at+jwt", ...header }, Buffer.concat([PAYLOAD, Buffer.from(" ")])),
    tokenOf(name, { ...header, kid: "other" }, PAYLOAD, pairOf(kind, "somebody else")),
  ];
  for (const other of others) {
    const [theirHeader, theirPayload, theirSignature] = other.split(".");
    for (const first of [parts.header, theirHeader]) {
      for (const second of [parts.payload, theirPayload]) {
        for (const third of [parts.signature, theirSignature]) {
          const changed = [first, second, third].join(".");
          if (changed !== token && changed !== other) yield { keys, token: changed };
        }
      }
    }
  }
}
