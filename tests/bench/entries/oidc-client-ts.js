import { UserManager } from "oidc-client-ts";

export const create = (authority, client_id) =>
  new UserManager({ authority, client_id, redirect_uri: `${location.origin}/callback` });
export const signIn = (manager) => manager.signinRedirect();
export const callback = async (manager) => (await manager.signinRedirectCallback()).profile;
export const apiFetch = async (manager, url, init) => {
  const user = await manager.getUser();
  return fetch(url, { ...init, headers: { ...init?.headers, authorization: `Bearer ${user.access_token}` } });
};
export const signOut = (manager) => manager.signoutRedirect();
