// TypeScript sources the type test compiles: what must compile, and what must not (each line under @ts-expect-error).

export const rightUse = `
import { AuthError, createAuth, version } from "tokenward";
import type { Auth, AuthErrorCode, AuthOptions, Claims, LogEntry, RedactedSnapshot, Session } from "tokenward";

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
import { AuthError, createAuth } from "tokenward";
import type { AuthErrorCode, Claims } from "tokenward";

// @ts-expect-error issuer is required
createAuth({ clientId: "app" });
// @ts-expect-error clientId is required
createAuth({ issuer: "https://id.example.com" });
// @ts-expect-error a misspelt option is an error, not silence
createAuth({ issuer: "https://id.example.com", clientId: "app", redirectURI: "/" });
// @ts-expect-error tokens do not go to localStorage
createAuth({ issuer: "https://id.example.com", clientId: "app", storage: "local" });
// @ts-expect-error an unsigned ID token is never accepted
createAuth({ issuer: "https://id.example.com", clientId: "app", idTokenSignedResponseAlg: "none" });

const auth = createAuth({ issuer: "https://id.example.com", clientId: "app" });
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
`;
