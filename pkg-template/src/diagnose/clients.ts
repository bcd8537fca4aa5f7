// What each kind of client knows of itself, by its options and its state.

import type { ApiKeyOptions, ClientCredentialsOptions, MachineClient } from "../../edge.js";
import type { ApiRule, AuthError, AuthOptions, LoginOptions, Session } from "../../index.js";
import { type Endpoint, type Facts, inPage } from "./facts.js";

const metadataOf = (issuer: string): Endpoint =>
  ({ url: `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`, option: "issuer", takes: "metadata" });

const urlsOf = (apis: readonly (string | ApiRule)[]): string[] =>
  apis.map((api) => (typeof api === "string" ? api : new URL(api.path ?? "", api.origin).href));

type SessionOptions = AuthOptions & Partial<Pick<LoginOptions, "loginUrl" | "refreshUrl">> & { cookies?: true; bff?: { basePath?: string } };

/** A session begins with a provider's metadata, with the app's own login, or at a backend that knows it. */
export const factsOfSession = (
  { issuer, loginUrl, refreshUrl, cookies, bff, storage, apis, fetch: send }: SessionOptions, session: Session, lastError: AuthError | undefined, call: typeof fetch,
): Facts => {
  const base = inPage() ? document.baseURI : undefined;
  const login = Object.entries({ loginUrl, refreshUrl }).flatMap(([option, url]): Endpoint[] =>
    url === undefined ? [] : [{ url: new URL(url, base).href, option, takes: "json" }]);
  const own = login[0] ? [new URL(login[0].url).origin] : inPage() ? [location.origin] : [];
  const error = lastError ?? (session as { error?: AuthError }).error;
  const isBff = (storage as string | undefined) === "bff" && inPage();
  const here = (path: string | ApiRule) => new URL(path as string, location.origin).href;
  return {
    ...(isBff
      ? { backend: here(bff?.basePath ?? "/auth"), endpoints: [], apis: (apis ?? ["/api/"]).map(here) }
      : { endpoints: login.length > 0 ? login : [metadataOf(issuer)], apis: apis ? urlsOf(apis) : own }),
    sends: cookies || isBff ? "cookie" : "token",
    call,
    ...(error && { error }),
    ...(session.status === "signedIn" && { expiresAt: session.expiresAt }),
    ...(send && { send }),
  };
};

/** A machine client can ask for a token at any time, which says most. */
export const factsOfMachine = (
  { tokenUrl, issuer, body, apis, fetch: send }: Omit<ClientCredentialsOptions, "privateKey">,
  { fetch: call, getAccessToken, inspect }: Pick<MachineClient, "fetch" | "getAccessToken" | "inspect">,
): Facts => {
  const { error, expiresAt } = inspect();
  return {
    endpoints: [tokenUrl === undefined ? metadataOf(issuer!) : { url: tokenUrl, option: "tokenUrl", takes: body ?? "form" }],
    apis: apis ? urlsOf(apis) : [new URL(tokenUrl ?? issuer!).origin],
    sends: "token",
    call,
    attempt: () => getAccessToken({ force: true }),
    expiresAt,
    ...(error && { error }),
    ...(send && { send }),
  };
};

/** An API key is all that there is: no endpoint gives it. */
export const factsOfKey = ({ header = "X-API-Key", query, apis, fetch: send }: ApiKeyOptions, call: typeof fetch): Facts => ({
  endpoints: [], apis: urlsOf(apis), sends: "key", call, ...(query === undefined && { keyHeader: header }), ...(send && { send }),
});
