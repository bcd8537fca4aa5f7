// The lazy part: the core in wasm, and fetch, which asks it.

import type { AuthEvents, AuthOptions, AuthorizationDetail, Claims, RedactedSnapshot, SignedOutReason } from "../index.js";
import { Client, initSync } from "../../target/npm/browser/tokenward.js";
import { type Fault, toAuthError } from "./error.js";
import { createFetch } from "./fetch.js";
import { startOn } from "./wasm.js";

/** Where the wasm is: compiled, as bytes, or at a URL. */
export type WasmSource = WebAssembly.Module | Uint8Array<ArrayBuffer> | URL | string;

/** The options that the core reads. */
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

export interface Engine {
  call(operation: "start" | "signIn" | "signOut" | "token", options?: object): Promise<Token>;
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

/** What keeps keys, on the way only where a session binds its tokens to one. */
const keys = async (operation: string, name: string, text?: string): Promise<unknown> =>
  (await import("../../src/web/keys.js")).perform(operation, name, text);

export const createEngine = (
  options: EngineOptions,
  customFetch: typeof fetch | undefined,
  host: Host,
): Engine => {
  const native: typeof fetch = (input, init) => (customFetch ?? globalThis.fetch)(input, init);
  let hot: (Token & { untilWall: number; untilMonotonic: number }) | undefined;
  let client: Client;

  const publish = (session: Published, user: unknown) => {
    const { token, generation, freshUntilWall: untilWall = Infinity, freshUntilMonotonic: untilMonotonic = Infinity } = session;
    hot = token === undefined ? undefined : { token, generation: generation!, untilWall, untilMonotonic };
    host.publish(session, user);
  };
  try {
    client = new Client(options, native, keys, publish, host.report);
  } catch (error) {
    throw toAuthError(error);
  }

  const call = async (operation: string, callOptions?: object) => {
    try {
      return await client.call(operation, callOptions);
    } catch (error) {
      throw toAuthError(error);
    }
  };

  const wake = () => {
    if (document.visibilityState === "visible") client.wake();
  };
  for (const [target, event] of waking()) target.addEventListener(event, wake);

  return {
    call,
    fetch: createFetch({
      native,
      mayReceiveToken: (url) => client.mayReceiveToken(url),
      freshToken: () => (hot && Date.now() < hot.untilWall && performance.now() < hot.untilMonotonic ? hot : undefined),
      token: (target) => call("token", target),
      heed: (url, status, challenge, nonce) => client.heed(url, status, challenge, nonce),
    }),
    inspect: () => client.inspect(),
    dispose: () => {
      for (const [target, event] of waking()) target.removeEventListener(event, wake);
      client.dispose();
      hot = undefined;
    },
  };
};
