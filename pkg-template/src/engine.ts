// The lazy part: the core in wasm, and fetch, which asks it.

import type { AuthEvents, AuthOptions, AuthorizationDetail, Claims, RedactedSnapshot, SignedOutReason } from "../index.js";
import { Client, initSync } from "../../target/npm/browser/tokenward.js";
import { type Fault, toAuthError } from "./error.js";
import { joinTabs } from "../../src/web/tabs.js";
import { createFetch } from "./fetch.js";
import { createRecords, type Storage } from "./records.js";
import { startOn } from "./wasm.js";

/** Where the wasm is: compiled, as bytes, or at a URL. */
export type WasmSource = WebAssembly.Module | Uint8Array<ArrayBuffer> | URL | string;

/** The options that the core reads, and where records go. */
export type EngineOptions = Omit<AuthOptions, "wasm" | "fetch" | "log" | "__claims">;

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
}

/** A window that was opened for a sign-in, `null` where the browser refused; `giveUp` ends the call before the sign-in. */
export interface Popup {
  opened: Window | null;
  signal: AbortSignal | undefined;
  giveUp(fault: Fault): void;
}

export interface Engine {
  call(operation: "start" | "signIn" | "signOut" | "token", options?: object, popup?: Popup): Promise<Token>;
  call(operation: "userinfo"): Promise<Claims>;
  fetch: typeof fetch;
  inspect(): Partial<RedactedSnapshot>;
  dispose(): void;
}

/** Starts the wasm; one instance serves every session of the page. */
export const start = (source: WasmSource | Response): Promise<void> => startOn(source, initSync);

/** A page that comes back from sleep, the background, the back-forward cache or offline looks at the clock again. */
const waking = (): [EventTarget, string][] => [
  [document, "visibilitychange"],
  [window, "pageshow"],
  [window, "focus"],
  [window, "online"],
];

export const createEngine = (
  options: EngineOptions,
  customFetch: typeof fetch | undefined,
  audience: Host,
): Engine => {
  const { issuer, clientId, storage } = options;
  const records = createRecords(storage as Storage);
  const tabs = joinTabs(
    `tokenward.session.${issuer} ${clientId}`,
    (text: string) => client.tell("hear", text),
    async () => (await import("../../src/web/lease.js")).locks,
  );
  /** What is around the session; what few need is on the way only then. */
  let timer: ReturnType<typeof setTimeout> | undefined;
  const around: Record<string, (name: string, text: string) => unknown> = {
    sleep: (milliseconds) => {
      clearTimeout(timer);
      if (milliseconds) timer = setTimeout(() => client.tell("tick", ""), Number(milliseconds));
    },
    ...records,
    ...tabs,
    mark: async (change) => {
      // What is to be found by whoever reads the mark is stored before.
      await records.saved();
      return tabs.mark(change);
    },
  };
  /** The windows that are open and not yet on their way, in the order of the calls; and what ends all that are. */
  const popups = new Set<Popup>();
  let leaving = new AbortController();
  const host = async (operation: string, name: string, text: string): Promise<unknown> => {
    if (operation in around) return around[operation](name, text);
    if (operation === "popup" || operation === "frame") {
      const windows = await import("../../src/web/windows.js");
      if (operation === "frame") return windows.frame(name, text, leaving.signal);
      const popup = popups.values().next().value!;
      popups.delete(popup);
      return windows.popup(name, text, leaving.signal, popup);
    }
    return (await import("../../src/web/keys.js")).perform(operation, name, text);
  };
  const native: typeof fetch = (input, init) => (customFetch ?? globalThis.fetch)(input, init);
  let hot: (Token & { untilWall: number; untilMonotonic: number; looked?: number }) | undefined;
  let client: Client;

  const publish = (session: Published, user: unknown) => {
    const { token, generation, freshUntilWall: untilWall = Infinity, freshUntilMonotonic: untilMonotonic = Infinity } = session;
    hot = token === undefined ? undefined : { token, generation: generation!, untilWall, untilMonotonic };
    audience.publish(session, user);
  };
  try {
    client = new Client({ ...options, storage: storage && (typeof storage === "string" ? storage : "own") }, native, host, publish, audience.report);
  } catch (error) {
    throw toAuthError(error);
  }

  const call = async (operation: string, callOptions?: object, popup?: Popup) => {
    if (popup) popups.add(popup);
    if (operation === "signOut") {
      leaving.abort();
      leaving = new AbortController();
    }
    try {
      return await client.call(operation, callOptions);
    } catch (error) {
      throw toAuthError(error);
    } finally {
      if (popup) popups.delete(popup);
    }
  };

  /** The tokens that callers wait for, by the generation that an API refused: a crowd over an ended token asks once. */
  const awaited = new Map<number | undefined, Promise<Token>>();
  const token = (target: { refusedGeneration?: number }): Promise<Token> => {
    const { refusedGeneration: refused } = target;
    // A bound token needs a proof for each request, and nobody can share that.
    if (!hot) return call("token", target);
    const shared = awaited.get(refused) ?? call("token", target).finally(() => awaited.delete(refused));
    awaited.set(refused, shared);
    return shared;
  };

  const freshToken = (): Token | undefined => {
    const now = Date.now();
    // To read the monotonic clock costs more than the rest of a call: once in a millisecond will do.
    if (!hot || now >= hot.untilWall || (now !== hot.looked && performance.now() >= hot.untilMonotonic)) return undefined;
    hot.looked = now;
    return hot;
  };

  const wake = () => {
    if (document.visibilityState === "visible") client.tell("wake", "");
  };
  for (const [target, event] of waking()) target.addEventListener(event, wake);

  return {
    call,
    fetch: createFetch({
      native,
      base: () => document.baseURI,
      mayReceiveToken: (url) => client.mayReceiveToken(url),
      freshToken,
      token,
      heed: (url, status, challenge, nonce) => client.heed(url, status, challenge, nonce),
    }),
    inspect: () => client.inspect(),
    dispose: () => {
      for (const [target, event] of waking()) target.removeEventListener(event, wake);
      leaving.abort();
      client.tell("dispose", "");
      tabs.leave();
      hot = undefined;
    },
  };
};
