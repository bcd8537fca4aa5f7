// Keys whose private half nobody can read (Web Cryptography, non-extractable), kept in IndexedDB, where a reload finds them.
// Loaded only by a session that binds its tokens to one.

import { settled, transactOn } from "./database.js";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
/** No session lives so long: what is older was left behind by a sign-in that never came back. */
const LEFT_BEHIND_MS = 90 * 24 * 60 * 60 * 1000;

/** How long the database may take: whoever signs for a refresh has the lock that other tabs wait for. */
const PATIENCE_MS = 10_000;

/** The pairs that this page has used, so that a signature does not wait for the disk. */
const held = new Map();

/** What is written is on the disk before the work is done. */
const transact = async (mode, work) => {
  let timer;
  const patience = new Promise((_, reject) => (timer = setTimeout(reject, PATIENCE_MS)));
  try {
    return await Promise.race([transactOn("keys", mode, work, { durability: "strict" }), patience]);
  } finally {
    clearTimeout(timer);
  }
};

const forgetLeftBehind = async (store) => {
  const names = await settled(store.getAllKeys());
  const records = await settled(store.getAll());
  const oldest = Date.now() - LEFT_BEHIND_MS;
  records.forEach(({ made }, i) => made < oldest && store.delete(names[i]));
};

const make = async (name) => {
  const pair = await crypto.subtle.generateKey(ALGORITHM, false, ["sign"]);
  await transact("readwrite", async (store) => {
    store.put({ pair, made: Date.now() }, name);
    await forgetLeftBehind(store);
  });
  held.set(name, pair);
  return crypto.subtle.exportKey("jwk", pair.publicKey);
};

const sign = async (name, text) => {
  if (!held.has(name)) {
    const record = await transact("readonly", (store) => settled(store.get(name)));
    if (!record) return null;
    held.set(name, record.pair);
  }
  const { privateKey } = held.get(name);
  return new Uint8Array(await crypto.subtle.sign(ALGORITHM, privateKey, new TextEncoder().encode(text)));
};

/** Destroys the stored key; whoever has used it goes on having it. */
export const remove = (name) => transact("readwrite", (store) => void store.delete(name));

const forget = (name) => {
  held.delete(name);
  return remove(name);
};

const OPERATIONS = { make, sign, forget };

/** Does one thing with the key of this name; null where there is none to sign with, undefined where the browser fails. */
export const perform = async (operation, name, text) => {
  try {
    return await OPERATIONS[operation](name, text);
  } catch {
    return undefined;
  }
};
