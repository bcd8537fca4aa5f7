// Sessions in the memory of this process or isolate.

import type { MemoryStoreOptions, SessionStore, StoredEntry } from "../../../edge.js";
import { failure } from "../../error.js";
import { isExpected, storeOver } from "./store.js";

interface Entry extends StoredEntry {
  expiresAt: number;
}

const DEFAULT_ENTRIES = 5_000;
const MOST_ENTRIES = 1_000_000;

/** At most so many entries; the one that was not asked for the longest is first. */
const bounded = (maxEntries: number) => {
  const entries = new Map<string, Entry>();
  /** No entry ends before this. */
  let soonest = Infinity;

  const sweep = (now: number) => {
    soonest = Infinity;
    for (const [key, { expiresAt }] of entries) {
      if (expiresAt <= now) entries.delete(key);
      else soonest = Math.min(soonest, expiresAt);
    }
  };

  return {
    get: (key: string): Entry | null => {
      const entry = entries.get(key);
      if (!entry) return null;
      entries.delete(key);
      if (entry.expiresAt <= Date.now()) return null;
      entries.set(key, entry);
      return entry;
    },
    set: (key: string, entry: Entry): void => {
      entries.delete(key);
      const now = Date.now();
      if (entry.expiresAt <= now) return;
      if (entries.size >= maxEntries && soonest <= now) sweep(now);
      // One at most, as nothing else adds any.
      if (entries.size >= maxEntries) entries.delete(entries.keys().next().value as string);
      entries.set(key, entry);
      soonest = Math.min(soonest, entry.expiresAt);
    },
    delete: (key: string) => entries.delete(key),
  };
};

export const memoryStore = (options: MemoryStoreOptions = {}): SessionStore => {
  const { maxEntries = DEFAULT_ENTRIES } = Object(options) as MemoryStoreOptions;
  if (!Number.isInteger(maxEntries) || maxEntries < 1 || maxEntries > MOST_ENTRIES) throw failure("invalid_option", "maxEntries");
  const entries = bounded(maxEntries);
  let writes = 0;

  return storeOver("memory", {
    read: async (keys) => keys.map((key) => {
      const entry = entries.get(key);
      return entry && { value: entry.value, version: entry.version };
    }),
    // Nothing is awaited between the look and the write: that makes them one step.
    write: async (key, value, expected, expiresAt) => {
      if (!isExpected(expected, entries.get(key)?.version)) return null;
      const version = String(++writes);
      entries.set(key, { value, version, expiresAt });
      return version;
    },
    remove: async (key) => void entries.delete(key),
  });
};
