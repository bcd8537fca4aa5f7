// API keys that a service gives out: made, replaced, ended and listed over its endpoint, with the token of whoever may do so.

import { readKeys } from "../../../target/npm/edge/tokenward_edge.js";
import type { ApiKeyCreated, ApiKeyEntry, ApiKeyRotated, ApiKeyWish, ApiKeysOptions, RotateOptions } from "../../edge.js";
import { AuthError, failure, toAuthError } from "../error.js";
import { edgeFailure } from "./errors.js";
import { ApiKeySecret, slotOf, type Slot } from "./secret.js";

const DAY_MS = 24 * 60 * 60 * 1000;
const MOST_GRACE_DAYS = 365;
/** A timer is a hint: it looks at the clock again so often. No deletion is tried by itself again before that. */
const LOOK_AGAIN_MS = 60_000;
/** How long a new key waits for the end of the old one. */
const PATIENCE_MS = 10_000;

interface Wire {
  id: string;
  name?: string | null;
  key?: string;
  scopes?: string | string[] | null;
  created_at?: string | null;
}

interface Answer {
  status: number;
  type: string;
  /** In seconds. */
  retryAfter: number | undefined;
  text: string;
}

/** A key to be ended: when its grace is over, and when the timer may try to. Both in milliseconds since the epoch. */
interface Leaving {
  over: number;
  next: number;
}

/** An entry as the types have it; the key itself is never in it. */
const entryOf = ({ id, name, scopes, created_at }: Wire): ApiKeyEntry => ({
  id,
  name: name ?? "",
  scopes: (typeof scopes === "string" ? scopes.split(" ") : (scopes ?? [])).filter(Boolean),
  ...(typeof created_at === "string" && { created_at }),
});

export const createKeys = ({ url, auth, log }: ApiKeysOptions, ready: () => Promise<void>, isBound: boolean) => {
  const leaving = new Map<string, Leaving>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isOver = false;

  const send = async (to: string, init: RequestInit): Promise<Answer> => {
    await ready();
    try {
      const answer = await auth.fetch(to, init);
      const retryAfter = Number.parseInt(answer.headers.get("retry-after") ?? "", 10);
      return {
        status: answer.status,
        type: answer.headers.get("content-type") ?? "",
        retryAfter: retryAfter >= 0 ? retryAfter : undefined,
        text: await answer.text(),
      };
    } catch (error) {
      throw error instanceof AuthError ? error : edgeFailure("network_failed", error);
    }
  };

  const read = (operation: "create" | "list" | "revoke", { status, type, retryAfter, text }: Answer) => {
    try {
      return readKeys(operation, status, type, retryAfter, text);
    } catch (error) {
      throw toAuthError(error);
    }
  };

  const ask = async ({ name, scopes }: ApiKeyWish): Promise<Wire> => {
    if (typeof name !== "string" || !name) throw failure("invalid_option", "name");
    if (!Array.isArray(scopes) || !scopes.every((scope) => typeof scope === "string")) throw failure("invalid_option", "scopes");
    const headers = { "content-type": "application/json", accept: "application/json" };
    return read("create", await send(url, { method: "POST", headers, body: JSON.stringify({ name, scopes }) }));
  };

  const created = (wire: Wire, slot: Slot): ApiKeyCreated => ({ ...entryOf(wire), key: new ApiKeySecret(slot) });

  /** Keeps the timer from this key for a while. */
  const putOff = (id: string, seconds = 0) => {
    const key = leaving.get(id);
    if (key) key.next = Math.max(key.next, Date.now() + Math.max(LOOK_AGAIN_MS, seconds * 1000));
  };

  const revoke = async (id: string): Promise<void> => {
    if (typeof id !== "string" || !id) throw failure("invalid_option", "id");
    // While one is under way as well.
    putOff(id);
    const init = { method: "DELETE", headers: { accept: "application/json" } };
    const answer = await send(`${url.replace(/\/$/, "")}/${encodeURIComponent(id)}`, init).finally(() => putOff(id));
    putOff(id, answer.retryAfter);
    read("revoke", answer);
    leaving.delete(id);
  };

  const dueBy = (time: keyof Leaving) => [...leaving].filter(([, key]) => key[time] <= Date.now()).map(([id]) => id);

  const revokeDue = async (): Promise<readonly string[]> => {
    const due = dueBy("over");
    const outcomes = await Promise.allSettled(due.map(revoke));
    const failed = outcomes.find(({ status }) => status === "rejected") as PromiseRejectedResult | undefined;
    if (failed) throw failed.reason;
    return due;
  };

  const report = (error: unknown) => {
    try {
      const { code } = toAuthError(error);
      log?.({ at: Date.now(), level: "error", event: "keyNotRevoked", message: "An old API key could not be ended yet", code });
    } catch {
      // A log that fails must not fail the client.
    }
  };

  /** All at once: one that fails, or that nobody answers, holds up no other. */
  const endDue = () => Promise.all(dueBy("next").map((id) => revoke(id).catch(report)));

  /** Ends by itself what has had its grace, for as long as this process lives. */
  const watch = () => {
    clearTimeout(timer);
    if (isBound || isOver || leaving.size === 0) return;
    const next = Math.min(...[...leaving.values()].map((key) => key.next));
    timer = setTimeout(() => {
      void endDue();
      watch();
    }, Math.min(LOOK_AGAIN_MS, Math.max(0, next - Date.now())));
    // A process that has nothing else to do may end.
    (timer as { unref?(): void }).unref?.();
  };

  /** The same, waiting for it no longer than a new key may wait. */
  const endSoon = async () => {
    let patience: ReturnType<typeof setTimeout> | undefined;
    await Promise.race([endDue(), new Promise((resolve) => (patience = setTimeout(resolve, PATIENCE_MS)))]);
    clearTimeout(patience);
  };

  return {
    async create(wish: ApiKeyWish): Promise<ApiKeyCreated> {
      const wire = await ask(wish);
      return created(wire, { key: wire.key!, generation: 0 });
    },

    async rotate(current: ApiKeyEntry & { key?: ApiKeySecret }, { graceDays = 7, name, scopes }: RotateOptions = {}): Promise<ApiKeyRotated> {
      if (!(graceDays >= 0 && graceDays <= MOST_GRACE_DAYS)) throw failure("invalid_option", "graceDays");
      const { id } = current;
      if (typeof id !== "string" || !id) throw failure("invalid_option", "id");
      const wire = await ask({ name: name ?? current.name, scopes: scopes ?? current.scopes });
      const slot = slotOf(current.key) ?? { key: wire.key!, generation: 0 };
      if (slot.key !== wire.key) [slot.key, slot.generation] = [wire.key!, slot.generation + 1];
      const revokeAt = Date.now() + graceDays * DAY_MS;
      leaving.set(id, { over: revokeAt, next: revokeAt });
      // The new key is there whatever becomes of the old one.
      if (graceDays === 0) await endSoon();
      watch();
      return { ...created(wire, slot), previous: { id, revokeAt } };
    },

    revoke,
    revokeDue,

    async list(): Promise<readonly ApiKeyEntry[]> {
      return read("list", await send(url, { headers: { accept: "application/json" } })).map(entryOf);
    },

    dispose: () => {
      isOver = true;
      clearTimeout(timer);
      leaving.clear();
    },
  };
};
