// fetch with the access token. Whether a URL may have it, and which token will do, the core decides; here is what needs
// the caller's own Request.

import { asItIs } from "./bodies.js";
import { isSafe, type Dress } from "./cookies.js";
import type { Token } from "./engine.js";

/** What an API's answer can mean, as the core says it: that the token is refused. */
const REFRESH = 1;

/** Whether a URL may have the access token, or has one of its own. */
export type Verdict = boolean | 2;

interface Core {
  /** Sends a request; of a body that can be sent again it is given the original as well. */
  native(target: Request | string, init?: RequestInit, original?: Request): Promise<Response>;
  /** The header that says who asks. Default: `authorization`. */
  header?: string;
  /** What relative URLs are relative to. */
  base(): string;
  mayReceiveToken(url: string): Verdict;
  /** The token at hand, where it is certain to be valid and needs no proof: the only thing asked on most calls. */
  freshToken(): Token | undefined;
  /** A token that will do, refreshed where needed, and never the refused one; with a proof where it needs one. */
  token(target: { method: string; url: string; refusedGeneration?: number }): Promise<Token>;
  /** What this answer means for the request that it answers. */
  heed(url: string, status: number, challenge?: string, nonce?: string): number;
  /** What goes along where a cookie names the session. Only with own logins. */
  dress?: Dress;
}

/** How many verdicts on URLs are remembered. */
const VERDICTS = 256;

/** What a call means, read once, when fetch would: whoever changes the objects afterwards changes no verdict and no try. */
interface Call {
  target: Request | string;
  url: string;
  init: RequestInit & { headers?: Headers };
  /** Whether each try gets a copy of the target, since its body is gone after one. */
  isCopied?: boolean;
}

const read = (input: RequestInfo | URL, given: RequestInit | undefined, complete: (url: string) => string): Call => {
  const init: Call["init"] & Record<string, unknown> = {};
  // fetch sees inherited members too: a Request may be an init.
  for (const name in given) init[name] = given[name as keyof RequestInit];
  const { body } = init;
  const target = typeof input === "string" || input instanceof URL ? complete(String(input)) : input;
  if (typeof target === "string" && Object(body) !== body) {
    if (init.headers !== undefined) init.headers = new Headers(init.headers);
    return { target, url: target, init };
  }
  // The rest can change, or be read only once. A Request of our own has it as it is now.
  init.body = asItIs(body) as BodyInit;
  const own = new Request(target, init);
  const { url, headers, referrer, referrerPolicy } = own;
  return {
    target: own,
    url,
    // Beside an init, fetch forgets where a Request comes from.
    init: { headers, referrer, referrerPolicy },
    // Not a stream, which a copy would keep in memory, nor what the caller's Request holds, which may be one.
    isCopied: body !== undefined && body !== null && !("tee" in Object(body)),
  };
};

export const createFetch = (
  { native, header = "authorization", base, mayReceiveToken, freshToken, token, heed, dress }: Core,
): typeof fetch => {
  const verdicts = new Map<string, Verdict>();

  /** Only an absolute URL means the same wherever the page is; the others are completed as fetch does. */
  const complete = (url: string) => (verdicts.has(url) || /^https?:\/\//i.test(url) ? url : new URL(url, base()).href);

  const mayReceive = (url: string): Verdict => {
    let verdict = verdicts.get(url);
    if (verdict === undefined) {
      verdict = mayReceiveToken(url);
      if (verdicts.size >= VERDICTS) verdicts.clear();
      verdicts.set(url, verdict);
    }
    return verdict;
  };

  /** A token for this call, unless its caller stops waiting, which concerns nobody else. */
  const ask = ({ target, init }: Call, refusedGeneration?: number) =>
    new Promise<Token>((resolve, reject) => {
      const { method, url, signal } = typeof target === "string" ? new Request(target, init) : target;
      const stop = () => reject(signal.reason);
      signal.throwIfAborted();
      signal.addEventListener("abort", stop);
      token({ method, url, ...(refusedGeneration !== undefined && { refusedGeneration }) })
        .then(resolve, reject)
        .finally(() => signal.removeEventListener("abort", stop));
    });

  const send = ({ target, init, isCopied, url }: Call, { token: secret, proof, headers }: Token) => {
    let own = headers ?? { authorization: `${proof === undefined ? "Bearer" : "DPoP"} ${secret}` } as Record<string, string>;
    let more: RequestInit | undefined;
    if (LOGIN && dress) {
      const { method = "GET", redirect } = typeof target === "string" ? init : target;
      ({ headers: own, init: more } = dress(url, method, init.redirect ?? redirect, secret));
    }
    if (proof !== undefined) own.dpop = proof;
    // Building Headers is most of the cost of a call: only where there is something to keep.
    for (const [name, value] of init.headers ? Object.entries(own) : []) init.headers!.set(name, value);
    const sent: RequestInit = { ...init, headers: init.headers ?? own };
    if (LOGIN) Object.assign(sent, more);
    // A proof is for one URL; browsers take the header along to wherever they are sent, which the token is not.
    if (proof !== undefined && (init.redirect ?? (target as Request).redirect) !== "manual") sent.redirect = "error";
    return isCopied ? native((target as Request).clone(), sent, target as Request) : native(target, sent);
  };

  /** `done` are the meanings of earlier answers, so that each leads to one more try at most. */
  const again = async (call: Call, response: Response, used: Token, done: number) => {
    const { target, init, url } = call;
    const said = (name: string) => response.headers.get(name) ?? undefined;
    const { method = "GET", signal } = typeof target === "string" ? init : target;
    // Nothing went along that could be refused so.
    if (LOGIN && dress && response.status === 403 && isSafe(method)) return response;
    const meaning = heed(response.url || url, response.status, said("www-authenticate"), said("dpop-nonce"));
    // A body that is gone cannot be sent again.
    if (!meaning || done & meaning || (target as Request).bodyUsed) return response;
    // What was redirected may have been done already: only reading is safe to repeat.
    if (response.redirected && !/^(get|head)$/i.test(method)) return response;
    let second: Token;
    try {
      second = await ask(call, meaning === REFRESH ? used.generation : undefined);
    } catch {
      signal?.throwIfAborted();
      // The API's own answer says more than why there is no better token; the session tells that by itself.
      return response;
    }
    void response.body?.cancel().catch(() => {});
    return sendAndWatch(call, second, done | meaning);
  };

  const sendAndWatch = (call: Call, used: Token, done = 0): Promise<Response> =>
    send(call, used).then((response) =>
      response.status === 401 || response.status === 403 || used.proof !== undefined
        ? again(call, response, used, done)
        : response,
    );

  return (input, init) => {
    try {
      const call = read(input, init, complete);
      // Whoever brings an own credential means it.
      const verdict = mayReceive(call.url);
      if (!verdict || call.init.headers?.has(header)) return native(call.target, call.init);
      const fresh = verdict === true ? freshToken() : undefined;
      return fresh ? sendAndWatch(call, fresh) : ask(call).then((first) => sendAndWatch(call, first));
    } catch (error) {
      return Promise.reject(error);
    }
  };
};

/** Whether this is built for own logins; otherwise what is only for them is left out. */
declare const LOGIN: boolean;
