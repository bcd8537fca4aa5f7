// The npm package oauth2-mock-server, behind a front that logs. It needs nobody to sign in: everyone is johndoe.
//
// What it lacks, and what follows from it:
// - `iss` in the authorization response: it does not promise it either, so the client need not ask for it.
// - refusals: any refresh token, code or bearer of a token will do (but for PKCE, which it checks), so that what a client
//   wrongly sends is seen in the log only.
// - revocation that has an effect: its tokens are JWTs, and stay good until they expire.
// - the scope that was asked for: it answers `dummy`, whatever the request said.
// - a `jti`: two tokens of one second would be the same, so its hook adds one.
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { createLocalJWKSet, jwtVerify } from "jose";
import { OAuth2Server } from "oauth2-mock-server";
import { listen } from "../../provider/serve.mjs";
import { startFront } from "./front.mjs";

/** As {@link startOidcProvider}; it takes any client and redirect URI. */
export async function startOAuth2MockServer() {
  const mock = new OAuth2Server();
  await mock.issuer.keys.generate("RS256");
  mock.service.on("beforeTokenSigning", ({ payload }) => { payload.jti = randomUUID(); });
  const { origin: target, close } = await listen(createServer(mock.service.requestHandler));
  const front = await startFront({ target });
  mock.issuer.url = front.origin;
  const keySet = createLocalJWKSet({ keys: mock.issuer.keys.toJSON() });
  return {
    ...front,
    issuer: front.origin,
    paths: { token: "/token", revocation: "/revoke", endSession: "/endsession" },
    lookUp: (token) => lookUp(token, keySet, front.origin),
    close: () => Promise.all([front.close(), close()]),
  };
}

async function lookUp(token, keySet, issuer) {
  const verified = await jwtVerify(token, keySet, { issuer }).catch(() => null);
  return verified && { scope: verified.payload.scope };
}
