// What a client tells of itself, so that one can find out what is wrong.

import type { AuthError } from "../../index.js";

/** One URL that a client depends on, and how it is asked. */
export interface Endpoint {
  url: string;
  /** What it is, in the words of the client's options: "tokenUrl", "loginUrl", "issuer" … */
  option: string;
  /** `metadata` is read with GET, and the token endpoint it names is asked too; the others are sent an empty body of this kind. */
  takes: "metadata" | "form" | "json";
}

/** What a client knows of itself. No member may hold a secret. */
export interface Facts {
  /** What it asks for tokens, metadata, or a login. */
  endpoints: readonly Endpoint[];
  /** Where its credentials go: absolute URLs, an origin or one with a path. */
  apis: readonly string[];
  /** The backend for front ends that holds its session: where that answers. */
  backend?: string;
  /** What it sends there. */
  sends: "token" | "key" | "cookie";
  /** The header that an API key is sent in; without it the key is in the URL. */
  keyHeader?: string;
  /** The last error it met. */
  error?: AuthError;
  /** When its token is over: milliseconds since the epoch. */
  expiresAt?: number | null;
  /** Calls an API as the client does, with its credentials. Rejects with an AuthError where there are none. */
  call: typeof fetch;
  /** Asks for new credentials as the client does, where that needs no user: what it throws is looked at. */
  attempt?(): Promise<unknown>;
  /** Sends what carries no credentials. Default: the global `fetch`. */
  send?: typeof fetch;
}

/** Whether there is a page around, with its own rules for requests. */
export const inPage = () => typeof document === "object" && typeof location === "object";
