// The edge entry, for workers and servers. Nothing happens before the first call.

import type { DiagnoseOptions, Diagnosis } from "../index.js";
import type {
  ApiKeyClient,
  ApiKeyOptions,
  ApiKeys,
  ApiKeysOptions,
  Bff,
  BffContext,
  BffOptions,
  ClientCredentialsOptions,
  Jwk,
  JwkSet,
  MachineClient,
  MachineSnapshot,
  TokenOptions,
  Verified,
  VerifiedJws,
  Verifier,
  VerifierOptions,
  VerifierSnapshot,
  VerifyOptions,
  VerifyJwsOptions,
} from "../edge.js";
import { answer, answerWith, initSync, verifyJws as verify } from "../../target/npm/edge/tokenward_edge.js";
import { createKeyFetch, warnOfKeyInUrl } from "./edge/api-key.js";
import { createKeys } from "./edge/api-keys.js";
import { createGateway } from "./edge/bff.js";
import { keepOutOfPages } from "./edge/errors.js";
import { createMachine, type Runtime } from "./edge/machine.js";
import { ApiKeySecret, slotOf } from "./edge/secret.js";
import { createSigner } from "./edge/signer.js";
import { memoryStore } from "./edge/stores/memory.js";
import { having } from "./edge/stores/store.js";
import { createTokenVerifier, VerifyError } from "./edge/verifier.js";
import type { WasmSource } from "./engine.js";
import { AuthError, failure, toAuthError } from "./error.js";
import { startOn } from "./wasm.js";

export { denoKvStore } from "./edge/stores/deno-kv.js";
export { durableObjectStore, SessionObject } from "./edge/stores/durable-object.js";
export { memoryStore } from "./edge/stores/memory.js";
export { redisStore } from "./edge/stores/redis.js";
export { workersKvStore } from "./edge/stores/workers-kv.js";

const notLoaded = (cause: unknown) =>
  new AuthError({
    name: "NetworkError", code: "wasm_load_failed", phase: "load", retryable: true,
    message: "The wasm file could not be loaded", suggestion: "Check that your build ships tokenward_edge_bg.wasm.",
  }, cause);

/** What the caller gave, as it is now: whoever changes it afterwards changes nothing. */
const copyOf = <T>(value: T, name: string): T => {
  try {
    // The DOMs that tests bring along have none.
    return typeof structuredClone === "function" ? structuredClone(value) : (JSON.parse(JSON.stringify(value)) as T);
  } catch (error) {
    throw failure("invalid_option", name, error);
  }
};

const text = (value: unknown, name: string): string => {
  if (typeof value !== "string" || !value) throw failure("invalid_option", name);
  return value;
};

/** The platform's own fetch, as it is when it is called, or the caller's. */
const nativeOf = (custom: typeof fetch | undefined): typeof fetch => (input, init) => (custom ?? globalThis.fetch)(input, init);

const disposable = <T extends { dispose(): void }>(client: T) =>
  Object.assign(client, { [Symbol.dispose ?? Symbol.for("Symbol.dispose")]: client.dispose }) as T & Disposable;

/** The functions of this entry, over the wasm that the runtime's own way gives. */
export const edgeOn = (source: () => WasmSource | Promise<WasmSource>, runtime?: Runtime) => {
  let starting: Promise<void> | undefined;

  const start = async () => {
    const wasm = source();
    // A module that is compiled already is started at once: in a worker, no request may wait for what another one began.
    if (wasm instanceof WebAssembly.Module) initSync({ module: wasm });
    else {
      const found = await wasm;
      await startOn(found instanceof URL ? await fetch(found) : found, initSync);
    }
    answerWith(answer);
  };

  /** Starts the wasm, once. What failed is not kept. */
  const ready = () =>
    (starting ??= start().catch((error: unknown) => {
      starting = undefined;
      throw error instanceof AuthError ? error : notLoaded(error);
    }));

  /** Makes something with the core at the first call that needs it. */
  const lazily = <T>(make: () => T) => {
    let made: T | undefined;
    let isOver = false;
    return {
      get: (): T | undefined => made,
      load: async (): Promise<T> => {
        if (isOver) throw failure("disposed");
        await ready();
        if (isOver) throw failure("disposed");
        return (made ??= make());
      },
      end: () => {
        isOver = true;
        const last = made;
        made = undefined;
        return last;
      },
    };
  };

  return {
    async verifyJws(jws: string, jwkOrSet: Jwk | JwkSet, options: VerifyJwsOptions): Promise<VerifiedJws> {
      const keys = copyOf(jwkOrSet, "jwkOrSet");
      const given = copyOf(options, "options");
      await ready();
      try {
        const [header, payload] = await verify(jws, keys, given);
        return { header, payload };
      } catch (error) {
        throw toAuthError(error);
      }
    },

    createVerifier(options: VerifierOptions): Verifier {
      const { fetch: customFetch, log, dpop, cache, verdicts: maxVerdicts = 1000, requireClaims, ...rest } = Object(options) as VerifierOptions;
      text(rest.issuer, "issuer");
      if (!(Number.isInteger(maxVerdicts) && maxVerdicts >= 0 && maxVerdicts <= 100_000)) throw failure("invalid_option", "verdicts");
      if (dpop === null) throw failure("invalid_option", "dpop");
      const { replays, ...proofs } = typeof dpop === "object" ? dpop : {};
      if (replays !== undefined && typeof replays?.insertIfAbsent !== "function") throw failure("invalid_option", "dpop");
      const held = requireClaims && Object.entries(requireClaims).map(([claim, values]) => ({ claim, values }));
      const given = copyOf({ ...rest, dpop: typeof dpop === "object" ? proofs : dpop, requireClaims: held }, "options");
      const cacheSeconds = Math.min(600, given.keys?.maxAgeSeconds ?? 600);
      const timeoutMs = (given.keys?.timeoutSeconds ?? 5) * 1000;
      const patienceMs = timeoutMs * (given.jwksUrl === undefined ? 2 : 1);
      const { get, load, end } = lazily(() =>
        createTokenVerifier(given, {
          native: nativeOf(customFetch), runtime, log, replays, cache, cacheSeconds, timeoutMs, maxVerdicts, patienceMs,
        }));
      const verify = (input: Request | string, verifyOptions?: VerifyOptions): Promise<Verified> =>
        get()?.verify(input, verifyOptions) ?? load().then((made) => made.verify(input, verifyOptions));
      return disposable(Object.assign(verify, {
        inspect: (): VerifierSnapshot => ({
          issuer: given.issuer, hasKeys: false, keysFreshUntil: null, refreshing: false, verdicts: 0, proofs: 0, error: null, ...get()?.inspect(),
        }),
        dispose: () => end()?.dispose(),
      }));
    },

    VerifyError,

    clientCredentials(options: ClientCredentialsOptions): MachineClient {
      keepOutOfPages(Object(options));
      const { fetch: customFetch, log, allowSecretInPage, privateKey, keyId, ...rest } = options;
      text(rest.clientId, "clientId");
      const signer = privateKey === undefined ? undefined : createSigner(privateKey, keyId);
      const given = { ...copyOf(rest, "options"), ...(signer && { privateKey: signer.said }) };
      const sign = signer?.sign ?? (async () => new Uint8Array());
      const { get, load, end } = lazily(() => createMachine(given, { native: nativeOf(customFetch), sign, runtime, log }));
      const client = disposable({
        fetch: ((input, init) => get()?.fetch(input, init) ?? load().then((machine) => machine.fetch(input, init))) as typeof fetch,
        getAccessToken: (tokenOptions?: TokenOptions) => load().then(({ token }) => token(tokenOptions)),
        inspect: (): MachineSnapshot => {
          const { error, ...inspected } = get()?.inspect() ?? {};
          return {
            issuer: given.issuer ?? null, tokenUrl: given.tokenUrl ?? null, clientId: given.clientId, audience: given.audience ?? null,
            scope: given.scope ?? null, hasToken: false, hasRefreshToken: false, expiresAt: null, refreshAt: null,
            refreshing: false, generation: 0, ...inspected, error: error ? toAuthError(error) : null,
          };
        },
        diagnose: async (about?: DiagnoseOptions): Promise<readonly Diagnosis[]> =>
          (await import("./diagnose.js")).diagnoseMachine(about, { ...given, ...(customFetch && { fetch: customFetch }) }, client),
        dispose: () => end()?.dispose(),
      });
      return client;
    },

    apiKey(options: ApiKeyOptions): ApiKeyClient {
      keepOutOfPages(Object(options));
      const { key, header: named, query, apis, fetch: customFetch, log } = options;
      const slot = slotOf(key) ?? { key: text(key, "key"), generation: 0 };
      const header = named ?? "X-API-Key";
      for (const [name, value] of Object.entries({ header, ...(query !== undefined && { query }) })) {
        if (typeof value !== "string" || !/^[\w!#$%&'*+.^`|~-]+$/.test(value)) throw failure("invalid_option", name);
      }
      if (named !== undefined && query !== undefined) throw failure("invalid_option", "query");
      if (query !== undefined) warnOfKeyInUrl(log);
      const given = { slot, header, query, apis: copyOf(apis, "apis"), native: nativeOf(customFetch) };
      const { get, load, end } = lazily(() => createKeyFetch(given));
      const call = ((input, init) => get()?.(input, init) ?? load().then((made) => made(input, init))) as typeof fetch;
      return disposable({
        fetch: call,
        inspect: () => ({ header: query === undefined ? header : null, query: query ?? null, generation: slot.generation }),
        diagnose: async (about?: DiagnoseOptions): Promise<readonly Diagnosis[]> => (await import("./diagnose.js")).diagnoseKey(about, options, call),
        dispose: () => void end(),
      });
    },

    apiKeys(options: ApiKeysOptions): ApiKeys {
      text(options?.url, "url");
      if (typeof options.auth?.fetch !== "function") throw failure("invalid_option", "auth");
      return disposable(createKeys({ ...options }, ready, runtime !== undefined));
    },

    createBff(options: BffOptions): Bff {
      keepOutOfPages(Object(options));
      const { fetch: customFetch, log, allowSecretInPage, privateKey, keyId, keys, store: own, unsafeStore, ...rest } = options;
      text(rest.clientId, "clientId");
      const store = having(own ?? memoryStore(), "store", "read", "write", "remove");
      // Two requests could present the same refresh token, and a provider that rotates them would end the session.
      if (store.isAtomic !== true && unsafeStore !== true) throw failure("invalid_option", "store");
      const signer = privateKey === undefined ? undefined : createSigner(privateKey, keyId);
      const given = { ...copyOf(rest, "options"), hasStore: own !== undefined, ...(signer && { privateKey: signer.said }) };
      const secrets = copyOf(keys, "keys");
      const sign = signer?.sign ?? (async () => new Uint8Array());
      const { get, load, end } = lazily(() => createGateway(given, { keys: secrets, native: nativeOf(customFetch), sign, runtime, store, log }));
      return disposable({
        handle: async (request: Request, context?: BffContext) => (get() ?? (await load())).handle(request, context),
        session: async (request: Request) => (get() ?? (await load())).session(request),
        dispose: () => end()?.dispose(),
      });
    },

    ApiKeySecret,
  };
};
