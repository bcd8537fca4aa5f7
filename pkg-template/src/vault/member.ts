// One page's part in a session, in the vault: a client of the core, with the page's tab as it was last seen.

import type { AuthEvents, RedactedSnapshot } from "../../index.js";
import { locks } from "../../../src/web/lease.js";
import { perform, remove } from "../../../src/web/keys.js";
import { joinTabs } from "../../../src/web/tabs.js";
import type { Published } from "../engine.js";
import { createSession } from "../session.js";
import { type Family, isShared, type Member } from "./family.js";
import type { Here, Said, Visit } from "./messages.js";
import { createTab } from "./tab.js";

/** The snapshot without what only the vault may know. */
const redacted = ({ token: _, generation: __, freshUntilWall: ___, freshUntilMonotonic: ____, ...rest }: Published): Published => rest as Published;

export const createMember = (family: Family, here: Here, say: (said: Said) => void) => {
  const { tab, see } = createTab((change) => tell({ change }));
  see(here);
  const visits = new Map<number, (outcome: unknown) => void>();
  const fetches = new Set<AbortController>();
  const hidden = new Set<string>();
  let visit = 0;
  let isSignedIn = false;

  const tell = (said: Said) => {
    if (member.hasPage) say(said);
  };
  const tabs = joinTabs(family.name, { postMessage: (text: string) => family.say(member, text), close: () => {} }, async () => locks);

  /** The key is in the database for a page that comes back from the provider. From its first use on it is only in here. */
  const withKey = async (operation: string, name: string, text: string) => {
    const outcome = await perform(operation, name, text);
    if (operation === "sign" && outcome && !hidden.has(name)) {
      hidden.add(name);
      await remove(name).catch(() => {});
    }
    return outcome;
  };

  const visitIn = (window: Visit["window"], url: string, state: string) =>
    new Promise((resolve) => {
      if (!member.hasPage) return resolve({ failure: "silent" });
      visits.set((visit += 1), resolve);
      tell({ visit, window, url, state });
    });

  // Nothing is stored: the session lives as long as this worker.
  const around: Record<string, (name: string, text: string) => unknown> = { ...tabs, load: () => {}, save: () => {}, remove: () => {} };
  if (!isShared) around.mark = () => {};
  const host = async (operation: string, name: string, text: string): Promise<unknown> => {
    if (Object.hasOwn(around, operation)) return around[operation](name, text);
    if (operation === "popup" || operation === "frame") return visitIn(operation, name, text);
    return withKey(operation, name, text);
  };

  const audience = {
    publish: (session: Published, user: unknown) => {
      isSignedIn = session.status === "signedIn";
      tell({ publish: redacted(session), user, seen: inspect() });
      // Whoever keeps the session for the next page has done so; or has none to keep.
      if (member.hasPage && isSignedIn) family.tidy(true);
      if (!member.hasPage && !isSignedIn) member.dispose();
    },
    report: (report: keyof AuthEvents, detail: object) => tell({ report, detail, seen: inspect() }),
  };
  const native: typeof fetch = (input, init) => fetch(input, init);
  const inspect = (): Partial<RedactedSnapshot> => session.inspect();

  const session = createSession(JSON.parse(family.config), { tab, base: tab.url, provider: family.gate.provider, native, host }, audience);

  const endVisits = () => {
    for (const end of visits.values()) end({ failure: "silent" });
    visits.clear();
  };
  const member = {
    hasPage: true,
    see,
    inspect,
    hear: (text: string) => session.hear(text),
    wake: () => session.wake(),
    call: (operation: "start" | "signIn" | "signOut" | "userinfo", options?: object) => session.call(operation, options),
    /** Whether a request to this URL carries the token. */
    mayReceive: (url: string): boolean => !!session.mayReceiveToken(url) && !family.gate.isEndpoint(url),
    /** Whether somebody else may have the session. */
    hasCompany: () => family.members.size > 1,
    fetch: session.fetch,
    /** What ends when the page goes away. */
    fetches,
    visited: (id: number, outcome: unknown) => {
      visits.get(id)?.(outcome);
      visits.delete(id);
    },
    /** The page went away. `keep`: the session may wait for the next one, where no other page has it. */
    leave: (keep: boolean) => {
      member.hasPage = false;
      endVisits();
      for (const aborting of fetches) aborting.abort();
      const others = [...family.members].some(({ hasPage }) => hasPage);
      if (!keep || !isSignedIn || others) member.dispose();
    },
    dispose: () => {
      family.members.delete(member);
      endVisits();
      tabs.leave();
      session.dispose();
    },
  };
  family.members.add(member satisfies Member);
  return member;
};
