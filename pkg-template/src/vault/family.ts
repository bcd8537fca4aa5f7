// The pages of one client that share a session in this worker. They are each other's tabs: what they say to each other stays
// in here. Other workers, and pages whose browser has no SharedWorker, hear only that a session is over.

import { openChannel } from "../../../src/web/tabs.js";
import { failure } from "../error.js";
import { createGate } from "./gate.js";

export interface Member {
  hear(text: string): void;
  /** Whether a page stands behind it: one without keeps the session for the next page. */
  hasPage: boolean;
  dispose(): void;
}

const { SharedWorkerGlobalScope } = globalThis as { SharedWorkerGlobalScope?: unknown };

/** Whether pages share this worker. A page's own has tokens that no other page gets: it counts them for itself. */
export const isShared = SharedWorkerGlobalScope !== undefined;

/** A count above that of every token set of a page that counts for itself, and of every end before. */
const now = () => Math.floor(Date.now() / 1000);

/** The text that tells the end of a session, made anew of what is meant to be one; undefined for anything else. */
const endOf = (text: unknown): string | undefined => {
  try {
    const { over, expired } = JSON.parse(text as string);
    return Number.isSafeInteger(over) && typeof expired === "boolean" ? JSON.stringify({ over: isShared ? over : now(), expired }) : undefined;
  } catch {
    return undefined;
  }
};

const createFamily = (issuer: string, clientId: string, config: string) => {
  const members = new Set<Member>();
  const name = `tokenward.session.${issuer} ${clientId}`;
  const hear = (text: string | undefined, from?: Member) => {
    if (text === undefined) return;
    for (const member of [...members]) if (member !== from) member.hear(text);
  };
  const channel = openChannel(`tokenward.vault.${issuer} ${clientId}`, (text: unknown) => hear(endOf(text)));
  return {
    config,
    members,
    /** The lock and the mark have one name in pages and workers: there is one session of a client in an origin. */
    name,
    gate: createGate(issuer),
    say: (from: Member, text: string) => {
      const end = endOf(text);
      if (end) channel?.postMessage(end);
      queueMicrotask(() => hear(text, from));
    },
    /** Ends what nobody needs any more: the session that was kept, or the family itself. */
    tidy: (isHandedOver: boolean) => {
      for (const member of isHandedOver ? members : []) if (!member.hasPage) member.dispose();
      if (members.size === 0) channel?.close();
      return members.size === 0;
    },
  };
};

export type Family = ReturnType<typeof createFamily>;

/** The same text for the same options, however they are ordered. */
const canonical = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(canonical);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, member]) => [name, canonical(member)]));
};

const families = new Map<string, Family>();

/**
 * The family of the client that the options name. They are fixed by the first page: one that came later with others could
 * have the tokens sent elsewhere.
 */
export const familyOf = (options: { issuer?: unknown; clientId?: unknown }): Family => {
  const { issuer, clientId } = options;
  if (typeof issuer !== "string" || typeof clientId !== "string") throw failure("invalid_option", "issuer");
  const key = JSON.stringify([issuer, clientId]);
  const config = JSON.stringify(canonical(options));
  const found = families.get(key);
  if (found && found.config !== config) {
    if ([...found.members].some(({ hasPage }) => hasPage)) throw failure("vault_config_mismatch");
    // Nobody is left but the session that was kept, and these options are not the ones that it was made for.
    found.tidy(true);
  }
  const family = found && found.config === config ? found : createFamily(issuer, clientId, config);
  families.set(key, family);
  return family;
};

/** Forgets the families without members. Returns whether none is left. */
export const tidyFamilies = (): boolean => {
  for (const [key, family] of families) if (family.tidy(false)) families.delete(key);
  return families.size === 0;
};
