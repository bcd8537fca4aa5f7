import { PublicClientApplication } from "@azure/msal-browser";

const scopes = ["openid", "profile"];

export const create = async (authority, clientId) => {
  const client = new PublicClientApplication({ auth: { clientId, authority, redirectUri: `${location.origin}/callback` } });
  await client.initialize();
  return client;
};
export const signIn = (client) => client.loginRedirect({ scopes });
export const callback = async (client) => {
  const result = await client.handleRedirectPromise();
  client.setActiveAccount(result.account);
  return result.account;
};
export const apiFetch = async (client, url, init) => {
  const { accessToken } = await client.acquireTokenSilent({ scopes });
  return fetch(url, { ...init, headers: { ...init?.headers, authorization: `Bearer ${accessToken}` } });
};
export const signOut = (client) => client.logoutRedirect();
