import { Auth0Client } from "@auth0/auth0-spa-js";

export const create = (domain, clientId) =>
  new Auth0Client({ domain, clientId, authorizationParams: { redirect_uri: `${location.origin}/callback` } });
export const signIn = (client) => client.loginWithRedirect();
export const callback = async (client) => {
  await client.handleRedirectCallback();
  return client.getUser();
};
export const apiFetch = (client, url, init) => client.createFetcher().fetchWithAuth(url, init);
export const signOut = (client) => client.logout({ logoutParams: { returnTo: location.origin } });
