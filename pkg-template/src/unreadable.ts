// What fails where tokens are out of the page's reach: in a worker, or at a backend for front ends.

import type { AuthErrorCode, AuthErrorName, AuthErrorPhase } from "../index.js";
import { AuthError } from "./error.js";

type Row = [AuthErrorName, AuthErrorPhase, retryable: boolean, message: string, suggestion: string];

const ROWS = {
  token_not_readable: [
    "UsageError", "token", false,
    "With this storage no page can read a token", "Call the API with auth.fetch().",
  ],
} satisfies Partial<Record<AuthErrorCode, Row>>;

export const tokenNotReadable = (): AuthError => {
  const [name, phase, retryable, message, suggestion] = ROWS.token_not_readable as Row;
  return new AuthError({ name, code: "token_not_readable", phase, retryable, message, suggestion });
};
