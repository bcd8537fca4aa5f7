// fetch with the access token. Whether a URL may have it, and which token will do, the core decides; here is what needs
// the caller's own Request.

import type { Token } from "./engine.js";

interface Core {
  native: typeof fetch;
  mayReceiveToken(url: string): boolean;
  /** The token at hand, where it is certain to be valid: the only thing asked on most calls. */
  freshToken(): Token | undefined;
  /** A token that will do, refreshed where needed, and never the refused one. */
  token(refusedGeneration?: number): Promise<Token>;
}

/** How many verdicts on URLs are remembered. */
const VERDICTS = 256;

const isRequest = (input: RequestInfo | URL): input is Request => typeof input === "object" && "headers" in input;

/** Whether the same request can be sent a second time: a stream is gone after the first. */
const isReplayable = (input: RequestInfo | URL, init?: RequestInit): boolean => {
  const body = init?.body;
  if (body === undefined || body === null) {
    return !isRequest(input) || input.method === "GET" || input.method === "HEAD" || input.body === null;
  }
  return (
    typeof body === "string" ||
    body instanceof Blob ||
    body instanceof FormData ||
    body instanceof URLSearchParams ||
    body instanceof ArrayBuffer ||
    ArrayBuffer.isView(body)
  );
};

export const createFetch = ({ native, mayReceiveToken, freshToken, token }: Core): typeof fetch => {
  const verdicts = new Map<unknown, boolean>();

  const mayReceive = (input: RequestInfo | URL): boolean => {
    // Only an absolute URL means the same wherever the page is; the others are completed as fetch does.
    const text = isRequest(input) ? input.url : String(input);
    const url = /^https?:\/\//i.test(text) ? text : new URL(text, document.baseURI).href;
    let verdict = verdicts.get(url);
    if (verdict === undefined) {
      verdict = mayReceiveToken(url);
      if (verdicts.size >= VERDICTS) verdicts.clear();
      verdicts.set(url, verdict);
    }
    return verdict;
  };

  const send = (input: RequestInfo | URL, init: RequestInit | undefined, given: HeadersInit | undefined, bearer: string) => {
    const authorization = `Bearer ${bearer}`;
    // Building Headers is most of the cost of a call: only where there is something to keep.
    if (!given) return native(input, { ...init, headers: { authorization } });
    const headers = new Headers(given);
    headers.set("authorization", authorization);
    return native(input, { ...init, headers });
  };

  const again = async (response: Response, input: RequestInfo | URL, init: RequestInit | undefined, given: HeadersInit | undefined, refused: Token) => {
    let second: Token;
    try {
      second = await token(refused.generation);
    } catch {
      // The API's own answer says more than why there is no better token; the session tells that by itself.
      return response;
    }
    void response.body?.cancel().catch(() => {});
    return send(input, init, given, second.token);
  };

  const sendAndWatch = (input: RequestInfo | URL, init: RequestInit | undefined, given: HeadersInit | undefined, first: Token) =>
    send(input, init, given, first.token).then((response) =>
      response.status === 401 && isReplayable(input, init) ? again(response, input, init, given, first) : response,
    );

  return (input, init) => {
    try {
      if (verdicts.get(input) !== true && !mayReceive(input)) return native(input, init);
      const given = init?.headers ?? (isRequest(input) ? input.headers : undefined);
      // Whoever brings an own credential means it.
      if (given && new Headers(given).has("authorization")) return native(input, init);
      const fresh = freshToken();
      return fresh
        ? sendAndWatch(input, init, given, fresh)
        : token().then((first) => sendAndWatch(input, init, given, first));
    } catch (error) {
      return Promise.reject(error);
    }
  };
};
