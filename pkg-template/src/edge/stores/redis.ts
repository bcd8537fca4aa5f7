// Sessions in Redis, through a client that the app brings along. A script of the server's is the compare-and-set: a
// transaction with WATCH is of a connection, and all requests of a process share theirs.

import type { RedisClient, SessionStore, StoreOptions } from "../../../edge.js";
import { failure } from "../../error.js";
import { prefixOf, storeOver } from "./store.js";

/** A version is so long, and stands before the value. */
const VERSION_LENGTH = 36;

/**
 * Writes ARGV[2], the new version, and ARGV[3], the value, for ARGV[4] milliseconds, where ARGV[1] says what is there: "*"
 * is whatever, "-" nothing, "=" and a version that. A client that lost its connection sends the same again: what was
 * written by it already is written.
 */
const WRITE = `
local found = redis.call("GET", KEYS[1])
local version = found and "=" .. string.sub(found, 1, ${VERSION_LENGTH}) or "-"
if version == "=" .. ARGV[2] then return 1 end
if ARGV[1] ~= "*" and ARGV[1] ~= version then return 0 end
if tonumber(ARGV[4]) > 0 then redis.call("SET", KEYS[1], ARGV[2] .. ARGV[3], "PX", ARGV[4]) else redis.call("DEL", KEYS[1]) end
return 1
`;

type Send = (command: string, ...args: string[]) => Promise<unknown>;

/** How a client is asked: `ioredis` has `sendCommand` as well, for something else. */
const senderOf = (client: RedisClient): Send => {
  const given = Object(client) as { call?(command: string, args: string[]): unknown; sendCommand?(args: string[]): unknown };
  if (typeof given.call === "function") return async (command, ...args) => given.call!(command, args);
  if (typeof given.sendCommand === "function") return async (...command) => given.sendCommand!(command);
  throw failure("invalid_option", "client");
};

const inScript = (expected: string | null | undefined): string => {
  if (expected === undefined) return "*";
  return expected === null ? "-" : `=${expected}`;
};

export const redisStore = (client: RedisClient, options?: StoreOptions): SessionStore => {
  const send = senderOf(client);
  const prefix = prefixOf(options, "tokenward:");

  return storeOver("Redis", {
    // Clients send them together; a command for all could not be asked of a cluster.
    read: (keys) => Promise.all(keys.map(async (key) => {
      const found = await send("GET", prefix + key);
      if (found == null) return null;
      // A client can be told to give bytes: nobody must be signed out by that.
      if (typeof found !== "string") throw new TypeError("The client gives no text");
      return { value: found.slice(VERSION_LENGTH), version: found.slice(0, VERSION_LENGTH) };
    })),
    write: async (key, value, expected, expiresAt) => {
      const version = crypto.randomUUID();
      const milliseconds = String(expiresAt - Date.now());
      const written = await send("EVAL", WRITE, "1", prefix + key, inScript(expected), version, value, milliseconds);
      return Number(written) === 1 ? version : null;
    },
    remove: async (key) => void await send("DEL", prefix + key),
  });
};
