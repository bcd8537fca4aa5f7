// What can fail only with storage: "worker": no other page loads these words.

import type { AuthErrorCode, AuthErrorName, AuthErrorPhase } from "../../index.js";
import { AuthError } from "../error.js";

type Row = [AuthErrorName, AuthErrorPhase, retryable: boolean, message: string, suggestion: string];

const ROWS = {
  vault_config_mismatch: [
    "ConfigError", "config", false,
    "Another page of this app started the worker with other options", "Close the app's other tabs, which run an older version.",
  ],
  vault_refused: ["UsageError", "fetch", false, "The worker does not do this", ""],
} satisfies Partial<Record<AuthErrorCode, Row>>;

export const vaultFailure = (code: keyof typeof ROWS): AuthError => {
  const [name, phase, retryable, message, suggestion] = ROWS[code] as Row;
  return new AuthError({ name, code, phase, retryable, message, suggestion });
};
