// What the page can find of the key that tokens are bound to.

/** Of the keys in the database `tokenward`: how many `records` there are, and every CryptoKey in them as `{ type, exportable }`. */
export async function storedKeys(tab) {
  const { records, keys } = await keyRecords(tab);
  return { records: records.length, keys };
}

/** As {@link storedKeys}, with what each of the `records` says, its name included. */
export const keyRecords = (tab) => tab.evaluate(async () => {
  const settled = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const databases = await indexedDB.databases();
  if (!databases.some(({ name }) => name === "tokenward")) return { records: [], keys: [] };
  const database = await settled(indexedDB.open("tokenward"));
  const records = [];
  const store = database.transaction("keys").objectStore("keys");
  const [names, values] = await Promise.all([settled(store.getAllKeys()), settled(store.getAll())]);
  names.forEach((key, index) => records.push([key, values[index]]));
  database.close();
  const found = [];
  const search = (value) => {
    if (value instanceof CryptoKey) found.push(value);
    else if (typeof value === "object" && value !== null) Object.values(value).forEach(search);
  };
  search(records);
  const isExportable = (key) => Promise.any(["jwk", "pkcs8", "raw"].map((format) => crypto.subtle.exportKey(format, key)))
    .then(() => true, () => false);
  const keys = await Promise.all(found.map(async (key) => ({ type: key.type, exportable: await isExportable(key) })));
  return { records: records.map((record) => JSON.stringify(record)), keys };
});
