import type { AuthError as Shape, AuthErrorCode, AuthErrorName, AuthErrorPhase } from "../index.js";

/** The members of an error, as the core hands them over. */
export interface Fault {
  name: AuthErrorName;
  code: AuthErrorCode;
  phase: AuthErrorPhase;
  retryable: boolean;
  message: string;
  suggestion?: string;
  status?: number;
  oauth?: Shape["oauth"];
}

export class AuthError extends Error {
  declare readonly name: AuthErrorName;
  declare readonly code: AuthErrorCode;
  declare readonly phase: AuthErrorPhase;
  declare readonly retryable: boolean;
  declare readonly status?: number;
  declare readonly oauth?: Shape["oauth"];
  declare readonly suggestion?: string;

  constructor({ message, ...members }: Fault, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    Object.assign(this, members);
  }
}

type Row = [AuthErrorName, AuthErrorPhase, retryable: boolean, message: string, suggestion: string];

/**
 * What can fail while the core is not there to say it. The core's own table, src/core/base/error.rs, has every other row;
 * a test holds the rows that both have together.
 */
const ROWS = {
  invalid_option: [
    "ConfigError", "config", false,
    "An option is missing, unknown or out of bounds", "See the types for the names and bounds.",
  ],
  not_in_browser: [
    "UsageError", "authorize", false,
    "Signing in and out needs a page", "Call it in the browser, not while rendering on a server.",
  ],
  disposed: ["UsageError", "fetch", false, "This Auth was disposed", "Create a new one with createAuth()."],
  internal: [
    "InternalError", "fetch", false,
    "tokenward met a fault of its own", "Please report it with the steps that lead to it.",
  ],
  wasm_load_failed: [
    "NetworkError", "load", true,
    "The wasm file could not be loaded",
    "Check that your build ships the .wasm files of the package, or name the one that is needed with the option wasm.",
  ],
  wasm_blocked_by_csp: [
    "ConfigError", "load", false,
    "The page's Content-Security-Policy does not allow WebAssembly", "Add 'wasm-unsafe-eval' to its script-src directive.",
  ],
  worker_load_failed: [
    "NetworkError", "load", true,
    "The worker file could not be loaded",
    "Check that your build ships vault.worker.js, or name it with the option workerUrl, and that worker-src allows it.",
  ],
  bff_load_failed: [
    "NetworkError", "load", true,
    "The file for storage: \"bff\" could not be loaded", "Check that your build ships every file of the package.",
  ],
} satisfies Partial<Record<AuthErrorCode, Row>>;

/** An error of one of these rows, with the option at fault or what was thrown. */
export const failure = (code: keyof typeof ROWS, detail?: string, cause?: unknown): AuthError => {
  const [name, phase, retryable, message, suggestion] = ROWS[code] as Row;
  return new AuthError({ name, code, phase, retryable, message: detail ? `${message}: ${detail}` : message, suggestion }, cause);
};

/** Whatever was thrown on the way, as an AuthError: the core throws the members of one, anything else is a fault of ours. */
export const toAuthError = (thrown: unknown): AuthError => {
  if (thrown instanceof AuthError) return thrown;
  if (thrown && typeof thrown === "object" && "code" in thrown && "phase" in thrown) return new AuthError(thrown as Fault);
  return failure("internal", undefined, thrown);
};
