// Sessions in Deno KV, whose atomic operations check the version of what they replace.

import type { DenoKvLike, SessionStore, StoreOptions } from "../../../edge.js";
import { having, prefixOf, storeOver } from "./store.js";

interface Kept {
  value: string;
  expiresAt: number;
}

interface Found {
  value: unknown;
  versionstamp: string | null;
}

/** The most keys that it reads in one go. */
const MOST_KEYS = 10;

/** Several processes on one file lock each other out for a moment. They are waited for some three seconds. */
const TRIES = 60;
const LONGEST_PAUSE_MS = 100;

const sleep = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** Nothing was done where it was locked, so that it can be done again. */
const unlocked = async <T>(action: () => Promise<T>): Promise<T> => {
  for (let tries = 1; ; tries += 1) {
    try {
      return await action();
    } catch (error) {
      if (tries === TRIES || !/database is locked/.test(String((error as Error)?.message))) throw error;
      await sleep(Math.random() * LONGEST_PAUSE_MS);
    }
  }
};

/** The platform deletes what is over some time later. */
const unlessOver = ({ value }: Found): Kept | undefined => {
  const kept = value as Kept | null;
  return kept && kept.expiresAt > Date.now() ? kept : undefined;
};

/** The versionstamp and the end of an entry: the version of one whose time is over is told without asking. */
const versionOf = (versionstamp: string, expiresAt: number): string => `${versionstamp}.${expiresAt}`;

const stampOf = (version: string): string | undefined => {
  const [, stamp, expiresAt] = /^([0-9a-f]{20})\.(\d+)$/.exec(version) ?? [];
  return Number(expiresAt) > Date.now() ? stamp : undefined;
};

export const denoKvStore = (kv: DenoKvLike, options?: StoreOptions): SessionStore => {
  having(kv, "kv", "get", "getMany", "delete", "atomic");
  const prefix = prefixOf(options, "tokenward");
  const place = (key: string) => [prefix, key];

  const readSome = async (keys: readonly string[]) => {
    const found = await unlocked(() => kv.getMany(keys.map(place)));
    return found.map((entry) => {
      const kept = unlessOver(entry);
      return kept ? { value: kept.value, version: versionOf(entry.versionstamp as string, kept.expiresAt) } : null;
    });
  };

  /** Writes where this versionstamp is there, nothing (`null`) or whatever (`undefined`). */
  const commit = async (key: string, value: string, stamp: string | null | undefined, expiresAt: number): Promise<string | null> => {
    const done = await unlocked(() => {
      const operation = kv.atomic();
      if (stamp !== undefined) operation.check({ key: place(key), versionstamp: stamp });
      const expireIn = expiresAt - Date.now();
      if (expireIn > 0) operation.set(place(key), { value, expiresAt }, { expireIn });
      else operation.delete(place(key));
      return operation.commit();
    });
    return done.ok ? versionOf(done.versionstamp as string, expiresAt) : null;
  };

  /** What is there and over, is in the way until it is deleted or replaced. */
  const create = async (key: string, value: string, expiresAt: number): Promise<string | null> => {
    let stamp: string | null = null;
    for (;;) {
      const version = await commit(key, value, stamp, expiresAt);
      if (version !== null) return version;
      const found = await unlocked(() => kv.get(place(key)));
      if (unlessOver(found)) return null;
      stamp = found.versionstamp;
    }
  };

  return storeOver("Deno KV", {
    read: async (keys) => {
      const parts = [];
      for (let at = 0; at < keys.length; at += MOST_KEYS) parts.push(keys.slice(at, at + MOST_KEYS));
      return (await Promise.all(parts.map(readSome))).flat();
    },
    write: async (key, value, expected, expiresAt) => {
      if (expected === null) return create(key, value, expiresAt);
      if (expected === undefined) return commit(key, value, undefined, expiresAt);
      const stamp = stampOf(expected);
      return stamp === undefined ? null : commit(key, value, stamp, expiresAt);
    },
    remove: (key) => unlocked(() => kv.delete(place(key))),
  });
};
