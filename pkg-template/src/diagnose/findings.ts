// What was found, each thing once, and what explains others first.

import type { Diagnosis, DiagnosisCode } from "../../index.js";

const ORDER: readonly DiagnosisCode[] = [
  "offline", "insecure_url", "authorization_malformed", "csp_blocked", "wrong_domain", "cors_blocked", "wrong_endpoint", "header_stripped",
  "wrong_origin", "cookie_refused", "clock_wrong",
  "wrong_client", "wrong_login", "wrong_api_key", "token_expired", "api_not_listed", "permission_missing", "rate_limited",
  "server_failing", "token_refused", "not_signed_in", "last_error",
];

export type Find = (code: DiagnosisCode, cause: string, evidence: string, mend: string) => void;

export const createFindings = () => {
  const findings = new Map<string, Diagnosis>();
  const find: Find = (code, cause, evidence, mend) => {
    findings.set(code + evidence, { code, cause, evidence, mend });
  };
  const known = () => [...findings.values()].map(({ code }) => code);

  return {
    find,
    /** For what says less than a question that was answered: only what is not known yet. */
    findUnlessKnown: ((code, ...texts) => {
      if (code === "last_error" ? findings.size === 0 : !known().includes(code)) find(code, ...texts);
    }) as Find,
    all: (): readonly Diagnosis[] => [...findings.values()].sort((a, b) => ORDER.indexOf(a.code) - ORDER.indexOf(b.code)),
  };
};

/** What is wrong in more than one way to find out. */
export const failing = (find: Find, who: string, evidence: string) =>
  find("server_failing", `${who} is there, and fails.`, evidence, "Try again later; if it goes on, see its logs or tell whoever runs it.");

export const wrongEndpoint = (find: Find, who: string, option: string, evidence: string) =>
  find("wrong_endpoint", `${who} answers, but not as what ${option} should be.`, evidence,
    `Compare ${option} with the server's documentation, letter by letter: path, version, and the host too.`);

export const malformed = (find: Find, evidence: string) =>
  find("authorization_malformed", "The Authorization header is not written as an API expects it.", evidence,
    "Write the word Bearer, one space, and the token: Authorization: Bearer <token>. Or leave the header out: the client's fetch writes it.");

export const rateLimited = (find: Find, who: string, evidence: string) =>
  find("rate_limited", `${who} wants fewer requests.`, evidence, "Wait, as its Retry-After says, and ask less often.");

export const headerStripped = (find: Find, evidence: string) =>
  find("header_stripped", "The backend does not see that the request is this page's own.", evidence,
    "Have every proxy on the way pass the headers X-Tokenward, Origin and Sec-Fetch-Site on as they came, and check the origin of createBff.");

export const notSignedIn = (find: Find, sends: "token" | "key" | "cookie", evidence: string) =>
  find("not_signed_in", "Nobody is signed in.", evidence, sends === "cookie"
    ? "Sign in. If that was done: the cookie must be for this host, and have SameSite=None; Secure where page and API are of two sites."
    : "Sign in.");
