// The eager part: what a signed-out visitor downloads. Everything that needs the core is in engine.ts, loaded when a
// callback, a stored session or a call asks for it.

import type {
  ApiRule,
  Auth,
  AuthEvents,
  AuthOptions,
  BffAuthOptions,
  Claims,
  LogEntry,
  RedactedSnapshot,
  Session,
  SignInOptions,
  TimelineEntry,
} from "../index.js";
import type { Engine, EngineOptions, Host, Popup, Published, WasmSource } from "./engine.js";
import { AuthError, failure, toAuthError } from "./error.js";

const TIMELINE_ENTRIES = 50;

type Name = keyof AuthEvents;
type Reported = { error?: AuthError; reason?: string };

const MESSAGES: Record<Name, string> = {
  signedIn: "Signed in",
  tokenRefreshed: "Token refreshed",
  refreshFailed: "Refresh failed",
  signedOut: "Signed out",
  interactionRequired: "Only the user can go on",
  stepUpRequired: "An API wants another sign-in first",
};

/** What a listener throws reaches the page's error handler, and stops nothing else. */
const call = <T>(listener: (value: T) => void, value: T) => {
  try {
    listener(value);
  } catch (error) {
    reportError(error);
  }
};

/** What the work gives; undefined where the browser allows no storage. */
const attempt = <T>(work: () => T): T | undefined => {
  try {
    return work();
  } catch {
    return undefined;
  }
};

/** Says, for every tab and the next visit, that somebody is signed in here. It names nobody, and opens nothing. */
const hintOf = ({ issuer, clientId }: AuthOptions) => {
  const name = `tokenward.hint.${issuer} ${clientId}`;
  return {
    name,
    isSet: () => attempt(() => localStorage.getItem(name)) === "1",
    set: (signedIn: boolean) => attempt(() => (signedIn ? localStorage.setItem(name, "1") : localStorage.removeItem(name))),
  };
};

/** Whether the core has something to do at once: a likely callback, or the way back from a sign-out. The core decides. */
const isCalledBack = (): boolean => {
  const query = new URLSearchParams(location.search);
  const state = query.get("state");
  return query.has("code") || query.has("error") || (!!state && attempt(() => sessionStorage.getItem("tokenward.logout")) === state);
};

/** Resolves once this page's callback is its own matter: never on one that a popup or frame of another page came back to. */
const ownCallback = async (): Promise<void> => {
  const { href, search } = location;
  const isOfWindow = isCalledBack() && new URLSearchParams(search).get("state")?.endsWith(".w");
  if (isOfWindow) await import("../../src/web/windows.js").then(({ handOver }) => handOver(href)).catch(() => {});
};

/** Opened at once and sent on later: browsers allow it only in the handler of a click. */
const openPopup = (): Window | null => {
  const [width, height] = [480, 680];
  const left = screenX + (outerWidth - width) / 2;
  const top = screenY + (outerHeight - height) / 2;
  return open("", "_blank", `popup,width=${width},height=${height},left=${left},top=${top}`);
};

/** Whether a session of this tab, or of the app's own store, may be found. */
const isStored = ({ issuer, clientId, storage, userUrl }: AuthOptions & { userUrl?: string }): boolean =>
  typeof storage === "object" ||
  // A cookie may be older than the page.
  !!userUrl ||
  (storage === "session" && attempt(() => sessionStorage.getItem(`tokenward.session.${issuer} ${clientId}`)) != null);

type CreateEngine = typeof import("./engine.js").createEngine;

/** Where the wasm is: the one for these options, or the one that knows all of them. */
type FindWasm = (isFull: boolean) => WasmSource | Promise<WasmSource>;

/** What few apps ask for is not in the wasm that all others load. */
const needsFull = ({ dpop, authorizationDetails, userinfo, apis }: AuthOptions): boolean =>
  // What is no list the core refuses.
  Boolean(dpop || authorizationDetails || userinfo || [apis as Partial<ApiRule>[] | undefined].flat().some((api) => api?.scope ?? api?.audience ?? api?.resource));

type ImportEngine = () => Promise<typeof import("./engine.js")>;

const importBasic: ImportEngine = () => import("./engine.js");
const importFull: ImportEngine = () => import("./engine.full.js");

const cores = new Map<ImportEngine, Promise<CreateEngine>>();

const loadEngine = async (importEngine: ImportEngine, source: WasmSource | Promise<WasmSource>): Promise<CreateEngine> => {
  try {
    const [engine, wasm] = await Promise.all([
      importEngine(),
      typeof source === "string" || source instanceof URL ? fetch(source, { referrerPolicy: "no-referrer" }) : source,
    ]);
    await engine.start(wasm);
    return engine.createEngine;
  } catch (error) {
    cores.delete(importEngine);
    throw error instanceof AuthError ? error : failure("wasm_load_failed", undefined, error);
  }
};

/** What does the engine's work in a worker: only where the entry is one for pages, so that no server's bundle has it. */
type ImportVault = () => Promise<typeof import("./vault.js")>;

const loadVault = async (wasm: WasmSource | Promise<WasmSource>, importVault?: ImportVault) => {
  try {
    return (await importVault!()).createVault(await wasm);
  } catch (error) {
    throw failure("worker_load_failed", undefined, error);
  }
};

/** What does the engine's work over a backend for front ends, without any wasm. */
const loadBff = async () => {
  try {
    return (await import("./bff.js")).createBff;
  } catch (error) {
    throw failure("bff_load_failed", undefined, error);
  }
};

/** The engine, its wasm on the way beside it, once for every session of the page. What failed is not kept. */
const loadCore = (importEngine: ImportEngine, findWasm: FindWasm): Promise<CreateEngine> => {
  const core = cores.get(importEngine) ?? loadEngine(importEngine, findWasm(importEngine === importFull));
  cores.set(importEngine, core);
  return core;
};

/** The string option of this name. */
export const required = <O extends object>(options: O, name: keyof O & string): string => {
  const value = options?.[name];
  if (typeof value !== "string" || !value) throw failure("invalid_option", name);
  return value;
};

/** What is another way than over an OpenID provider: its engine, and what its sessions do by themselves. */
export interface OwnWay {
  importEngine: ImportEngine;
  /** The core's own operations of these names; what gives nothing gives the session. */
  methods: readonly string[];
}

export const createAuthOn =
  (findWasm: FindWasm, importVault?: ImportVault, own?: OwnWay) =>
  <C extends Claims = Claims>(given: AuthOptions<C> | BffAuthOptions<C>): Auth<C> => {
    const isBff = !own && given?.storage === "bff";
    const options = given as AuthOptions<C>;
    for (const name of ["issuer", "clientId"] as const) {
      if (isBff) {
        if (options[name] !== undefined) throw failure("invalid_option", name);
      } else if (!own) required(options, name);
    }
    const { wasm, fetch: customFetch, log, __claims, ...coreOptions } = options;
    const inBrowser = typeof document === "object" && typeof location === "object";

    let session: Session<C> = { status: "loading" };
    let engine: Engine | undefined;
    let loading: Promise<Engine> | undefined;
    let disposed = false;
    let lastError: AuthError | undefined;
    const listeners = new Set<(session: Session<C>) => void>();
    const eventListeners = new Map<Name, Set<(detail: never) => void>>();
    const timeline: TimelineEntry[] = [];
    const hint = hintOf(options);
    let settle: (session: Session<C>) => void;
    const ready = new Promise<Session<C>>((resolve) => (settle = resolve));

    const publish = (next: Session<C>) => {
      session = Object.freeze(next);
      settle(session);
      for (const listener of [...listeners]) call(listener, session);
    };

    const host: Host = {
      publish: ({ status, reason, error, expiresAt, stale, authorizationDetails }: Published, user: unknown) => {
        if (!isBff) hint.set(status === "signedIn");
        publish(
          status === "signedIn"
            ? { status, user: user as C, expiresAt, stale, ...(authorizationDetails && { authorizationDetails }) }
            : { status, reason, ...(error && { error: toAuthError(error) }) },
        );
      },
      report: (event: Name, detail: Reported) => {
        if (detail.error) lastError = detail.error = toAuthError(detail.error);
        const code = detail.error?.code;
        const at = Date.now();
        timeline.push({ at, event, ...(code && { code }) });
        if (timeline.length > TIMELINE_ENTRIES) timeline.shift();
        if (log) {
          const level = event.endsWith("Required") ? "warn" : code ? "error" : "info";
          const entry: LogEntry = { at, level, event, message: MESSAGES[event], ...(code && { code }) };
          try {
            log(entry);
          } catch {
            // A log that fails must not fail the session.
          }
        }
        for (const listener of [...(eventListeners.get(event) ?? [])]) call(listener, detail as never);
      },
    };

    /** The engine, started; a failed load is not kept, so that the next call tries again. */
    const load = async (): Promise<Engine> => {
      if (disposed) throw failure("disposed");
      if (!inBrowser) throw failure("not_in_browser");
      loading ??= (async () => {
        await ownCallback();
        const createEngine =
          isBff ? await loadBff() : options.storage === "worker" && !own ? await loadVault(wasm ?? findWasm(true), importVault) : await loadCore(own?.importEngine ?? (needsFull(options) ? importFull : importBasic), wasm ? () => wasm : findWasm);
        const created = await createEngine(coreOptions as EngineOptions, customFetch, host);
        if (disposed) {
          created.dispose();
          return created;
        }
        engine = created;
        await created.call("start", hint.isSet() ? {} : undefined);
        return created;
      })();
      try {
        return await loading;
      } catch (error) {
        loading = undefined;
        throw toAuthError(error);
      }
    };

    const begin = async (): Promise<void> => {
      if (!inBrowser) return settle(session);
      // Nobody but the backend knows whether there is a session.
      if (isBff || (!own && isCalledBack()) || isStored(options) || hint.isSet()) {
        await load().catch((error: unknown) =>
          publish({ status: "signedOut", reason: "signInFailed", error: toAuthError(error) }),
        );
      } else {
        // The first render sees what a server rendered; the answer comes right after.
        await undefined;
        if (session.status === "loading" && !disposed) publish({ status: "signedOut", reason: "none" });
      }
    };

    void begin();

    /** Somebody signed in, in another tab: this one need not have asked for anything yet. */
    const listen = ({ key, newValue }: StorageEvent) => {
      if (key === hint.name && newValue && !engine) void load().catch(() => {});
    };
    if (inBrowser) addEventListener("storage", listen);

    const dispose = () => {
      disposed = true;
      settle(session);
      if (inBrowser) removeEventListener("storage", listen);
      engine?.dispose();
      listeners.clear();
      eventListeners.clear();
    };

    const authFetch: typeof fetch = (input, init) =>
      engine && session.status !== "loading" ? engine.fetch(input, init) : load().then((it) => it.fetch(input, init));

    const auth = {
      ready,
      get session() {
        return session;
      },
      subscribe(listener) {
        // A wrapper, so that the same function subscribed twice is heard twice and stopped one by one.
        const own = (next: Session<C>) => listener(next);
        listeners.add(own);
        return () => listeners.delete(own);
      },
      async signIn({ signal, ...signInOptions }: SignInOptions = {}) {
        signal?.throwIfAborted();
        let giveUp!: (reason: unknown) => void;
        const givenUp = new Promise<never>((_, reject) => (giveUp = reject));
        const stop = () => giveUp(signal!.reason);
        signal?.addEventListener("abort", stop);
        const popup: Popup | undefined =
          signInOptions.mode === "popup" && inBrowser
            ? { opened: openPopup(), signal, giveUp: (fault) => giveUp(toAuthError(fault)) }
            : undefined;
        try {
          await Promise.race([givenUp, load().then(({ call }) => call("signIn", signInOptions, popup))]);
        } finally {
          signal?.removeEventListener("abort", stop);
          if (popup) {
            popup.isOver = true;
            popup.opened?.close();
          }
        }
        return popup ? session : new Promise<never>(() => {});
      },
      async signOut(signOutOptions) {
        await ready;
        if (!engine && !isBff && session.status === "signedOut") return;
        await (await load()).call("signOut", signOutOptions);
      },
      fetch: authFetch,
      getAccessToken: async (tokenOptions) => (await (await load()).call("token", tokenOptions)).token,
      async getUser() {
        await ready;
        if (session.status !== "signedIn") return null;
        const { user } = session;
        return options.userinfo ? { ...user, ...(await (await load()).call("userinfo")) } : user;
      },
      on(event, listener) {
        const own = (detail: never) => listener(detail);
        const set = eventListeners.get(event) ?? new Set();
        eventListeners.set(event, set.add(own));
        return () => set.delete(own);
      },
      inspect: (): RedactedSnapshot => ({
        version: VERSION,
        status: session.status,
        issuer: options.issuer ?? "",
        clientId: options.clientId ?? "",
        storage: typeof options.storage === "object" ? "own" : (options.storage ?? "memory"),
        scope: null,
        expiresAt: null,
        refreshAt: null,
        hasRefreshToken: false,
        refreshing: false,
        generation: 0,
        ...engine?.inspect(),
        timeline: [...timeline],
      }),
      diagnose: async (about) => (await import("./diagnose.js")).diagnoseAuth(about, options, session, lastError, authFetch),
      dispose,
      [Symbol.dispose ?? Symbol.for("Symbol.dispose")]: dispose,
    } as Auth<C>;
    for (const name of own?.methods ?? []) {
      Object.assign(auth, { [name]: async (given?: object) => (await (await load()).call(name as "token", given)) ?? session });
    }
    return auth;
  };

export { loginsOn } from "./login.js";
export { AuthError, failure, toAuthError };
export const version = VERSION;
declare const VERSION: string;
