// Where the record of a session is kept: nowhere, in sessionStorage of the tab, or where the app says.

import type { TokenStore } from "../index.js";

export type Storage = "memory" | "session" | "worker" | TokenStore | undefined;

/** How long the app's own store may take. One that never answers must keep neither the page nor the lock waiting. */
const PATIENCE_MS = 10_000;

/** What a store gives; undefined where it fails, or does not answer. */
const attempt = async (work: () => unknown): Promise<unknown> => {
  let timer;
  try {
    return await Promise.race([work(), new Promise((resolve) => (timer = setTimeout(resolve, PATIENCE_MS)))]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
};

const IN_TAB: TokenStore = {
  get: (name) => sessionStorage.getItem(name),
  set: (name, value) => sessionStorage.setItem(name, value),
  delete: (name) => sessionStorage.removeItem(name),
};

export const createRecords = (storage: Storage) => {
  const store = storage === "session" ? IN_TAB : typeof storage === "object" ? storage : undefined;
  let last: Promise<unknown> = Promise.resolve();
  /** One after the other, in the order of the wishes. A store that fails costs the next reload its session, not this page. */
  const inTurn = (work: (store: TokenStore) => unknown) =>
    (last = store ? last.then(() => attempt(() => work(store))) : last);
  return {
    load: (name: string) => inTurn((own) => own.get(name)),
    save: (name: string, record: string) => void inTurn((own) => own.set(name, record)),
    remove: (name: string) => void inTurn((own) => own.delete(name)),
    /** When everything that was to be saved is. */
    saved: () => last,
  };
};
