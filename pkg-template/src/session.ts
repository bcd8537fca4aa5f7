// The core in wasm with fetch over it, wherever it runs: in a page, or in a worker.

import type { AuthEvents, Claims } from "../index.js";
import { Client } from "../../target/npm/browser/tokenward.js";
import type { Dress } from "./cookies.js";
import type { EngineOptions, Host, Published, Token } from "./engine.js";
import { toAuthError } from "./error.js";
import { createFetch, type Verdict } from "./fetch.js";

// WebKit works it out of both clocks each time it is read: read again it would go where the wall clock goes.
const { timeOrigin } = performance;

/** The tab around a session: its store and its address. src/web/tab.js is that of a page. */
export interface Tab {
  load(name: string): string | undefined;
  save(name: string, value: string): boolean;
  remove(name: string): boolean;
  names(prefix: string): string[] | undefined;
  url(): string;
  replaceUrl(url: string): void;
  navigate(url: string): boolean;
}

export interface Around {
  tab: Tab;
  /** What relative URLs are relative to. */
  base(): string;
  /** Sends what the core asks of the provider. */
  provider: typeof fetch;
  /** Sends what the app asks of an API. */
  native: typeof fetch;
  /** Keeps keys and records, reaches other tabs, and opens windows. */
  host(operation: string, name: string, text: string): Promise<unknown>;
  /** What goes along where a cookie names the session. */
  dress?: Dress;
}

export const createSession = (options: EngineOptions, { tab, base, provider, native, host, dress }: Around, audience: Host) => {
  let hot: (Token & { untilWall: number; untilMonotonic: number; looked?: number }) | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let client: Client;

  const publish = (session: Published, user: unknown) => {
    const { token, generation, freshUntilWall: untilWall = Infinity, freshUntilMonotonic: untilMonotonic = Infinity } = session;
    hot = token === undefined ? undefined : { token, generation: generation!, untilWall, untilMonotonic };
    audience.publish(session, user);
  };
  const report = (event: keyof AuthEvents, detail: object) => audience.report(event, detail);
  const tell = (what: string, about?: unknown) => client.tell(what, about);
  /** One timer; the core looks at the clock itself. */
  const sleep = (milliseconds: string) => {
    clearTimeout(timer);
    if (milliseconds) timer = setTimeout(() => tell("tick"), Number(milliseconds));
  };
  const around = async (operation: string, name: string, text: string) =>
    operation === "sleep" ? sleep(name) : host(operation, name, text);
  const { storage } = options;
  try {
    client = new Client({ ...options, storage: storage && (typeof storage === "string" ? storage : "own") }, provider, around, tab, publish, report);
  } catch (error) {
    throw toAuthError(error);
  }

  const call = (operation: string, callOptions?: object) =>
    new Promise<Token & Claims>((resolve, reject) =>
      client.call(operation, callOptions, (value: Token & Claims, fault: unknown) =>
        fault ? reject(toAuthError(fault)) : resolve(value),
      ),
    );

  /** The tokens that callers wait for, by the generation that an API refused: a crowd over an ended token asks once. */
  const awaited = new Map<number | undefined, Promise<Token>>();
  const token = (target: { url: string; refusedGeneration?: number }): Promise<Token> => {
    const { refusedGeneration: refused } = target;
    // A bound token needs a proof for each request, and nobody can share that; and each API may have a token of its own.
    if (!hot || mayReceiveToken(target.url) !== true) return call("token", target);
    const shared = awaited.get(refused) ?? call("token", target).finally(() => awaited.delete(refused));
    awaited.set(refused, shared);
    return shared;
  };

  const freshToken = (): Token | undefined => {
    const now = Date.now();
    // To read the monotonic clock costs more than the rest of a call: once in a millisecond will do.
    if (!hot || now >= hot.untilWall || (now !== hot.looked && timeOrigin + performance.now() >= hot.untilMonotonic)) return undefined;
    hot.looked = now;
    return hot;
  };
  const mayReceiveToken = (url: string): Verdict => tell("mayReceiveToken", url);

  return {
    call,
    mayReceiveToken,
    fetch: createFetch({
      native,
      base,
      mayReceiveToken,
      freshToken,
      token,
      heed: (url, status, challenge, nonce) => tell("heed", { url, status, challenge, nonce }),
      dress,
    }),
    hear: (text: string) => tell("hear", text),
    wake: () => tell("wake"),
    inspect: () => tell("inspect"),
    dispose: () => {
      tell("dispose");
      hot = undefined;
    },
  };
};
