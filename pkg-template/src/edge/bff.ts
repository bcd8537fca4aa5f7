// A backend for front ends: the core says what to do with a request; here it becomes a Response, and bodies pass through.

import type { AuthErrorCode, LogEntry, LogSink } from "../../index.js";
import type { BffContext, EdgeSession, SessionStore } from "../../edge.js";
import { Gateway, type Way } from "../../../target/npm/edge/tokenward_edge.js";
import type { Fault } from "../error.js";
import { toAuthError } from "../error.js";
import type { Runtime } from "./machine.js";

type Pairs = [string, string][];

type Told =
  | ["notOurs"]
  | ["answer", status: number, headers: Pairs, body: string]
  | ["pass", url: string, headers: Pairs, isWebSocket: boolean, way: Way]
  | ["down", headers: Pairs]
  | ["person", session: EdgeSession | null]
  | ["failure", fault: Fault];

type Passing = Extract<Told, ["pass", ...unknown[]]>;

interface Around {
  keys: readonly string[];
  native: typeof fetch;
  sign(operation: string, name: string, text: string): Promise<Uint8Array>;
  runtime: Runtime;
  store: SessionStore;
  log: LogSink | undefined;
}

/** An answer of workerd, which may have a WebSocket; the other types do not know of it. */
type Upgraded = Response & { webSocket?: object | null };

/** The most of a body that is read: those of the endpoints, and those that are kept to be sent again. */
const MOST_READ_BYTES = 64 * 1024;

/** A Response must not have a body with these (Fetch, "null body status"). */
const WITHOUT_BODY = [101, 204, 205, 304];

const EVENTS: Record<string, [LogEntry["level"], string]> = {
  signedIn: ["info", "Somebody signed in"],
  signedOut: ["info", "A session was ended"],
  tokenRefreshed: ["info", "The tokens of a session were renewed"],
  refreshFailed: ["error", "The tokens of a session could not be renewed"],
  signInFailed: ["warn", "A sign-in did not work"],
  requestRefused: ["warn", "A request was refused"],
  logoutRefused: ["warn", "A logout token was refused"],
  revocationFailed: ["warn", "The provider did not revoke a token"],
  cookieFailed: ["error", "The session's cookie could not be set"],
  storeFailed: ["error", "The session store failed"],
  unsafeStore: ["warn", "The session store has no compare-and-set: two requests can present the same refresh token"],
};

const sleep = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

const pairsOf = (headers: Headers): string[] => [...headers].flat();

/** The text of a small body. What is larger is cut off, so that no endpoint takes it; of what breaks off the sender has gone. */
const readText = async (body: ReadableStream<Uint8Array> | null): Promise<string> => {
  if (!body) return "";
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  try {
    for (let bytes = 0; bytes <= MOST_READ_BYTES; ) {
      const { done, value } = await reader.read();
      if (done) return text + decoder.decode();
      bytes += value.byteLength;
      text += decoder.decode(value, { stream: true });
    }
  } catch {
    return "";
  }
  reader.cancel().catch(() => {});
  return text.slice(0, MOST_READ_BYTES);
};

/** What is sent on: as it comes in, or whole where it is small, so that it can be sent again; undefined where it broke off. */
const bodyOf = async (request: Request) => {
  const { method, body } = request;
  if (method === "GET" || method === "HEAD" || !body) return { body: undefined, mayRepeat: true };
  const length = request.headers.get("content-length");
  const isSmall = length !== null && Number(length) <= MOST_READ_BYTES;
  if (!isSmall) return { body, mayRepeat: false };
  try {
    return { body: await request.arrayBuffer(), mayRepeat: true };
  } catch {
    return undefined;
  }
};

export const createGateway = (options: object, { keys, native, sign, runtime, store, log }: Around) => {
  const provider = (url: string, { cache, ...init }: RequestInit) =>
    native(url, runtime === "workerd" ? init : { ...init, ...(cache && { cache }) });

  const note = (event: string, code: string) => {
    const [level, message] = EVENTS[event] ?? ["info", event];
    try {
      log?.({ at: Date.now(), level, event, message, ...(code && { code: code as AuthErrorCode }) });
    } catch {
      // A log that fails must not fail the request.
    }
  };

  const host = async (operation: string, name: string, text: string): Promise<unknown> => {
    if (operation === "read") return store.read((JSON.parse(text) as { keys: string[] }).keys);
    if (operation === "write") {
      const { value, ...how } = JSON.parse(text) as { value: string; expected?: string | null; expiresAt: number };
      return store.write(name, value, how);
    }
    if (operation === "remove") await store.remove(name);
    else if (operation === "pause") await sleep(Number(text));
    else note(name, text);
    return true;
  };

  let gateway: Gateway;
  try {
    gateway = new Gateway(options, keys, provider, sign, host);
  } catch (error) {
    throw toAuthError(error);
  }

  if (!store.isAtomic) note("unsafeStore", "");

  const ask = (begin: (done: (...told: Told) => void) => void) => new Promise<Told>((resolve) => begin((...told) => resolve(told)));

  const send = async (request: Request, [, url, headers]: Passing, body: BodyInit | undefined): Promise<Upgraded | undefined> => {
    const init = { method: request.method, headers, redirect: "manual" as const, signal: request.signal ?? null, ...(body !== undefined && { body, duplex: "half" }) };
    // Runtimes send on connections that the other side is closing; what only reads can be sent again.
    for (let left = request.method === "GET" || request.method === "HEAD" ? 1 : 0; ; left -= 1) {
      try {
        return await native(url, init);
      } catch (error) {
        // Whoever went away needs no answer.
        if (request.signal?.aborted) throw error;
        if (left === 0) return undefined;
      }
    }
  };

  const pass = async (request: Request, passing: Passing): Promise<Response> => {
    let current = passing;
    try {
      const isSocket = current[3];
      if (isSocket && runtime !== "workerd") return respond(await ask((done) => gateway.refuseSocket(current[4], done)));
      const given = await bodyOf(request);
      for (;;) {
        const answer = given && await send(request, current, given.body);
        // Some servers have statuses of their own, which no Response can have.
        const isUsable = answer && answer.type !== "opaqueredirect" && answer.status <= 599;
        const status = isUsable ? answer.status : 0;
        const told = await ask((done) => gateway.settle(current[4], status, answer ? pairsOf(answer.headers) : [], given?.mayRepeat ?? false, done));
        if (told[0] === "down") return handOn(request, answer!, told[1]);
        answer?.body?.cancel().catch(() => {});
        if (told[0] !== "pass") return respond(told);
        current[4].free();
        current = told;
      }
    } finally {
      // Not every runtime tells the core what nobody has any more, and there is a token in it.
      current[4].free();
    }
  };

  const handOn = (request: Request, answer: Upgraded, headers: Pairs): Response => {
    const { status, statusText, webSocket } = answer;
    if (webSocket) return new Response(null, { status, headers, webSocket } as ResponseInit);
    const hasBody = request.method !== "HEAD" && !WITHOUT_BODY.includes(status);
    return new Response(hasBody ? answer.body : null, { status, statusText, headers });
  };

  const respond = (told: Told): Response => {
    if (told[0] !== "answer") throw toAuthError(told);
    const [, status, headers, body] = told;
    return new Response(body || null, { status, headers });
  };

  const handle = async (request: Request): Promise<Response | null> => {
    const { method, url, headers } = request;
    const body = gateway.readsBody(method, url) ? await readText(request.body) : "";
    const told = await ask((done) => gateway.handle(method, url, pairsOf(headers), body, done));
    if (told[0] === "notOurs") return null;
    return told[0] === "pass" ? pass(request, told) : respond(told);
  };

  return {
    handle: (request: Request, context?: BffContext): Promise<Response | null> => {
      const handled = handle(request);
      // What was begun for the session comes to its end although the browser has gone.
      context?.waitUntil?.(handled.then(() => {}, () => {}));
      return handled;
    },
    session: async (request: Request): Promise<EdgeSession | null> => {
      const told = await ask((done) => gateway.person(pairsOf(request.headers), done));
      if (told[0] === "person") return told[1];
      throw toAuthError(told[1]);
    },
    dispose: () => gateway.dispose(),
  };
};
