// Redirects of a request that carries a secret. Platforms take a key in a header of its own along to wherever they are sent,
// and some of them a token as well; so each redirect is looked at before it is followed (Fetch, section 4.4).

type Send = (target: Request | string, init?: RequestInit, original?: Request) => Promise<Response>;

export interface Carried {
  /** Whether this URL may have the secret. */
  mayReceive(url: string): boolean;
  /** The headers that hold it. */
  headers: readonly string[];
  /** The URL with the secret in it, where it is sent so. */
  dress?(url: string): string;
  /** The URL without it. */
  undress?(url: string): string;
}

const MOST_REDIRECTS = 20;
const OF_A_BODY = ["content-encoding", "content-language", "content-location", "content-type"];

const locationOf = ({ status, headers }: Response) =>
  [301, 302, 303, 307, 308].includes(status) ? headers.get("location") : null;

/** What the caller sees of an answer: no secret in its URL, and whether it was asked for elsewhere first. */
const shown = (response: Response, undress: Carried["undress"], isRedirected: boolean) => {
  if (undress) Object.defineProperty(response, "url", { value: undress(response.url) });
  if (isRedirected) Object.defineProperty(response, "redirected", { value: true });
  return response;
};

/** How many verdicts on URLs are remembered. */
const VERDICTS = 256;

const remembered = (judge: (url: string) => boolean) => {
  const verdicts = new Map<string, boolean>();
  return (url: string): boolean => {
    const known = verdicts.get(url);
    if (known !== undefined) return known;
    if (verdicts.size >= VERDICTS) verdicts.clear();
    const verdict = judge(url);
    verdicts.set(url, verdict);
    return verdict;
  };
};

/** `native`, for requests that the secret was added to; others pass as they are. */
export const following = (native: typeof fetch, { mayReceive: judge, headers: secrets, dress, undress }: Carried): Send => {
  const mayReceive = remembered(judge);

  const dressed = (target: Request | string): Request | string => {
    if (!dress) return target;
    return typeof target === "string" ? dress(target) : new Request(dress(target.url), target);
  };

  const follow = async (target: Request | string, init: RequestInit, original: Request | undefined, first: Response) => {
    let [response, copy, { body }] = [first, original, init];
    let url = typeof target === "string" ? target : target.url;
    let { method = "GET" } = typeof target === "string" ? init : target;
    const { signal = null } = typeof target === "string" ? init : target;
    const headers = new Headers(init.headers ?? (target as Request).headers);
    const hasBody = body != null || (typeof target !== "string" && target.body !== null);
    for (let hops = 0; ; hops += 1) {
      if (response.type === "opaqueredirect") throw new TypeError("A page cannot follow a redirect of a request with a secret");
      const location = locationOf(response);
      if (location === null) return shown(response, undress, hops > 0);
      if (hops === MOST_REDIRECTS) throw new TypeError("Too many redirects");
      void response.body?.cancel().catch(() => {});
      const next = new URL(location, url);
      if (!/^https?:$/.test(next.protocol)) throw new TypeError("A redirect leads to what is no http");
      const isRead = /^(get|head)$/i.test(method);
      if (response.status === 303 ? !isRead : response.status < 303 && /^post$/i.test(method)) {
        [method, body, copy] = ["GET", undefined, undefined];
        for (const name of OF_A_BODY) headers.delete(name);
      } else if (hasBody && !isRead && body == null && !copy) {
        throw new TypeError("A redirect asks for a body that can be sent only once");
      }
      url = undress ? undress(next.href) : next.href;
      const goesOn = mayReceive(url);
      if (!goesOn) for (const name of [...secrets, "authorization", "cookie"]) headers.delete(name);
      const to = goesOn && dress ? dress(url) : url;
      const sent: RequestInit = { ...init, method, headers, signal, redirect: goesOn ? "manual" : "follow" };
      response = await (copy ? native(new Request(to, copy.clone()), sent) : native(to, { ...sent, body: body ?? null }));
      // Where the secret is not, the platform may go on by itself.
      if (!goesOn) return shown(response, undress, true);
    }
  };

  return async (target, init = {}, original) => {
    const { url, redirect: own } = typeof target === "string" ? { url: target, redirect: "follow" as const } : target;
    if (!mayReceive(url)) return native(target, init);
    const follows = (init.redirect ?? own) === "follow";
    const response = await native(dressed(target), follows ? { ...init, redirect: "manual" } : init);
    const isMoved = response.type === "opaqueredirect" || locationOf(response) !== null;
    return follows && isMoved ? follow(target, init, original, response) : shown(response, undress, false);
  };
};
