// TypeScript sources the type test compiles: what must compile, and what must not (each line under @ts-expect-error).

export const rightUse = `
import { AuthError, cookieSession, createAuth, passwordLogin, version } from "tokenward";
import { ApiKeySecret, apiKey, apiKeys, AuthError as EdgeError, clientCredentials, createVerifier, VerifyError, verifyJws } from "tokenward/edge";
import { createBff, type Bff, type BffOptions, type EdgeSession } from "tokenward/edge";
import { denoKvStore, durableObjectStore, memoryStore, redisStore, SessionObject, workersKvStore } from "tokenward/edge";
import type { DenoKvLike, DurableObjectNamespaceLike, RedisClient, SessionStore, StoredEntry, WorkersKvLike } from "tokenward/edge";
import type {
  ApiKeyCreated, Jwk, JwkSet, JwsAlgorithm, MachineClient, MachineSnapshot, PrivateJwk, ReplayStore, Verified, VerifiedJws, Verifier, VerifierSnapshot,
} from "tokenward/edge";
import { recommend } from "tokenward/advice";
import type { Advice, Scenario } from "tokenward/advice";
import type {
  Auth, AuthErrorCode, AuthOptions, BffAuthOptions, Claims, CookieOptions, Diagnosis, DiagnosisCode, LogEntry, LoginAuth, LoginOptions,
  RedactedSnapshot, Session,
} from "tokenward";

interface Staff extends Claims {
  readonly department: string;
}

export async function app(listed: HTMLElement): Promise<string> {
  const auth = createAuth<Staff>({ issuer: "https://id.example.com", clientId: "app", apis: ["https://api.example.com"] });
  using shared: Auth<Staff> = auth;
  const session: Session<Staff> = await shared.ready;
  if (session.status === "loading") return "loading";
  if (session.status === "signedOut") {
    const code: AuthErrorCode | undefined = session.error?.code;
    if (code === undefined && session.reason === "none") return (await auth.signIn({ returnTo: "/inbox", maxAge: 3600 })).status;
    return session.error?.suggestion ?? "signed out";
  }
  const department: string = session.user.department;
  const left: number = (session.expiresAt ?? Date.now()) - Date.now();
  const response: Response = await auth.fetch("https://api.example.com/me", { method: "POST", body: "{}" });
  await auth.fetch(new Request("https://api.example.com/me"));
  const stop: () => void = auth.on("refreshFailed", ({ error, retryInSeconds }) => {
    const when: number | null = retryInSeconds;
    listed.textContent = error.retryable ? String(when) : error.message;
  });
  auth.on("signedIn", ({ returnTo }) => returnTo?.startsWith("/"));
  const unsubscribe: () => void = auth.subscribe((now) => now.status === "signedIn" && now.user.department);
  const token: string = await auth.getAccessToken({ minTtlSeconds: 60 });
  const user: Staff | null = await auth.getUser();
  const seen: RedactedSnapshot = auth.inspect();
  stop();
  unsubscribe();
  await auth.signOut({ scope: "local", revoke: false });
  return [department, left, response.status, token.length, user?.sub, seen.timeline.length, version].join();
}

export const everything: AuthOptions = {
  issuer: "https://id.example.com", clientId: "app", redirectUri: "/callback", postLogoutRedirectUri: "/bye",
  scope: "openid profile", audience: "api", resource: ["https://api.example.com/"],
  apis: ["https://api.example.com", { origin: "https://files.example.com", path: "/v1" }],
  storage: "session", refresh: { beforeExpirySeconds: 60 }, idTokenSignedResponseAlg: "ES256", clockToleranceSeconds: 30,
  wasm: new URL("https://cdn.example.com/tokenward_bg.wasm"), fetch, log: (entry: LogEntry) => void entry.message,
};

export async function behindBackend(): Promise<string> {
  const options: BffAuthOptions<Staff> = { storage: "bff", bff: { basePath: "/auth" }, apis: ["/api/", "/reports"], fetch, log: () => {} };
  const auth: Auth<Staff> = createAuth<Staff>(options);
  const short: Auth = createAuth({ storage: "bff" });
  const session = await auth.ready;
  await short.signOut({ scope: "provider", returnTo: "/bye" });
  return session.status === "signedIn" ? session.user.department : short.inspect().storage;
}

export async function findOut(auth: Auth, error: unknown): Promise<string> {
  const findings: readonly Diagnosis[] = await auth.diagnose();
  const more = await auth.diagnose({ url: new URL("https://api.example.com/me"), headers: { authorization: "Bearer x" }, error });
  const codes: DiagnosisCode[] = [...findings, ...more].map(({ code }) => code);
  return codes.includes("cors_blocked") ? findings[0]?.mend ?? "" : more.map(({ cause, evidence }) => cause + evidence).join();
}

export function choose(scenario: Scenario): string {
  const { call, from, storage, warnings }: Advice = recommend({ ...scenario, runsIn: "page", value: "high" });
  return [call, from, storage, ...warnings].join();
}

export async function machines(secret: string, pair: CryptoKeyPair, exported: JsonWebKey): Promise<string> {
  using client: MachineClient = clientCredentials({
    tokenUrl: "https://id.example.com/oauth/token", clientId: "app", clientSecret: secret, auth: "post", body: "json", audience: "api",
    scope: "read", apis: [{ origin: "https://api.example.com", path: "/v1" }], refresh: { beforeExpirySeconds: 60 }, useRefreshToken: true,
    fetch, log: (entry) => void entry.message,
  });
  clientCredentials({ issuer: "https://id.example.com", clientId: "app", privateKey: pair.privateKey, keyId: "1" });
  clientCredentials({ issuer: "https://id.example.com", clientId: "app", privateKey: exported as PrivateJwk, auth: "private_key_jwt" });
  const token: string = await client.getAccessToken({ minTtlSeconds: 60 });
  const response: Response = await client.fetch("https://api.example.com/v1/x");
  const { error, expiresAt }: MachineSnapshot = client.inspect();
  const code: AuthErrorCode | undefined = error?.code;
  const keys = apiKeys({ url: "https://api.example.com/v1/api-keys", auth: client });
  const created: ApiKeyCreated = await keys.create({ name: "k", scopes: ["read"] });
  const rotated = await keys.rotate(created, { graceDays: 1 });
  const when: number = rotated.previous.revokeAt;
  const shown: string = rotated.key.reveal();
  const keyed = apiKey({ key: new ApiKeySecret(shown), header: "X-API-Key", apis: ["https://api.example.com"] });
  const findings: readonly Diagnosis[] = await keyed.diagnose();
  apiKey({ key: secret, query: "api_key", apis: ["https://api.example.com"] }).dispose();
  return [token, response.status, expiresAt, code, when, findings.length].join();
}

export async function verify(token: string, exported: JsonWebKey, served: { keys: JsonWebKey[] }): Promise<string> {
  const algorithms: readonly JwsAlgorithm[] = ["RS256", "Ed25519"];
  const named: Jwk = { kty: "OKP", crv: "Ed25519", kid: "1", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" };
  const set: JwkSet = { keys: [exported, named] };
  const parsed: unknown = JSON.parse("{}");
  const verified: VerifiedJws = await verifyJws(token, served, { algorithms });
  for (const keys of [exported, set, parsed as JwkSet]) await verifyJws(token, keys, { algorithms: ["ES256"] });
  const kid: unknown = verified.header["kid"];
  return new TextDecoder().decode(verified.payload) + String(kid) + String(EdgeError === AuthError);
}

export async function backend(request: Request, store: SessionStore): Promise<Response> {
  const options: BffOptions = {
    issuer: "https://id.example.com", clientId: "app", clientSecret: "s", origin: "https://app.example", keys: ["k"], store,
    apis: [{ path: "/api", target: "https://api.example.com", methods: ["GET"], webSocket: true }],
    session: { idleSeconds: 60 }, refresh: { beforeExpirySeconds: 10 }, sessionIn: "cookie", replayWindowSeconds: 10, par: "auto",
  };
  using bff: Bff = createBff(options);
  const { handle } = bff;
  const session: EdgeSession | null = await bff.session(request);
  const until: number | null = session?.expiresAt ?? null;
  return (await handle(request, { waitUntil: () => {} })) ?? new Response(session?.user.sub ?? String(until));
}

export async function stores(kv: DenoKvLike, namespace: DurableObjectNamespaceLike, client: RedisClient, unsafe: WorkersKvLike): Promise<string> {
  const all: SessionStore[] = [
    memoryStore(), memoryStore({ maxEntries: 10 }), denoKvStore(kv), durableObjectStore(namespace), redisStore(client, { prefix: "app:" }),
    workersKvStore(unsafe, {}),
  ];
  for (const store of all.filter(({ isAtomic }) => isAtomic)) {
    const version: string | null = await store.write("s:1", "value", { expected: null, expiresAt: Date.now() + 60_000 });
    const entries: readonly (StoredEntry | null)[] = await store.read(["s:1", "s:2"]);
    if (version !== entries[0]?.version) await store.remove("s:1");
  }
  const object: { fetch(request: Request): Promise<Response> } = class extends SessionObject {}.prototype;
  return typeof object.fetch;
}

export async function guarded(request: Request, set: JwkSet, replays: ReplayStore, cache: Cache): Promise<Response> {
  using verify: Verifier = createVerifier({
    issuer: "https://id.example.com", audience: ["https://api.example.com"], algorithms: ["ES256"], jwks: set, clockToleranceSeconds: 30,
    dpop: { required: true, algorithms: ["ES256"], maxAgeSeconds: 30, origin: "https://api.example.com", nonceSecret: "x", replays },
    typ: ["at+jwt", "JWT"], missingClaims: ["jti"], clientIdClaim: "azp", scopeClaim: "scp", requireClaims: { token_use: "access", tid: ["a", "b"] },
    keys: { maxAgeSeconds: 600, staleSeconds: 60, cooldownSeconds: 10, timeoutSeconds: 3 }, verdicts: 0, cache, fetch, log: (entry) => void entry.event,
  });
  createVerifier({ issuer: "https://id.example.com", audience: "api", dpop: false, jwksUrl: "https://id.example.com/jwks" });
  try {
    const verified: Verified = await verify(request, { scope: "read", acrValues: "silver", maxAgeSeconds: 60, waitUntil: (work) => void work });
    const subject: string | null = verified.subject;
    const department: unknown = verified.claims["department"];
    const state: VerifierSnapshot = verify.inspect();
    return Response.json({ subject, department, scopes: verified.scopes.join(" "), verdicts: state.verdicts });
  } catch (error) {
    if (!(error instanceof VerifyError)) throw error;
    const code: AuthErrorCode = error.code;
    return error.status === 503 ? new Response(code + String(error.retryAfterSeconds)) : error.toResponse();
  }
}

interface Teacher {
  readonly id: number;
  readonly role: string;
}

export async function ownLogin(): Promise<string> {
  const options: LoginOptions = {
    loginUrl: "/auth/login", refreshUrl: "/auth/refresh", logoutUrl: "/auth/logout", profileUrl: "/auth/profile",
    apis: ["https://api.example.com"], storage: "session", refresh: { beforeExpirySeconds: 60 },
  };
  const auth: LoginAuth<Teacher> = passwordLogin<Teacher>(options);
  const session: Session<Teacher> = await auth.signIn({ email: "user@example.com", password: "" });
  if (session.status !== "signedIn") return session.status;
  const id: number = session.user.id;
  const allowed: boolean = await auth.can("write:grades");
  const { institution } = await auth.profile<Teacher & { institution: { name: string } }>();
  const response: Response = await auth.fetch("/students");
  const token: string = await auth.getAccessToken();
  await auth.signOut({ scope: "local" });
  return [id, allowed, institution.name, response.status, token.length].join();
}

export const cookies: CookieOptions = {
  loginUrl: "/session/login", logoutUrl: "/session/logout", userUrl: "/session/user",
  csrf: { cookie: "XSRF-TOKEN", header: "X-XSRF-TOKEN" },
};
export const withCookie: LoginAuth<Teacher> = cookieSession<Teacher>(cookies);
export const withEndpoint = cookieSession({ ...cookies, csrf: { url: "/session/csrf", header: "X-CSRF-Token" } });

export function explain(thrown: unknown): string {
  if (!(thrown instanceof AuthError)) throw thrown;
  switch (thrown.name) {
    case "OAuthError": return thrown.oauth?.error ?? thrown.message;
    case "NetworkError": return String(thrown.status);
    default: return thrown.code + thrown.phase;
  }
}
`;

export const wrongUse = `
import { AuthError, cookieSession, createAuth, passwordLogin } from "tokenward";
import { recommend } from "tokenward/advice";
import { apiKey, apiKeys, clientCredentials, createBff, createVerifier, VerifyError, verifyJws } from "tokenward/edge";
import type { AuthErrorCode, Claims } from "tokenward";

// @ts-expect-error clientId is required
clientCredentials({ tokenUrl: "https://id.example.com/token", clientSecret: "s" });
// @ts-expect-error a misspelt option is an error, not silence
clientCredentials({ tokenUrl: "https://id.example.com/token", clientId: "a", client_secret: "s" });
// @ts-expect-error a shared secret signs nothing
clientCredentials({ tokenUrl: "https://id.example.com/token", clientId: "a", clientSecret: "s", auth: "client_secret_jwt" });
// @ts-expect-error nobody is sent a key who is not named
apiKey({ key: "k" });
// @ts-expect-error a key is not readable by its name
(await apiKeys({ url: "https://api.example.com/keys", auth: { fetch } }).create({ name: "k", scopes: [] })).key.length;

// @ts-expect-error a backend has keys
createBff({ issuer: "https://id.example.com", clientId: "app", clientSecret: "s", origin: "https://app.example", apis: [] });
// @ts-expect-error no session shows a token
(await createBff({} as never).session(new Request("https://app.example")))?.accessToken;

// @ts-expect-error issuer is required
createAuth({ clientId: "app" });
// @ts-expect-error clientId is required
createAuth({ issuer: "https://id.example.com" });
// @ts-expect-error a misspelt option is an error, not silence
createAuth({ issuer: "https://id.example.com", clientId: "app", redirectURI: "/" });
// @ts-expect-error tokens do not go to localStorage
createAuth({ issuer: "https://id.example.com", clientId: "app", storage: "local" });
// @ts-expect-error a backend has its issuer
createAuth({ storage: "bff", issuer: "https://id.example.com" });
// @ts-expect-error and its client
createAuth({ storage: "bff", clientId: "app" });
// @ts-expect-error and its scopes
createAuth({ storage: "bff", scope: "openid" });
// @ts-expect-error a backend's APIs are paths of this origin
createAuth({ storage: "bff", apis: [{ origin: "https://api.example.com" }] });
// @ts-expect-error a misspelt option of the backend's
createAuth({ storage: "bff", bff: { base: "/auth" } });
// @ts-expect-error without storage: "bff" there is no backend
createAuth({ issuer: "https://id.example.com", clientId: "app", bff: { basePath: "/auth" } });
// @ts-expect-error an unsigned ID token is never accepted
createAuth({ issuer: "https://id.example.com", clientId: "app", idTokenSignedResponseAlg: "none" });

// @ts-expect-error who calls, and in whose name, is always to be said
recommend({ runsIn: "page" });
// @ts-expect-error a misspelt member is an error, not silence
recommend({ runsIn: "page", actsFor: "user", api: "own", tab: "one" });
// @ts-expect-error nothing is recommended that the package has not
const way: "implicit" = recommend({ runsIn: "page", actsFor: "user", api: "own" }).call;

const auth = createAuth({ issuer: "https://id.example.com", clientId: "app" });
// @ts-expect-error findings are to read
(await auth.diagnose())[0]!.code = "offline";
// @ts-expect-error nobody is known to be signed in before status is looked at
auth.session.user;
// @ts-expect-error session is a snapshot to read
auth.session = { status: "loading" };
// @ts-expect-error only these prompts exist
auth.signIn({ prompt: "never" });
// @ts-expect-error there is no such event
auth.on("expired", () => {});
// @ts-expect-error the detail of signedOut has no expiresAt
auth.on("signedOut", (detail) => detail.expiresAt);
// @ts-expect-error a claim may be anything until it is checked
const department: string = (await auth.getUser())!.department;
// @ts-expect-error a claim of an unknown type is no string either
const claimsOf = (claims: Claims): string => claims["department"];
// @ts-expect-error no token can be in what inspect returns
auth.inspect().accessToken;
// @ts-expect-error codes are a closed list
const code: AuthErrorCode = "no_such_code";
// @ts-expect-error AuthErrors are made by tokenward alone with a code of the list
(new AuthError("x")).code = "no_such_code";

// @ts-expect-error loginUrl is required
passwordLogin({ refreshUrl: "/auth/refresh" });
// @ts-expect-error no worker takes credentials
passwordLogin({ loginUrl: "/auth/login", storage: "worker" });
// @ts-expect-error without credentials nobody signs in
passwordLogin({ loginUrl: "/auth/login" }).signIn();
// @ts-expect-error a cookie is stored by the browser alone
cookieSession({ loginUrl: "/login", logoutUrl: "/logout", storage: "session" });
// @ts-expect-error the header must be named
cookieSession({ loginUrl: "/login", logoutUrl: "/logout", csrf: { cookie: "XSRF-TOKEN" } });

const key = { kty: "OKP", crv: "Ed25519", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" };
// @ts-expect-error the issuer is required
createVerifier({ audience: "api" });
// @ts-expect-error a misspelt option is an error, not silence
createVerifier({ issuer: "https://id.example.com", audience: "api", jwksUri: "https://id.example.com/jwks" });
// @ts-expect-error a token without an end is none
createVerifier({ issuer: "https://id.example.com", audience: "api", missingClaims: ["exp"] });
// @ts-expect-error a shared secret signs no token for an API
createVerifier({ issuer: "https://id.example.com", audience: "api", algorithms: ["HS256"] });
// @ts-expect-error what was verified is not changed
(await createVerifier({ issuer: "https://id.example.com", audience: "api" })("x")).subject = "admin";
// @ts-expect-error only the verifier makes one
new VerifyError();
// @ts-expect-error the caller names the algorithms
verifyJws("x.y.z", key);
// @ts-expect-error the caller names the algorithms
verifyJws("x.y.z", key, {});
// @ts-expect-error an unsigned token is never verified
verifyJws("x.y.z", key, { algorithms: ["none"] });
// @ts-expect-error a public key is no shared secret
verifyJws("x.y.z", key, { algorithms: ["HS256"] });
// @ts-expect-error a key is an object
verifyJws("x.y.z", "secret", { algorithms: ["RS256"] });
// @ts-expect-error a misspelt option is an error, not silence
verifyJws("x.y.z", key, { algorithms: ["RS256"], alg: "RS256" });
// @ts-expect-error what is in a header is known when it was looked at
const kid: string = (await verifyJws("x.y.z", key, { algorithms: ["RS256"] })).header["kid"];
`;
