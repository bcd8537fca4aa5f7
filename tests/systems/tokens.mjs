// The tokens that a system gave out, and what became of them.
import { createHmac, randomBytes } from "node:crypto";
import { Refusal } from "./strict.mjs";

const base64url = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A JSON Web Token as the documents show them: HS256, with a key that nobody needs to know. */
const jwt = (claims) => {
  const input = `${base64url({ alg: "HS256", typ: "JWT" })}.${base64url(claims)}`;
  return `${input}.${createHmac("sha256", "the system's own").update(input).digest("base64url")}`;
};

/** How a token looks: a JWT, or random letters. */
export const KINDS = {
  jwt: ({ sub, scope, audience }, at, seconds) =>
    jwt({ sub, scope, aud: audience, iat: Math.floor(at / 1000), exp: Math.floor(at / 1000) + seconds, jti: randomBytes(8).toString("hex") }),
  opaque: () => randomBytes(16).toString("hex"),
};

/**
 * Access and refresh tokens of one system. `grant` is what a token stands for: `{ sub, scope, … }`; who signs in gets a
 * family of them, which ends as a whole.
 */
export function createTokens({ settings, now, kind = KINDS.jwt }) {
  const access = new Map();
  const refresh = new Map();

  const issueAccess = (grant, family) => {
    const token = kind(grant, now(), settings.tokenSeconds);
    access.set(token, { grant, family, until: now() + settings.tokenSeconds * 1000 });
    return token;
  };
  const issueRefresh = (grant, family) => {
    const token = kind(grant, now(), 30 * 86_400);
    refresh.set(token, { grant, family, spent: false });
    return token;
  };
  const lifetime = () => (settings.expiresIn === undefined ? { expires_in: settings.tokenSeconds }
    : settings.expiresIn === null ? {} : { expires_in: settings.expiresIn });

  /** The members of an answer of this type. */
  const answerOf = (grant, family, token_type, refreshToken) => ({
    access_token: issueAccess(grant, family), ...(refreshToken && { refresh_token: refreshToken }), token_type, ...lifetime(),
  });

  return {
    /** A first set of tokens. */
    issue(grant, { type = "Bearer", withRefresh = false } = {}) {
      const family = { ended: false };
      return answerOf(grant, family, type, withRefresh && issueRefresh(grant, family));
    },
    /** The set that a refresh token gives, with a new one only where the system rotates. */
    renew(token, { type = "Bearer", status = 401, error = "invalid_grant", isFor = () => true } = {}) {
      const held = refresh.get(token);
      if (!held || held.family.ended || !isFor(held.grant)) throw new Refusal(status, error, "The refresh token is not valid");
      if (held.spent) {
        // Somebody has an old one: whoever it is, nobody goes on.
        held.family.ended = true;
        throw new Refusal(status, error, "The refresh token was used before");
      }
      held.spent = settings.rotate;
      return answerOf(held.grant, held.family, type, settings.rotate && issueRefresh(held.grant, held.family));
    },
    /** What the token of a Bearer header stands for; the refusal says what is wrong with it (RFC 6750, section 3.1). */
    check(headers) {
      const { authorization } = headers;
      const challenge = (status, error, message) =>
        new Refusal(status, error, message, { "www-authenticate": `Bearer error="${error}", error_description="${message}"` });
      if (settings.apiRefusals > 0) {
        settings.apiRefusals -= 1;
        throw challenge(401, "invalid_token", "The access token is not valid");
      }
      if (authorization === undefined) throw new Refusal(401, "missing_token", "There is no access token", { "www-authenticate": "Bearer" });
      const [, token] = /^Bearer ([\w~+/.-]+=*)$/.exec(authorization) ?? [];
      if (!token) throw challenge(400, "invalid_request", "The Authorization header is not Bearer and a token");
      const held = access.get(token);
      if (!held || held.family.ended) throw challenge(401, "invalid_token", "The access token is not valid");
      if (now() >= held.until) throw challenge(401, "invalid_token", "The access token expired");
      return { ...held.grant, token };
    },
    /** Ends the whole family of an access token. */
    end(token) {
      const held = access.get(token);
      if (held) held.family.ended = true;
    },
    /** Ends one token, access or refresh, and nothing else. */
    revoke(token) {
      if (!access.delete(token) && !refresh.delete(token)) throw new Error("no such token");
    },
    /** Ends every access token given out so far; refresh tokens stay good. */
    revokeAll: () => access.clear(),
  };
}

/** Refuses with 403 where the scope does not have what is needed. */
export function needScope(scope, needed) {
  if (!(scope ?? "").split(" ").includes(needed)) {
    throw new Refusal(403, "insufficient_scope", `This needs the scope ${needed}`, {
      "www-authenticate": `Bearer error="insufficient_scope", scope="${needed}"`,
    });
  }
}
