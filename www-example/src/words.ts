import { AuthError, type SignedOutReason } from "tokenward";
import { inWords } from "./duration.js";
import type { Kind, Moment } from "./timeline.js";

/** Why nobody is signed in, as a sentence. */
export const WHY_OUT: Readonly<Record<SignedOutReason, string>> = {
  none: "Nobody has signed in on this page yet.",
  signOut: "You signed out.",
  expired: "The provider ended the session.",
  signInFailed: "The sign-in did not complete.",
  notRestored: "The session went with the page that had it.",
  refused: "The provider's answer broke a rule, so the session was ended.",
};

/** What each kind of moment is called. */
export const TITLES: Readonly<Record<Kind, string>> = {
  signedIn: "Signed in",
  restored: "Session restored",
  renewed: "Token refreshed",
  renewalFailed: "Refresh failed",
  interactionRequired: "You are needed",
  signInFailed: "Sign-in failed",
  signedOut: "Signed out",
};

/** What there is to say about a moment beyond its title. */
export function tell({ kind, until, retryInSeconds, message }: Moment): string {
  switch (kind) {
    case "signedIn":
      return "The provider's answer was checked and kept.";
    case "restored":
      return "Found again without asking you.";
    case "renewed":
      return until === undefined ? "The new one names no end." : `The new one lasts until ${clock(until)}.`;
    case "interactionRequired":
      return "The provider wants to see you before it goes on: sign in again.";
    case "renewalFailed":
    case "signInFailed":
    case "signedOut":
      return [
        message === undefined ? "The session ended here." : sentence(message),
        retryInSeconds === undefined ? "" : `Trying again in ${inWords(Math.ceil(retryInSeconds))}.`,
      ].join(" ").trim();
  }
}

/** The time of day, to the second. */
export function clock(at: number): string {
  return new Date(at).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
}

/** Messages come as fragments or as sentences; on a page they are sentences. */
export function sentence(message: string): string {
  const text = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** An error as the page shows it. */
export interface Problem {
  readonly title: string;
  readonly message: string;
  readonly suggestion?: string | undefined;
  readonly code?: string | undefined;
  /** The provider's own words: text from outside. */
  readonly provider?: string | undefined;
}

export function explain(title: string, error: unknown): Problem {
  if (error instanceof AuthError) {
    const { oauth } = error;
    return {
      title,
      message: sentence(error.message),
      suggestion: error.suggestion ?? (error.retryable ? "This may pass: try again." : undefined),
      code: error.code,
      provider: oauth && [oauth.error, oauth.description].filter(Boolean).join(": "),
    };
  }
  return { title, message: sentence(error instanceof Error ? error.message : String(error)) };
}
