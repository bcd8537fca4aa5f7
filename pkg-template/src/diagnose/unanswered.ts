// Why a request got no answer: in a page found by asking in a way that needs nobody's permission.

import { type Facts, inPage } from "./facts.js";
import type { Find } from "./findings.js";
import { hostOf, shown, word } from "./said.js";

/** What a runtime's name for its reason means. Pages are told none. */
const REASONS: readonly [pattern: RegExp, meaning: string][] = [
  [/NOTFOUND|EAI_AGAIN/, "there is no server of this name"],
  [/REFUSED/, "nothing listens at this port"],
  [/WRONG_VERSION|EPROTO|PACKET_LENGTH/, "the server does not speak https there"],
  [/CERT|ALTNAME|SELF_SIGNED|VERIFY/, "its certificate is not valid for this name"],
];

const reasonOf = (thrown: unknown): string | undefined => word(Object(Object(thrown).cause).code) ?? word(Object(thrown).code);

/** Which directive of the page's policy forbids the URL, and whether anything answers there. */
const probe = async (url: string, send: typeof fetch, init: RequestInit) => {
  let directive: string | undefined;
  const note = ({ blockedURI, effectiveDirective }: SecurityPolicyViolationEvent) => {
    if (blockedURI && shown(url).startsWith(blockedURI)) directive = effectiveDirective;
  };
  document.addEventListener("securitypolicyviolation", note);
  const isThere = await send(url, { ...init, mode: "no-cors", credentials: "omit" }).then(() => true, () => false);
  // The event is a task of its own, and may come after the request has failed.
  await new Promise((resolve) => setTimeout(resolve));
  document.removeEventListener("securitypolicyviolation", note);
  return { directive, isThere };
};

export const explain = async (
  { url, option, thrown, sends, keyHeader }: Pick<Facts, "sends" | "keyHeader"> & { url: string; option: string; thrown: unknown },
  send: typeof fetch, init: RequestInit, find: Find,
): Promise<void> => {
  const [place, host] = [shown(url), hostOf(url)];
  if (Object(thrown).name === "TimeoutError") {
    return find("server_failing", `${host} does not answer in time.`, `The request to ${place} had no answer when we stopped waiting.`,
      `Check that the server runs, and that ${option} has its address. A firewall looks like this too.`);
  }
  if (inPage()) {
    const { directive, isThere } = await probe(url, send, init);
    const { origin: api } = new URL(url);
    const { origin } = location;
    if (directive) {
      return find("csp_blocked", "The Content-Security-Policy of this page does not allow the request.", `Its ${directive} does not list ${api}.`,
        `Add ${api} to ${directive} in the policy that this page is served with.`);
    }
    if (isThere) {
      const header = sends === "token" ? "authorization, " : sends === "key" && keyHeader ? `${keyHeader}, ` : "";
      return find("cors_blocked", `${host} does not let pages of ${origin} read its answers (CORS).`,
        `${place} answers when a page does not ask to read, and the browser stops the same request of ${origin} that wants to.`,
        `Have ${host} answer with Access-Control-Allow-Origin: ${origin}, and an OPTIONS request also with Access-Control-Allow-Headers: `
        + `${header}content-type${sends === "cookie" ? " and Access-Control-Allow-Credentials: true" : ""}. Errors need it as well.`);
    }
    if (!navigator.onLine) {
      return find("offline", "This device is offline.", "The browser says so (navigator.onLine).", "Connect it, and try again.");
    }
  }
  const reason = reasonOf(thrown);
  const meaning = REASONS.find(([pattern]) => pattern.test(reason ?? ""))?.[1];
  find("wrong_domain", `No server can be reached at ${host}.`,
    `The request to ${place} got no answer${meaning ? `: ${meaning}` : ""}${reason ? ` (${reason})` : ""}.`,
    `Check the spelling of the host in ${option}, and that it can be reached from here.`);
};
