// Sessions that a cookie names, with the two usual ways to tell a request of one's own page from a forged one.
import { randomBytes } from "node:crypto";
import { Refusal } from "./strict.mjs";

/** What a system with cookies adds to its settings. */
export const SESSION_SETTINGS = {
  /** How long a session lasts. */
  sessionSeconds: 3600,
  /**
   * `cookie`: what is in the cookie XSRF-TOKEN comes back as the header X-XSRF-TOKEN. `endpoint`: what an endpoint gives
   * comes back as X-CSRF-Token. `none`: as the document has it.
   */
  csrf: "none",
  /** The login needs the token too, so that nobody is signed in as somebody else. */
  csrfAtLogin: false,
};

const HEADERS = { cookie: "x-xsrf-token", endpoint: "x-csrf-token" };

const cookiesOf = ({ cookie = "" }) => Object.fromEntries(cookie.split(/; */).filter(Boolean).map((pair) => pair.split(/=(.*)/s)));

export function createSessions({ settings, now }) {
  const sessions = new Map();

  /** A session of nobody or of `sub`, and the cookies that name it. */
  const open = (sub) => {
    const id = randomBytes(16).toString("hex");
    const csrf = randomBytes(16).toString("hex");
    sessions.set(id, { id, sub, csrf, until: now() + settings.sessionSeconds * 1000 });
    const cookies = [`session=${id}; Path=/; HttpOnly; SameSite=Lax`];
    if (settings.csrf === "cookie") cookies.push(`XSRF-TOKEN=${csrf}; Path=/; SameSite=Lax`);
    return { csrf, headers: { "set-cookie": cookies } };
  };

  const find = (headers) => {
    const session = sessions.get(cookiesOf(headers).session);
    return session && now() < session.until ? session : undefined;
  };

  const checkCsrf = (session, headers) => {
    const header = HEADERS[settings.csrf];
    if (header && (!session || headers[header] !== session.csrf)) throw new Refusal(403, "csrf_failed", `The header ${header} is missing or wrong`);
  };

  return {
    /** Signs `sub` in; the session before is another one. */
    signIn(sub, headers) {
      const before = find(headers);
      if (settings.csrfAtLogin) checkCsrf(before, headers);
      if (before) sessions.delete(before.id);
      return open(sub);
    },
    /** Who is signed in. What is not a GET must prove that it comes from the page. */
    check({ method, headers }) {
      if (settings.apiRefusals > 0) {
        settings.apiRefusals -= 1;
        throw new Refusal(401, "not_signed_in", "There is no session");
      }
      const session = find(headers);
      if (!session?.sub) throw new Refusal(401, "not_signed_in", "There is no session");
      if (method !== "GET") checkCsrf(session, headers);
      return session;
    },
    /** The token of the session that is there, or of a new one of nobody. */
    csrfToken(headers) {
      const session = find(headers);
      return session ? { csrf: session.csrf, headers: {} } : open(undefined);
    },
    signOut(session) {
      sessions.delete(session.id);
      return { "set-cookie": ["session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0", "XSRF-TOKEN=; Path=/; SameSite=Lax; Max-Age=0"] };
    },
    /** Whether a request has the cookie at all. */
    isNamed: (headers) => cookiesOf(headers).session !== undefined,
    /** Ends every session, as a server does that was restarted. */
    endAll: () => sessions.clear(),
  };
}
