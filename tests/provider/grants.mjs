// Codes, access tokens and refresh token families of one issuer, with the rules a careful provider keeps:
// a code works once, a refresh token works once, and using either twice kills the whole family.
import { createHash, randomUUID } from "node:crypto";

export class Grants {
  #codes = new Map();
  #refreshTokens = new Map();
  #accessTokens = new Map();
  #incidents;

  /** @param {object[]} incidents receives an entry for each reuse, which no client should ever cause */
  constructor(incidents) {
    this.#incidents = incidents;
  }

  issueCode(request, marker) {
    const code = `${marker}code-${randomUUID()}`;
    this.#codes.set(code, { request, used: false, family: { alive: true } });
    return code;
  }

  /** @returns {{ grant: object } | { error: string }} */
  redeemCode({ code, client_id, redirect_uri, code_verifier }) {
    const entry = this.#codes.get(code);
    if (!entry) return { error: "the code is unknown" };
    if (entry.used) {
      entry.family.alive = false;
      this.#incidents.push({ kind: "code-reused", code });
      return { error: "the code was used before" };
    }
    entry.used = true;
    const { request } = entry;
    if (request.client_id !== client_id) return { error: "the code belongs to another client" };
    if (request.redirect_uri !== redirect_uri) return { error: "the redirect_uri differs" };
    const challenge = createHash("sha256").update(code_verifier ?? "").digest("base64url");
    if (challenge !== request.code_challenge) return { error: "the code_verifier does not fit the code_challenge" };
    return {
      grant: {
        clientId: client_id,
        scope: request.scope,
        nonce: request.nonce,
        authTime: Math.floor(Date.now() / 1000),
        family: entry.family,
      },
    };
  }

  issueTokens(grant, { marker, tokenSeconds }) {
    const access = `${marker}access-${randomUUID()}`;
    this.#accessTokens.set(access, { family: grant.family, endsAt: Date.now() + tokenSeconds * 1000 });
    if (!grant.scope.split(" ").includes("offline_access")) return { access };
    const refresh = `${marker}refresh-${randomUUID()}`;
    this.#refreshTokens.set(refresh, { grant, used: false });
    return { access, refresh };
  }

  /** @returns {{ grant: object } | { error: string }} */
  redeemRefreshToken({ refresh_token, client_id }) {
    const entry = this.#refreshTokens.get(refresh_token);
    if (!entry || entry.grant.clientId !== client_id) return { error: "the refresh token is unknown" };
    if (entry.used) {
      entry.grant.family.alive = false;
      this.#incidents.push({ kind: "refresh-token-reused", refreshToken: refresh_token });
    }
    if (!entry.grant.family.alive) return { error: "the refresh token's family has ended" };
    entry.used = true;
    return { grant: entry.grant };
  }

  revoke(token) {
    this.#accessTokens.delete(token);
    const entry = this.#refreshTokens.get(token);
    if (entry) entry.grant.family.alive = false;
  }

  forgetAccessTokens() {
    this.#accessTokens.clear();
  }

  isLive(accessToken) {
    const entry = this.#accessTokens.get(accessToken);
    return Boolean(entry?.family.alive) && entry.endsAt > Date.now();
  }
}
