// The lazy part of storage: "bff": the session of a backend for front ends at this page's origin. There is no token here and
// no core: the backend decides, and the page asks it.

import type { BffAuthOptions, Claims, SignInOptions, SignOutOptions, SignedOutReason } from "../index.js";
import { asItIs } from "./bodies.js";
import { checkLocation, checkSession, isJson, readAnswer, readObject, type SessionAnswer } from "./bff/answers.js";
import { bffFailure } from "./bff/errors.js";
import { MARK } from "./bff/mark.js";
import { checkPath, checkReturnTo, createCovers, LONGEST_PLACE } from "./bff/paths.js";
import type { Engine, EngineOptions, Host, Popup, Published } from "./engine.js";
import { AuthError, failure } from "./error.js";
import { tokenNotReadable } from "./unreadable.js";
import { createVisits } from "./visits.js";
import { onWaking } from "./waking.js";
import { openChannel } from "../../src/web/tabs.js";

/** Shows the backend that a request is this app's own: no other origin's page can send it. */
const HEADER = "x-tokenward";

/** By which the backend says that an API wants another sign-in, with its options as JSON. */
const STEP_UP = "x-tokenward-step-up";

/**
 * To this origin and no other. Where a page's policy is to name no referrer, some browsers (Firefox) would name no origin either,
 * and the backend asks for it.
 */
const OWN = { credentials: "same-origin", mode: "same-origin", referrerPolicy: "same-origin" } as const;

/** How long the backend may take to answer about the session. */
const PATIENCE_MS = 10_000;

/** How often to look at most when the page comes back, and how soon again after a look that failed. */
const LOOK_EVERY_MS = 60_000;

/** The backend is asked after the token's end, when it should have a new one; not by all tabs at once. */
const soonAfter = (expiresAt: number) => expiresAt + 1000 + Math.random() * 1000;

/** For how long a server's `Retry-After` is heeded. */
const LONGEST_REST_SECONDS = 3600;

const restOf = ({ headers }: Response): number | undefined => {
  const seconds = Number(headers.get("retry-after"));
  return seconds > 0 ? Math.min(seconds, LONGEST_REST_SECONDS) : undefined;
};

/** The parameters of the backend's login, by the names of the options. */
const PARAMETERS: Record<string, string> = {
  returnTo: "returnTo", prompt: "prompt", loginHint: "login_hint", maxAge: "max_age", acrValues: "acr_values", uiLocales: "ui_locales",
};

/** What tabs say: somebody signed in, somebody signed out, a session was found to be over. */
type Word = "in" | "out" | "over";

const attempt = <T>(work: () => T): T | undefined => {
  try {
    return work();
  } catch {
    // No storage here.
    return undefined;
  }
};

const refuseOthers = (given: object, known: readonly string[]) => {
  for (const [name, value] of Object.entries(given)) if (value !== undefined && !known.includes(name)) throw failure("invalid_option", name);
};

const readOptions = (options: BffAuthOptions) => {
  refuseOthers(options, ["storage", "bff", "apis"]);
  const { bff = {}, apis = ["/api/"] } = options;
  refuseOthers(bff, ["basePath"]);
  const basePath = checkPath(bff.basePath ?? "/auth", "bff.basePath");
  if (basePath.endsWith("/")) throw failure("invalid_option", "bff.basePath");
  if (!Array.isArray(apis)) throw failure("invalid_option", "apis");
  return { basePath, covers: createCovers(basePath, apis.map((api) => checkPath(api, "apis"))) };
};

export const createBff = (options: EngineOptions, customFetch: typeof fetch | undefined, audience: Host): Engine => {
  const { basePath, covers } = readOptions(options as unknown as BffAuthOptions);
  const native: typeof fetch = (input, init) => (customFetch ?? globalThis.fetch)(input, init);

  let known: Published | undefined;
  let user: Claims | undefined;
  let looking: Promise<void> | undefined;
  /** A look waits for its answer: when that is heard, the look itself is not over yet. */
  let isAsking = false;
  let leaving: Promise<unknown> | undefined;
  /** Grows with what makes an answer that is on its way an old one. */
  let turn = 0;
  let lookedAt = 0;
  let looks = 0;
  let dueAt = Infinity;
  /** What the last answer to a look said of the next one. */
  let restSeconds: number | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stopLooking = () => {};
  /** Where a popup's sign-in was to come back to, until its session is there. */
  let returned: string | undefined;
  /** Why the last look brought nothing. */
  let fault: AuthError | undefined;
  let isOver = false;
  const visits = createVisits();

  const channel = openChannel(`tokenward.bff ${basePath}`, (word: Word) => {
    turn += 1;
    if (word === "out") end("signOut");
    // Also of another user than the one here.
    else if (word === "in" || known?.status === "signedIn") void look();
  });
  const say = (word: Word) => channel?.postMessage(word);

  /** The same session stays the same object. */
  const publish = (next: Published, of?: Claims) => {
    const isSameUser = JSON.stringify(of) === JSON.stringify(user);
    if (isSameUser && JSON.stringify(next) === JSON.stringify(known)) return;
    if (!isSameUser) user = of;
    known = next;
    audience.publish(next, user);
  };

  const end = (reason?: SignedOutReason) => {
    dueAt = Infinity;
    if (known?.status === "signedIn") {
      const given = { reason: reason ?? "expired" };
      publish({ status: "signedOut", ...given });
      audience.report("signedOut", given);
    } else if (!known || known.error) publish({ status: "signedOut", reason: reason ?? "none" });
  };

  /** Nothing that may pass ends a session. */
  const fail = (error: AuthError) => {
    fault = error;
    // Also what calls for a mend: a server that is being replaced answers all sorts of things for a while.
    const retryInSeconds = restSeconds ?? LOOK_EVERY_MS / 1000;
    dueAt = Date.now() + retryInSeconds * 1000;
    if (known?.status === "signedIn") publish({ ...known, stale: true }, user);
    else if (!known || known.error) publish({ status: "signedOut", reason: "notRestored", error });
    audience.report("refreshFailed", { error, retryInSeconds });
  };

  const forget = () => attempt(() => sessionStorage.removeItem(MARK));

  const hear = (answer: SessionAnswer) => {
    fault = undefined;
    if (answer.status === "signedOut") {
      if (known?.status === "signedIn") say("over");
      return end(answer.reason);
    }
    const { user: next, ...session } = answer;
    const isNew = user?.sub !== next.sub;
    const { expiresAt, stale } = session;
    const now = Date.now();
    dueAt = stale || (expiresAt !== null && expiresAt <= now) ? now + LOOK_EVERY_MS : expiresAt === null ? Infinity : soonAfter(expiresAt);
    const isBegun = isNew || returned;
    const returnTo = returned || attempt(() => sessionStorage.getItem(MARK)) || null;
    // Before anybody is told: whoever hears of it may dispose, or sign in again.
    if (isBegun) {
      returned = undefined;
      forget();
      if (returnTo) say("in");
    }
    publish(session, next);
    if (isBegun) audience.report("signedIn", { restored: !returnTo, returnTo });
  };

  /** Asks the backend, which gives an object. */
  const ask = async (path: string, phase: "refresh" | "sign_out", init?: RequestInit): Promise<Record<string, unknown>> => {
    const stopping = new AbortController();
    if (phase === "refresh") stopLooking = () => stopping.abort();
    let isLate = false;
    restSeconds = undefined;
    const patience = setTimeout(() => {
      isLate = true;
      stopping.abort();
    }, PATIENCE_MS);
    try {
      const response = await native(basePath + path, {
        ...init,
        headers: { [HEADER]: "1", ...init?.headers },
        ...OWN, cache: "no-store", redirect: "manual", signal: stopping.signal,
      });
      restSeconds = restOf(response);
      return await readAnswer(response, phase);
    } catch (thrown) {
      throw thrown instanceof AuthError ? thrown : bffFailure(isLate ? "timed_out" : "network_failed", phase, undefined, thrown);
    } finally {
      clearTimeout(patience);
    }
  };

  /** Looks at the session; who wants to know meanwhile waits for the same answer. One that is out of date is not heard. */
  const look = (): Promise<void> =>
    (looking ??= (async () => {
      let asked;
      do {
        await leaving;
        if (isOver) return;
        asked = turn;
        lookedAt = Date.now();
        looks += 1;
        isAsking = true;
        const heed = await ask("/session", "refresh").then(checkSession).then(
          (answer) => () => hear(answer),
          (error: AuthError) => () => fail(error),
        );
        isAsking = false;
        if (isOver) return;
        if (asked === turn) heed();
      } while (asked !== turn);
      looking = undefined;
      plan();
    })());

  /** A timer is a hint: the clock decides. A page that is not shown looks when it is. */
  const plan = () => {
    clearTimeout(timer);
    const restMs = dueAt - Date.now();
    if (isOver || restMs === Infinity) return;
    if (restMs > 0) timer = setTimeout(plan, Math.min(restMs, LOOK_EVERY_MS));
    else if (document.visibilityState === "visible") void look();
  };

  const stopWaking = onWaking(() => {
    const now = Date.now();
    // A clock that was set back says nothing; and what failed may be well, where the backend named no time.
    const mayBeWell = fault && !restSeconds;
    if (mayBeWell || now >= dueAt || now - lookedAt >= LOOK_EVERY_MS || now < lookedAt) void look();
  });
  /** A page that was kept for the back button heard nothing meanwhile. */
  const comeBack = ({ persisted }: PageTransitionEvent) => {
    if (!persisted) return;
    // Nor is it the one that a sign-in comes back to, and what it asked before it left is answered for then.
    forget();
    turn += 1;
    void look();
  };
  addEventListener("pageshow", comeBack);

  const start = async () => {
    await look();
    if (known?.status !== "signedOut" || known.error) return;
    attempt(() => sessionStorage.getItem(MARK) && sessionStorage.setItem(MARK, ""));
  };

  /** With a popup: waits for the page that it comes back to, which does nothing but say so, src/web/windows.js. */
  const visit = async (path: string, login: (returnTo: string) => string, popup: Popup): Promise<void> => {
    const state = `${crypto.randomUUID()}.w`;
    visits.open(popup);
    const { pathname } = new URL(path, location.origin);
    const came = await visits.visit("popup", login(`${pathname}?${new URLSearchParams({ code: "bff", state })}`), state);
    if (typeof came !== "string") throw bffFailure((came as { failure: string }).failure === "blocked" ? "popup_blocked" : "popup_closed");
    returned = path;
    turn += 1;
    await look();
    if (returned === undefined) return;
    returned = undefined;
    // As after a redirect: the browser may not have taken the cookie.
    if (!fault) attempt(() => sessionStorage.setItem(MARK, ""));
    throw fault ?? bffFailure("not_signed_in", "authorize");
  };

  const signIn = async ({ mode = "redirect", ...given }: SignInOptions, popup?: Popup): Promise<void> => {
    if (mode !== "redirect" && !popup) throw failure("invalid_option", "mode");
    refuseOthers(given, Object.keys(PARAMETERS));
    const { pathname, search, hash } = location;
    const here = pathname + search + hash;
    const path = checkReturnTo(given.returnTo ?? (here.length > LONGEST_PLACE ? pathname : here));
    // Where there is no backend the app's own page would answer, and might begin the next sign-in.
    if (fault) await look();
    if (fault) throw fault;
    const login = (returnTo: string) => {
      const query = new URLSearchParams();
      for (const [name, value] of Object.entries({ ...given, returnTo })) {
        if (value !== undefined) query.set(PARAMETERS[name], String(value));
      }
      return `${basePath}/login?${query}`;
    };
    if (popup) return visit(path, login, popup);
    attempt(() => sessionStorage.setItem(MARK, path));
    location.assign(login(path));
  };

  const signOut = async ({ scope, returnTo }: SignOutOptions): Promise<void> => {
    if (returnTo !== undefined) checkReturnTo(returnTo);
    const isLocal = scope === "local";
    visits.leave();
    turn += 1;
    const asked = ask("/logout", "sign_out", {
      method: "POST", headers: { "content-type": "application/json" }, keepalive: true,
      body: JSON.stringify({ returnTo, ...(isLocal && { scope }) }),
    });
    leaving = asked.catch(() => {});
    end("signOut");
    try {
      const place = checkLocation(await asked) ?? returnTo;
      say("out");
      if (!isLocal && place !== undefined) location.assign(place);
    } catch (error) {
      // Whether the session is over the backend knows, for the other tabs too.
      say("over");
      dueAt = Date.now() + LOOK_EVERY_MS;
      throw error;
    } finally {
      leaving = undefined;
      plan();
    }
  };

  /** What goes to an API of the backend's, or to another place as it is; read now, as fetch does. */
  const read = (input: RequestInfo | URL, init: RequestInit = {}): { target: Request | string; given?: RequestInit } => {
    // fetch sees inherited members too.
    const now: Record<string, unknown> = {};
    for (const name in init) now[name] = init[name as keyof RequestInit];
    if (now.body) now.body = asItIs(now.body);
    const target = typeof input === "string" || input instanceof URL ? String(input) : new Request(input, now);
    const { href } = new URL(typeof target === "string" ? target : target.url, document.baseURI);
    if (!covers(href)) return { target };
    const given: Record<string, unknown> = typeof target === "string" ? now : {};
    // Beside options, fetch forgets where a Request comes from.
    if (typeof target !== "string") for (const name of ["headers", "referrer", "referrerPolicy"] as const) given[name] = target[name];
    const headers = new Headers(given.headers as HeadersInit | undefined);
    headers.set(HEADER, "1");
    return { target, given: { ...given, headers, ...OWN } };
  };

  /** `before`: how many looks had begun when the call was made. */
  const heed = async (response: Response, before: number): Promise<void> => {
    const { status } = response;
    const wish = response.headers.get(STEP_UP);
    if (wish && !isOver) {
      audience.report("stepUpRequired", { error: bffFailure("insufficient_user_authentication", "fetch", status), signIn: JSON.parse(wish) });
    }
    if ((status !== 401 && status !== 503) || !isJson(response)) return;
    const { error } = await readObject(response.clone());
    if (isOver || known?.status !== "signedIn") return;
    // A crowd asks once, and what was asked before the call may have been answered before the end.
    if (status === 401 && error === "not_signed_in" && looks === before) {
      turn += 1;
      return look();
    }
    if (status === 503 && error === "refresh_failed" && !known.stale) {
      restSeconds = restOf(response);
      fail(bffFailure("server_error", "refresh", status));
      plan();
    }
  };

  const send = async (target: Request | string, given?: RequestInit): Promise<Response> => {
    if (isOver) throw failure("disposed");
    if (known?.error) throw known.error;
    if (known?.status !== "signedIn") throw bffFailure("not_signed_in");
    const before = looks;
    const response = await native(target, given);
    void heed(response, before).catch(() => {});
    return response;
  };

  /** While nothing is known, because the backend did not answer, a call asks it first, unless its caller stops waiting. */
  const askFirst = async (request: Request): Promise<Response> => {
    const { signal } = request;
    signal.throwIfAborted();
    let stop!: () => void;
    const stopped = new Promise<never>((_, reject) => (stop = () => reject(signal.reason)));
    signal.addEventListener("abort", stop);
    await Promise.race([stopped, look()]).finally(() => signal.removeEventListener("abort", stop));
    return send(request);
  };

  return {
    call: async (operation: string, given: object = {}, popup?: Popup): Promise<never> => {
      if (isOver) throw failure("disposed");
      if (operation === "token") throw tokenNotReadable();
      // None of them gives anything.
      return ({ start, signIn, signOut } as Record<string, (given: object, popup?: Popup) => Promise<void>>)[operation](given, popup) as Promise<never>;
    },
    fetch: (input, init) => {
      try {
        const { target, given } = read(input, init);
        if (!given) return typeof target === "string" ? native(input, init) : native(target);
        return known?.error && !isOver ? askFirst(new Request(target, given)) : send(target, given);
      } catch (error) {
        return Promise.reject(error);
      }
    },
    inspect: () => ({
      issuer: basePath,
      clientId: "",
      expiresAt: known?.expiresAt ?? null,
      refreshAt: Number.isFinite(dueAt) ? dueAt : null,
      refreshing: isAsking,
    }),
    dispose: () => {
      isOver = true;
      clearTimeout(timer);
      stopWaking();
      removeEventListener("pageshow", comeBack);
      stopLooking();
      visits.end();
      if (!channel) return;
      channel.onmessage = null;
      // A sign-out under way is still said.
      if (leaving) void leaving.then(() => channel.close());
      else channel.close();
    },
  };
};
