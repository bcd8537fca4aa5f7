/**
 * tokenward/edge: for workers and servers (Cloudflare Workers, Vercel edge, Deno, Bun, Node.js), decided by the same Rust
 * core as the entry for pages. Importing it does nothing; the first call starts the wasm.
 */

import type { AccessTokenOptions, ApiRule, AuthError as Failure, DiagnoseOptions, Diagnosis, IdTokenAlgorithm, LogSink } from "./index.js";

export { AuthError, version } from "./index.js";
export type {
  AccessTokenOptions, ApiRule, AuthErrorCode, AuthErrorName, AuthErrorPhase, DiagnoseOptions, Diagnosis, DiagnosisCode, LogEntry, LogSink,
} from "./index.js";

/**
 * Signature algorithms (RFC 7518, section 3.1; RFC 8037; RFC 9864), all of a public key. `EdDSA` and `Ed25519` mean the same
 * signature here. HMAC and `none` are not among them.
 */
export type JwsAlgorithm = IdTokenAlgorithm;

/** A public key as a JSON Web Key (RFC 7517): what `exportKey("jwk", …)` gives, or a member of a key set. */
export interface Jwk {
  /** `RSA`, `EC` or `OKP`. */
  readonly kty?: string;
  /** The key's name. A token that names its key is verified with the key of this name only. */
  readonly kid?: string;
  /** The only algorithm that the key is for. Default: any that fits its type. */
  readonly alg?: string;
  /** Must be `sig` where it is there. */
  readonly use?: string;
  /** Must hold `verify` where it is there. */
  readonly key_ops?: readonly string[];
  /** RSA: the modulus, base64url, of 2048 bits at least. */
  readonly n?: string;
  /** RSA: the exponent, base64url, odd and more than 1. */
  readonly e?: string;
  /** EC: `P-256`, `P-384` or `P-521`; OKP: `Ed25519`. */
  readonly crv?: string;
  /** EC and OKP: base64url. */
  readonly x?: string;
  /** EC: base64url. */
  readonly y?: string;
}

/** A key set (RFC 7517, section 5), of 256 keys at most. Keys of unknown kinds are passed over. */
export interface JwkSet {
  readonly keys: readonly Jwk[];
}

/** Options of {@link verifyJws}. A name that is not listed here is refused, so that a typo is not silence. */
export interface VerifyJwsOptions {
  /** The algorithms that the signer is known to use, at least one. Required: neither the token nor the key chooses. */
  algorithms: readonly JwsAlgorithm[];
}

/** What was signed. Nothing of it is known before the signature was found valid. */
export interface VerifiedJws {
  /** The protected header. Its `jwk`, `jku`, `x5c` and `x5u` were not used. */
  readonly header: Readonly<Record<string, unknown>>;
  /** The payload's bytes, of whatever kind: a JWS says nothing about claims, and none were checked. */
  readonly payload: Uint8Array;
}

/**
 * Verifies a JWS in strict compact form (RFC 7515, sections 3.1 and 5.2): three parts in base64url without padding, at most
 * 65536 characters, a header without a member twice, nothing critical (`crit`, `b64`). Makes no request.
 *
 * The key: a token with a `kid` is verified with the key of the set that has this `kid` and fits; one without, with the only
 * key that fits. A key fits an algorithm by `kty`, `crv`, `alg`, `use` and `key_ops`, and where it has no private or
 * symmetric part. One key given without a set and without a `kid` is used whatever the token calls it.
 *
 * @param jws The token. It is not trusted.
 * @param jwkOrSet The keys of whoever is meant to have signed. They are trusted.
 * @throws {AuthError} `invalid_option`, `jws_malformed`, `jws_algorithm_unexpected`, `jws_key_unknown`,
 * `jws_signature_invalid`, `wasm_load_failed`.
 */
export function verifyJws(jws: string, jwkOrSet: Jwk | JwkSet, options: VerifyJwsOptions): Promise<VerifiedJws>;

/** A private key as a JSON Web Key, of a kind that {@link JwsAlgorithm} knows. Its `alg` says what it signs with. */
export interface PrivateJwk extends Jwk {
  readonly d?: string;
  readonly p?: string;
  readonly q?: string;
  readonly dp?: string;
  readonly dq?: string;
  readonly qi?: string;
}

/** An origin, with a path where only that may receive the credentials; as in {@link ApiRule}. */
export type Place = Pick<ApiRule, "origin" | "path">;

/** Which token will do; as in {@link AccessTokenOptions}. */
export type TokenOptions = Pick<AccessTokenOptions, "minTtlSeconds" | "force">;

/** What every client with a secret has. */
interface SecretClientOptions {
  /**
   * Lets this client start in a page or in a worker of one, where its user, every script and every extension can read the
   * secret. Only for what never leaves your own machine. Default false: there it throws `secret_in_page`.
   */
  allowSecretInPage?: boolean;
  /** Used in place of the global `fetch`. */
  fetch?: typeof fetch;
  /** Receives redacted log entries. Default: none. */
  log?: LogSink;
}

/** Options of {@link clientCredentials}. A name that is not listed here is refused, so that a typo is not silence. */
export interface ClientCredentialsOptions extends SecretClientOptions {
  /** Where tokens are given: an https URL (`http` only for a loopback host). This or `issuer` is required. */
  tokenUrl?: string;
  /**
   * The issuer identifier, whose metadata (RFC 8414; OpenID Connect Discovery 1.0) say where tokens are given. Beside
   * `tokenUrl` it is only what a `private_key_jwt` is addressed to.
   */
  issuer?: string;
  /** The client identifier, of the same environment as `tokenUrl` and the secret. */
  clientId: string;
  /** The client's secret: from the environment, never from code. This or `privateKey` is required. */
  clientSecret?: string;
  /** The private key to sign with (RFC 7523): a `CryptoKey` that may `sign`, best not extractable, or a JSON Web Key. */
  privateKey?: CryptoKey | PrivateJwk;
  /** The `kid` that the provider knows the key by. Default: that of the JSON Web Key. */
  keyId?: string;
  /**
   * How the client shows who it is (RFC 6749, section 2.3.1): in the header `Authorization` (`basic`), in the body (`post`),
   * or signed (`private_key_jwt`). Default: what the issuer's metadata name; with `tokenUrl` it is `basic`, and `post` where
   * `body` is `json`.
   */
  auth?: "basic" | "post" | "private_key_jwt";
  /** What the token endpoint reads: a form, as OAuth says, or a JSON object with the same names. Default `form`. */
  body?: "form" | "json";
  /** The `audience` parameter some providers ask for. Default: not sent. */
  audience?: string;
  /** Space-separated scopes: ask for no more than is needed. Default: not sent. */
  scope?: string;
  /** Resource indicators (RFC 8707): absolute URIs without fragment; one at most with `body: "json"`. Default: not sent. */
  resource?: string | readonly string[];
  /** Origins, and path prefixes, that may receive the token. Default: the origin of `tokenUrl` or `issuer`. */
  apis?: readonly (string | Place)[];
  /** When to fetch the next token. */
  refresh?: {
    /** Seconds before expiry, 0 to 86400, capped at half the token's lifetime. Default 300. */
    beforeExpirySeconds?: number;
  };
  /**
   * Uses a refresh token that came along to get the next token, and falls back to the secret where it is refused. Default
   * false: a client that can ask again has no use for one (RFC 6749, section 4.4.3).
   */
  useRefreshToken?: boolean;
}

/** The state of a {@link MachineClient} without a secret. */
export interface MachineSnapshot {
  readonly issuer: string | null;
  readonly tokenUrl: string | null;
  readonly clientId: string;
  readonly audience: string | null;
  /** The granted scope where the provider names one, else what is asked for. */
  readonly scope: string | null;
  readonly hasToken: boolean;
  readonly hasRefreshToken: boolean;
  /** Milliseconds since the epoch; `null` where nobody knows. */
  readonly expiresAt: number | null;
  /** Milliseconds since the epoch from which on the next call has another token fetched; `null` where an API's 401 says so. */
  readonly refreshAt: number | null;
  readonly refreshing: boolean;
  /** How many tokens there have been. */
  readonly generation: number;
  /** Why the last try brought no token, or why an API refuses each. */
  readonly error: Failure | null;
}

/** A client for itself. Its functions need no `this`. */
export interface MachineClient {
  /**
   * `fetch` with the token, for the places named in {@link ClientCredentialsOptions.apis}; any other place gets the request as
   * it is. URLs are absolute. The first call fetches the token, every other one shares it; before it ends the next one is
   * fetched beside a call. On a 401 another token is fetched and the call made once more, where the request can be sent
   * twice, as `fetch` of a session does; where an API refuses every token, ever more seldom. A redirect is followed without
   * the token where that may not go. A request that already has an `Authorization` header is passed on untouched.
   * @throws {AuthError} Why there is no token: `oauth_error`, `network_failed`, `rate_limited`, `server_error` …
   */
  readonly fetch: typeof fetch;
  /**
   * The token, fetched first where needed.
   * @throws {AuthError} Why there is none.
   */
  getAccessToken(options?: TokenOptions): Promise<string>;
  /** The state without a secret. */
  inspect(): MachineSnapshot;
  /**
   * Finds out why something does not work, most certain first; empty where nothing was found. It asks for a new token and
   * calls the APIs with it. Loaded when it is called. Never rejects.
   */
  diagnose(about?: DiagnoseOptions): Promise<readonly Diagnosis[]>;
  /** Drops the token. Later calls reject with `disposed`. */
  dispose(): void;
  [Symbol.dispose](): void;
}

/**
 * A client that acts for itself, without a user: OAuth client credentials (RFC 6749, section 4.4). Synchronous, and without
 * effect before its first call, so that a module of a worker can make it at its top level. Make it once for each environment
 * and keep it: the token is in it, and no two share anything.
 *
 * Failures of the token endpoint are kept for a while, from one second to five minutes and at least as long as its
 * `Retry-After` says: until then every call that needs a new token rejects with the same error, and no request is made.
 * @throws {AuthError} `secret_in_page`, or `invalid_option` where `clientId` is missing; other options are checked at the first
 * call.
 */
export function clientCredentials(options: ClientCredentialsOptions): MachineClient;

/**
 * An API key that is shown once. Whatever prints or serializes it afterwards prints `[redacted]`; {@link apiKey} takes it as
 * it is. Clients made with it change to the next key when {@link ApiKeys.rotate} is given it.
 */
export class ApiKeySecret {
  /** Holds a key that there is already, as one from the environment. */
  constructor(key: string);
  /**
   * The key, once: put it where secrets are kept.
   * @throws {AuthError} `api_key_shown` the second time.
   */
  reveal(): string;
  toString(): string;
  toJSON(): string;
}

/** Options of {@link apiKey}. */
export interface ApiKeyOptions extends SecretClientOptions {
  /** The key, of visible ASCII characters: from the environment, never from code. */
  key: string | ApiKeySecret;
  /** The header to send it in. Default `X-API-Key`. */
  header?: string;
  /**
   * Sends it as this parameter of the URL in place of a header, such as `api_key`. URLs are in the logs of every server and
   * proxy on the way: only where an API takes nothing else. A warning is logged. Default: never.
   */
  query?: string;
  /** Origins, and path prefixes, that may receive the key. At least one. */
  apis: readonly (string | Place)[];
}

/** A client with an API key. Its functions need no `this`. */
export interface ApiKeyClient {
  /**
   * `fetch` with the key, for the places named in {@link ApiKeyOptions.apis}; any other place gets the request as it is, and a
   * redirect is followed without the key where that may not go. A request that has the header already is passed on untouched.
   * @throws {AuthError} `invalid_option`, `disposed`, `wasm_load_failed`.
   */
  readonly fetch: typeof fetch;
  /** The state without a secret. `generation` counts the changes of the key. */
  inspect(): { readonly header: string | null; readonly query: string | null; readonly generation: number };
  /**
   * Finds out why something does not work, most certain first; empty where nothing was found. It calls the APIs with the
   * key. Loaded when it is called. Never rejects.
   */
  diagnose(about?: DiagnoseOptions): Promise<readonly Diagnosis[]>;
  /** Later calls reject with `disposed`. */
  dispose(): void;
  [Symbol.dispose](): void;
}

/**
 * A client that sends an API key.
 * @throws {AuthError} `secret_in_page`, or `invalid_option`; `apis` and the key's characters are checked at the first call.
 */
export function apiKey(options: ApiKeyOptions): ApiKeyClient;

/** Options of {@link apiKeys}. */
export interface ApiKeysOptions {
  /** Where keys are made: POST makes one, GET lists them, DELETE of `url/id` ends one. */
  url: string;
  /** Whoever may do so: an `Auth` of the entry for pages, or a {@link MachineClient}. Its `apis` must cover the URL. */
  auth: { readonly fetch: typeof fetch };
  /** Receives redacted log entries. Default: none. */
  log?: LogSink;
}

/** What a key is to be. */
export interface ApiKeyWish {
  name: string;
  scopes: readonly string[];
}

/** An API key as a list shows it: without the key. */
export interface ApiKeyEntry {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  /** As the service writes it, usually ISO 8601. */
  readonly created_at?: string;
}

/** A key that was just made. */
export interface ApiKeyCreated extends ApiKeyEntry {
  readonly key: ApiKeySecret;
}

/** A key that took the place of another. */
export interface ApiKeyRotated extends ApiKeyCreated {
  /** The key before, and when its grace ends: milliseconds since the epoch. */
  readonly previous: { readonly id: string; readonly revokeAt: number };
}

/** Options of {@link ApiKeys.rotate}. */
export interface RotateOptions {
  /** Days that the key before stays good, 0 to 365. Default 7. */
  graceDays?: number;
  /** Default: those of the key before. */
  name?: string;
  scopes?: readonly string[];
}

/** The API keys of one service. A page may use it, for a user who makes keys there. Its functions need no `this`. */
export interface ApiKeys {
  /**
   * Makes a key. The answer shows it once.
   * @throws {AuthError} `api_key_response_invalid`, or why there is no key.
   */
  create(wish: ApiKeyWish): Promise<ApiKeyCreated>;
  /**
   * Makes the key that takes the place of another: clients made with `current.key` send it from then on, at once and all of
   * them, and a call that the old key was refused for in between is made again. The old key is ended when its grace is over:
   * by itself where this process still lives then. Where it may not (an edge worker, a deployment), keep `previous` and call
   * {@link ApiKeys.revoke} from a scheduled job.
   * @throws {AuthError} Why there is no new key; the old one goes on then.
   */
  rotate(current: ApiKeyEntry & { readonly key?: ApiKeySecret }, options?: RotateOptions): Promise<ApiKeyRotated>;
  /** Ends a key. One that is gone already is no error. */
  revoke(id: string): Promise<void>;
  /** Ends the keys whose grace is over, and gives their ids: what happens by itself once a minute where a timer may run. */
  revokeDue(): Promise<readonly string[]>;
  /** The keys there are, without the keys themselves. */
  list(): Promise<readonly ApiKeyEntry[]>;
  /** Stops the timer: keys whose grace is running are not ended by themselves any more. */
  dispose(): void;
  [Symbol.dispose](): void;
}

/**
 * Makes, lists, replaces and ends API keys of a service.
 * @throws {AuthError} `invalid_option`.
 */
export function apiKeys(options: ApiKeysOptions): ApiKeys;
