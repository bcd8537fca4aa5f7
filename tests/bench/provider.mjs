// The fault provider's correct issuer, under the addresses that auth0-spa-js has built in, so that one provider serves
// every library alike: the issuer ends in a slash and the token endpoint is /oauth/token.
import { createIssuer } from "../provider/issuer.mjs";
import { serve } from "../provider/serve.mjs";

/** `{ issuer, log, close }`; signs the user in without asking. */
export async function startProvider() {
  const settings = { tokenSeconds: 3600, marker: "", tokenDelayMs: 0, apiRefusals: 0 };
  let answers;
  const server = await serve((request) => answers.handle(request.path.replace("/oauth/token", "/token"), request));
  const issuer = `${server.origin}/`;
  const endpoint = (path) => `${server.origin}${path}`;
  const fault = {
    metadata: (truth) => ({
      ...truth,
      authorization_endpoint: endpoint("/authorize"), token_endpoint: endpoint("/oauth/token"), jwks_uri: endpoint("/jwks"),
      revocation_endpoint: endpoint("/revoke"), end_session_endpoint: endpoint("/end-session"),
    }),
  };
  answers = createIssuer({ issuer, fault, settings, collector: server.origin, incidents: [], issued: [] });
  return { issuer, log: server.log, close: server.close };
}
