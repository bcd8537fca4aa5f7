// What a page and its vault say to each other. The page sends intents; none of them is answered with a token.

import type { AuthEvents, RedactedSnapshot } from "../../index.js";
import type { EngineOptions, Published } from "../engine.js";
import { AuthError, type Fault, toAuthError } from "../error.js";

/** The page as it is now: its address, and what the package has stored in its tab; undefined where nothing can be. */
export interface Here {
  url: string;
  stored: Record<string, string> | undefined;
}

/** A request as data. */
export interface Asked extends Omit<RequestInit, "body" | "headers" | "signal"> {
  url: string;
  headers: [string, string][];
}

export type Intent = { id: number } & (
  /** Takes part in the session that these options name, with the wasm at this URL. */
  | { do: "connect"; options: EngineOptions; wasm: string; here: Here }
  | { do: "start"; options: object | undefined; here: Here }
  | { do: "signIn" | "signOut"; options: object | undefined; here: Here }
  | { do: "userinfo" | "wake" | "bye" | "dispose" }
  /** The page lives as long as it holds this lock. */
  | { do: "live"; lock: string }
  | { do: "mayReceive"; url: string }
  /** The body comes whole, as the entries of a form, or as a stream through `up`; that of the answer goes through `down`. */
  | { do: "fetch"; request: Asked; body?: Blob; form?: [string, FormDataEntryValue][]; up?: MessagePort; down: MessagePort }
  /** Ends the fetch with this id. */
  | { do: "abort"; fetch: number }
  /** What came of a {@link Visit}. */
  | { do: "visited"; visit: number; outcome: unknown }
);

/** What is to be done in the page's own tab. */
export type Change = ["save", name: string, value: string] | ["remove", name: string] | ["replaceUrl" | "navigate", url: string];

export interface Visit {
  visit: number;
  window: "popup" | "frame";
  url: string;
  state: string;
}

/** An answer as data; its body comes beside it. */
export interface Answered {
  status: number;
  statusText: string;
  headers: [string, string][];
  url: string;
  redirected: boolean;
  type: ResponseType;
  hasBody: boolean;
}

/** How something failed: by an error of this package, or of the platform. */
export type Failure = { fault: Fault } | { name: string; message: string };

export type Said = { seen?: Partial<RedactedSnapshot> } & (
  | { hello: true }
  | { id: number; value?: unknown }
  | { id: number; failure: Failure }
  | { publish: Published; user: unknown }
  | { report: keyof AuthEvents; detail: object }
  | { change: Change }
  | Visit
);

/** What was thrown, as data. */
export const describe = (thrown: unknown): Failure => {
  if (thrown instanceof AuthError) return { fault: { ...thrown, message: thrown.message } };
  const { name, message } = Object(thrown);
  return { name: String(name), message: String(message) };
};

/** What is thrown for it at the other end. */
export const revive = (failure: Failure): Error => {
  if ("fault" in failure) return toAuthError(failure.fault);
  return failure.name === "TypeError" ? new TypeError(failure.message) : new DOMException(failure.message, failure.name);
};
