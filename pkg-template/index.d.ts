/// <reference lib="esnext.disposable" />

/**
 * tokenward: OAuth 2.0 / OpenID Connect for web front ends, decided by one Rust core.
 *
 * Four calls carry an app: {@link createAuth}, {@link Auth.signIn}, {@link Auth.fetch}, {@link Auth.signOut}.
 */

/** The claims of a verified ID token (OpenID Connect Core 1.0, section 2). */
export interface Claims {
  /** Issuer identifier; equal to the configured issuer, code point for code point. */
  readonly iss: string;
  /** Subject identifier: the user, unique at this issuer. */
  readonly sub: string;
  readonly aud: string | readonly string[];
  /** Seconds since the epoch at which the ID token expires; not the access token. */
  readonly exp: number;
  /** Seconds since the epoch at which the ID token was issued. */
  readonly iat: number;
  readonly auth_time?: number;
  readonly acr?: string;
  readonly amr?: readonly string[];
  readonly azp?: string;
  readonly name?: string;
  readonly email?: string;
  readonly email_verified?: boolean;
  readonly preferred_username?: string;
  readonly picture?: string;
  readonly [claim: string]: unknown;
}

/** A place that may receive the access token. */
export interface ApiRule {
  /** An https origin such as `https://api.example.com`; `http` only for a loopback host. */
  readonly origin: string;
  /** Only paths at or below this one, compared by whole segments; the longest path that fits counts. Default `/`. */
  readonly path?: string;
  /**
   * Space-separated scopes of an access token of its own (RFC 6749, section 6): the API then never sees one for more.
   * Needs a refresh token. Default: it gets the session's access token.
   */
  readonly scope?: string;
  /** The `audience` parameter of an access token of its own, for providers that ask for one. */
  readonly audience?: string;
  /** Resource indicators (RFC 8707) of an access token of its own: absolute URIs without fragment, asked for at the sign-in. */
  readonly resource?: string | readonly string[];
}

/** One line for a log. No token, code, verifier or claim can be in it. */
export interface LogEntry {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly level: "info" | "warn" | "error";
  /** The event's name, as in {@link AuthEvents}. */
  readonly event: string;
  /** What happened, in words. */
  readonly message: string;
  /** The error's code where the entry reports an error. */
  readonly code?: AuthErrorCode;
}

/** Receives log entries as they happen. What it throws is ignored. */
export type LogSink = (entry: LogEntry) => void;

/** JWS algorithms accepted for an ID token. HMAC and `none` are never accepted from a public client. */
export type IdTokenAlgorithm =
  | "RS256" | "RS384" | "RS512" | "PS256" | "PS384" | "PS512" | "ES256" | "ES384" | "ES512" | "EdDSA" | "Ed25519";

/**
 * A place of the app's own for the session's record: text that holds tokens. Names begin with `tokenward.session.`. Each
 * function may be asynchronous, and has 10 seconds; what it throws, or does not answer, costs the next reload its session,
 * not this page.
 */
export interface TokenStore {
  get(name: string): string | null | undefined | Promise<string | null | undefined>;
  set(name: string, value: string): void | Promise<void>;
  delete(name: string): void | Promise<void>;
}

/** Options of {@link createAuth}. A name that is not listed here is refused, so that a typo is not silence. */
export interface AuthOptions<C extends Claims = Claims> {
  /**
   * The issuer identifier, exactly as the provider writes it in its metadata and tokens: an https URL without query or
   * fragment (`http` only for a loopback host). Compared as a string, so a trailing slash counts (OpenID Connect
   * Discovery 1.0, section 4.3).
   */
  issuer: string;
  /** The client identifier registered at the issuer for a public client (no secret). */
  clientId: string;
  /**
   * Where the provider sends the browser back: an absolute URL, or a path on this page's origin. Must be registered at
   * the provider, character for character. Default: this page's origin and `/`.
   */
  redirectUri?: string;
  /** Where the provider sends the browser after sign-out. Default: {@link AuthOptions.redirectUri}. */
  postLogoutRedirectUri?: string;
  /** Space-separated scopes; must contain `openid`. Default `openid`. Refresh tokens often need `offline_access`. */
  scope?: string;
  /** The `audience` parameter some providers ask for. Default: not sent. */
  audience?: string;
  /** Resource indicators (RFC 8707): absolute URIs without fragment. Default: not sent. */
  resource?: string | readonly string[];
  /** Origins, and path prefixes, that may receive the access token. Default: this page's own origin. */
  apis?: readonly (string | ApiRule)[];
  /**
   * Where tokens live. `memory` (default): with the page; a reload gets them from another tab, or from the provider without
   * the user where the browser allows that. `session`: sessionStorage of this tab, survives a reload and is readable by any
   * script of the page. `worker`: in a worker, out of reach of scripts of the page; {@link Auth.getAccessToken} rejects. A
   * {@link TokenStore}: where the app says. localStorage is refused by name and is no place for a store of your own. For
   * `bff`, where no token is in the browser at all, see {@link BffAuthOptions}.
   */
  storage?: "memory" | "session" | "worker" | TokenStore;
  /**
   * Whether the provider may be asked without the user (`prompt=none` in a hidden frame), once for each loss: after a
   * reload that no other tab can help, and where there is no refresh token. Default true.
   */
  silent?: boolean;
  /**
   * Binds tokens to a key that no script can read (DPoP, RFC 9449), so that a stolen token is of no use: `auto` where the
   * provider offers it. The key is an ES256 pair in IndexedDB, one for each session, destroyed at sign-out. APIs must
   * understand the scheme `DPoP`, and list `DPoP-Nonce` and `WWW-Authenticate` in `Access-Control-Expose-Headers` if they
   * ask for nonces. A Bearer token is then refused, and a redirect of such a request is an error, as its proof is for one
   * URL. Default false.
   */
  dpop?: boolean | "auto";
  /**
   * Pushes authorization requests to the provider first (PAR, RFC 9126), so that the URL says nothing: `auto` (default)
   * where the provider requires it.
   */
  par?: boolean | "auto";
  /** What exactly to ask for (RFC 9396). What was granted is in {@link Session}; other types are refused. Default: nothing. */
  authorizationDetails?: readonly AuthorizationDetail[];
  /** When to refresh. */
  refresh?: {
    /** Seconds before expiry, 0 to 86400, capped at half the token's lifetime. Default 300. */
    beforeExpirySeconds?: number;
  };
  /** The `id_token_signed_response_alg` registered for this client. Default `RS256`. */
  idTokenSignedResponseAlg?: IdTokenAlgorithm;
  /**
   * Lets {@link Auth.getUser} ask the UserInfo endpoint (OpenID Connect Core 1.0, section 5.3): `true`, or the
   * `userinfo_signed_response_alg` registered for this client. Default false.
   */
  userinfo?: boolean | IdTokenAlgorithm;
  /** Seconds of clock difference to forgive in ID token times, 0 to 300. Default 60. */
  clockToleranceSeconds?: number;
  /**
   * The wasm file where a bundler cannot find it: a compiled module, or a URL. It is `tokenward_bg.wasm`, or with `dpop`,
   * `authorizationDetails` or `userinfo`, or an {@link ApiRule} that has `scope`, `audience` or `resource`, the file
   * `tokenward_full_bg.wasm`. Default: found by the package.
   */
  wasm?: WebAssembly.Module | URL | string;
  /**
   * The worker file where a bundler cannot find it, with `storage: "worker"`: the URL of `tokenward/vault.worker.js`, copied
   * to this page's origin. `wasm` is a URL then, and `tokenward_full_bg.wasm`. Default: found by the package.
   */
  workerUrl?: URL | string;
  /**
   * Used in place of the global `fetch`, for the provider and for {@link Auth.fetch} alike. It may be called with a
   * `Request`, also where the app gave a URL: a body that could change is held in one.
   */
  fetch?: typeof fetch;
  /** Receives redacted log entries. Default: none. */
  log?: LogSink;
  /** Carries the type of the claims only; never read. */
  readonly __claims?: C;
}

/**
 * Options of {@link createAuth} where a backend for front ends holds the tokens: `createBff` of `tokenward/edge`, at this
 * page's own origin. Issuer, client and scopes are its matter, so that they are refused here; as with {@link AuthOptions}, so
 * is a name that is not listed. No wasm is loaded.
 */
export interface BffAuthOptions<C extends Claims = Claims> {
  /** The session is a cookie that no script can read. */
  storage: "bff";
  /** Where the backend is. */
  bff?: {
    /** The `basePath` of `createBff`: a path of this page's origin, without a slash at its end. Default `/auth`. */
    basePath?: string;
  };
  /**
   * What {@link Auth.fetch} may call with the session: paths of this page's origin, each with all that is below it, compared
   * by whole segments. Default `/api/`. A path with `%2f`, `%5c`, `.;` or `%2e;` in it is below none, nor is the backend's own.
   */
  apis?: readonly string[];
  /** Used in place of the global `fetch`, for the backend and for {@link Auth.fetch} alike. */
  fetch?: typeof fetch;
  /** Receives redacted log entries. Default: none. */
  log?: LogSink;
  /** The backend has it. */
  issuer?: never;
  /** The backend has it. */
  clientId?: never;
  /** Carries the type of the claims only; never read. */
  readonly __claims?: C;
}

/** One thing to be allowed (RFC 9396, section 2): its type, and whatever that type has. */
export interface AuthorizationDetail {
  readonly type: string;
  readonly [member: string]: unknown;
}

/** Why nobody is signed in. */
export type SignedOutReason =
  /** Nobody has signed in on this page yet. */
  | "none"
  /** {@link Auth.signOut} was called. */
  | "signOut"
  /** The provider refused the refresh token (`invalid_grant`); with `bff`, the backend knows the session no more. */
  | "expired"
  /** The sign-in did not complete; `error` tells why. */
  | "signInFailed"
  /** The provider broke a rule at a refresh; `error` tells which. */
  | "refused"
  /**
   * The tokens went with the page that had them, and neither another tab nor the provider gave new ones unasked. With `bff`
   * there is an `error`: the backend could not be asked, and is asked again.
   */
  | "notRestored";

/** A snapshot: the same object until something in it changes. */
export type Session<C = Claims> =
  /** Not known yet: on a server always, in a browser until {@link Auth.ready} settles. */
  | { readonly status: "loading" }
  | { readonly status: "signedOut"; readonly reason: SignedOutReason; readonly error?: AuthError }
  | {
    readonly status: "signedIn";
    readonly user: C;
    /** Milliseconds since the epoch at which the access token expires; `null` where the provider does not say. */
    readonly expiresAt: number | null;
    /**
     * The last refresh failed for a reason that may pass: still signed in, and tried again by itself. With `bff` also where
     * the backend did not answer.
     */
    readonly stale: boolean;
    /** What was granted of {@link AuthOptions.authorizationDetails}; absent where the provider says nothing. */
    readonly authorizationDetails?: readonly AuthorizationDetail[];
  };

/** Options of {@link Auth.signIn}. */
export interface SignInOptions {
  /**
   * `redirect` (default): this page goes to the provider and comes back. `popup`: a window does; call it directly in the
   * handler of a click, or the browser opens none. The redirect URI is the same: the page it leads to hands the answer over.
   * With `bff` it is the page at {@link returnTo}, without its query: it has to have the app in it.
   */
  mode?: "redirect" | "popup";
  /** Ends the wait for a popup, closes it where the browser lets it, and rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Where on this origin to be after sign-in: a path with query and fragment. Default: where the page is now. */
  returnTo?: string;
  /** OpenID Connect Core 1.0, section 3.1.2.1. */
  prompt?: "none" | "login" | "consent" | "select_account";
  /** Who is likely to sign in; passed on as `login_hint`. */
  loginHint?: string;
  /** Space-separated scopes to ask for in place of {@link AuthOptions.scope}; must contain `openid`. Not with `bff`. */
  scope?: string;
  /** Space-separated authentication context classes, passed on as `acr_values`. One must be met: see `acrEssential`. */
  acrValues?: string;
  /**
   * `false`: a sign-in that meets none of `acrValues` is good as well (OpenID Connect Core 1.0, section 3.1.2.1). Not with
   * `bff`. Default true.
   */
  acrEssential?: boolean;
  /** Seconds since the user last actively authenticated, at most; checked against `auth_time`. */
  maxAge?: number;
  /** Space-separated language tags, passed on as `ui_locales`. */
  uiLocales?: string;
}

/** Options of {@link Auth.signOut}. */
export interface SignOutOptions {
  /** `provider` (default): end the session at the provider too, by navigation, where it can. `local`: only here. */
  scope?: "local" | "provider";
  /** Tell the provider to revoke the tokens (RFC 7009), where it can. A backend (`bff`) always does. Default true. */
  revoke?: boolean;
  /** Only with `bff`: where on this origin to be afterwards, a path with query and fragment. Default: what the backend says. */
  returnTo?: string;
}

/** Options of {@link Auth.getAccessToken}. */
export interface AccessTokenOptions {
  /** Seconds the token must still live, 0 to 86400; a refresh comes first where it would not. Default 0. */
  minTtlSeconds?: number;
  /** Refresh first, whatever the token's age. Default false. */
  force?: boolean;
  /**
   * Space-separated scopes: a token for exactly these, never one for more. It is asked for with the refresh token, and kept
   * until it ends. `scope`, {@link audience} and {@link resource} need an {@link ApiRule} that has one of the three:
   * apps without one load a smaller core. Default: the session's access token.
   */
  scope?: string;
  /** The `audience` parameter of the token, for providers that ask for one. */
  audience?: string;
  /** Resource indicators (RFC 8707) of the token, of those named in {@link AuthOptions.resource} or in an {@link ApiRule}. */
  resource?: string | readonly string[];
}

/** What {@link Auth.on} listens to. */
export interface AuthEvents {
  /** A sign-in completed, or a stored session came back. */
  signedIn: { readonly restored: boolean; readonly returnTo: string | null };
  /** New tokens arrived. `expiresAt`: milliseconds since the epoch. Never with `bff`, where none arrives. */
  tokenRefreshed: { readonly expiresAt: number | null };
  /**
   * A refresh failed, with `bff` a look at the session; where `error.retryable`, and with `bff` always, it is tried again in
   * `retryInSeconds`.
   */
  refreshFailed: { readonly error: AuthError; readonly retryInSeconds: number | null };
  /** The session ended. */
  signedOut: { readonly reason: SignedOutReason; readonly error?: AuthError };
  /** Only the user can go on: offer a sign-in. */
  interactionRequired: { readonly error: AuthError };
  /**
   * An API wants another sign-in first: more scope (`insufficient_scope`, RFC 6750, section 3.1), or a stronger or more
   * recent one (`insufficient_user_authentication`, RFC 9470, section 3). `signIn` is what to pass to {@link Auth.signIn};
   * the API's answer is the caller's all the same, and nothing is tried again by itself. With `bff` only the latter: the scope is
   * the backend's.
   */
  stepUpRequired: { readonly error: AuthError; readonly signIn: Pick<SignInOptions, "scope" | "acrValues" | "maxAge"> };
}

/** One line of {@link RedactedSnapshot.timeline}. */
export interface TimelineEntry {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly event: keyof AuthEvents;
  readonly code?: AuthErrorCode;
}

/** The state without a secret: no field can hold a token, code, verifier or claim. */
export interface RedactedSnapshot {
  readonly version: string;
  readonly status: Session["status"];
  /** With `bff` the base path of the backend. */
  readonly issuer: string;
  /** Empty with `bff`. */
  readonly clientId: string;
  readonly storage: "memory" | "session" | "worker" | "bff" | "own";
  /** Granted scopes; `null` when signed out. */
  readonly scope: string | null;
  /** Milliseconds since the epoch; `null` when unknown or signed out. */
  readonly expiresAt: number | null;
  /** Milliseconds since the epoch of the next planned refresh, with `bff` look at the session; `null` when none is planned. */
  readonly refreshAt: number | null;
  readonly hasRefreshToken: boolean;
  readonly refreshing: boolean;
  /** Which token set this is, counted over all tabs and sign-ins of this client. */
  readonly generation: number;
  /** The last 50 events, oldest first. */
  readonly timeline: readonly TimelineEntry[];
}

/** What a {@link Diagnosis} can name. */
export type DiagnosisCode =
  /** The server does not know this client, or its secret is another. */
  | "wrong_client"
  /** The server does not know this user name and password. */
  | "wrong_login"
  /** The API does not know this API key. */
  | "wrong_api_key"
  /** The token, or the session that gives tokens, is over. */
  | "token_expired"
  /** The API does not take the token, for another reason than its age. */
  | "token_refused"
  /** Nobody is signed in: no session, or its cookie did not arrive. */
  | "not_signed_in"
  /** The API takes the credentials, and does not allow this call: a scope or permission is missing. */
  | "permission_missing"
  /** The `Authorization` header is not `Bearer` and a token. */
  | "authorization_malformed"
  /** The server answers, but there is nothing of the kind at this path. */
  | "wrong_endpoint"
  /** No server answers at this address, or another one than was meant. */
  | "wrong_domain"
  /** The URL is none of those that may receive the credentials. */
  | "api_not_listed"
  /** This device's clock and a server's are more than a minute apart. */
  | "clock_wrong"
  /** The server answers, but does not let pages of this origin read it. */
  | "cors_blocked"
  /** The Content-Security-Policy of this page does not allow the request. */
  | "csp_blocked"
  /** The URL begins with http, where only https is safe. */
  | "insecure_url"
  /** On the way to the backend (`bff`) the header is lost that tells this app's requests from forged ones. */
  | "header_stripped"
  /** The backend (`bff`) is set up for another origin than this page's. */
  | "wrong_origin"
  /** A sign-in at the backend (`bff`) came back, and the browser has no cookie of a session. */
  | "cookie_refused"
  /** The browser says that it is offline. */
  | "offline"
  /** The server is there and fails, or does not answer in time. */
  | "server_failing"
  /** The server wants fewer requests. */
  | "rate_limited"
  /** None of the above: the last error, with its own suggestion. */
  | "last_error";

/** One thing that is wrong. It is written for people, and holds no token, key, password or secret. */
export interface Diagnosis {
  /** Stable across releases. */
  readonly code: DiagnosisCode;
  /** What is wrong, in a sentence. */
  readonly cause: string;
  /** What was seen that says so. */
  readonly evidence: string;
  /** What to do about it. */
  readonly mend: string;
}

/** What is known of the call that went wrong; each helps, none is needed. */
export interface DiagnoseOptions {
  /** The URL that was called. It is asked once more, with GET, as the client's `fetch` does. Default: the listed APIs. */
  url?: string | URL;
  /** The headers that the app itself gave. */
  headers?: HeadersInit;
  /** What the call threw. Default: the last error that this client met. */
  error?: unknown;
}

/** A signed-in or signed-out user at one provider. */
export interface Auth<C = Claims> {
  /** Settles once: when the callback is consumed, a stored session restored, or neither found. Never rejects. */
  readonly ready: Promise<Session<C>>;
  /** The state now; the same object until it changes, as `useSyncExternalStore` asks. */
  readonly session: Session<C>;
  /** Calls back at each change of {@link Auth.session}. Returns the way to stop. */
  subscribe(listener: (session: Session<C>) => void): () => void;
  /**
   * Sends the browser to the provider. By redirect it settles only if that fails, and then rejects: a page that goes away
   * answers nothing, and the session is that of {@link Auth.ready} on the page that comes back. With a popup it resolves to
   * the session; after `popup_closed` an answer that comes all the same still changes {@link Auth.session}.
   * @throws {AuthError} Why the page could not be left: `metadata_*`, `network_failed`, `storage_failed`, `invalid_option` …
   * With a popup also `popup_blocked`, `popup_closed`, or what came back: `access_denied` … With `bff` also `bff_missing`,
   * `bff_refused`; what the provider refuses the backend says in the popup itself, which the user closes; and `not_signed_in`
   * where the sign-in was done and its cookie is not there.
   */
  signIn(options?: SignInOptions): Promise<Session<C>>;
  /**
   * Ends the session here at once, then at the provider. A provider that fails does not keep anyone signed in.
   * @throws {AuthError} With `bff`: why the backend could not be told. Only it can take the cookie back.
   */
  signOut(options?: SignOutOptions): Promise<void>;
  /**
   * `fetch` with the access token, for the places named in {@link AuthOptions.apis}; any other place gets the request as
   * it is. Waits for a refresh when the token is about to end, unless its signal is aborted. On a 401, refreshes and tries
   * once more where the request can be sent twice: not with a stream, nor with a body inside a `Request`, nor where
   * anything but a GET or HEAD was redirected. A request that already has an `Authorization` header is passed on untouched.
   * With `bff` the cookie is sent and the header that shows whose request it is, whatever `Authorization` says, in the place of
   * which the backend puts the token; nothing is tried again, and a redirect to another origin is an error.
   * @throws {AuthError} `not_signed_in`, or why no valid token could be had.
   */
  readonly fetch: typeof fetch;
  /**
   * The access token, refreshed first where needed, or one that is restricted as the options say. With `worker` and `bff`
   * there is none to be had: `token_not_readable`.
   * @throws {AuthError} `not_signed_in`, or why no valid token could be had. A restricted one that cannot be had ends no
   * session: `interaction_required` without a refresh token, `invalid_target`, or the provider's own word, such as
   * `invalid_scope`, in an `oauth_error`.
   */
  getAccessToken(options?: AccessTokenOptions): Promise<string>;
  /**
   * The user once {@link Auth.ready} has settled; `null` when signed out. With {@link AuthOptions.userinfo} the provider
   * is asked for more, each time; its answer must be about the same user, and adds to the claims of the ID token.
   * @throws {AuthError} With `userinfo`: `userinfo_invalid`, `userinfo_subject_mismatch`, or why no answer came.
   */
  getUser(): Promise<C | null>;
  /** Listens to one event. Returns the way to stop. What a listener throws is reported, and stops nothing else. */
  on<E extends keyof AuthEvents>(event: E, listener: (detail: AuthEvents[E]) => void): () => void;
  /** The state without a secret, for logs, support and developer tools. */
  inspect(): RedactedSnapshot;
  /**
   * Finds out why something does not work, most certain first; empty where nothing was found. It asks the provider and the
   * APIs, sends no credentials but to {@link AuthOptions.apis}, and changes nothing. It is for people who build or support
   * an app, and is loaded when it is called. Never rejects.
   */
  diagnose(about?: DiagnoseOptions): Promise<readonly Diagnosis[]>;
  /** Stops timers and listeners; tokens in memory are dropped, a stored session stays stored. */
  dispose(): void;
  [Symbol.dispose](): void;
}

/** Which kind of thing went wrong; also the error's `name`. */
export type AuthErrorName =
  /** The options or the page's surroundings are wrong: mend the code or the deployment. */
  | "ConfigError"
  /** The call does not fit the state: mend the call. */
  | "UsageError"
  /** The provider, or who pretends to be it, broke a rule: nothing it sent was used. */
  | "ProtocolError"
  /** The provider answered with an OAuth error; see {@link AuthError.oauth}. */
  | "OAuthError"
  /** No usable answer came; it may pass. */
  | "NetworkError"
  /** The browser's storage failed, or a session store at the edge. */
  | "StorageError"
  /** A fault of tokenward itself. */
  | "InternalError";

/** During which step it went wrong. */
export type AuthErrorPhase =
  | "config" | "discovery" | "authorize" | "callback" | "token" | "id_token" | "userinfo" | "refresh" | "fetch" | "sign_out" | "storage" | "verify" | "load";

/** Every `code` an {@link AuthError} can have. docs/reference.md says what to do about each. */
export type AuthErrorCode =
  | "invalid_option" | "endpoint_insecure" | "not_in_browser" | "popup_blocked" | "popup_closed" | "not_signed_in" | "disposed"
  | "metadata_issuer_mismatch" | "metadata_invalid" | "pkce_unsupported" | "par_unsupported" | "dpop_unsupported"
  | "par_response_invalid" | "callback_state_missing"
  | "callback_state_unknown" | "callback_expired" | "callback_parameter_duplicate" | "callback_malformed"
  | "callback_iss_missing" | "callback_iss_mismatch" | "access_denied" | "login_required" | "consent_required"
  | "account_selection_required" | "interaction_required" | "invalid_grant" | "invalid_target"
  | "invalid_authorization_details" | "invalid_dpop_proof" | "insufficient_scope" | "insufficient_user_authentication"
  | "oauth_error" | "dpop_nonce_unreadable" | "dpop_key_lost"
  | "token_response_invalid" | "token_type_unsupported" | "token_redirect_refused" | "id_token_missing"
  | "id_token_malformed" | "id_token_algorithm_unexpected" | "id_token_key_unknown" | "id_token_signature_invalid"
  | "id_token_issuer_mismatch" | "id_token_audience_mismatch" | "id_token_expired" | "id_token_time_invalid"
  | "id_token_nonce_mismatch" | "id_token_subject_invalid" | "id_token_subject_changed" | "id_token_hash_mismatch"
  | "id_token_acr_unmet" | "jwks_invalid" | "userinfo_invalid" | "userinfo_subject_mismatch"
  | "network_failed" | "timed_out" | "server_error" | "rate_limited" | "tokens_elsewhere" | "response_unusable"
  | "response_too_large"
  | "storage_failed" | "internal" | "wasm_load_failed" | "wasm_blocked_by_csp"
  | "worker_load_failed" | "vault_config_mismatch" | "vault_refused" | "token_not_readable"
  | "bff_load_failed" | "bff_missing" | "bff_refused"
  // Only at the edge.
  | "jws_malformed" | "jws_algorithm_unexpected" | "jws_key_unknown" | "jws_signature_invalid"
  | "access_token_missing" | "authorization_malformed" | "access_token_invalid" | "access_token_expired"
  | "dpop_proof_invalid" | "dpop_proof_replayed" | "dpop_nonce_required" | "replay_store_failed"
  | "client_authentication_unsupported" | "authorization_response_invalid" | "logout_token_invalid"
  | "introspection_invalid" | "device_response_invalid" | "expired_token"
  | "secret_in_page" | "token_refused" | "api_key_response_invalid" | "api_key_shown"
  | "session_too_large"
  | "store_failed"
  | "refresh_failed" | "web_socket_unsupported"
  | "csrf" | "request_refused"
  // Only with an own login.
  | "invalid_credentials" | "csrf_token_missing" | "no_token";

/** Every failure, whatever it came from. No message holds a token, code or verifier. */
export class AuthError extends Error {
  readonly name: AuthErrorName;
  /** Stable across releases. */
  readonly code: AuthErrorCode;
  readonly phase: AuthErrorPhase;
  /** The same call may succeed later without anybody changing anything. */
  readonly retryable: boolean;
  /** The HTTP status, where an answer came. */
  readonly status?: number;
  /** What the provider said, as it said it (RFC 6749, sections 4.1.2.1 and 5.2). Show it as text, never as HTML. */
  readonly oauth?: { readonly error: string; readonly description?: string; readonly uri?: string };
  /** What to do about it, where that is known. */
  readonly suggestion?: string;
}

/**
 * Makes the session of one client at one provider. Synchronous, and without effect on a server: there `session` stays
 * `loading` and `ready` resolves with it.
 *
 * With `storage: "bff"` the session is that of a backend for front ends at this page's origin, and the page has no token. It
 * is asked for once at the start, when the page comes back (at most once a minute, but always from the back-forward cache),
 * and when the access token should have been renewed.
 * @throws {AuthError} `invalid_option` when `issuer` or `clientId` is missing, or there with `storage: "bff"`; other options
 * are checked when first used: by a call such as `signIn`, which rejects, or where there is a session to restore by `ready`, which
 * then ends in `signedOut` with the error.
 */
export function createAuth<C extends Claims = Claims>(options: AuthOptions<C> | BffAuthOptions<C>): Auth<C>;

/** Options of {@link passwordLogin}. URLs may be relative to the page; they must be https, or http on a loopback host. */
export interface LoginOptions {
  /** Takes the credentials as JSON; answers `{ access_token, token_type, refresh_token?, expires_in?, user? }`. */
  loginUrl: string;
  /** Takes `{ refresh_token }` as JSON; answers like `loginUrl`. Without it a session ends with its first token. */
  refreshUrl?: string;
  /** Is told of a sign-out: a POST with the token and without a body. */
  logoutUrl?: string;
  /** Answers a GET with the token by the profile of the user, an object. */
  profileUrl?: string;
  /** Who may receive the access token, as in {@link AuthOptions.apis}. Default: the origin of `loginUrl`. */
  apis?: readonly (string | Pick<ApiRule, "origin" | "path">)[];
  /**
   * Where tokens live, as in {@link AuthOptions.storage}: `memory` (default), `session`, or a store of the app's own. No
   * worker takes credentials: `worker` is refused as `invalid_option`.
   */
  storage?: "memory" | "session" | TokenStore;
  /** When to refresh, as in {@link AuthOptions.refresh}. */
  refresh?: AuthOptions["refresh"];
  /** The file `tokenward_login_bg.wasm` where a bundler cannot find it, as in {@link AuthOptions.wasm}. */
  wasm?: AuthOptions["wasm"];
  /** Used in place of the global `fetch`, as in {@link AuthOptions.fetch}. */
  fetch?: typeof fetch;
  /** Receives redacted log entries. Default: none. */
  log?: LogSink;
}

/**
 * A signed-in or signed-out user of an app's own login: an {@link Auth} that takes credentials. In {@link Auth.inspect}
 * `issuer` is the `loginUrl`, and `clientId` empty.
 */
export interface LoginAuth<U = Record<string, unknown>> extends Omit<Auth<U>, "signIn" | "signOut"> {
  /**
   * Sends the credentials, an object of whatever members the login expects, and resolves to the session. They are not kept.
   * @throws {AuthError} `invalid_credentials` where the login refuses them without words of its own or in these;
   * {@link AuthError.oauth} has the server's `error`, and its `message` as `description`. Also `token_response_invalid`,
   * `network_failed` …
   */
  signIn(credentials: object): Promise<Session<U>>;
  /**
   * Ends the session here at once, then tells `logoutUrl`, whose answer changes nothing. `local`: only here.
   */
  signOut(options?: Pick<SignOutOptions, "scope">): Promise<void>;
  /**
   * The profile at `profileUrl`, fetched each time; calls at the same time share one request.
   * @throws {AuthError} `invalid_option` without `profileUrl`, `not_signed_in`, or why there is none.
   */
  profile<P = Record<string, unknown>>(): Promise<P>;
  /**
   * Whether `permissions` of the profile, a list of strings, has this one; false when signed out. Asks for the profile once
   * with each token; without `profileUrl` the user that the login gave counts. It is for what to show: what may be done
   * the server decides.
   * @throws {AuthError} Why there is no profile.
   */
  can(permission: string): Promise<boolean>;
}

/**
 * Makes the session of an app's own login: JSON endpoints of its own back end that take credentials and give tokens. All
 * else is as with {@link createAuth}: one refresh at a time over all tabs, {@link Auth.fetch}, the errors. Never for
 * another company's users: theirs sign in at their provider, with `createAuth`.
 * @throws {AuthError} `invalid_option` when `loginUrl` is missing.
 */
export function passwordLogin<U = Record<string, unknown>>(options: LoginOptions): LoginAuth<U>;

/** Where a token against forged requests comes from, and the header it is sent in with all but GET, HEAD and OPTIONS. */
export type CsrfOptions =
  /** The cookie of this name has it, for example `XSRF-TOKEN` for the header `X-XSRF-TOKEN`. It is decoded as a URL's part. */
  | { readonly cookie: string; readonly header: string }
  /**
   * A GET of this URL answers an object with `csrf_token`, `csrfToken` or `token`. It is asked before and after a sign-in,
   * and once more where a request is answered with 403.
   */
  | { readonly url: string; readonly header: string };

/** Options of {@link cookieSession}. URLs may be relative to the page; they must be https, or http on a loopback host. */
export interface CookieOptions {
  /** Takes the credentials as JSON, and sets the cookie. It may answer `{ user }`. */
  loginUrl: string;
  /** Takes a POST without a body, and takes the cookie back. */
  logoutUrl: string;
  /**
   * Answers a GET by the user, an object, or by 401 where nobody is signed in. Without it a reload of the only tab shows
   * nobody, even though the cookie may still be good, and a 401 of an API is believed unasked.
   */
  userUrl?: string;
  /** How the server tells requests of the app from forged ones. Default: by the cookie's own `SameSite` alone. */
  csrf?: CsrfOptions;
  /** Where the cookie may be sent by {@link Auth.fetch}, as in {@link AuthOptions.apis}. Default: the origin of `loginUrl`. */
  apis?: readonly (string | ApiRule)[];
  /** The file `tokenward_login_bg.wasm` where a bundler cannot find it, as in {@link AuthOptions.wasm}. */
  wasm?: AuthOptions["wasm"];
  /** Used in place of the global `fetch`, as in {@link AuthOptions.fetch}. */
  fetch?: typeof fetch;
  /** Receives redacted log entries. Default: none. */
  log?: LogSink;
}

/**
 * Makes the session that a cookie of an app's own back end names; best one that is `HttpOnly`, `Secure` and `SameSite`. All
 * tabs know of a sign-in and a sign-out. {@link Auth.fetch} sends the cookie to {@link CookieOptions.apis} and to nobody
 * else. Where it sends more than that cookie, it follows no redirect: not with the CSRF header, nor to an API of another
 * origin; such a call fails unless its `redirect` is `manual`. On a 401 the server is asked at `userUrl` who is signed in:
 * nobody ends the session in all tabs with the reason `expired`.
 *
 * There is no token: {@link Auth.getAccessToken} rejects with `no_token`. {@link LoginAuth.can} looks into the user.
 * {@link LoginAuth.signOut} ends the session here, and then rejects where the server could not be told: only it can take
 * the cookie back.
 * @throws {AuthError} `invalid_option` when `loginUrl` is missing.
 */
export function cookieSession<U = Record<string, unknown>>(options: CookieOptions): LoginAuth<U>;

/** The version of this package. */
export const version: string;
