import { createAuth } from "tokenward";

export const create = (issuer, clientId, api) => createAuth({ issuer, clientId, apis: [api], redirectUri: "/callback" });
export const signIn = (auth) => auth.signIn();
export const callback = async (auth) => (await auth.ready).user;
export const apiFetch = (auth, url, init) => auth.fetch(url, init);
export const signOut = (auth) => auth.signOut();
