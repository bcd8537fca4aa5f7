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

/** Whatever was thrown on the way, as an AuthError: the core throws the members of one, anything else is a fault of ours. */
export const toAuthError = (thrown: unknown): AuthError => {
  if (thrown instanceof AuthError) return thrown;
  if (thrown && typeof thrown === "object" && "code" in thrown && "phase" in thrown) return new AuthError(thrown as Fault);
  return new AuthError(
    {
      name: "InternalError",
      code: "internal",
      phase: "fetch",
      retryable: false,
      message: "tokenward met a fault of its own",
      suggestion: "Please report it with the steps that lead to it.",
    },
    thrown,
  );
};
