// API keys that a service gives out: made, replaced, ended and listed over its endpoint, with the token of whoever may do so.

import { readKeys } from "../../../target/npm/edge/tokenward_edge.js";
import type { ApiKeyCreated, ApiKeyEntry, ApiKeyRotated, ApiKeyWish, ApiKeysOptions, RotateOptions } from "../../edge.js";
import { AuthError, failure, toAuthError } from "../error.js";
import { edgeFailure } from "./errors.js";
import { ApiKeySecret, slotOf, type Slot } from "./secret.js";

const DAY_MS = 24 * 60 * 60 * 1000;
const MOST_GRACE_DAYS = 365;
/** A timer is a hint: it looks at the clock again so often, also while a deletion fails. */
const LOOK_AGAIN_MS = 60_000;

interface Wire {
  id: string;
  name?: string;
  key?: string;
  scopes?: string | string[];
  created_at?: string;
}

/** An entry as the types have it; the key itself is never in it. */
const entryOf = ({ id, name = "", scopes = [], created_at }: Wire): ApiKeyEntry => ({
  id, name, scopes: typeof scopes === "string" ? scopes.split(" ") : [...scopes], ...(created_at !== undefined && { created_at }),
});

export const createKeys = ({ url, auth, log }: ApiKeysOptions, ready: () => Promise<void>, isBound: boolean) => {
  /** The keys whose grace is running, and when it ends. */
  const leaving = new Map<string, number>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  const call = async (operation: "create" | "list" | "revoke", to: string, init: RequestInit) => {
    await ready();
    let answer: Response;
    let text: string;
    try {
      answer = await auth.fetch(to, init);
      text = await answer.text();
    } catch (error) {
      throw error instanceof AuthError ? error : edgeFailure("network_failed", error);
    }
    const retryAfter = Number.parseInt(answer.headers.get("retry-after") ?? "", 10);
    try {
      return readKeys(operation, answer.status, answer.headers.get("content-type") ?? "", retryAfter >= 0 ? retryAfter : undefined, text);
    } catch (error) {
      throw toAuthError(error);
    }
  };

  const ask = async ({ name, scopes }: ApiKeyWish): Promise<Wire> => {
    if (typeof name !== "string" || !name) throw failure("invalid_option", "name");
    if (!Array.isArray(scopes) || !scopes.every((scope) => typeof scope === "string")) throw failure("invalid_option", "scopes");
    const body = JSON.stringify({ name, scopes });
    return call("create", url, { method: "POST", headers: { "content-type": "application/json", accept: "application/json" }, body });
  };

  const created = (wire: Wire, slot: Slot): ApiKeyCreated => ({ ...entryOf(wire), key: new ApiKeySecret(slot) });

  const revoke = async (id: string): Promise<void> => {
    if (typeof id !== "string" || !id) throw failure("invalid_option", "id");
    await call("revoke", `${url.replace(/\/$/, "")}/${encodeURIComponent(id)}`, { method: "DELETE", headers: { accept: "application/json" } });
    leaving.delete(id);
  };

  const report = (error: unknown) => {
    try {
      const { code } = toAuthError(error);
      log?.({ at: Date.now(), level: "error", event: "keyNotRevoked", message: "An old API key could not be ended yet", code });
    } catch {
      // A log that fails must not fail the client.
    }
  };

  const revokeDue = async (): Promise<readonly string[]> => {
    const due = [...leaving].filter(([, at]) => at <= Date.now()).map(([id]) => id);
    for (const id of due) await revoke(id);
    return due;
  };

  /** Ends by itself what has had its grace, for as long as this process lives. */
  const watch = () => {
    clearTimeout(timer);
    if (isBound || leaving.size === 0) return;
    timer = setTimeout(() => {
      revokeDue().catch(report).finally(watch);
    }, Math.min(LOOK_AGAIN_MS, Math.max(0, Math.min(...leaving.values()) - Date.now())));
    // A process that has nothing else to do may end.
    (timer as { unref?(): void }).unref?.();
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
      leaving.set(id, revokeAt);
      // The new key is there whatever becomes of the old one.
      if (graceDays === 0) await revokeDue().catch(report);
      watch();
      return { ...created(wire, slot), previous: { id, revokeAt } };
    },

    revoke,
    revokeDue,

    async list(): Promise<readonly ApiKeyEntry[]> {
      return (await call("list", url, { headers: { accept: "application/json" } })).map(entryOf);
    },

    dispose: () => {
      clearTimeout(timer);
      leaving.clear();
    },
  };
};
