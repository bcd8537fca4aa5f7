// A toolbox, not a session: what the others keep, this entry keeps itself.
import * as oauth from "oauth4webapi";

const key = "transaction";
const redirectUri = () => `${location.origin}/callback`;

export const create = async (issuer, clientId) => {
  const url = new URL(issuer);
  const server = await oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url));
  return { server, client: { client_id: clientId }, tokens: undefined };
};
export const signIn = async ({ server, client }) => {
  const verifier = oauth.generateRandomCodeVerifier();
  const transaction = { verifier, state: oauth.generateRandomState(), nonce: oauth.generateRandomNonce() };
  sessionStorage.setItem(key, JSON.stringify(transaction));
  location.assign(`${server.authorization_endpoint}?${new URLSearchParams({
    response_type: "code", client_id: client.client_id, redirect_uri: redirectUri(), scope: "openid",
    state: transaction.state, nonce: transaction.nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256",
  })}`);
};
export const callback = async (session) => {
  const { verifier, state, nonce } = JSON.parse(sessionStorage.getItem(key));
  sessionStorage.removeItem(key);
  const { server, client } = session;
  const parameters = oauth.validateAuthResponse(server, client, new URL(location.href), state);
  const response = await oauth.authorizationCodeGrantRequest(server, client, oauth.None(), parameters, redirectUri(), verifier);
  const expected = { expectedNonce: nonce, requireIdToken: true };
  session.tokens = await oauth.processAuthorizationCodeResponse(server, client, response, expected);
  // The library leaves the ID token's signature to a separate call; the others compared here that check it do so by default.
  await oauth.validateApplicationLevelSignature(server, response);
  return oauth.getValidatedIdTokenClaims(session.tokens);
};
export const apiFetch = ({ tokens }, url, init) =>
  oauth.protectedResourceRequest(tokens.access_token, init?.method ?? "GET", new URL(url), new Headers(init?.headers), init?.body);
export const signOut = async (session) => {
  const { server, client, tokens } = session;
  session.tokens = undefined;
  const revocation = await oauth.revocationRequest(server, client, oauth.None(), tokens.refresh_token ?? tokens.access_token);
  await oauth.processRevocationResponse(revocation);
  location.assign(`${server.end_session_endpoint}?${new URLSearchParams({ id_token_hint: tokens.id_token })}`);
};
