// Sessions in Durable Objects, one for each entry: its own single thread is what makes a compare-and-set of it.

import type { DurableObjectNamespaceLike, DurableObjectStateLike, SessionStore, StoredEntry, StoreOptions } from "../../../edge.js";
import { having, isExpected, prefixOf, storeOver } from "./store.js";

interface Kept extends StoredEntry {
  expiresAt: number;
}

interface Write {
  value: string;
  expected?: string | null;
  expiresAt: number;
}

/** The name of the only entry in the storage of an object. */
const ENTRY = "entry";
/** Requests to an object never leave the platform: the host says nothing. */
const URL = "https://session.invalid/";

const unlessOver = (kept: Kept | undefined): Kept | undefined => (kept && kept.expiresAt > Date.now() ? kept : undefined);

/** A plain class: one that extends the platform's own could not be loaded anywhere else. */
export class SessionObject {
  readonly #storage: DurableObjectStateLike["storage"];

  constructor({ storage }: DurableObjectStateLike) {
    this.#storage = storage;
  }

  async fetch(request: Request): Promise<Response> {
    if (request.method === "PUT") return Response.json(await this.#write(await request.json() as Write));
    if (request.method === "DELETE") return Response.json(await this.#clear());
    const kept = unlessOver(await this.#storage.get<Kept>(ENTRY));
    return Response.json(kept ? { value: kept.value, version: kept.version } : null);
  }

  async alarm(): Promise<void> {
    const kept = unlessOver(await this.#storage.get<Kept>(ENTRY));
    // It was set for an earlier end than there is now.
    await (kept ? this.#storage.setAlarm(kept.expiresAt) : this.#clear());
  }

  /** Only storage is waited for between the look and the write: the platform lets no other request in meanwhile. */
  async #write({ value, expected, expiresAt }: Write): Promise<string | null> {
    const [kept, alarm] = await Promise.all([this.#storage.get<Kept>(ENTRY), this.#storage.getAlarm()]);
    if (!isExpected(expected, unlessOver(kept)?.version)) return null;
    const version = crypto.randomUUID();
    if (expiresAt <= Date.now()) {
      await this.#clear();
      return version;
    }
    // An alarm that is early sets the next one: an end that moves with every request costs no write of an alarm.
    const isLate = alarm === null || alarm > expiresAt;
    await Promise.all([this.#storage.put(ENTRY, { value, version, expiresAt }), isLate && this.#storage.setAlarm(expiresAt)]);
    return version;
  }

  async #clear(): Promise<null> {
    // Depending on the Worker's compatibility date, the alarm is not part of all.
    await Promise.all([this.#storage.deleteAlarm(), this.#storage.deleteAll()]);
    return null;
  }
}

export const durableObjectStore = (namespace: DurableObjectNamespaceLike, options?: StoreOptions): SessionStore => {
  having(namespace, "namespace", "idFromName", "get");
  const prefix = prefixOf(options, "");

  const ask = async <T>(key: string, method: string, write?: Write): Promise<T> => {
    const object = namespace.get(namespace.idFromName(prefix + key));
    const answer = await object.fetch(URL, { method, ...(write && { body: JSON.stringify(write) }) });
    if (!answer.ok) throw new TypeError("No SessionObject is bound to the namespace");
    return answer.json() as Promise<T>;
  };

  return storeOver("Durable Object", {
    read: (keys) => Promise.all(keys.map((key) => ask<StoredEntry | null>(key, "GET"))),
    write: (key, value, expected, expiresAt) => ask<string | null>(key, "PUT", { value, expected, expiresAt }),
    remove: (key) => ask<never>(key, "DELETE"),
  });
};
