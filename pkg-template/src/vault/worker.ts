// The vault: a worker in which the core and every token live. It does what pages of its own origin intend, and tells them
// no token. Bundled whole into vault.worker.js, which is a SharedWorker where there is one, else a page's own worker.

import { answer, answerWith, initSync } from "../../../target/npm/browser/tokenward.js";
import { AuthError, failure } from "../error.js";
import { startOn } from "../wasm.js";
import { vaultFailure } from "./errors.js";
import { familyOf, isShared, tidyFamilies } from "./family.js";
import { createMember } from "./member.js";
import { type Answered, type Asked, describe, type Intent, type Said } from "./messages.js";
import { receiveStream, sendStream } from "./streams.js";

declare const WASM_DIGEST: string;

/** How long an idle worker waits for a page that is about to connect. */
const LINGER_MS = 1000;

type Wish<Do extends Intent["do"]> = Extract<Intent, { do: Do }>;
type Port = Pick<MessagePort, "postMessage" | "onmessage">;

const base64 = (bytes: ArrayBuffer) => btoa(String.fromCharCode(...new Uint8Array(bytes)));

/** Only the very wasm that this file was built with: its URL is the page's word. */
const loadWasm = async (url: string): Promise<void> => {
  const response = await fetch(url, { referrerPolicy: "no-referrer", credentials: "same-origin" });
  const bytes = await response.arrayBuffer();
  if (!response.ok || base64(await crypto.subtle.digest("SHA-256", bytes)) !== WASM_DIGEST) throw failure("wasm_load_failed");
  await startOn(new Uint8Array(bytes), initSync);
  answerWith(answer);
};

let starting: Promise<void> | undefined;

/** Starts the wasm, once for all pages. What failed is not kept. */
const start = (url: string): Promise<void> =>
  (starting ??= loadWasm(url).catch((error: unknown) => {
    starting = undefined;
    throw error instanceof AuthError ? error : failure("wasm_load_failed", undefined, error);
  }));

/** A worker that nobody needs any more goes; its own page ends a dedicated one. */
const rest = () => {
  if (tidyFamilies() && isShared) setTimeout(() => tidyFamilies() && connected === 0 && self.close(), LINGER_MS);
};

/** The pages that take part, and those that have just come and are about to. */
let connected = 0;

const MEMBERS = ["method", "mode", "credentials", "cache", "redirect", "referrer", "referrerPolicy", "integrity", "keepalive", "priority"] as const;

/** What the page asked for, member by member: nothing else of it is passed on. */
const initOf = (asked: Asked): RequestInit => {
  const init: Record<string, unknown> = { headers: new Headers(asked.headers) };
  for (const name of MEMBERS) if (asked[name] !== undefined) init[name] = asked[name];
  return init;
};

const formOf = (entries: [string, FormDataEntryValue][]): FormData => {
  const form = new FormData();
  for (const [name, value] of entries) form.append(name, value as string);
  return form;
};

/** With these no Response may have a body, though one engine gives what came with them an empty one. */
const WITHOUT_BODY = [204, 205, 304];

const answerOf = ({ status, statusText, headers, url, redirected, type, body }: Response): Answered => ({
  status, statusText, headers: [...headers], url, redirected, type, hasBody: body !== null && !WITHOUT_BODY.includes(status),
});

const attend = (port: Port) => {
  let member: ReturnType<typeof createMember> | undefined;
  let joining: Promise<void> | undefined;
  const fetches = new Map<number, AbortController>();
  const say = (said: Said) => port.postMessage(said);

  const present = () => {
    if (!member) throw vaultFailure("vault_refused");
    return member;
  };

  const leave = (keep: boolean) => {
    if (!member) return;
    connected -= 1;
    member.leave(keep);
    member = undefined;
    rest();
  };

  const join = async ({ options, wasm, here }: Wish<"connect">) => {
    await start(wasm);
    const family = familyOf(options);
    try {
      member = createMember(family, here, say);
      connected += 1;
    } finally {
      rest();
    }
  };

  const INTENTS: { [Do in Intent["do"]]: (wish: Wish<Do>) => unknown } = {
    connect: (wish) => {
      if (joining) throw vaultFailure("vault_refused");
      return (joining = join(wish).catch((error: unknown) => {
        joining = undefined;
        throw error;
      }));
    },
    start: async ({ options, here }) => {
      const own = present();
      own.see(here);
      // Whoever shares the worker may have the session, whatever the page remembers.
      await own.call("start", options ?? (own.hasCompany() ? {} : undefined));
    },
    signIn: ({ options, here }) => {
      present().see(here);
      return present().call("signIn", options);
    },
    signOut: ({ options, here }) => {
      present().see(here);
      return present().call("signOut", options);
    },
    userinfo: () => present().call("userinfo"),
    wake: () => present().wake(),
    live: ({ lock }) => {
      const own = present();
      // It is ours once the page is gone without a word.
      void navigator.locks.request(String(lock), () => own === member && leave(isShared)).catch(() => {});
    },
    mayReceive: ({ url }) => present().mayReceive(String(url)),
    fetch: async ({ id, request, body, form, up, down }) => {
      const own = present();
      const url = String(request.url);
      if (!own.mayReceive(url)) throw vaultFailure("vault_refused");
      const aborting = new AbortController();
      const init = { ...initOf(request), signal: aborting.signal };
      if (body instanceof Blob) init.body = body;
      else if (form) init.body = formOf(form);
      else if (up) Object.assign(init, { body: receiveStream(up), duplex: "half" });
      const ended = () => {
        // One engine goes on with a request whose answer is cancelled, until more of it comes.
        aborting.abort();
        fetches.delete(id);
        own.fetches.delete(aborting);
      };
      fetches.set(id, aborting);
      if (!init.keepalive) own.fetches.add(aborting);
      try {
        const response = await own.fetch(url, init);
        if (response.body) sendStream(response.body, down, ended);
        else ended();
        return answerOf(response);
      } catch (error) {
        ended();
        throw error;
      }
    },
    abort: ({ fetch }) => fetches.get(fetch)?.abort(),
    visited: ({ visit, outcome }) => present().visited(visit, outcome),
    bye: () => leave(isShared),
    dispose: () => leave(false),
  };

  port.onmessage = async ({ data }: MessageEvent) => {
    const { id, do: wish } = Object(data) as Intent;
    try {
      if (!Object.hasOwn(INTENTS, wish)) throw vaultFailure("vault_refused");
      // A page that came back does not wait before it asks.
      if (wish !== "connect") await joining;
      const value = await (INTENTS[wish] as (intent: Intent) => unknown)(data);
      say({ id, value, seen: member?.inspect() });
    } catch (error) {
      say({ id, failure: describe(error) });
    }
  };
  say({ hello: true });
};

const welcome = ({ ports: [port] }: MessageEvent) => {
  connected += 1;
  setTimeout(() => (connected -= 1), LINGER_MS);
  attend(port);
};

if (isShared) Object.assign(self, { onconnect: welcome });
else attend(self as unknown as Port);
