// What only a browser can do, and wasm can only say at length. Nothing is decided here.

const TIMEOUT_MS = 30_000;

class TooLarge extends Error {}

/** The body as text, read no further than the limit. */
const read = async (body, mostBytes) => {
  if (!body) return "";
  const reader = body.getReader();
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  for (let bytes = 0; ; ) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    bytes += value.byteLength;
    if (bytes > mostBytes) {
      reader.cancel().catch(() => {});
      throw new TooLarge();
    }
    text += decoder.decode(value, { stream: true });
  }
};

/** Sends one request: no cookies, no cache, no redirect followed. Resolves always: with an answer, or with why there is none. */
export const send = async (fetch, url, form, mostBytes) => {
  try {
    const headers = { accept: "application/json" };
    if (form !== undefined) headers["content-type"] = "application/x-www-form-urlencoded;charset=UTF-8";
    const answer = await fetch(url, {
      method: form === undefined ? "GET" : "POST",
      body: form,
      headers,
      redirect: "manual",
      cache: "no-store",
      credentials: "omit",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const retryAfter = Number.parseInt(answer.headers.get("retry-after") ?? "", 10);
    return {
      status: answer.type === "opaqueredirect" ? 0 : answer.status,
      type: answer.headers.get("content-type") ?? "",
      retryAfter: retryAfter >= 0 ? retryAfter : undefined,
      body: await read(answer.body, mostBytes),
    };
  } catch (error) {
    if (error instanceof TooLarge) return { failure: "large" };
    return { failure: error?.name === "TimeoutError" ? "timeout" : error?.name === "TypeError" || error?.name === "AbortError" ? "network" : "other" };
  }
};

/** The digest in base64url; undefined where the page has no WebCrypto, as on plain http. */
export const sha256 = async (text) => {
  if (!globalThis.crypto?.subtle) return undefined;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return btoa(String.fromCharCode(...digest)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
};

const FAMILIES = { RS: "RSASSA-PKCS1-v1_5", PS: "RSA-PSS", ES: "ECDSA" };

/**
 * Whether the signature is valid; a key that cannot be used makes it invalid. Only the public members of the key are
 * imported, so that nothing else in the set can change what the key is used for. The names are those of Web Cryptography
 * Level 2, sections 20 to 25; one object serves for importing and for verifying.
 */
export const verify = async (algorithm, { kty, n, e, crv, x, y }, signed, signature) => {
  const bits = algorithm.slice(2);
  const parameters = {
    name: FAMILIES[algorithm.slice(0, 2)] ?? "Ed25519",
    hash: `SHA-${bits}`,
    saltLength: Number(bits) / 8,
    namedCurve: crv,
  };
  try {
    const key = await crypto.subtle.importKey("jwk", { kty, n, e, crv, x, y }, parameters, false, ["verify"]);
    return await crypto.subtle.verify(parameters, key, signature, new TextEncoder().encode(signed));
  } catch {
    return false;
  }
};

export const random = (bytes) => crypto.getRandomValues(new Uint8Array(bytes));

export const load = (name) => sessionStorage.getItem(name) ?? undefined;

export const save = (name, value) => sessionStorage.setItem(name, value);

export const remove = (name) => sessionStorage.removeItem(name);

export const names = (prefix) => Object.keys(sessionStorage).filter((name) => name.startsWith(prefix));

export const wallClock = () => Date.now();

export const monotonicClock = () => performance.now();

export const pageUrl = () => globalThis.location?.href ?? "";

export const replaceUrl = (url) => {
  try {
    history.replaceState(history.state, "", url);
  } catch {
    // Browsers limit how often a page may do this; the address then stays as it is.
  }
};

export const navigate = (url) => location.assign(url);
