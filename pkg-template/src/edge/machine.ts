// A client for itself: when it needs which token the core decides; here is who waits for whom.

import type { AccessTokenOptions, AuthErrorCode, LogEntry, LogSink } from "../../index.js";
import type { MachineSnapshot } from "../../edge.js";
import { App } from "../../../target/npm/edge/tokenward_edge.js";
import type { Fault } from "../error.js";
import { toAuthError } from "../error.js";
import { createFetch } from "../fetch.js";
import { following } from "./follow.js";

export type Runtime = "workerd" | "edge-light" | undefined;

interface Told {
  token?: string;
  generation: number;
  untilWall?: number;
  untilMonotonic?: number;
  flight?: number;
}

interface Inspected extends Omit<MachineSnapshot, "error"> {
  error?: Fault;
}

interface Around {
  native: typeof fetch;
  sign(operation: string, name: string, text: string): Promise<Uint8Array>;
  runtime: Runtime;
  log: LogSink | undefined;
}

type Need = AccessTokenOptions & { refusedGeneration?: number };

/** Longer than any request for a token lasts. */
const LOST_AFTER_MS = 40_000;
/** Where the platform ends a request for a token with the request that began it, nobody may wait for it much longer. */
const LOST_AFTER_REQUEST_MS = 5_000;
/** How long, there, a call that still has a token waits for the next one. */
const RENEWAL_MS = 1_000;
const LOOK_AGAIN_MS = 10;

const sleep = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

export const createMachine = (options: object, { native, sign, runtime, log }: Around) => {
  // Here each request has its own input and output, and no other may wait for that: neither a promise nor a background task
  // outlives it for certain.
  const isBound = runtime !== undefined;
  const provider = (url: string, { cache, ...init }: RequestInit) =>
    native(url, runtime === "workerd" ? init : { ...init, ...(cache && { cache }) });
  let app: App;
  try {
    app = new App(options, provider, sign, isBound ? LOST_AFTER_REQUEST_MS : LOST_AFTER_MS);
  } catch (error) {
    throw toAuthError(error);
  }
  let hot: (Told & { token: string }) | undefined;
  let flying: Promise<void> | undefined;

  const inspect = (): Inspected => app.tell("inspect", undefined);

  const report = (before: number) => {
    const { generation, error } = inspect();
    const hasToken = generation !== before;
    if (!hasToken && !error) return;
    const code = hasToken ? undefined : (error!.code as AuthErrorCode);
    const entry: LogEntry = {
      at: Date.now(), level: hasToken ? "info" : "error", event: hasToken ? "tokenRefreshed" : "refreshFailed",
      message: hasToken ? "Token fetched" : "No token could be fetched", ...(code && { code }),
    };
    try {
      log?.(entry);
    } catch {
      // A log that fails must not fail the client.
    }
  };

  const renew = ({ flight, generation }: Told): Promise<void> => {
    flying = new Promise<void>((resolve) => app.renew(flight!, resolve)).then(() => report(generation));
    return flying;
  };

  const ask = (need: Need | undefined, since: number | undefined): Told => {
    try {
      return app.ask(need, since);
    } catch (error) {
      throw toAuthError(error);
    }
  };

  const token = async (need?: Need): Promise<Told & { token: string }> => {
    let since: number | undefined;
    for (;;) {
      const told = ask(need, since);
      since ??= told.generation;
      if (told.token !== undefined) {
        hot = told as Told & { token: string };
        if (told.flight === undefined) return hot;
        const renewal = renew(told);
        if (!isBound) return hot;
        await Promise.race([renewal, sleep(RENEWAL_MS)]);
      } else if (told.flight !== undefined) {
        await renew(told);
      } else {
        await (isBound ? sleep(LOOK_AGAIN_MS) : flying);
      }
    }
  };

  const freshToken = () => {
    if (!hot) return undefined;
    const { untilWall = Infinity, untilMonotonic = Infinity } = hot;
    return Date.now() < untilWall && performance.timeOrigin + performance.now() < untilMonotonic ? hot : undefined;
  };

  const mayReceiveToken = (url: string): boolean => app.tell("mayReceiveToken", url);

  return {
    fetch: createFetch({
      native: following(native, { mayReceive: mayReceiveToken, headers: ["authorization"] }),
      // There is no page that a URL could be relative to.
      base: () => undefined as unknown as string,
      mayReceiveToken,
      freshToken,
      token,
      heed: (url, status, challenge) => Number(app.tell("heed", { url, status, challenge })),
    }),
    token: async (need?: AccessTokenOptions) => (await token(need)).token,
    inspect,
    dispose: () => {
      hot = undefined;
      app.tell("dispose", undefined);
    },
  };
};
