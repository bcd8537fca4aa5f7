// What the tests hand to the ports in place of the outside, and what they wait for.

import { joinTabs, openChannel } from "../../src/web/tabs.js";

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** A fetch that answers so, and adds what it was called with to `calls`. */
export const answering = (calls, status, headers, body) => async (...call) => {
  calls.push(call);
  return new Response(body, { status, headers: JSON.parse(headers) });
};

/** A fetch that meets a redirect it was told not to follow. */
export const redirecting = () => async () => ({ type: "opaqueredirect", status: 0, headers: new Headers(), body: null });

/** A fetch that answers with these bytes. */
export const answeringBytes = (bytes) => async () =>
  new Response(bytes, { headers: { "content-type": "application/json" } });

/** A fetch whose body never ends; adds to `cancelled` when nobody reads on. */
export const answeringForEver = (cancelled) => async () => {
  const pull = (controller) => controller.enqueue(new Uint8Array(65536).fill(32));
  return new Response(new ReadableStream({ pull, cancel: () => void cancelled.push(true) }));
};

/** A fetch whose body breaks off in the middle. */
export const breakingOff = () => async () => {
  const start = (controller) => controller.enqueue(new Uint8Array([123]));
  const pull = (controller) => controller.error(new TypeError("network error"));
  return new Response(new ReadableStream({ start, pull }));
};

/** A fetch that fails with an error of this name. */
export const failing = (name) => async () => {
  throw name === "TypeError" ? new TypeError("Failed to fetch") : new DOMException("so it is", name);
};

/** A fetch that throws before it gives a promise. */
export const throwing = () => () => {
  throw "not even an Error";
};

export const isAbortSignal = (value) => value instanceof AbortSignal;

export const historyLength = () => history.length;

/** A new key pair for this algorithm; the public key as JWK and the signature of `text`. */
export const signed = async (parameters, text) => {
  const algorithm = { publicExponent: new Uint8Array([1, 0, 1]), ...JSON.parse(parameters) };
  const pair = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const signature = await crypto.subtle.sign(algorithm, pair.privateKey, new TextEncoder().encode(text));
  return { key: await crypto.subtle.exportKey("jwk", pair.publicKey), signature: new Uint8Array(signature) };
};

const keyStore = async () => {
  const database = await new Promise((resolve, reject) => {
    const request = indexedDB.open("tokenward");
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const store = database.transaction("keys").objectStore("keys");
  const ask = (request) => new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
  return { names: () => ask(store.getAllKeys()), get: (name) => ask(store.get(name)), close: () => database.close() };
};

export const storedKeys = async () => {
  const store = await keyStore();
  const names = await store.names();
  store.close();
  return names;
};

export const extracting = async (name) => {
  const store = await keyStore();
  const { privateKey } = (await store.get(name)).pair;
  store.close();
  const attempts = ["jwk", "pkcs8"].map((format) => crypto.subtle.exportKey(format, privateKey).then(
    () => "exported",
    (error) => error.name,
  ));
  return [privateKey.extractable, ...(await Promise.all(attempts))].join(" ");
};

/** A host that does nothing, and adds what it was told to `told`. */
export const hostTold = (told) => (...words) => void told.push(words.join(" "));

/** A host over the real tabs of this name; what others say is added to `heard`. */
export const hostOfTabs = (name, heard) => {
  const tabs = joinTabs(name, openChannel(name, (text) => heard.push(text)));
  return (operation, text) => tabs[operation](text);
};

/** A list that from now on gets, for each key that is derived, what it can be used for and whether it can be read. */
export const watchDerivedKeys = () => {
  const seen = [];
  const { deriveKey } = SubtleCrypto.prototype;
  crypto.subtle.deriveKey = async (...given) => {
    const key = await deriveKey.apply(crypto.subtle, given);
    const readable = await crypto.subtle.exportKey("raw", key).then(() => "readable", () => "unreadable");
    seen.push([key.algorithm.name, key.algorithm.length, ...[...key.usages].sort(), key.extractable, readable].join(" "));
    return key;
  };
  return seen;
};
