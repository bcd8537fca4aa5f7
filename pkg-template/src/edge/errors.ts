// What can fail at the edge while the core is not there to say it. A test holds these to the words of the core's table.

import type { AuthErrorCode, AuthErrorName, AuthErrorPhase } from "../../index.js";
import { AuthError } from "../error.js";
import { isPage } from "./realm.js";

type Row = [AuthErrorName, AuthErrorPhase, retryable: boolean, message: string, suggestion: string];

const ROWS = {
  secret_in_page: [
    "UsageError", "config", false,
    "A client with a secret cannot run in a page, whose user can read it",
    "Run it on a server or in an edge worker (Node.js, Deno, Bun, Cloudflare Workers), and have the page call that.",
  ],
  api_key_shown: [
    "UsageError", "fetch", false,
    "The API key was shown before", "Keep it when it is first shown, in a secret store, or create another one.",
  ],
  network_failed: [
    "NetworkError", "fetch", true,
    "The request got no answer", "Check the connection, and that the provider allows this origin (CORS).",
  ],
  store_failed: [
    "StorageError", "storage", true,
    "The session store failed", "Try again. If it stays so, check that the store is there and that its client can reach it.",
  ],
} satisfies Partial<Record<AuthErrorCode, Row>>;

export const edgeFailure = (code: keyof typeof ROWS, cause?: unknown, detail?: string): AuthError => {
  const [name, phase, retryable, message, suggestion] = ROWS[code] as Row;
  return new AuthError({ name, code, phase, retryable, message: detail ? `${message}: ${detail}` : message, suggestion }, cause);
};

/** Refuses to go on where the user of a page could read the secret. */
export const keepOutOfPages = ({ allowSecretInPage }: { allowSecretInPage?: boolean }): void => {
  if (allowSecretInPage !== true && isPage()) throw edgeFailure("secret_in_page");
};
