// fetch with the access token. Whether a URL may have it, and which token will do, the core decides; here is what needs
// the caller's own Request.

import type { Token } from "./engine.js";

/** What an API's answer can mean, as the core says it: that the token is refused. */
const REFRESH = 1;

interface Core {
  native: typeof fetch;
  /** What relative URLs are relative to. */
  base(): string;
  mayReceiveToken(url: string): boolean;
  /** The token at hand, where it is certain to be valid and needs no proof: the only thing asked on most calls. */
  freshToken(): Token | undefined;
  /** A token that will do, refreshed where needed, and never the refused one; with a proof where it needs one. */
  token(target: { method: string; url: string; refusedGeneration?: number }): Promise<Token>;
  /** What this answer means for the request that it answers. */
  heed(url: string, status: number, challenge?: string, nonce?: string): number;
}

/** How many verdicts on URLs are remembered. */
const VERDICTS = 256;

/** What a call means, read once: whoever changes the objects afterwards changes neither the verdict nor the retry. */
interface Call {
  target: Request | string;
  url: string;
  init: RequestInit;
  headers: Headers | undefined;
}

const urlOfRequest = Object.getOwnPropertyDescriptor(Request.prototype, "url")?.get as () => string;

/** The URL in the Request's own slot, which no subclass or look-alike can pretend; undefined for anything else. */
const requestUrl = (input: unknown): string | undefined => {
  try {
    return urlOfRequest.call(input);
  } catch {
    return undefined;
  }
};

const read = (input: RequestInfo | URL, given: RequestInit | undefined): Call => {
  const own = typeof input === "string" ? undefined : requestUrl(input);
  const target = own === undefined ? String(input) : (input as Request);
  const init: Record<string, unknown> = {};
  // fetch sees inherited members too: a Request may be an init.
  for (const name in given) init[name] = given[name as keyof RequestInit];
  const headers = given?.headers ?? (own === undefined ? undefined : (input as Request).headers);
  return { target, url: own ?? (target as string), init, headers: headers && new Headers(headers) };
};

/** Whether the same request can be sent a second time: a stream is gone after the first. */
const isReplayable = ({ target, init: { body } }: Call): boolean => {
  if (body === undefined || body === null) {
    return typeof target === "string" || target.method === "GET" || target.method === "HEAD" || target.body === null;
  }
  const isKept = [Blob, FormData, URLSearchParams, ArrayBuffer].some((kind) => body instanceof kind);
  return isKept || typeof body === "string" || ArrayBuffer.isView(body);
};

/** The method as fetch sends it. */
const methodOf = ({ target, init: { method } }: Call): string => {
  const given = String(method ?? (typeof target === "string" ? "GET" : target.method));
  return /^(delete|get|head|options|post|put)$/i.test(given) ? given.toUpperCase() : given;
};

export const createFetch = ({ native, base, mayReceiveToken, freshToken, token, heed }: Core): typeof fetch => {
  const verdicts = new Map<string, boolean>();

  const mayReceive = (text: string): boolean => {
    let verdict = verdicts.get(text);
    if (verdict === undefined) {
      // Only an absolute URL means the same wherever the page is; the others are completed as fetch does.
      if (!/^https?:\/\//i.test(text)) return mayReceiveToken(new URL(text, base()).href);
      verdict = mayReceiveToken(text);
      if (verdicts.size >= VERDICTS) verdicts.clear();
      verdicts.set(text, verdict);
    }
    return verdict;
  };

  const ask = (call: Call, refusedGeneration?: number) => {
    const target = { method: methodOf(call), url: new URL(call.url, base()).href };
    return token(refusedGeneration === undefined ? target : { ...target, refusedGeneration });
  };

  const send = ({ target, init, headers }: Call, { token: secret, proof }: Token) => {
    const own: Record<string, string> = { authorization: `${proof === undefined ? "Bearer" : "DPoP"} ${secret}` };
    if (proof !== undefined) own.dpop = proof;
    // Building Headers is most of the cost of a call: only where there is something to keep.
    for (const [name, value] of headers ? Object.entries(own) : []) headers!.set(name, value);
    const sent: RequestInit = { ...init, headers: headers ?? own };
    // A proof is for one URL; browsers take the header along to wherever they are sent, which the token is not.
    if (proof !== undefined && (init.redirect ?? (target as Request).redirect) !== "manual") sent.redirect = "error";
    return native(target, sent);
  };

  /** `done` are the meanings of earlier answers, so that each leads to one more try at most. */
  const again = async (call: Call, response: Response, used: Token, done: number) => {
    const said = (name: string) => response.headers.get(name) ?? undefined;
    const url = response.url || new URL(call.url, base()).href;
    const meaning = heed(url, response.status, said("www-authenticate"), said("dpop-nonce"));
    if (!meaning || done & meaning || !isReplayable(call)) return response;
    let second: Token;
    try {
      second = await ask(call, meaning === REFRESH ? used.generation : undefined);
    } catch {
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
      const call = read(input, init);
      // Whoever brings an own credential means it.
      if (!mayReceive(call.url) || call.headers?.has("authorization")) return native(call.target, init);
      const fresh = freshToken();
      return fresh ? sendAndWatch(call, fresh) : ask(call).then((first) => sendAndWatch(call, first));
    } catch (error) {
      return Promise.reject(error);
    }
  };
};
