// Locks for browsers without Web Locks, as leases in the database: whoever holds one renews it, and one that was not
// renewed in time is free again. Loaded only there.

import { settled, transactOn } from "./database.js";

const LEASE_MS = 10_000;
const RENEW_MS = 3_000;
const RETRY_MS = 200;

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Writes what `next` makes of the lease; undefined leaves it, null removes it. */
const change = (name, next) =>
  transactOn("marks", "readwrite", async (store) => {
    const key = `lease ${name}`;
    const value = next(await settled(store.get(key)));
    if (value) store.put(value, key);
    else if (value === null) store.delete(key);
    return value !== undefined;
  });

export const locks = {
  /** As `navigator.locks.request` with a signal. */
  request: async (name, { signal }, work) => {
    const owner = crypto.randomUUID();
    const lease = () => ({ owner, until: Date.now() + LEASE_MS });
    const isOurs = (held) => held?.owner === owner;
    // A lease that ends later than any could was made before the clock was set back.
    const isFree = (held) => !held || held.until < Date.now() || held.until > Date.now() + LEASE_MS;
    while (!(await change(name, (held) => (isFree(held) ? lease() : undefined)))) {
      await sleep(RETRY_MS);
      signal.throwIfAborted();
    }
    const renewing = setInterval(() => change(name, (held) => (isOurs(held) ? lease() : undefined)).catch(() => {}), RENEW_MS);
    try {
      signal.throwIfAborted();
      return await work();
    } finally {
      clearInterval(renewing);
      // One that cannot be given back ends by itself.
      await change(name, (held) => (isOurs(held) ? null : undefined)).catch(() => {});
    }
  },
};
