// What all session stores have in common: arguments are checked before a backend sees them, and a backend that fails is an
// error of one kind, without what it was asked for.

import type { SessionStore, StoredEntry, StoreWrite } from "../../../edge.js";
import { failure } from "../../error.js";
import { edgeFailure } from "../errors.js";

/** A place for entries. It may throw whatever it likes. */
export interface Backend {
  /** The entries in the order of `keys`, `null` where there is none or its time is over. */
  read(keys: readonly string[]): Promise<readonly (StoredEntry | null)[]>;
  /** As {@link SessionStore.write}, in whole milliseconds. */
  write(key: string, value: string, expected: string | null | undefined, expiresAt: number): Promise<string | null>;
  remove(key: string): Promise<void>;
}

/** Every backend takes these: Workers KV has 512 bytes for a key with its prefix. */
const KEY = /^[!-~]{1,256}$/;
const PREFIX = /^[!-~]{0,128}$/;
/** Deno KV takes 65,536 bytes, with two for each character where one of them is beyond Latin-1. */
const LONGEST_VALUE = 32_000;
/** Half a pair, for which UTF-8 has no bytes. */
const LONE_SURROGATE = /\p{Surrogate}/u;
/** The beginning of 2100: alarms of Durable Objects count to 2189, Deno KV and Redis some way further. */
const LAST_TIME = 4_102_444_800_000;

const check = (isRight: boolean, name: string): void => {
  if (!isRight) throw failure("invalid_option", name);
};

const checkKey = (key: unknown): void => check(typeof key === "string" && KEY.test(key), "key");

const checkValue = (value: unknown): void =>
  check(typeof value === "string" && value.length <= LONGEST_VALUE && !LONE_SURROGATE.test(value), "value");

const checkTime = (time: unknown): void => check(typeof time === "number" && time >= 0 && time <= LAST_TIME, "expiresAt");

const checkExpected = (expected: unknown): void =>
  check(expected == null || (typeof expected === "string" && expected !== ""), "expected");

/** What was thrown, in a word: its code, the first word of a Redis server's reply, or its name. The rest may hold a value. */
const wordOf = (thrown: unknown): string | undefined => {
  const { code, message, name } = Object(thrown) as Record<string, unknown>;
  const reply = /^[A-Z]{3,20}(?= )/.exec(String(message))?.[0];
  return [code, reply, name].find((word): word is string => typeof word === "string" && /^[A-Za-z_]{2,40}$/.test(word));
};

/** The store over this backend; `name` is what its failures are called by. */
export const storeOver = (name: string, backend: Backend, isAtomic = true): SessionStore => {
  const attempt = async <T>(action: () => Promise<T>): Promise<T> => {
    try {
      return await action();
    } catch (error) {
      const word = wordOf(error);
      // Not its cause: clients keep the command that failed in their errors, and with it the value.
      throw edgeFailure("store_failed", undefined, word === undefined ? name : `${name}, ${word}`);
    }
  };
  return {
    isAtomic,
    read: async (keys: readonly string[]) => {
      check(Array.isArray(keys), "keys");
      keys.forEach(checkKey);
      return attempt(() => backend.read(keys));
    },
    write: async (key: string, value: string, options: StoreWrite) => {
      const { expected, expiresAt } = Object(options) as StoreWrite;
      checkKey(key);
      checkValue(value);
      checkExpected(expected);
      checkTime(expiresAt);
      return attempt(() => backend.write(key, value, expected, Math.floor(expiresAt)));
    },
    remove: async (key: string) => {
      checkKey(key);
      return attempt(() => backend.remove(key));
    },
  };
};

/** Whether the version that is there, if any, is what a write expects. */
export const isExpected = (expected: string | null | undefined, current: string | undefined): boolean =>
  expected === undefined || expected === (current ?? null);

/** The prefix of a store's keys. */
export const prefixOf = (options: { prefix?: string } | undefined, byDefault: string): string => {
  const prefix = options?.prefix ?? byDefault;
  check(typeof prefix === "string" && PREFIX.test(prefix), "prefix");
  return prefix;
};

/** What the app gave, where it has these functions. */
export const having = <T>(given: T, name: string, ...functions: readonly (keyof T)[]): T => {
  check(functions.every((each) => typeof (Object(given) as T)[each] === "function"), name);
  return given;
};
