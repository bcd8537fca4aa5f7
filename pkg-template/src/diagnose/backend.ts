// What a backend for front ends says to its page, when it is asked for the session.

import type { AuthError } from "../../index.js";
import { MARK } from "../bff/mark.js";
import { failing, type Find, headerStripped, rateLimited } from "./findings.js";
import { hostOf, isNothing, type Said, shown } from "./said.js";

/** Whether a sign-in of this tab came back, and no session with it. */
const cameBackWithNothing = (): boolean => {
  try {
    return sessionStorage.getItem(MARK) === "";
  } catch {
    return false;
  }
};

/** `url` is where the backend is; `error` is the last one that the client met. */
export const judgeBackend = (said: Said, url: string, error: AuthError | undefined, find: Find): void => {
  const { status, json, evidence } = said;
  const { origin } = location;
  if (status === 429) return rateLimited(find, hostOf(url), evidence);
  if (status >= 500) return failing(find, hostOf(url), evidence);
  if (status === 403) {
    return headerStripped(find, evidence);
  }
  const isSession = status === 200 && ["signedIn", "signedOut"].includes(json["status"] as string);
  if (isNothing(said) || !isSession) {
    return find("wrong_endpoint", `There is no backend for front ends at ${shown(url)}.`, evidence, said.isPage
      ? "What answers is a page, as the fallback of a single-page app does: let createBff's handle() answer before it. A development "
      + "server has to pass the backend's paths and /api/ on. Or set bff.basePath to the basePath of createBff."
      : "Start the backend there, or set bff.basePath to the basePath of createBff.");
  }
  // What changes something says where it comes from; a look at the session need not.
  if (error?.code === "bff_refused") {
    find("wrong_origin", "The backend takes requests of another origin than this page's.",
      `It answers at ${shown(url)}, and refused a ${error.phase === "sign_out" ? "sign-out" : "request"} of ${origin}, status ${error.status}.`,
      `Write ${origin} as the origin of createBff, with scheme and port as in the browser's address bar.`);
  }
  if (json["status"] === "signedOut" && cameBackWithNothing()) {
    find("cookie_refused", "A sign-in that began in this tab came back without a session.", `${evidence.slice(0, -1)}: nobody is signed in.`,
      "If the user did not give up: the browser refused the cookie, or it was lost. It wants https (or http on localhost, not in Safari), the "
      + "host of createBff's origin in the address bar, and proxies that pass Set-Cookie on.");
  }
};
