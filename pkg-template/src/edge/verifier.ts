// Verifies access tokens: what a token is worth the core decides; here is who waits for whom, and what was decided before.

import type { LogEntry, LogSink } from "../../index.js";
import type { ReplayStore, Verified, VerifierSnapshot, VerifyOptions } from "../../edge.js";
import { TokenVerifier } from "../../../target/npm/edge/tokenward_edge.js";
import { AuthError, type Fault, failure, toAuthError } from "../error.js";
import type { Runtime } from "./machine.js";

interface Refusal extends Fault {
  challenge?: string | null;
  oauthError: string;
  nonce?: string | null;
  retryAfterSeconds?: number | null;
}

export class VerifyError extends AuthError {
  declare readonly status: number;
  declare readonly challenge: string | null;
  declare readonly dpopNonce: string | null;
  declare readonly retryAfterSeconds: number | null;
  #error: string;

  constructor({ challenge = null, oauthError, nonce = null, retryAfterSeconds = null, ...fault }: Refusal, cause?: unknown) {
    super(fault, cause);
    Object.assign(this, { challenge, dpopNonce: nonce, retryAfterSeconds });
    this.#error = oauthError || fault.code;
  }

  toResponse(): Response {
    const headers = new Headers({ "content-type": "application/json", "cache-control": "no-store" });
    if (this.challenge !== null) headers.set("www-authenticate", this.challenge);
    if (this.dpopNonce !== null) headers.set("dpop-nonce", this.dpopNonce);
    if (this.retryAfterSeconds !== null) headers.set("retry-after", String(this.retryAfterSeconds));
    return new Response(JSON.stringify({ error: this.#error, message: this.message }), { status: this.status, headers });
  }
}

interface Around {
  native: typeof fetch;
  runtime: Runtime;
  log: LogSink | undefined;
  replays: ReplayStore | undefined;
  cache: Cache | undefined;
  /** Seconds that a set of keys is kept there. */
  cacheSeconds: number;
  /** The longest wait for an answer of the issuer, or of one of these, in milliseconds. */
  timeoutMs: number;
  maxVerdicts: number;
  /** The longest that the way to the keys usually takes, in milliseconds. */
  patienceMs: number;
}

interface Known {
  generation: number;
  idleUntil: number;
  hasKeys: boolean;
  refreshing: boolean;
  proofs: number;
  error?: Fault;
}

/** What was said of a token, and for how long the same would be said. */
interface Verdict {
  text: string;
  /** Whether it was a token alone, and what was asked for: two texts that are put together may be one. */
  isToken: boolean;
  need: string | undefined;
  /** What everybody gets but the first, once there is somebody else. */
  shared: Verified | undefined;
  until: number;
  generation: number;
  jkt: string | undefined;
}

interface Said {
  claims: Verified["claims"];
  header: Verified["header"];
  clientId?: string;
  scopes: string[];
  until: number;
  scheme: Verified["scheme"];
  generation: number;
  jkt?: string;
}

/** Longer than any way to the keys, which has three requests at most. */
const LOST_AFTER_MS = 92_000;
/** Where the platform ends a request for keys with the request that began it, nobody waits so much longer than it may take. */
const GRACE_MS = 1_000;
/** How long, there, a call that still has keys waits for the next ones. */
const RENEWAL_MS = 1_000;
const LOOK_AGAIN_MS = 10;
/** How long the call that fetched keys waits for the platform's cache to take them: with the call that may end as well. */
const KEEPING_MS = 1_000;

/** No token is longer, nor is a header with one: what is, is not copied, as the core's memory would never shrink again. */
const MOST_CHARS = 64 * 1024 + 16;

const encoder = new TextEncoder();

/** The text, or one as malformed that is not much longer than any that is good. */
const bounded = (text: string) => (text.length > MOST_CHARS ? `${text.slice(0, MOST_CHARS)}.` : text);

/** The part of a URL that a proof names. There is none where it is longer than any proof. */
const targetOf = (url: string) => {
  const [target] = url.split(/[?#]/, 1) as [string];
  return target.length > MOST_CHARS ? "" : target;
};

const sleep = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** What comes of it, where that is within the time; else it fails. No timer is left. */
const within = <T>(milliseconds: number, work: T | PromiseLike<T>): Promise<T> => {
  let timer: ReturnType<typeof setTimeout>;
  const end = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error("No answer")), milliseconds);
  });
  return Promise.race([work, end]).finally(() => clearTimeout(timer));
};

const refusalOf = (thrown: unknown): AuthError =>
  thrown && typeof thrown === "object" && "oauthError" in thrown ? new VerifyError(thrown as Refusal) : toAuthError(thrown);

/** Nobody changes for the others what many get. It takes its time: as long as reading it. */
const frozen = <T extends object>(value: T): T => {
  for (const name in value) {
    const member = value[name];
    if (typeof member === "object" && member !== null) frozen(member);
  }
  return Object.freeze(value);
};

/** Says of a copy when it was put there, in milliseconds since the epoch: `Date` and `Age` a cache sets as it likes, or not at all. */
const KEPT_AT = "tokenward-kept-at";

/**
 * `native`, with copies of its answers in the platform's cache for requests that do not ask for the newest. `heed` is told of
 * each answer whether it is a copy.
 */
const through = (native: typeof fetch, cache: Cache, seconds: number, timeoutMs: number, heed: (isCopy: boolean) => void) => {
  /** The answers that nobody has judged yet. */
  const came = new Map<string, Response>();

  /** The standard has no cache look at the age of a copy, and Deno's does not. */
  const isYoung = ({ headers }: Response) => Math.abs(Date.now() - Number(headers.get(KEPT_AT))) < seconds * 1000;

  /** The copy, all of it: a body that never ends is none. The issuer has the rest of the time that there is for both. */
  const copyOf = async (url: string) => {
    const copy = await cache.match(url);
    return copy && isYoung(copy) ? new Response(await copy.arrayBuffer(), copy) : undefined;
  };

  const ask = (async (url: string, init: RequestInit) => {
    if (!new Headers(init.headers).has("cache-control")) {
      try {
        const copy = await within(timeoutMs / 2, copyOf(url));
        if (copy) {
          heed(true);
          return copy;
        }
      } catch {
        // A cache that fails must not fail the verifier; some throw at once.
      }
    }
    heed(false);
    const answer = await native(url, init);
    if (answer.status === 200) came.set(url, answer.clone());
    return answer;
  }) as typeof fetch;

  /** Puts there what came, where it was good: an outage must not take the keys away that the others find there. */
  const keep = async (areGood: boolean) => {
    const all = [...came];
    came.clear();
    await Promise.all(all.map(async ([url, { headers, body }]) => {
      try {
        if (areGood) {
          const type = headers.get("content-type") ?? "";
          const own = { "content-type": type, "cache-control": `public, max-age=${seconds}`, [KEPT_AT]: String(Date.now()) };
          await within(KEEPING_MS, cache.put(url, new Response(body, { headers: own })));
        } else {
          await body?.cancel();
        }
      } catch {
        // As above.
      }
    }));
  };

  return { ask, keep };
};

/** The header `Authorization`. A token in the URL is a second one beside it, as a second header is: no token has a comma. */
const credentialsOf = ({ headers, url }: Request): string | null => {
  const header = headers.get("authorization");
  const query = String(url).indexOf("?");
  if (header === null || query < 0) return header;
  const second = new URLSearchParams(url.slice(query)).get("access_token");
  return second === null ? header : `${header}, ${second}`;
};

/** What is asked for. Options may be inherited, also where a class has them: one that was overlooked would let everybody in. */
const read = (options: VerifyOptions) => {
  const given = Object(options) as VerifyOptions & Record<string, unknown>;
  const { waitUntil, scope, acrValues, maxAgeSeconds } = given;
  const need: Record<string, unknown> = {};
  for (const name in given) if (name !== "waitUntil") need[name] = given[name];
  return { need: Object.assign(need, { scope, acrValues, maxAgeSeconds }), waitUntil };
};

/** Whether the platform waits for it. Where it does not take it so, as when it lost its `this`, nobody was told. */
const isKeptAlive = (work: Promise<unknown>, waitUntil: VerifyOptions["waitUntil"]): boolean => {
  try {
    waitUntil?.(work);
    return waitUntil !== undefined;
  } catch {
    return false;
  }
};

const textOf = (need: object): string => {
  try {
    return JSON.stringify(need);
  } catch (error) {
    throw failure("invalid_option", "options", error);
  }
};

export const createTokenVerifier = (options: object, around: Around) => {
  const { native, runtime, log, replays, cache, cacheSeconds, timeoutMs, maxVerdicts, patienceMs } = around;
  // Here each request has its own input and output, and no other may wait for that.
  const isBound = runtime !== undefined;
  const plain = ((url: string, { cache: mode, ...init }: RequestInit) =>
    native(url, runtime === "workerd" ? init : { ...init, ...(mode && { cache: mode }) })) as typeof fetch;
  const keep = async (_operation: string, name: string, until: string) => {
    if (!replays) return null;
    return (await within(timeoutMs, replays.insertIfAbsent(name, Number(until) * 1000))) === true;
  };
  const cached = cache && through(plain, cache, cacheSeconds, timeoutMs, (isCopy) => core.heedCopy(isCopy));
  let core: TokenVerifier;
  try {
    core = new TokenVerifier(options, cached?.ask ?? plain, keep, isBound ? patienceMs + GRACE_MS : LOST_AFTER_MS);
  } catch (error) {
    throw toAuthError(error);
  }
  let known: Known = core.known();
  let tickets = 0;
  let flying: Promise<void> | undefined;
  /** By the token, or the header that it came in: a digest of it would take longer than a signature. Nothing prints it. */
  const verdicts = new Map<string, Verdict>();

  const report = () => {
    const { error, generation } = known;
    const entry: LogEntry = {
      at: Date.now(), level: error ? "error" : "info", event: error ? "keysFailed" : "keysFetched",
      message: error ? "The issuer's keys could not be fetched" : `The issuer's keys were fetched: set ${generation}`,
      ...(error && { code: error.code }),
    };
    try {
      log?.(entry);
    } catch {
      // A log that fails must not fail the verifier.
    }
  };

  /** What is known of the keys is so from the moment they are there: whoever asked for them may be gone. */
  const landed = () => {
    const { generation } = known;
    known = core.known();
    if (generation !== known.generation) verdicts.clear();
    flying = undefined;
    report();
  };

  /** Only whoever fetched the keys waits until the others find them in the cache. */
  const renew = (flight: number, anew: boolean): Promise<void> => {
    let keeping: Promise<void> | undefined;
    flying = new Promise((resolve) => core.renew(flight, anew, () => {
      landed();
      keeping = cached?.keep(known.error === undefined);
      resolve();
    }));
    return flying.then(() => keeping);
  };

  const remember = (credentials: string, verdict: Verdict) => {
    if (maxVerdicts === 0) return;
    verdicts.delete(credentials);
    if (verdicts.size >= maxVerdicts) verdicts.delete(verdicts.keys().next().value!);
    verdicts.set(credentials, verdict);
  };

  const verifiedOf = ({ claims, header, clientId, scopes, scheme }: Said): Verified => ({
    claims, header, scheme, scopes, subject: claims.sub ?? null, clientId: clientId ?? null, expiresAt: claims.exp * 1000, dpopNonce: null,
  });

  const judge = async (credentials: string | null, isHeader: boolean, need: object | undefined, waitUntil: VerifyOptions["waitUntil"]): Promise<string> => {
    try {
      for (;;) {
        const ticket = (tickets = (tickets + 1) >>> 0);
        const begun: Promise<boolean> | [Promise<boolean> | undefined, number, boolean] | undefined =
          core.begin(ticket, credentials === null ? undefined : encoder.encode(bounded(credentials)), isHeader, need);
        if (begun === undefined) {
          await ((isBound ? undefined : flying) ?? sleep(LOOK_AGAIN_MS));
          continue;
        }
        let checking: Promise<boolean> | undefined;
        if (Array.isArray(begun)) {
          checking = begun[0];
          const renewal = renew(begun[1], begun[2]);
          if (!checking) {
            await renewal;
            continue;
          }
          if (!isKeptAlive(renewal, waitUntil) && isBound) await Promise.race([renewal, sleep(RENEWAL_MS)]);
        } else {
          checking = begun;
        }
        let isValid = false;
        try {
          isValid = await checking;
        } catch {
          // A key that cannot be used makes no signature valid.
        }
        return core.settle(ticket, isValid);
      }
    } catch (error) {
      throw refusalOf(error);
    }
  };

  const prove = (verified: Verified, jkt: string, { headers, method, url }: Request) =>
    new Promise<Verified>((resolve, reject) => {
      const proof = headers.get("dpop");
      core.prove(headers.get("authorization")!, jkt, proof === null ? undefined : bounded(proof), method, targetOf(String(url)), (
        nonce: string | undefined, refusal: unknown,
      ) => {
        if (refusal) reject(refusalOf(refusal));
        else resolve(nonce === undefined ? verified : Object.freeze({ ...verified, dpopNonce: nonce }));
      });
    });

  const verify = async (input: Request | string, options: VerifyOptions | undefined): Promise<Verified> => {
    const isToken = typeof input === "string";
    const credentials = isToken ? input : credentialsOf(input);
    let need: object | undefined;
    let waitUntil: VerifyOptions["waitUntil"];
    let needText: string | undefined;
    if (options !== undefined) {
      ({ need, waitUntil } = read(options));
      needText = textOf(need);
    }
    const name = needText === undefined || credentials === null ? credentials : `${credentials}\n${needText}`;
    const found = name === null ? undefined : verdicts.get(name);
    const verdict = found?.isToken === isToken && found.need === needText ? found : undefined;
    const now = Date.now();
    let verified: Verified;
    let jkt: string | undefined;
    if (verdict !== undefined && now < verdict.until && now < known.idleUntil && verdict.generation === known.generation) {
      verified = verdict.shared ??= frozen(verifiedOf(JSON.parse(verdict.text)));
      ({ jkt } = verdict);
    } else {
      const text = await judge(credentials, !isToken, need, waitUntil);
      const said = JSON.parse(text) as Said;
      verified = verifiedOf(said);
      ({ jkt } = said);
      remember(name!, { text, isToken, need: needText, shared: undefined, until: said.until, generation: said.generation, jkt });
    }
    return jkt === undefined ? verified : prove(verified, jkt, input as Request);
  };

  return {
    verify: ((input, options) => {
      if (typeof input === "string" || typeof input?.headers?.get === "function") return verify(input, options);
      throw failure("invalid_option", "input");
    }) as typeof verify,
    inspect: (): Omit<VerifierSnapshot, "issuer"> => {
      const { hasKeys, refreshing, proofs, error, idleUntil } = (known = core.known());
      return {
        hasKeys, refreshing, proofs, verdicts: verdicts.size, keysFreshUntil: hasKeys && idleUntil < Number.MAX_SAFE_INTEGER ? idleUntil : null,
        error: error ? toAuthError(error) : null,
      };
    },
    dispose: () => {
      verdicts.clear();
      core.dispose();
    },
  };
};
