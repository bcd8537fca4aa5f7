// The one database of the package: keys that nobody can read, and marks that name no secret.

const DATABASE = "tokenward";
const VERSION = 2;
const STORES = ["keys", "marks"];

/** What a request of IndexedDB comes to. */
export const settled = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

const open = () => {
  const request = indexedDB.open(DATABASE, VERSION);
  request.onupgradeneeded = () => {
    for (const store of STORES) {
      if (!request.result.objectStoreNames.contains(store)) request.result.createObjectStore(store);
    }
  };
  return settled(request);
};

/** Runs `work` on the store, alone among all tabs where it may write, and waits until what it wrote is written. */
export const transactOn = async (store, mode, work, options) => {
  const database = await open();
  try {
    const transaction = database.transaction(store, mode, options);
    const done = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
    // Where the work fails nobody waits for this.
    done.catch(() => {});
    const result = await work(transaction.objectStore(store));
    await done;
    return result;
  } finally {
    database.close();
  }
};
