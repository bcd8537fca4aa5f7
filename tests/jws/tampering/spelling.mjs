// The same bytes in another spelling: base64 is not base64url, and base64url has one spelling.

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const PARTS = ["header", "payload", "signature"];

const join = ({ header, payload, signature }) => [header, payload, signature].join(".");

/** Each part in turn, and all at once, with another spelling; what the spelling does not change is left out. */
function* respelt({ keys, parts, token }, respell) {
  const changes = PARTS.map((part) => ({ ...parts, [part]: respell(parts[part]) }));
  changes.push(Object.fromEntries(PARTS.map((part) => [part, respell(parts[part])])));
  for (const changed of new Set(changes.map(join))) {
    if (changed !== token) yield { keys, token: changed, codes: ["jws_malformed"] };
  }
}

export function* padded(given) {
  for (const padding of ["=", "==", "===", "%3D", "%3D%3D"]) yield* respelt(given, (part) => part + padding);
  yield* respelt(given, (part) => part.padEnd(Math.ceil(part.length / 4) * 4, "="));
}

export function* inTheStandardAlphabet(given) {
  yield* respelt(given, (part) => part.replaceAll("-", "+").replaceAll("_", "/"));
  yield* respelt(given, (part) => Buffer.from(part, "base64url").toString("base64"));
  // A part without either character is the same in both alphabets: one is put in.
  for (const character of ["+", "/", "%2B", "%2F", "%2b", "%2f", "%2D", "%5F"]) {
    yield* respelt(given, (part) => character + part.slice(1));
    yield* respelt(given, (part) => part.slice(0, -1) + character);
  }
}

export function* withWhitespace(given) {
  for (const space of [" ", "\t", "\n", "\r\n", "\f", "\v", "\u00a0", "\u2028", "\ufeff", "\0", "%20", "+"]) {
    yield* respelt(given, (part) => part + space);
    yield* respelt(given, (part) => space + part);
    yield* respelt(given, (part) => part.slice(0, 5) + space + part.slice(5));
  }
}

/** The bits that the last character has too many must be zero. */
export function* withStrayBits(given) {
  const stray = [0, undefined, 4, 2];
  yield* respelt(given, (part) => {
    const spare = stray[part.length % 4] ?? 0;
    return spare === 0 ? part : part.slice(0, -1) + ALPHABET[ALPHABET.indexOf(part.at(-1)) | 1];
  });
  yield* respelt(given, (part) => {
    const spare = stray[part.length % 4] ?? 0;
    return spare === 0 ? part : part.slice(0, -1) + ALPHABET[ALPHABET.indexOf(part.at(-1)) | (2 ** spare - 1)];
  });
  // A single character is no byte.
  yield* respelt(given, (part) => `${part}${"A".repeat((5 - (part.length % 4)) % 4)}`);
}

export function* encodedOtherwise(given) {
  yield* respelt(given, (part) => encodeURIComponent(part) + "%00");
  yield* respelt(given, (part) => Array.from(part, (character) => `%${character.charCodeAt(0).toString(16)}`).join(""));
  yield* respelt(given, (part) => `0x${Buffer.from(part, "base64url").toString("hex")}.`);
  yield* respelt(given, (part) => Buffer.from(part, "base64url").toString("latin1"));
  yield* respelt(given, (part) => `"${part}"`);
  // Full-width letters, which a lenient reader folds.
  yield* respelt(given, (part) => part.replace(/[A-Za-z]/, (letter) => String.fromCharCode(letter.charCodeAt(0) + 0xfee0)));
  for (const separator of ["", " ", ",", "..", ". ", "\u2024", "%2E", "%2e", "~"]) {
    yield { keys: given.keys, token: given.token.replaceAll(".", separator), codes: ["jws_malformed"] };
    yield { keys: given.keys, token: given.token.replace(".", separator), codes: ["jws_malformed"] };
  }
  for (const before of ["Bearer ", "DPoP ", "jwt:", "\"", "'", "\ufeff"]) {
    yield { keys: given.keys, token: before + given.token, codes: ["jws_malformed"] };
  }
}
