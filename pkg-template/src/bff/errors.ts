// What can fail between a page and its backend for front ends, in words that name the backend. What the core can say too is
// of the same kind there: tests/protocol/error_table.rs holds that.

import type { AuthErrorCode, AuthErrorName, AuthErrorPhase } from "../../index.js";
import { AuthError } from "../error.js";

type Row = [AuthErrorName, AuthErrorPhase, retryable: boolean, message: string, suggestion: string];

const ROWS = {
  not_signed_in: ["UsageError", "fetch", false, "Nobody is signed in", "Call signIn() first."],
  popup_blocked: ["UsageError", "authorize", false, "The browser opened no window", "Call signIn() directly in the handler of a click."],
  popup_closed: ["UsageError", "authorize", false, "The window was closed before the sign-in was done", ""],
  network_failed: ["NetworkError", "fetch", true, "The backend gave no answer", "Check the connection, and that the backend runs."],
  timed_out: ["NetworkError", "fetch", true, "The backend gave no answer in time", ""],
  server_error: ["NetworkError", "fetch", true, "The backend had a fault", "See its log."],
  rate_limited: ["NetworkError", "fetch", true, "The backend asks for fewer requests", ""],
  response_unusable: ["NetworkError", "fetch", true, "The answer is not one of a backend for front ends", ""],
  response_too_large: ["NetworkError", "fetch", false, "The answer is larger than any real one", ""],
  insufficient_user_authentication: [
    "OAuthError", "fetch", false, "The API asks for a stronger or more recent sign-in", "Pass the event's signIn to signIn().",
  ],
  bff_missing: [
    "ConfigError", "config", false,
    "There is no backend for front ends at the base path",
    "Let createBff's handle() answer before any fallback to the app's own page, or set the option bff.basePath.",
  ],
  bff_refused: [
    "ConfigError", "config", false,
    "The backend does not take the request for this app's own",
    "Check the option origin of createBff, and that proxies let X-Tokenward, Origin and Sec-Fetch-Site through.",
  ],
} satisfies Partial<Record<AuthErrorCode, Row>>;

export const bffFailure = (code: keyof typeof ROWS, during?: AuthErrorPhase, status?: number, cause?: unknown): AuthError => {
  const [name, phase, retryable, message, suggestion] = ROWS[code] as Row;
  return new AuthError({ name, code, phase: during ?? phase, retryable, message, ...(suggestion && { suggestion }), ...(status && { status }) }, cause);
};
