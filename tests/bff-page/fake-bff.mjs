// A backend for front ends as tests/bff-page needs it: the endpoints of the real one, strict about who asks, with faults.
import { randomUUID } from "node:crypto";
import { engine } from "../e2e/driver.mjs";

// WebKitGTK takes no Secure cookie from http, whatever the host.
const SECURE = engine === "webkit" ? "" : " Secure;";
const COOKIE = engine === "webkit" ? "tokenward" : "__Host-tokenward";
const ATTRIBUTES = `Path=/;${SECURE} HttpOnly; SameSite=Strict`;

const cookieIn = ({ headers }, name) =>
  (headers.cookie ?? "").split(/; */).find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);

const page = (target) => ({
  headers: { "content-type": "text/html", "content-security-policy": "default-src 'none'" },
  body: `<!doctype html><html lang="en"><title>Signed in</title><meta http-equiv="refresh" content="0;url=${target.replaceAll("&", "&amp;")}"><a href="${target}">Go on</a>`,
});

/** @param {() => string} provider The origin that a sign-in and a sign-out go to. */
export function createFakeBff(provider) {
  const bff = {
    /** The sessions by the cookie's value: `{ sub, expiresAt, stale }`. */
    sessions: new Map(),
    /** Every secret that there ever was: cookies and tokens. */
    secrets: [],
    /** Who signs in next. */
    sub: "user-1",
    /** How long an access token lives. */
    tokenMs: 900_000,
    /** By path, what is answered in the place of the rest: a reply, or a function of the request that may give none. */
    instead: {},
    /** Ends every session, as the provider's word would. */
    endAll: () => bff.sessions.clear(),
    reset() {
      bff.endAll();
      bff.instead = {};
      Object.assign(bff, { sub: "user-1", tokenMs: 900_000 });
    },

    /** The reply to a request of `describeRequest`, or null where it is not the backend's. */
    handle(request) {
      const { method, path } = request;
      const given = bff.instead[path];
      const instead = typeof given === "function" ? given(request) : given;
      if (instead) return instead;
      if (path === "/auth/login") return login(request);
      if (path === "/auth/callback") return callback(request);
      if (path === "/auth/session" && method === "GET") return guarded(request, session);
      if (path === "/auth/logout" && method === "POST") return guarded(request, logout);
      if (path.startsWith("/api/")) return guarded(request, api);
      return null;
    },
    /** The session of a request, where there is one. */
    sessionOf: (request) => bff.sessions.get(cookieIn(request, COOKIE)),
    /** Whether a request is the app's own. */
    isOwn: ({ headers }) => headers["x-tokenward"] === "1" && (headers["sec-fetch-site"] ?? "same-origin") === "same-origin",
  };

  const secret = (name) => {
    const value = `${name}-${randomUUID()}`;
    bff.secrets.push(value);
    return value;
  };

  const guarded = (request, answer) =>
    (bff.isOwn(request) ? answer(request) : { status: 403, body: { error: "csrf", message: "Not a request of the app's own" } });

  function login({ query, headers }) {
    if ((headers["sec-fetch-mode"] ?? "navigate") !== "navigate") return { status: 403, body: { error: "csrf", message: "Not a navigation" } };
    const state = randomUUID();
    const sealed = encodeURIComponent(JSON.stringify({ state, returnTo: query.returnTo ?? "/" }));
    const back = `http://${headers.host}/auth/callback`;
    return {
      status: 303,
      headers: {
        "set-cookie": `${COOKIE}-login=${sealed}; Path=/;${SECURE} HttpOnly; SameSite=Lax; Max-Age=600`,
        location: `${provider()}/authorize?${new URLSearchParams({ redirect_uri: back, state })}`,
      },
    };
  }

  function callback(request) {
    const { state, returnTo } = JSON.parse(decodeURIComponent(cookieIn(request, `${COOKIE}-login`) ?? "{}"));
    if (!state || request.query.state !== state) return { status: 400, headers: { "content-type": "text/html" }, body: "<title>No</title>" };
    const id = secret("session");
    bff.sessions.set(id, { sub: bff.sub, expiresAt: Date.now() + bff.tokenMs, stale: false, token: secret("access") });
    const done = page(returnTo);
    return { ...done, headers: { ...done.headers, "set-cookie": [`${COOKIE}=${id}; ${ATTRIBUTES}`, `${COOKIE}-login=; Max-Age=0; Path=/;${SECURE}`] } };
  }

  function session(request) {
    const found = bff.sessionOf(request);
    if (!found) return { body: { status: "signedOut" } };
    const { sub, stale } = found;
    if (found.expiresAt <= Date.now()) found.expiresAt = Date.now() + bff.tokenMs;
    const now = Math.floor(Date.now() / 1000);
    const user = { iss: provider(), sub, aud: "app", iat: now - (now % 1000), exp: 4e9, name: `Name of ${sub}` };
    return { body: { status: "signedIn", user, expiresAt: found.expiresAt, stale } };
  }

  function logout(request) {
    const wish = JSON.parse(request.body || "{}");
    bff.sessions.delete(cookieIn(request, COOKIE));
    const back = `http://${request.headers.host}${wish.returnTo ?? "/app.html?out"}`;
    const location = wish.scope === "local" ? null : `${provider()}/end?${new URLSearchParams({ back })}`;
    return { headers: { "set-cookie": `${COOKIE}=; Max-Age=0; ${ATTRIBUTES}` }, body: { location } };
  }

  const api = (request) => {
    const found = bff.sessionOf(request);
    return found ? { body: { notes: [`of ${found.sub}`] } } : { status: 401, body: { error: "not_signed_in", message: "Nobody is signed in" } };
  };

  return bff;
}
