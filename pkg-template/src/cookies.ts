// What goes along with a request of a session that a cookie names: the cookie, and what shows that the request is the app's
// own. Only in the engine of own logins. Which URLs are the app's the core decides, src/core/config.rs.

import type { CsrfOptions } from "../index.js";

/** What a request gets beside what its caller gave. */
export interface Dressing {
  headers: Record<string, string>;
  init: Pick<RequestInit, "credentials" | "redirect">;
}

/** `token` is what the core has in place of an access token; `redirect` is the caller's wish. */
export type Dress = (url: string, method: string, redirect: RequestRedirect | undefined, token: string) => Dressing;

/** These change nothing at a server, and so need no proof of where they come from (RFC 9110, section 9.2.1). */
const SAFE = /^(get|head|options)$/i;
export const isSafe = (method: string) => SAFE.test(method);

const decoded = (value: string): string => {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
};

/** The value of the first cookie of this name, which is the one with the longest path. */
const valueOf = (cookies: string, name: string): string | undefined => {
  const found = cookies.split(/; */).find((pair) => pair.startsWith(`${name}=`));
  return found && decoded(found.slice(name.length + 1));
};

/**
 * For a page of this origin. The header goes with what may change something, and never along to where a redirect leads:
 * browsers would take it there, and to another origin's server as well. Nor are cookies of another origin ever sent that
 * this one did not name: an API elsewhere may not redirect at all.
 */
export const createDress = (csrf: CsrfOptions | undefined, origin: string, cookies: () => string): Dress =>
  (url, method, redirect, token) => {
    const isHere = new URL(url).origin === origin;
    const secret = !csrf || isSafe(method) ? undefined : "cookie" in csrf ? valueOf(cookies(), csrf.cookie) : token;
    return {
      headers: secret ? { [csrf!.header]: secret } : {},
      init: {
        credentials: isHere ? "same-origin" : "include",
        ...(redirect !== "manual" && (secret || !isHere) && { redirect: "error" }),
      },
    };
  };

/** Sends what the core asks of the server, with the cookie. In the core's words the header is called `csrf`. */
export const withCookies = (native: typeof fetch, dress: Dress): typeof fetch => (url, init) => {
  const { csrf = "", ...given } = init!.headers as Record<string, string>;
  const { headers, init: more } = dress(url as string, init!.method!, "manual", csrf);
  return native(url, { ...init, ...more, headers: { ...given, ...headers } });
};
