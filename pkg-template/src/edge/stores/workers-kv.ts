// Sessions in Workers KV, which has no compare-and-set, and where other places read for a minute and more what was before.

import type { SessionStore, StoredEntry, StoreOptions, WorkersKvLike } from "../../../edge.js";
import { having, isExpected, prefixOf, storeOver } from "./store.js";

interface About {
  version: string;
  expiresAt: number;
}

/** It keeps nothing for less, and counts in 32 bits. */
const [LEAST_SECONDS, MOST_SECONDS] = [60, 2 ** 31 - 1];

export const workersKvStore = (kv: WorkersKvLike, options?: StoreOptions): SessionStore => {
  having(kv, "kv", "getWithMetadata", "put", "delete");
  const prefix = prefixOf(options, "tokenward:");

  const readOne = async (key: string): Promise<StoredEntry | null> => {
    const { value, metadata } = await kv.getWithMetadata(prefix + key, "text");
    const about = metadata as About | null;
    return value !== null && about && about.expiresAt > Date.now() ? { value, version: about.version } : null;
  };

  return storeOver("Workers KV", {
    read: (keys) => Promise.all(keys.map(readOne)),
    write: async (key, value, expected, expiresAt) => {
      // Anybody may write between this look and the write.
      if (expected !== undefined && !isExpected(expected, (await readOne(key))?.version)) return null;
      const version = crypto.randomUUID();
      const seconds = Math.ceil((expiresAt - Date.now()) / 1000);
      const expirationTtl = Math.min(Math.max(seconds, LEAST_SECONDS), MOST_SECONDS);
      if (seconds <= 0) await kv.delete(prefix + key);
      else await kv.put(prefix + key, value, { expirationTtl, metadata: { version, expiresAt } satisfies About });
      return version;
    },
    remove: (key) => kv.delete(prefix + key),
  }, false);
};
