/**
 * tokenward/edge: for workers and servers (Cloudflare Workers, Vercel edge, Deno, Bun, Node.js), decided by the same Rust
 * core as the entry for pages. Importing it does nothing; the first call starts the wasm.
 */

import type { AccessTokenOptions, ApiRule, Claims, DiagnoseOptions, Diagnosis, IdTokenAlgorithm, LogSink } from "./index.js";
import { AuthError as Failure } from "./index.js";

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

/** Claims of an access token (RFC 9068, section 2.2). The core has checked `iss`, `aud`, `exp`, `iat`, `nbf` and `cnf`. */
export interface AccessTokenClaims {
  readonly iss: string;
  /** Seconds since the epoch. */
  readonly exp: number;
  readonly aud?: string | readonly string[];
  readonly sub?: string;
  readonly client_id?: string;
  /** Seconds since the epoch. */
  readonly iat?: number;
  readonly jti?: string;
  readonly scope?: string;
  readonly [claim: string]: unknown;
}

/** Who sent a request. Not to be changed: it may be the same object, and is then frozen, for every request with this token. */
export interface Verified {
  readonly claims: AccessTokenClaims;
  /** The protected header. */
  readonly header: Readonly<Record<string, unknown>>;
  /** The claim `sub`: the user, or the client itself; `null` where `missingClaims` lets it be missing. */
  readonly subject: string | null;
  /** The claim of {@link VerifierOptions.clientIdClaim}. */
  readonly clientId: string | null;
  /** The words of the claim of {@link VerifierOptions.scopeClaim}. */
  readonly scopes: readonly string[];
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** How it was presented. `DPoP`: with a proof of possession of the key that the token is bound to. */
  readonly scheme: "Bearer" | "DPoP";
  /** The nonce that the next proof should have, where the last one had an older: send it as header `DPoP-Nonce`. */
  readonly dpopNonce: string | null;
}

/** Where used proofs are kept for all isolates. What is kept is a digest of key and `jti`. */
export interface ReplayStore {
  /**
   * Keeps the name, in one step with the look whether it is there. True where it was not. Where it throws, or does not answer
   * within `keys.timeoutSeconds`, the proof is refused with `replay_store_failed`.
   * @param expiresAt Milliseconds since the epoch after which it may be forgotten.
   */
  insertIfAbsent(name: string, expiresAt: number): boolean | Promise<boolean>;
}

/** Proofs of possession (RFC 9449) as this server takes them. */
export interface VerifierDpopOptions {
  /** Refuses tokens that are bound to no key. Default false: both are taken, each in its own scheme. */
  required?: boolean;
  /** What proofs may be signed with. Default `ES256`, `EdDSA`, `PS256`, `RS256`. */
  algorithms?: readonly JwsAlgorithm[];
  /** Seconds after which a proof is too old, 0 to 600. Default 60; `clockToleranceSeconds` is added on both sides. */
  maxAgeSeconds?: number;
  /** This server's origin as clients call it, where a proxy before it changes that. Default: that of the request's URL. */
  origin?: string;
  /**
   * Makes this server ask for a nonce of its own in each proof (RFC 9449, section 9): 32 random bytes or more in base64url,
   * the same for all isolates. A nonce lasts for 2 to 4 minutes. Default: none is asked for.
   */
  nonceSecret?: string;
  /**
   * Where used proofs are kept. Default: in this isolate, 65536 at most, beyond which proofs are refused with
   * `replay_store_failed` until older ones expire. Another isolate then takes a proof once more.
   */
  replays?: ReplayStore;
}

/** When the issuer's keys are fetched. */
export interface VerifierKeyOptions {
  /** Seconds for which a set is used without another look, 1 to 86400. Default 3600. */
  maxAgeSeconds?: number;
  /**
   * Seconds after that for which the set is used while another look is taken, or fails, 0 to 604800. Default 14400. After it
   * every token is refused with 503, as nobody knows any more whose keys these are.
   */
  staleSeconds?: number;
  /**
   * Seconds from the end of one look at the issuer to the next, 1 to 3600: a token that names an unknown key has the set fetched
   * again, but however many do, not more often. Default 30. As long as there are no keys at all a look that failed is taken again
   * after one second, then two, four, up to this. A `Retry-After` of the issuer makes it longer, up to 300 seconds.
   */
  cooldownSeconds?: number;
  /** Seconds to wait for each answer, 1 to 30, also for one of `dpop.replays`, and half of them for one of `cache`. Default 5. */
  timeoutSeconds?: number;
}

/** Options of {@link createVerifier}. A name that is not listed here is refused, so that a typo is not silence. */
export interface VerifierOptions {
  /** The issuer identifier, exactly as tokens have it in `iss`, trailing slash included. */
  issuer: string;
  /**
   * What this API is called in `aud`; one of several is enough. Required, unless `missingClaims` has `aud`. Never a client's
   * name: an ID token has that.
   */
  audience?: string | readonly string[];
  /**
   * What the issuer signs with. Default `RS256`, `PS256`, `ES256` and `EdDSA`: the key says which of them it is for. Name
   * the one that the issuer uses where you know it.
   */
  algorithms?: readonly JwsAlgorithm[];
  /** The issuer's keys. Then nothing is fetched, and they never change. */
  jwks?: JwkSet;
  /** Where the issuer's keys are. Default: where its metadata say (OpenID Connect Discovery 1.0, RFC 8414). */
  jwksUrl?: string;
  /** When the keys are fetched. */
  keys?: VerifierKeyOptions;
  /** Proofs of possession. `false` refuses every token that is bound to a key. Default `{}`. */
  dpop?: boolean | VerifierDpopOptions;
  /** Seconds of clock difference to forgive, 0 to 300. Default 60. */
  clockToleranceSeconds?: number;
  /**
   * Relaxation: the `typ` values that are taken, `application/` before them or not, `""` for none. Default `["at+jwt"]`
   * (RFC 9068, section 4). With `JWT` or `""` any token of the issuer that has this audience passes.
   */
  typ?: readonly string[];
  /** Relaxation: claims of RFC 9068, section 2.2, that may be missing. Where they are there, they are checked. Default none. */
  missingClaims?: readonly ("aud" | "sub" | "client_id" | "iat" | "jti")[];
  /** Relaxation: the claim that names the client, such as `azp`, `cid` or `appid`. Default `client_id`. */
  clientIdClaim?: string;
  /** Relaxation: the claim with the scopes, such as `scp`; a text of words or a list. Default `scope`. */
  scopeClaim?: string;
  /**
   * Claims that must be there with one of these values, such as `{ token_use: "access" }`; of a claim that is a list, one item
   * must be one of them. What a relaxation lets in can be kept out so. Default none.
   */
  requireClaims?: Readonly<Record<string, string | readonly string[]>>;
  /**
   * How many verdicts are remembered, 0 to 100000: a token that was verified is not verified again before it expires, or the
   * issuer's keys change. The tokens themselves are in memory for that. Default 1000; 0 verifies each time.
   */
  verdicts?: number;
  /**
   * The platform's cache, such as `caches.default` or `await caches.open("keys")`: what the isolates of one place share. A set of
   * keys is taken from there for ten minutes, or `keys.maxAgeSeconds` where that is less, and is then believed as one that just
   * came. For a token with an unknown key it is not asked: a copy is no look at the issuer, so the first such token has one
   * taken, however young the copy is, and none follows within `keys.cooldownSeconds`. A cache that fails, or does not
   * answer within half of `keys.timeoutSeconds`, has no copy. Default: none.
   */
  cache?: Cache;
  /** Used in place of the global `fetch`, for keys and metadata. */
  fetch?: typeof fetch;
  /** Receives redacted log entries. Default: none. */
  log?: LogSink;
}

/** What one endpoint asks for. */
export interface VerifyOptions {
  /** Space-separated scopes, all of which the token must have, else `insufficient_scope` (403). */
  scope?: string;
  /** Space-separated classes of authentication, one of which `acr` must be, else `insufficient_user_authentication` (401). */
  acrValues?: string;
  /** The most seconds since `auth_time`, else `insufficient_user_authentication` (401; RFC 9470). */
  maxAgeSeconds?: number;
  /**
   * Keeps a worker alive while new keys are fetched beside the answer: `ctx.waitUntil.bind(ctx)`. Without it, or where it
   * throws, in workerd and the edge runtime, the one call that meets keys past their age waits for that, a second at most.
   */
  waitUntil?(promise: Promise<unknown>): void;
}

/** The state of a {@link Verifier}, without a token. */
export interface VerifierSnapshot {
  readonly issuer: string;
  readonly hasKeys: boolean;
  /** Milliseconds since the epoch until which no look at the keys is taken; `null` where there are none, or they were given. */
  readonly keysFreshUntil: number | null;
  readonly refreshing: boolean;
  /** How many verdicts are remembered. */
  readonly verdicts: number;
  /** How many used proofs are remembered. */
  readonly proofs: number;
  /** Why the last look at the keys saw none. */
  readonly error: Failure | null;
}

/** Why somebody is not let in, and the answer that says so. */
export class VerifyError extends Failure {
  /** What to answer with: 401, 403, 400; 503 where nobody can say, as without keys. */
  readonly status: number;
  /** The value of `WWW-Authenticate` (RFC 6750, section 3; RFC 9449, section 7.1; RFC 9470, section 3); `null` with 5xx. */
  readonly challenge: string | null;
  /** The value of `DPoP-Nonce`, where this server has nonces and a proof was refused. */
  readonly dpopNonce: string | null;
  /** The value of `Retry-After`, with 503. */
  readonly retryAfterSeconds: number | null;
  private constructor();
  /** The answer: this status, these headers, `cache-control: no-store`, and `{ error, message }` as JSON. No token is in it. */
  toResponse(): Response;
}

/** A verifier. It needs no `this`. */
export interface Verifier {
  /**
   * Verifies the access token of a request, from its header `Authorization`, with its proof of possession where the token is
   * bound to a key. A token as text is taken as a bearer token: one that is bound is refused. A request with another token in its
   * URL (`access_token`) is refused, and the URL alone shows none (RFC 6750, section 2); the body is not read.
   * @throws {VerifyError} `access_token_missing`, `authorization_malformed`, `access_token_invalid`, `access_token_expired`,
   * `jws_malformed`, `jws_algorithm_unexpected`, `jws_key_unknown`, `jws_signature_invalid`, `dpop_proof_invalid`,
   * `dpop_proof_replayed`, `dpop_nonce_required`, `replay_store_failed`, `insufficient_scope`,
   * `insufficient_user_authentication`, and why there are no keys: `network_failed`, `timed_out`, `server_error`,
   * `jwks_invalid`, `metadata_invalid` …
   * @throws {AuthError} `invalid_option`, `disposed`, `wasm_load_failed`.
   */
  (input: Request | string, options?: VerifyOptions): Promise<Verified>;
  /** The state, without a token. */
  inspect(): VerifierSnapshot;
  /** Drops keys and verdicts. Later calls reject with `disposed`. */
  dispose(): void;
  [Symbol.dispose](): void;
}

/**
 * Verifies JWT access tokens at an API (RFC 9068), strictly; each thing that providers do otherwise has an option of its own.
 * Synchronous, and without effect before its first call, so that a module of a worker can make it at its top level. Make it
 * once and keep it: keys and verdicts are in it.
 *
 * A token: signed with an algorithm named here by a key of the issuer, `typ` `at+jwt`, `iss` this issuer, `aud` with this API,
 * not expired, and with the claims `sub`, `client_id`, `iat` and `jti`. Bound to a key (`cnf` with
 * `jkt` alone): only in the scheme `DPoP`, with a proof that passes the twelve checks of RFC 9449, section 4.3, and was not used
 * before.
 * @throws {AuthError} `invalid_option` where `issuer` is missing; other options are checked at the first call.
 */
export function createVerifier(options: VerifierOptions): Verifier;

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
   * by itself where this process still lives then; without grace, before this resolves, but it waits 10 seconds for that at most.
   * What cannot be ended is logged and tried again after a minute, or after the `Retry-After` of the answer where that is longer.
   * Where the process may not live (an edge worker, a deployment), keep `previous` and call {@link ApiKeys.revoke} from a
   * scheduled job.
   * @throws {AuthError} Why there is no new key; the old one goes on then.
   */
  rotate(current: ApiKeyEntry & { readonly key?: ApiKeySecret }, options?: RotateOptions): Promise<ApiKeyRotated>;
  /** Ends a key. One that is gone already is no error. */
  revoke(id: string): Promise<void>;
  /**
   * Ends the keys whose grace is over, and gives their ids: what happens by itself, within a minute, where a timer may run.
   * @throws {AuthError} Why the first of those that could not be ended was not. Each was tried; the others have ended.
   */
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

/** A value that a {@link SessionStore} holds. */
export interface StoredEntry {
  readonly value: string;
  /** Names this value: no two writes of a store give the same one. */
  readonly version: string;
}

/** How {@link SessionStore.write} writes. */
export interface StoreWrite {
  /**
   * What must be there for the write to happen: the entry of this version, nothing (`null`), or whatever (`undefined`, the
   * default). An entry whose time is over is not there.
   */
  expected?: string | null;
  /** When the entry ends: milliseconds since the epoch, 2100 at the latest. A time that is over leaves nothing behind. */
  expiresAt: number;
}

/**
 * Where sessions are kept between requests, and where requests agree on who refreshes one and who exchanges a code. Values with
 * a token are sealed before they get here: a store that is read by others gives them none.
 *
 * For all stores: keys are 1 to 256 visible ASCII characters, values at most 32,000 characters of Unicode. Functions reject
 * with `invalid_option` for anything else, and with `store_failed`, which may pass, where the store cannot be asked; neither
 * says anything of a value.
 */
export interface SessionStore {
  /**
   * Whether of several writes at once that expect the same, one only is ever made. Where it is false two requests can use
   * the same refresh token, which makes a provider that rotates them end the session.
   */
  readonly isAtomic: boolean;
  /**
   * The entries of these keys, in this order; `null` where there is none, or its time is over.
   * @throws {AuthError} `invalid_option`, `store_failed`.
   */
  read(keys: readonly string[]): Promise<readonly (StoredEntry | null)[]>;
  /**
   * Writes where what is there is what is expected (compare-and-set).
   * @returns The new version, or `null` where something else is there and nothing was written.
   * @throws {AuthError} `invalid_option`, `store_failed`: then it may have been written all the same.
   */
  write(key: string, value: string, options: StoreWrite): Promise<string | null>;
  /**
   * Ends an entry. One that is not there is no error.
   * @throws {AuthError} `invalid_option`, `store_failed`.
   */
  remove(key: string): Promise<void>;
}

/** Options of {@link memoryStore}. */
export interface MemoryStoreOptions {
  /**
   * How many entries are kept, 1 to 1,000,000. What is over goes first, then what was not asked for the longest. Default
   * 5000: some 20 MB for sessions of 4 KB.
   */
  maxEntries?: number;
}

/**
 * Sessions in the memory of this process or isolate: for development, and for one server that may forget them at a restart.
 * An edge worker has many isolates, of which each knows its own sessions only.
 *
 * An entry that had to make room is as if it had never been, also the note that somebody signed out: allow for more
 * entries than there are sessions.
 * @throws {AuthError} `invalid_option`.
 */
export function memoryStore(options?: MemoryStoreOptions): SessionStore;

/** What a page may call through the backend-for-frontend, and where that leads. */
export interface BffApi {
  /**
   * A path at the app's origin, such as `/api/notes`: this one and what is below it. Names of letters, digits and `-._~`,
   * without a slash at the end; not at, above or below `basePath`.
   */
  path: string;
  /**
   * Where it leads: an absolute https URL (`http` only for a loopback host) without query and fragment. What a request's
   * path has after `path` is appended, with its query.
   */
  target: string;
  /** Methods, in upper case. Default `GET`, `HEAD`, `POST`, `PUT`, `PATCH`, `DELETE`. */
  methods?: readonly string[];
  /** Whether a WebSocket may be opened there, which only workerd can pass on. Default false. */
  webSocket?: boolean;
}

/** Options of {@link createBff}. A name that is not listed here is refused, so that a typo is not silence. */
export interface BffOptions extends SecretClientOptions {
  /** The provider's issuer identifier, exactly as its metadata has it. */
  issuer: string;
  /**
   * The client identifier. Registered for it at the provider: `<origin><basePath>/callback` as redirect URI,
   * `<origin><basePath>/logged-out` as post-logout redirect URI, and `<origin><basePath>/backchannel-logout` where the provider
   * knows back-channel logout.
   */
  clientId: string;
  /** The client's secret: from the environment, never from code. This or `privateKey` is required. */
  clientSecret?: string;
  /** The private key to sign with (RFC 7523): a `CryptoKey` that may `sign`, best not extractable, or a JSON Web Key. */
  privateKey?: CryptoKey | PrivateJwk;
  /** The `kid` that the provider knows the key by. Default: that of the JSON Web Key. */
  keyId?: string;
  /** How the client shows who it is; as in {@link ClientCredentialsOptions.auth}. Default: what the metadata name. */
  auth?: "basic" | "post" | "private_key_jwt";
  /** Space-separated scopes, `openid` among them. Default `openid`. */
  scope?: string;
  /** The `audience` parameter some providers ask for. Default: not sent. */
  audience?: string;
  /** Resource indicators (RFC 8707): absolute URIs without fragment. Default: not sent. */
  resource?: string | readonly string[];
  /** Whether to push authorization requests (RFC 9126). Default `"auto"`: where the provider requires it. */
  par?: boolean | "auto";
  /** The algorithm that ID tokens and logout tokens are signed with. Default `RS256`. */
  idTokenSignedResponseAlg?: IdTokenAlgorithm;
  /**
   * The public origin of the app, as browsers write it: `https://app.example`, `http` only for a loopback host. The header
   * `Host` is never believed.
   */
  origin: string;
  /** Where the endpoints are. Default `/auth`. */
  basePath?: string;
  /** What may be called through the proxy. May be empty. */
  apis: readonly BffApi[];
  /**
   * The key ring, of base64url secrets of 32 random bytes or more each: the first seals, all open. To change keys put a new one
   * first; to end all cookies sealed under one, take it away. What is sealed is for one `issuer`, `clientId` and `origin`:
   * another backend with the same keys opens none of it.
   */
  keys: readonly string[];
  /**
   * Where isolates agree on who refreshes and who exchanges a code, and where sessions are kept. Default: {@link memoryStore},
   * which one process or isolate has for itself.
   */
  store?: SessionStore;
  /** Lets a store serve that has no compare-and-set, `isAtomic: false`. Default false: `invalid_option`. */
  unsafeStore?: boolean;
  /**
   * Whether the session itself is in the sealed cookie, or in the store with only its name in the cookie. Default `"store"`
   * where `store` is given, else `"cookie"`.
   */
  sessionIn?: "cookie" | "store";
  /** How long a session lives. */
  session?: {
    /** Seconds without a request, at least 1. Default 28800 (8 hours). */
    idleSeconds?: number;
    /** Seconds since the sign-in, up to 34560000 (400 days). Default 604800 (7 days). */
    absoluteSeconds?: number;
  };
  /** When to refresh. */
  refresh?: {
    /** Seconds before expiry, 0 to 86400, capped at half the token's lifetime. Default 300. */
    beforeExpirySeconds?: number;
  };
  /**
   * With `sessionIn: "cookie"`: seconds, 0 to 34560000 (400 days), for which the cookie of before is good after a refresh, so that
   * requests that were on their way are served with the new tokens. Default 30. Less than 5 counts as 5, for those that wait for
   * the refresh. As long as `session.absoluteSeconds`, an answer that never reached its browser costs nothing, at any time: the
   * store keeps an entry for each session then. Where the provider rotates refresh tokens, a cookie that is older than the
   * window ends its session.
   */
  replayWindowSeconds?: number;
  /** Where a sign-in or sign-out ends that does not say: a path of the app. Default `/`. */
  returnTo?: string;
  /** Seconds of clock difference to forgive in the times of tokens, 0 to 300. Default 60. */
  clockToleranceSeconds?: number;
}

/** Who is signed in. No token can be in it. */
export interface EdgeSession {
  /** The claims of the ID token. */
  readonly user: Claims;
  /** Milliseconds since the epoch at which the session's access token ends; `null` where the provider does not say. */
  readonly expiresAt: number | null;
  /** The granted scope. */
  readonly scope: string | null;
}

/** What a worker's `fetch` is given beside the request. */
export interface BffContext {
  waitUntil?(promise: Promise<unknown>): void;
}

/** A backend-for-frontend. Its functions need no `this`. */
export interface Bff {
  /**
   * Answers the requests for the endpoints and for what is below the paths of `apis`; `null` for any other.
   *
   * Hand it the worker's context: what was begun for a session, such as a refresh, must come to its end although the
   * browser has gone.
   *
   * | endpoint | for | answers |
   * |---|---|---|
   * | `GET <basePath>/login` | a navigation: `returnTo`, `prompt`, `login_hint`, `max_age`, `acr_values`, `ui_locales` | 303 to the provider |
   * | `GET <basePath>/callback` | the provider's redirect | a page that leads on to `returnTo`, or says what went wrong |
   * | `GET <basePath>/session` | a page | `{ status: "signedIn", user, expiresAt, scope, stale }` or `{ status: "signedOut", reason }` |
   * | `POST <basePath>/logout` | a page: `{ returnTo?, scope?: "local" }` as JSON | `{ location }`: a path to go to for the provider's session to end too, or null |
   * | `GET <basePath>/logged-out` | a navigation: to `location`, and the provider's redirect | 303 to the provider, and to `returnTo` |
   * | `POST <basePath>/backchannel-logout` | the provider | 200, or 400 |
   * | `apis[].path` | a page | what the API answers |
   *
   * What pages call wants the header `X-Tokenward: 1`, and `Origin` and `Sec-Fetch-Site`, as a browser sends them, to be those
   * of the app itself: 403 `csrf` otherwise.
   * @throws {AuthError} `invalid_option`, `wasm_load_failed`, `disposed`. What goes wrong with a request is an answer; only a request
   * whose own signal is aborted on the way to an API rejects with that.
   */
  handle(request: Request, context?: BffContext): Promise<Response | null>;
  /**
   * Who is signed in, for a page that is rendered here: nothing is refreshed or written down.
   * @throws {AuthError} `store_failed`, `invalid_option`, `disposed`.
   */
  session(request: Request): Promise<EdgeSession | null>;
  /** Later calls reject with `disposed`. */
  dispose(): void;
  [Symbol.dispose](): void;
}

/**
 * A backend-for-frontend: signs users in at an OpenID provider, keeps their tokens where no script can read them, and calls
 * APIs for their pages (OAuth 2.0 for Browser-Based Applications, section 6.1). Synchronous, and without effect before its first call,
 * so that a module of a worker can make it at its top level.
 *
 * The session's cookie is `__Host-tokenward`: Secure, HttpOnly, SameSite=Strict. With `sessionIn: "cookie"` and more than one isolate
 * or process, give it a store that all of them share where the provider rotates refresh tokens.
 * @throws {AuthError} `secret_in_page`, or `invalid_option` where `clientId` or `store` cannot be used; other options are checked at the
 * first call.
 */
export function createBff(options: BffOptions): Bff;
/** Options of the stores that others may share. */
export interface StoreOptions {
  /**
   * What keys begin with there, at most 128 visible ASCII characters: two apps with a prefix each do not meet. Default
   * `tokenward:`; `tokenward` in Deno KV, as the first part of the key; none in Durable Objects, whose namespace is the app's.
   */
  prefix?: string;
}

/** What {@link SessionObject} needs of the state that the platform gives it. */
export interface DurableObjectStateLike {
  readonly storage: {
    get<T>(key: string): Promise<T | undefined>;
    put<T>(key: string, value: T): Promise<void>;
    deleteAll(): Promise<void>;
    getAlarm(): Promise<number | null>;
    setAlarm(time: number): Promise<void>;
    deleteAlarm(): Promise<void>;
  };
}

/** What {@link durableObjectStore} needs of a Durable Object namespace. */
export interface DurableObjectNamespaceLike {
  idFromName(name: string): unknown;
  get(id: unknown): {
    fetch(url: string, init: { method: string; body?: string }): Promise<{ readonly ok: boolean; json(): Promise<unknown> }>;
  };
}

/**
 * The class of the Durable Objects that {@link durableObjectStore} keeps entries in: your Worker exports it, and its
 * settings bind it. It needs nothing but storage, of either kind (`new_sqlite_classes` or `new_classes`).
 */
export class SessionObject {
  constructor(state: DurableObjectStateLike, env?: unknown);
  fetch(request: Request): Promise<Response>;
  alarm(): Promise<void>;
  /** Only for the platform's types, which tell by it that this is one. */
  readonly __DURABLE_OBJECT_BRAND: never;
}

/**
 * Sessions in Durable Objects of Cloudflare: one for each entry, asked in parallel, each of which deletes itself by an alarm
 * when its entry is over. The first choice on Workers.
 *
 * @param namespace The binding of {@link SessionObject}; `namespace.jurisdiction("eu")` keeps entries there.
 * @throws {AuthError} `invalid_option`.
 */
export function durableObjectStore(namespace: DurableObjectNamespaceLike, options?: StoreOptions): SessionStore;

/** What {@link denoKvStore} needs of a database of Deno KV. */
export interface DenoKvLike {
  get(key: string[]): Promise<{ value: unknown; versionstamp: string | null }>;
  getMany(keys: string[][]): Promise<{ value: unknown; versionstamp: string | null }[]>;
  delete(key: string[]): Promise<void>;
  atomic(): {
    check(entry: { key: string[]; versionstamp: string | null }): unknown;
    set(key: string[], value: unknown, options: { expireIn: number }): unknown;
    delete(key: string[]): unknown;
    commit(): Promise<{ ok: boolean; versionstamp?: string }>;
  };
}

/**
 * Sessions in Deno KV (`deno run --unstable-kv`): of one process, of several with one file, or of all that are connected to
 * the same service. Processes that lock each other out of a file are waited for, some three seconds.
 *
 * @param kv What `Deno.openKv()` gives.
 * @throws {AuthError} `invalid_option`.
 */
export function denoKvStore(kv: DenoKvLike, options?: StoreOptions): SessionStore;

/** A client of Redis, which the app connects and closes: of the npm package `ioredis`, or of `redis`. */
export type RedisClient =
  | { call(command: string, args: string[]): Promise<unknown> }
  | { sendCommand(args: string[]): Promise<unknown> };

/**
 * Sessions in Redis, or in a server that speaks as it does and has `EVAL`: Valkey, KeyDB. Entries end there by themselves.
 *
 * It is as certain as the server is: one that loses what it wrote last, as a replica that takes over may, can let a refresh
 * token be used twice, and one that evicts (`maxmemory-policy` other than `noeviction`) signs users out. How long an
 * unreachable server is waited for is the client's to say: see its options for timeouts.
 *
 * @param client `createClient()` of `redis`, after `connect()`, or `new Redis()` of `ioredis`.
 * @throws {AuthError} `invalid_option`.
 */
export function redisStore(client: RedisClient, options?: StoreOptions): SessionStore;

/** What {@link workersKvStore} needs of a namespace of Workers KV. */
export interface WorkersKvLike {
  getWithMetadata(key: string, type: "text"): Promise<{ value: string | null; metadata: unknown }>;
  put(key: string, value: string, options: { expirationTtl: number; metadata: unknown }): Promise<void>;
  delete(key: string): Promise<void>;
}

/**
 * Sessions in Workers KV: unsafe with refresh tokens that rotate, and `isAtomic` is false. It has no compare-and-set, so that
 * of several requests at once each is told that it was first; and what one place writes or removes, others see a minute
 * later or more, so that a signed-out session goes on there. Take {@link durableObjectStore}.
 *
 * It keeps nothing for less than 60 seconds: entries that end sooner are not given any more, and lie there until then. It
 * takes one write a second for each key; more are `store_failed`.
 *
 * @param kv The binding of the namespace.
 * @throws {AuthError} `invalid_option`.
 */
export function workersKvStore(kv: WorkersKvLike, options?: StoreOptions): SessionStore;
