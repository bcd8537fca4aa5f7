// The page's part of storage: "worker": what the engine offers, done by the vault, a worker that has the core and the tokens.

import type { AuthEvents, Claims, RedactedSnapshot } from "../index.js";
import type { Engine, EngineOptions, Host, Popup, Token, WasmSource } from "./engine.js";
import { failure } from "./error.js";
import { tokenNotReadable } from "./unreadable.js";
import { type Answered, type Asked, type Change, type Here, type Intent, revive, type Said } from "./vault/messages.js";
import { receiveStream, sendStream } from "./vault/streams.js";
import { tab as ownTab } from "../../src/web/tab.js";
import type { Tab } from "./session.js";
import { createVisits } from "./visits.js";
import { onWaking } from "./waking.js";

/** How long the worker's file may take to come. */
const PATIENCE_MS = 30_000;

/** How many verdicts on URLs are remembered. */
const VERDICTS = 256;

const tab: Tab = ownTab;

type Wish<I = Intent> = I extends unknown ? Omit<I, "id"> : never;

/** Bundlers find the file only where each constructor is called like this. */
const startWorker = (url: string | URL | undefined): SharedWorker | Worker => {
  if ("SharedWorker" in globalThis) {
    return url
      ? new SharedWorker(url, { type: "module", name: "tokenward", extendedLifetime: true } as WorkerOptions)
      : new SharedWorker(new URL("./vault.worker.js", import.meta.url), { type: "module", name: "tokenward", extendedLifetime: true } as WorkerOptions);
  }
  return url
    ? new Worker(url, { type: "module", name: "tokenward" })
    : new Worker(new URL("./vault.worker.js", import.meta.url), { type: "module", name: "tokenward" });
};

/** What the package has stored in this tab, but the sessions of others; undefined where nothing can be stored. */
const storedHere = (): Here["stored"] => {
  if (!tab.save("tokenward.probe", "") || !tab.remove("tokenward.probe")) return undefined;
  const names = (tab.names("tokenward.") ?? []).filter((name) => !name.startsWith("tokenward.session."));
  return Object.fromEntries(names.map((name) => [name, tab.load(name) ?? ""]));
};

const here = (): Here => ({ url: location.href, stored: storedHere() });

/** What fetch says of a response, which the constructor does not let one say. */
const dress = (response: Response, { url, redirected, type, status }: Answered): Response => {
  const clone = () => dress(Response.prototype.clone.call(response), { url, redirected, type, status } as Answered);
  for (const [name, value] of Object.entries({ url, redirected, type, status, clone })) Object.defineProperty(response, name, { value });
  return response;
};

const responseOf = (answered: Answered, down: MessagePort, signal: AbortSignal): Response => {
  const { status, statusText, headers, hasBody } = answered;
  // An opaque answer, such as a redirect that is not followed, has no status that could be given to the constructor.
  if (status === 0) return dress(Response.error(), answered);
  return dress(new Response(hasBody ? receiveStream(down, signal) : null, { status, statusText, headers }), answered);
};

type Form = [string, FormDataEntryValue][] | undefined;

const askedOf = (request: Request, priority: RequestPriority | undefined): Asked => {
  const { url, method, headers, mode, credentials, cache, redirect, referrer, referrerPolicy, integrity, keepalive } = request;
  return {
    url, method, headers: [...headers], credentials, cache, redirect, referrerPolicy, integrity, keepalive,
    // A worker cannot navigate, and has an address of its own.
    ...(mode !== "navigate" && { mode }),
    ...(referrer !== "about:client" && { referrer }),
    ...(priority && { priority }),
  };
};

/** Makes an engine over the vault, with the wasm at this URL. */
export const createVault =
  (wasm: WasmSource) =>
  async (
    { workerUrl, ...options }: EngineOptions,
    customFetch: typeof fetch | undefined,
    audience: Host,
  ): Promise<Engine> => {
    // Neither a function nor, to a SharedWorker, a compiled module can be sent.
    if (customFetch) throw failure("invalid_option", "fetch");
    if (typeof wasm !== "string" && !(wasm instanceof URL)) throw failure("invalid_option", "wasm");
    const wasmUrl = new URL(wasm, document.baseURI).href;

    const ending = new AbortController();
    const visits = createVisits();
    const waiting = new Map<number, { resolve(value: unknown): void; reject(error: unknown): void }>();
    let seen: Partial<RedactedSnapshot> = {};
    let last = 0;
    let broken: unknown;

    let worker: SharedWorker | Worker;
    let port: MessagePort | Worker;
    const tell = (wish: Wish, transfer: Transferable[] = []) => {
      port.postMessage({ id: (last += 1), ...wish }, transfer);
      return last;
    };
    const ask = (wish: Wish, transfer?: Transferable[]) =>
      new Promise<unknown>((resolve, reject) => {
        if (broken) return reject(broken);
        waiting.set(tell(wish, transfer), { resolve, reject });
      });
    const refuse = (error: unknown) => {
      for (const { reject } of waiting.values()) reject(error);
      waiting.clear();
    };
    const breakOff = (error: unknown) => {
      broken = error;
      refuse(error);
    };

    const change = ([what, ...values]: Change) => (tab[what] as (...values: string[]) => unknown)(...values);
    const take = async ({ data }: MessageEvent<Exclude<Said, { hello: true }>>) => {
      seen = data.seen ?? seen;
      if ("publish" in data) return audience.publish(data.publish, data.user);
      if ("report" in data) return audience.report(data.report as keyof AuthEvents, data.detail);
      if ("change" in data) return change(data.change);
      if ("visit" in data) return tell({ do: "visited", visit: data.visit, outcome: await visits.visit(data.window, data.url, data.state).catch(() => {}) });
      const { resolve, reject } = waiting.get(data.id) ?? {};
      waiting.delete(data.id);
      return "failure" in data ? reject?.(revive(data.failure)) : resolve?.(data.value);
    };

    /** Finds the worker that lives, or starts one. */
    const reach = () => {
      broken = undefined;
      const loading = new AbortController();
      const fail = (cause?: unknown) => breakOff(failure("worker_load_failed", undefined, cause));
      try {
        worker = startWorker(workerUrl);
      } catch (error) {
        fail(error);
        throw broken;
      }
      port = "port" in worker ? worker.port : worker;
      const patience = setTimeout(fail, PATIENCE_MS);
      worker.addEventListener("error", fail, { signal: loading.signal });
      port.onmessage = (message: MessageEvent) => {
        if (!("hello" in message.data)) return take(message);
        clearTimeout(patience);
        loading.abort();
      };
    };

    const connect = () => ask({ do: "connect", options, wasm: wasmUrl, here: here() });

    let letGo = () => {};
    let living = new AbortController();
    /** A page that is killed says nothing; its lock is free then. A worker of its own dies with it. */
    const live = () => {
      living = new AbortController();
      const lock = `tokenward.page.${crypto.randomUUID()}`;
      const held = () => new Promise<void>((resolve) => {
        letGo = resolve;
        tell({ do: "live", lock });
      });
      navigator.locks?.request(lock, { signal: living.signal }, held).catch(() => {});
    };

    reach();
    const isShared = "port" in worker!;
    try {
      await connect();
    } catch (error) {
      if (!isShared) (worker! as Worker).terminate();
      throw error;
    }
    if (isShared) live();

    const { signal } = ending;
    addEventListener("pagehide", () => {
      // A dedicated worker sleeps and wakes with its page.
      if (!isShared) return;
      living.abort();
      letGo();
      tell({ do: "bye" });
    }, { signal });
    addEventListener("pageshow", ({ persisted }) => {
      if (!persisted || !isShared) return;
      // The worker may have ended meanwhile, and then whoever waits for it would wait for ever.
      refuse(new DOMException("The page went away", "AbortError"));
      (port as MessagePort).close();
      reach();
      connect().then(() => ask({ do: "start", options: {}, here: here() })).catch(() => {});
      live();
    }, { signal });
    const stopWaking = onWaking(() => tell({ do: "wake" }));

    const verdicts = new Map<string, Promise<unknown>>();
    const mayReceive = (url: string): Promise<unknown> => {
      const verdict = verdicts.get(url) ?? ask({ do: "mayReceive", url });
      if (verdicts.size >= VERDICTS) verdicts.clear();
      verdicts.set(url, verdict);
      verdict.catch(() => verdicts.delete(url));
      return verdict;
    };

    /** Sends a request; `entries` are those of the form that is its body, as one engine cannot read a form with files again. */
    const send = async (request: Request, signal: AbortSignal, { priority, body }: RequestInit, entries: Form): Promise<Response> => {
      const { port1: down, port2 } = new MessageChannel();
      const wish: Extract<Wish, { do: "fetch" }> = { do: "fetch", request: askedOf(request, priority), down: port2 };
      const transfer: Transferable[] = [port2];
      if (entries) wish.form = entries;
      else if (body instanceof ReadableStream && request.body) {
        const { port1, port2: up } = new MessageChannel();
        sendStream(request.body, port1);
        wish.up = up;
        transfer.push(up);
      } else if (request.method !== "GET" && request.method !== "HEAD") {
        const whole = await request.blob();
        if (whole.size > 0) wish.body = whole;
      }
      return new Promise((resolve, reject) => {
        signal.throwIfAborted();
        const answer = ask(wish, transfer);
        const id = last;
        const stop = () => {
          tell({ do: "abort", fetch: id });
          reject(signal.reason);
        };
        signal.addEventListener("abort", stop);
        answer
          .finally(() => signal.removeEventListener("abort", stop))
          .then((answered) => resolve(responseOf(answered as Answered, down, signal)))
          .catch(reject);
      });
    };

    return {
      call: (operation: string, callOptions?: object, popup?: Popup): Promise<Token & Claims> => {
        if (operation === "token") return Promise.reject(tokenNotReadable());
        if (popup) visits.open(popup);
        if (operation === "signOut") visits.leave();
        return ask({ do: operation, options: callOptions, here: here() } as Wish) as Promise<Token & Claims>;
      },
      fetch: async (input, init) => {
        // Read at once, as fetch does: what the caller changes afterwards changes nothing.
        const request = new Request(input, init);
        const given = Object(init) as RequestInit;
        const { body } = given;
        // Not the one of `request`: one engine forgets to tell it once an answer is there.
        const own = given.signal === undefined && input instanceof Request ? input.signal : given.signal;
        const isForm = body instanceof FormData;
        const entries = isForm ? [...body] : undefined;
        // Its boundary is another one when the worker sends it.
        const isBoundary = isForm && !new Headers(init?.headers).has("content-type");
        if (request.headers.has("authorization") || !(await mayReceive(request.url))) return fetch(request);
        if (isBoundary) request.headers.delete("content-type");
        return send(request, own instanceof AbortSignal ? own : request.signal, given, entries);
      },
      inspect: () => seen,
      dispose: () => {
        ending.abort();
        living.abort();
        stopWaking();
        visits.end();
        breakOff(failure("disposed"));
        if (!isShared) return (worker as Worker).terminate();
        // The lock would tell of a page that was killed, whose session is kept: it goes after the word.
        const id = tell({ do: "dispose" });
        port.onmessage = ({ data }: MessageEvent) => {
          if (data.id !== id) return;
          letGo();
          (port as MessagePort).close();
        };
      },
    };
  };
