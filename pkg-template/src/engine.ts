// The lazy part: the core in wasm, with what a page has for it.

import type { AuthEvents, AuthOptions, AuthorizationDetail, Claims, CsrfOptions, RedactedSnapshot, SignedOutReason } from "../index.js";
import { answer, answerWith, initSync } from "../../target/npm/browser/tokenward.js";
import { createDress, withCookies } from "./cookies.js";
import type { Fault } from "./error.js";
import { tab } from "../../src/web/tab.js";
import { joinTabs, openChannel } from "../../src/web/tabs.js";
import { createRecords, type Storage } from "./records.js";
import { createSession, type Around } from "./session.js";
import { createVisits } from "./visits.js";
import { onWaking } from "./waking.js";
import { startOn } from "./wasm.js";

/** Where the wasm is: compiled, as bytes, or at a URL. */
export type WasmSource = WebAssembly.Module | Uint8Array<ArrayBuffer> | URL | string;

/** The options that the core reads, and where records go. */
export type EngineOptions = Omit<AuthOptions, "wasm" | "fetch" | "log" | "__claims"> & { cookies?: true; csrf?: CsrfOptions };

/** A snapshot as the core publishes it: the session, and what only fetch may know. */
export type Published = (
  | { status: "signedOut"; reason: SignedOutReason; error?: Fault; expiresAt?: never; stale?: never }
  | { status: "signedIn"; expiresAt: number | null; stale: boolean; reason?: never; error?: never }
) & { authorizationDetails?: readonly AuthorizationDetail[]; token?: string; generation?: number; freshUntilWall?: number; freshUntilMonotonic?: number };

export interface Host {
  publish(session: Published, user: unknown): void;
  report(event: keyof AuthEvents, detail: object): void;
}

export interface Token {
  token: string;
  generation: number;
  /** The proof for one request, where the token is bound to a key. */
  proof?: string;
  /** The headers to send in the place of a Bearer token. */
  headers?: Record<string, string>;
}

/** A window that was opened for a sign-in, `null` where the browser refused; `giveUp` ends the call before the sign-in. */
export interface Popup {
  opened: Window | null;
  signal: AbortSignal | undefined;
  giveUp(fault: Fault): void;
  /** The call has failed already. */
  isOver?: boolean;
}

export interface Engine {
  call(operation: "start" | "signIn" | "signOut" | "token", options?: object, popup?: Popup): Promise<Token>;
  call(operation: "userinfo"): Promise<Claims>;
  fetch: typeof fetch;
  inspect(): Partial<RedactedSnapshot>;
  dispose(): void;
}

/** Starts the wasm; one instance serves every session of the page. */
export const start = async (source: WasmSource | Response): Promise<void> => {
  await startOn(source, initSync);
  answerWith(answer);
};

export const createEngine = (
  options: EngineOptions,
  customFetch: typeof fetch | undefined,
  audience: Host,
): Engine => {
  const { issuer, clientId, storage } = options;
  const records = createRecords(storage as Storage);
  const name = `tokenward.session.${issuer} ${clientId}`;
  const tabs = joinTabs(
    name,
    openChannel(name, (text: string) => session.hear(text)),
    async () => (await import("../../src/web/lease.js")).locks,
  );
  const visits = createVisits();
  /** What is around the session; what few need is on the way only then. */
  const around: Record<string, (name: string, text: string) => unknown> = {
    ...records,
    ...tabs,
    mark: async (change) => {
      // What is to be found by whoever reads the mark is stored before.
      await records.saved();
      return tabs.mark(change);
    },
  };
  const host = async (operation: string, name: string, text: string): Promise<unknown> => {
    if (operation in around) return around[operation](name, text);
    if (operation === "popup" || operation === "frame") return visits.visit(operation, name, text);
    return (await import("../../src/web/keys.js")).perform(operation, name, text);
  };
  const native: typeof fetch = (input, init) => (customFetch ?? globalThis.fetch)(input, init);
  const aroundSession: Around = { tab, base: () => document.baseURI, provider: native, native, host };
  if (LOGIN && options.cookies) {
    const dress = createDress(options.csrf, location.origin, () => document.cookie);
    Object.assign(aroundSession, { dress, provider: withCookies(native, dress) });
  }
  const session = createSession(options, aroundSession, audience);
  const stopWaking = onWaking(session.wake);

  return {
    call: (operation: string, callOptions?: object, popup?: Popup) => {
      if (popup) visits.open(popup);
      if (operation === "signOut") visits.leave();
      return session.call(operation, callOptions);
    },
    fetch: session.fetch,
    inspect: session.inspect,
    dispose: () => {
      stopWaking();
      visits.end();
      tabs.leave();
      session.dispose();
    },
  };
};

/** Whether this is built for own logins. */
declare const LOGIN: boolean;
