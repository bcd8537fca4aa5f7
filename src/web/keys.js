// Keys whose private half nobody can read (Web Cryptography, non-extractable), kept in IndexedDB, where a reload finds them.
// Loaded only by a session that binds its tokens to one.

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const DATABASE = "tokenward";
const STORE = "keys";

/** No session lives so long: what is older was left behind by a sign-in that never came back. */
const LEFT_BEHIND_MS = 90 * 24 * 60 * 60 * 1000;

/** The pairs that this page has used, so that a signature does not wait for the disk. */
const held = new Map();

const settled = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

const open = () => {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  return settled(request);
};

/** Runs `work` on the store and waits until what it wrote is on the disk. */
const transact = async (mode, work) => {
  const database = await open();
  try {
    const transaction = database.transaction(STORE, mode, { durability: "strict" });
    const done = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
    const result = await work(transaction.objectStore(STORE));
    await done;
    return result;
  } finally {
    database.close();
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
    if (!record) return undefined;
    held.set(name, record.pair);
  }
  const { privateKey } = held.get(name);
  return new Uint8Array(await crypto.subtle.sign(ALGORITHM, privateKey, new TextEncoder().encode(text)));
};

const remove = (name) => transact("readwrite", (store) => void store.delete(name));

/** Holds the key for as long as the page lives, and no longer. */
const detach = async (name) => {
  if (!held.has(name)) await sign(name, "");
  await remove(name);
};

const forget = (name) => {
  held.delete(name);
  return remove(name);
};

const OPERATIONS = { make, sign, detach, forget };

/** Does one thing with the key of this name; undefined where the browser refuses, or has no such key. */
export const perform = async (operation, name, text) => {
  try {
    return await OPERATIONS[operation](name, text);
  } catch {
    return undefined;
  }
};
