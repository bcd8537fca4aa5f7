// One whole life of a session, as an app's user lives it: signed in, the API called, refreshed, the page reloaded, signed
// out. What a provider lacks is told by whoever starts it; all else must be as it should.
import assert from "node:assert/strict";
import { leave, toCallback } from "../e2e/world.mjs";
import { call, refreshNow, tokenOf } from "./world.mjs";

/**
 * @param {object} world of setUpInterop; its provider has
 *   `paths` `{ token, endSession, revocation? }`, no revocation where it has no such endpoint,
 *   `keepsRefreshToken` where a refresh brings no new refresh token,
 *   `signIn(tab)`, `signOut(tab)` what the user does at the provider, where anything is to be done.
 * @param {object} options of createAuth, with storage "session"
 * @param {object} [api] `path`: what to call. `readsTokens`: it takes a JWT, which the provider cannot take back.
 * @returns `{ tab, session, token }`: the session as it was after the sign-in, the last access token; the tab is signed out.
 */
export async function liveThrough(world, options, { path = "/notes", readsTokens = false } = {}) {
  const tab = await world.newTab();
  world.forget();
  const life = { world, options, tab, readsTokens, callApi: () => call(tab, world.api.origin + path) };
  const session = await signIn(life);
  await refresh(life);
  await reload(life);
  const token = await signOut(life);
  const { log, paths } = world.provider;
  const refused = log.filter((request) => request.status >= 400 && request.path !== paths.revocation);
  assert.deepEqual(refused.map(({ url, status }) => `${url} ${status}`), [], "the provider refused nothing");
  return { tab, session, token };
}

const OK = { value: { status: 200 } };

async function signIn({ world, options, tab, callApi }) {
  const { provider } = world;
  await Promise.all([toCallback(tab, world, options), provider.signIn?.(tab)]);
  const session = await tab.evaluate((given) => harness.start(given), options);
  assert.equal(session.status, "signedIn", JSON.stringify(session));
  assert.deepEqual(world.at(provider.paths.token).map(({ body }) => body.grant_type), ["authorization_code"]);
  assert.deepEqual(await callApi(), OK);
  return session;
}

/** Two in a row: only the second shows whether the refresh token of the first was taken up. */
async function refresh({ world: { provider, at }, tab, callApi }) {
  const tokens = [await tokenOf(tab), await refreshNow(tab), await refreshNow(tab)];
  assert.equal(new Set(tokens).size, 3, "each refresh brings another token");
  const used = at(provider.paths.token).slice(1).map(({ body }) => body.refresh_token);
  assert.equal(new Set(used).size, provider.keepsRefreshToken ? 1 : 2, "and another refresh token, where it rotates");
  assert.deepEqual(await callApi(), OK);
}

async function reload({ world: { provider, at }, options, tab, callApi }) {
  const asked = at(provider.paths.token).length;
  const session = await tab.evaluate(() => harness.session());
  await tab.reload();
  const restored = await tab.evaluate((given) => harness.start(given), options);
  assert.deepEqual(restored, session);
  assert.deepEqual(await callApi(), OK);
  assert.equal(at(provider.paths.token).length, asked, "a reload needs no new token");
  await refreshNow(tab);
}

async function signOut({ world, options, tab, readsTokens }) {
  const { provider } = world;
  const token = await tokenOf(tab);
  const timesStored = async () => (await stored(tab)).filter((value) => value.includes(token)).length;
  assert.equal(await timesStored(), 1, "the session is stored in this tab");

  await Promise.all([leave(tab, "/", () => { void harness.auth.signOut(); }), provider.signOut?.(tab)]);
  const [ended] = world.at(provider.paths.endSession);
  assert.equal(ended.query.post_logout_redirect_uri, options.postLogoutRedirectUri);
  assert.ok(ended.query.id_token_hint, "the provider is told whose session to end");
  if (provider.paths.revocation) {
    const revoked = world.at(provider.paths.revocation).map(({ body, status }) => [body.token_type_hint, status]);
    assert.deepEqual(revoked, [["refresh_token", 200], ["access_token", readsTokens ? 400 : 200]]);
  }
  assert.equal(await timesStored(), 0, "the tokens are gone");
  assert.equal((await tab.evaluate((given) => harness.start(given), options)).status, "signedOut");
  assert.deepEqual(await stored(tab), [], "nothing is stored any more");
  assert.equal(await tab.url(), options.postLogoutRedirectUri);
  return token;
}

const stored = async (tab) => Object.values((await tab.evaluate(() => harness.stored())).session);
