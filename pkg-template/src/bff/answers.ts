// What the backend answers, read strictly: nothing is believed that is not of the shape it has.

import type { AuthErrorPhase, Claims, SignedOutReason } from "../../index.js";
import { bffFailure } from "./errors.js";

/** More than the claims of any user. */
const LIMIT_BYTES = 65_536;

const REASONS: readonly unknown[] = ["signOut", "expired", "signInFailed", "refused"] satisfies SignedOutReason[];

export type SessionAnswer =
  | { status: "signedOut"; reason?: SignedOutReason }
  | { status: "signedIn"; user: Claims; expiresAt: number | null; stale: boolean };

export const isJson = ({ headers }: Response): boolean => /^application\/json *(;|$)/i.test(headers.get("content-type") ?? "");

/** The body as JSON, as an object. */
export const readObject = async ({ body, status }: Response, phase?: AuthErrorPhase): Promise<Record<string, unknown>> => {
  const decoder = new TextDecoder();
  const reader = body?.getReader();
  let [text, size] = ["", 0];
  for (let part; reader && !(part = await reader.read()).done; text += decoder.decode(part.value, { stream: true })) {
    size += part.value.length;
    if (size <= LIMIT_BYTES) continue;
    void reader.cancel().catch(() => {});
    throw bffFailure("response_too_large", phase, status);
  }
  try {
    return Object(JSON.parse(text));
  } catch {
    throw bffFailure("response_unusable", phase, status);
  }
};

/** What an answer of the backend's own is that is not what it should be. */
const faultOf = (response: Response) => {
  const { status } = response;
  if (status >= 500) return "server_error";
  if (status === 429) return "rate_limited";
  if (status === 403) return "bff_refused";
  // A redirect, or the app's own page, which is what servers give that know no better.
  if (status < 400 ? status !== 200 || !isJson(response) : status === 404 || status === 405) return "bff_missing";
  return status === 200 ? undefined : "response_unusable";
};

/** The object in an answer of the backend's own. */
export const readAnswer = (response: Response, phase: AuthErrorPhase): Promise<Record<string, unknown>> => {
  const fault = faultOf(response);
  if (!fault) return readObject(response, phase);
  void response.body?.cancel().catch(() => {});
  throw bffFailure(fault, phase, response.status);
};

export const checkSession = ({ status, reason, user, expiresAt, stale }: Record<string, unknown>): SessionAnswer => {
  if (status === "signedOut") return { status, ...(REASONS.includes(reason) && { reason: reason as SignedOutReason }) };
  const { sub } = Object(user);
  if (
    status === "signedIn" && !Array.isArray(user) && typeof sub === "string" && sub && typeof stale === "boolean" &&
    (expiresAt === null || Number.isFinite(expiresAt))
  ) return { status, user: user as Claims, expiresAt: expiresAt as number | null, stale };
  throw bffFailure("response_unusable", "refresh", 200);
};

/** Where to go after a sign-out, if anywhere: to the provider, or to a page of this origin. */
export const checkLocation = ({ location: place }: Record<string, unknown>): string | undefined => {
  if (place === null) return undefined;
  if (typeof place === "string" && URL.canParse(place, location.origin)) {
    const { href, protocol } = new URL(place, location.origin);
    // No script, in particular.
    if (/^https?:$/.test(protocol)) return href;
  }
  throw bffFailure("response_unusable", "sign_out", 200);
};
