// Sealing with keys that nobody can read (Web Cryptography, non-extractable). Nothing is decided here.

const SECRET_BYTES = 32;
const ID_BITS = 48;

/** The bytes of a secret; undefined where it is not the one way to write enough of them in base64url. */
const bytesOf = (secret) => {
  if (typeof secret !== "string") return undefined;
  try {
    const binary = atob(secret.replaceAll("-", "+").replaceAll("_", "/"));
    const isStrict = btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "") === secret;
    return isStrict && binary.length >= SECRET_BYTES ? Uint8Array.from(binary, (one) => one.charCodeAt(0)) : undefined;
  } catch {
    return undefined;
  }
};

const utf8 = (text) => new TextEncoder().encode(text);

const base64Url = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_");

/** A secret's key, with the id that it is named by: of HKDF (RFC 5869) both, so that neither tells of the other. */
const derive = async (secret) => {
  const base = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveBits", "deriveKey"]);
  const hkdf = (info) => ({ name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: utf8(info) });
  const id = await crypto.subtle.deriveBits(hkdf("tokenward key id"), base, ID_BITS);
  const aes = { name: "AES-GCM", length: 256 };
  const key = await crypto.subtle.deriveKey(hkdf("tokenward sealing key"), base, aes, false, ["encrypt", "decrypt"]);
  return [base64Url(id), key];
};

/**
 * The keys of these secrets, by their ids and in their order, once somebody asks for them; undefined where one cannot be used, or
 * is there twice.
 * They are kept, and not the promise of them: in a worker no request may wait for what another one began.
 */
export const createKeys = (secrets) => {
  let given = Array.isArray(secrets) ? secrets.map(bytesOf) : [];
  if (given.length === 0 || given.includes(undefined) || new Set(secrets).size < given.length) return undefined;
  let made;
  return async () => {
    made ??= await Promise.all(given.map(derive));
    given = undefined;
    return made;
  };
};

/** Under a ticket: what the work gives, or undefined where the platform refuses. */
const underTicket =
  (work) =>
  async (answer, ticket, keys, ...given) => {
    let found;
    try {
      found = await work(await keys(), ...given);
    } catch {
      found = undefined;
    }
    answer(ticket, found);
  };

const gcm = (operation) => {
  const perform = underTicket(async (made, id, iv, associated, data) => {
    const [, key] = made.find(([known]) => known === id);
    const parameters = { name: "AES-GCM", iv, additionalData: utf8(associated), tagLength: 128 };
    return new Uint8Array(await crypto.subtle[operation](parameters, key, data));
  });
  // The bytes are in the memory of the wasm, which goes on as soon as this returns.
  return (answer, ticket, keys, id, nonce, associated, data) =>
    perform(answer, ticket, keys, id, nonce.slice(), associated, data.slice());
};

export const beginIds = underTicket((made) => made.map(([id]) => id));
export const beginSeal = gcm("encrypt");
export const beginOpen = gcm("decrypt");

/** The strings, where it is some. */
export const strings = (value) => (Array.isArray(value) ? value : undefined);
