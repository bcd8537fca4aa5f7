// The core in wasm with fetch over it, wherever it runs: in a page, or in a worker.

import type { AuthEvents } from "../index.js";
import { Client } from "../../target/npm/browser/tokenward.js";
import type { EngineOptions, Host, Published, Token } from "./engine.js";
import { toAuthError } from "./error.js";
import { createFetch } from "./fetch.js";

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

interface Around {
  tab: Tab;
  /** What relative URLs are relative to. */
  base(): string;
  /** Sends what the core asks of the provider. */
  provider: typeof fetch;
  /** Sends what the app asks of an API. */
  native: typeof fetch;
  /** Keeps keys and records, reaches other tabs, and opens windows. */
  host(operation: string, name: string, text: string): Promise<unknown>;
}

export const createSession = (options: EngineOptions, { tab, base, provider, native, host }: Around, audience: Host) => {
  let hot: (Token & { untilWall: number; untilMonotonic: number }) | undefined;
  let client: Client;

  const publish = (session: Published, user: unknown) => {
    const { token, generation, freshUntilWall: untilWall = Infinity, freshUntilMonotonic: untilMonotonic = Infinity } = session;
    hot = token === undefined ? undefined : { token, generation: generation!, untilWall, untilMonotonic };
    audience.publish(session, user);
  };
  const report = (event: keyof AuthEvents, detail: object) => audience.report(event, detail);
  const { storage } = options;
  try {
    client = new Client({ ...options, storage: storage && (typeof storage === "string" ? storage : "own") }, provider, host, tab, publish, report);
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
  const mayReceiveToken = (url: string): boolean => client.mayReceiveToken(url);

  return {
    call,
    mayReceiveToken,
    fetch: createFetch({
      native,
      base,
      mayReceiveToken,
      freshToken: () => (hot && Date.now() < hot.untilWall && performance.now() < hot.untilMonotonic ? hot : undefined),
      token: (target) => call("token", target),
      heed: (url, status, challenge, nonce) => client.heed(url, status, challenge, nonce),
    }),
    hear: (text: string) => client.hear(text),
    wake: () => client.wake(),
    inspect: () => client.inspect(),
    dispose: () => {
      client.dispose();
      hot = undefined;
    },
  };
};
