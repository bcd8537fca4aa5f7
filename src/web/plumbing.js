// What only a browser can do, and wasm can only say at length. Nothing is decided here.

/** The body as text; empty where it is no UTF-8, which no answer of ours may be, and undefined above the limit. */
const read = async (body, mostBytes) => {
  if (!body) return "";
  const reader = body.getReader();
  const parts = [];
  for (let bytes = 0; ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    bytes += value.byteLength;
    if (bytes > mostBytes) {
      reader.cancel().catch(() => {});
      return undefined;
    }
    parts.push(value);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await new Blob(parts).arrayBuffer());
  } catch {
    return "";
  }
};

/** Sends one request: no cookies, no cache, no redirect followed. Resolves always: with an answer, or with why there is none. */
const send = async (fetch, url, form, pairs, mostBytes, patienceMs) => {
  try {
    const headers = { accept: "application/json" };
    if (form) headers["content-type"] = "application/x-www-form-urlencoded;charset=UTF-8";
    for (let i = 0; i < pairs.length; i += 2) headers[pairs[i]] = pairs[i + 1];
    const answer = await fetch(url, {
      method: form === undefined ? "GET" : "POST",
      body: form || undefined,
      headers,
      redirect: "manual",
      cache: "no-store",
      credentials: "omit",
      signal: AbortSignal.timeout(patienceMs),
    });
    const body = await read(answer.body, mostBytes);
    if (body === undefined) return { failure: "large" };
    const retryAfter = Number.parseInt(answer.headers.get("retry-after") ?? "", 10);
    return {
      status: answer.type === "opaqueredirect" ? 0 : answer.status,
      type: answer.headers.get("content-type") ?? "",
      retryAfter: retryAfter >= 0 ? retryAfter : undefined,
      nonce: answer.headers.get("dpop-nonce"),
      date: Date.parse(answer.headers.get("date") ?? ""),
      challenge: answer.headers.get("www-authenticate"),
      body,
    };
  } catch (error) {
    return { failure: error?.name === "TimeoutError" ? "timeout" : "network" };
  }
};

/** The bytes, where it is some. */
export const bytes = (value) => (value instanceof Uint8Array ? value : undefined);

/** Has something done by what is around the session: timer, keys, records, tabs, windows; undefined where that fails. */
export const tell = async (host, operation, name, text) => {
  try {
    return await host(operation, name, text);
  } catch {
    return undefined;
  }
};

/** The SHA-2 digest of so many bits; undefined where the page has no WebCrypto, as on plain http. */
export const digest = async (bits, text) =>
  globalThis.crypto?.subtle && new Uint8Array(await crypto.subtle.digest(`SHA-${bits}`, new TextEncoder().encode(text)));

const FAMILIES = { RS: "RSASSA-PKCS1-v1_5", PS: "RSA-PSS", ES: "ECDSA" };

/**
 * Whether the signature is valid; a key that cannot be used makes it invalid. Only the public members of the key are
 * imported, so that nothing else in the set can change what the key is used for. The names are those of Web Cryptography
 * Level 2, sections 20 to 25; one object serves for importing and for verifying.
 *
 * WebKitGTK takes a number in a signature of Ed25519 that is not less than the group's order (RFC 8032, section 5.1.7).
 * That order is above 2^252 by so little that none is in between by chance.
 */
const parametersOf = (algorithm, namedCurve) => {
  const bits = algorithm.slice(2);
  return { name: FAMILIES[algorithm.slice(0, 2)] ?? "Ed25519", hash: `SHA-${bits}`, saltLength: Number(bits) / 8, namedCurve };
};

const imported = ({ kty, n, e, crv, x, y }, parameters) =>
  crypto.subtle.importKey("jwk", { kty, n, e, crv, x, y }, parameters, false, ["verify"]);

export const verify = async (algorithm, jwk, signed, signature) => {
  const parameters = parametersOf(algorithm, jwk.crv);
  try {
    const key = await imported(jwk, parameters);
    return (jwk.kty !== "OKP" || signature[63] < 16) &&
      await crypto.subtle.verify(parameters, key, signature, new TextEncoder().encode(signed));
  } catch {
    return false;
  }
};

/** The same with a key that was imported before; undefined where it was not. The bytes are the wasm's, for now only. */
export const checkSignature = (keys, number, signed, signature) => {
  const known = keys.get(number);
  return known && (known.isEdwards && signature[63] >= 16 ? false : crypto.subtle.verify(known.parameters, known.key, signature, signed));
};

/** Imports the key, for the next time also. The few that an issuer has are kept for ever. */
export const importAndCheck = async (keys, number, algorithm, jwk, ...bytes) => {
  const [signed, signature] = bytes.map((view) => view.slice());
  const parameters = parametersOf(algorithm, jwk.crv);
  keys.set(number, { parameters, key: await imported(jwk, parameters), isEdwards: jwk.kty === "OKP" });
  return checkSignature(keys, number, signed, signature);
};

/** Undefined where the browser refuses. */
export const random = (bytes) => {
  try {
    return crypto.getRandomValues(new Uint8Array(bytes));
  } catch {
    return undefined;
  }
};

export const wallClock = () => Date.now();

// WebKit works it out of both clocks each time it is read: read again it would go where the wall clock goes.
const { timeOrigin } = performance;

/** Counted from long before the page: what is older than the page keeps its age when the wall clock is set back. */
export const monotonicClock = () => timeOrigin + performance.now();

/** The same, answered under a ticket: promises cost more in wasm than here. */
const underTicket =
  (work) =>
  async (answer, ticket, ...given) =>
    answer(ticket, await work(...given));

export const beginSend = underTicket(send);
export const beginDigest = underTicket(digest);
export const beginVerify = underTicket(verify);
export const beginAsk = underTicket(tell);
