import type { Auth, AuthErrorCode } from "tokenward";

/** What can happen to a session, as this page tells it. */
export type Kind = "signedIn" | "restored" | "renewed" | "renewalFailed" | "interactionRequired" | "signInFailed" | "signedOut";

/** One thing that happened: facts without a secret, which `words.ts` turns into sentences. */
export interface Moment {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly kind: Kind;
  /** Until when the new tokens last, in milliseconds since the epoch. */
  readonly until?: number;
  readonly retryInSeconds?: number;
  readonly code?: AuthErrorCode;
  /** What went wrong. */
  readonly message?: string;
}

export interface Timeline {
  /** Oldest first. */
  readonly moments: readonly Moment[];
  /** When the present tokens arrived, as far as this tab saw it. */
  receivedAt(): number | null;
  /** Records what `auth` reports from now on; returns the way to stop. */
  record(auth: Auth): () => void;
}

const KEY = "demo:timeline";
const LENGTH = 30;

/** Signing in and out leaves the page: the tab's storage carries the story across. */
export function createTimeline(changed: () => void): Timeline {
  let moments = restore();

  const add = (moment: Omit<Moment, "at">) => {
    moments = [...moments, { at: Date.now(), ...moment }].slice(-LENGTH);
    keep(moments);
    changed();
  };

  return {
    get moments() {
      return moments;
    },
    receivedAt() {
      return moments.findLast(({ kind }) => kind === "signedIn" || kind === "renewed")?.at ?? null;
    },
    record(auth) {
      const stops = [
        auth.on("signedIn", ({ restored }) => add({ kind: restored ? "restored" : "signedIn" })),
        auth.on("tokenRefreshed", ({ expiresAt }) => add({ kind: "renewed", ...(expiresAt !== null && { until: expiresAt }) })),
        auth.on("refreshFailed", ({ error, retryInSeconds }) => add({
          kind: "renewalFailed", ...fault(error), ...(retryInSeconds !== null && { retryInSeconds }),
        })),
        auth.on("interactionRequired", ({ error }) => add({ kind: "interactionRequired", ...fault(error) })),
        auth.on("signedOut", ({ reason, error }) => add({
          kind: reason === "signInFailed" ? "signInFailed" : "signedOut", ...(error && fault(error)),
        })),
      ];
      return () => stops.forEach((stop) => stop());
    },
  };
}

function fault({ code, message }: { code: AuthErrorCode; message: string }): Pick<Moment, "code" | "message"> {
  return { code, message };
}

function restore(): readonly Moment[] {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
    return Array.isArray(kept) ? kept as Moment[] : [];
  } catch {
    return [];
  }
}

function keep(moments: readonly Moment[]): void {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(moments));
  } catch {
    // Then the story ends with the page.
  }
}
