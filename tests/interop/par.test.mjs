// Pushed authorization requests: what is asked for goes to the provider directly, and the address bar says nothing of it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { openPage, signIn, signedInTab } from "../e2e/world.mjs";
import { liveThrough } from "./lifecycle.mjs";
import { startOidcProvider } from "./providers/oidc-provider.mjs";
import { setUpInterop } from "./world.mjs";

const world = setUpInterop();
const pushes = () => world.at(world.provider.paths.pushed);
const visits = () => world.at(world.provider.paths.authorization);

function assertPushedOnly({ body, status }, { query }) {
  assert.equal(status, 201);
  assert.deepEqual(Object.keys(query).sort(), ["client_id", "request_uri"]);
  assert.equal(query.client_id, body.client_id);
  for (const name of ["response_type", "redirect_uri", "scope", "state", "nonce", "code_challenge"]) {
    assert.ok(body[name], `${name} is pushed`);
  }
  assert.equal(body.request_uri, undefined);
}

// X01, X02
test("a whole life of a client that must push", async () => {
  await liveThrough(world, world.options("spa-par", { par: true }));
  assert.equal(pushes().length, 1);
  assertPushedOnly(pushes()[0], visits()[0]);
});

// X01, X02
test("what a sign-in asks for beyond the options is pushed as well, and each sign-in anew", async () => {
  const tab = await world.newTab();
  world.forget();
  const options = world.options("spa-par", { par: true });
  await signIn(tab, world, options, { loginHint: "bob" });
  await signIn(tab, world, options, { loginHint: "carol", prompt: "login" });
  assert.deepEqual(pushes().map(({ body }) => [body.login_hint, body.prompt]), [["bob", undefined], ["carol", "login"]]);
  assert.notEqual(visits()[0].query.request_uri, visits()[1].query.request_uri);
  assert.equal((await tab.evaluate(() => harness.session())).user.sub, "carol");
});

// X03
test("left alone, it pushes where the metadata requires it", async (t) => {
  const strict = await startOidcProvider({ redirectUris: [`${world.host.origin}/callback.html`], requirePar: true });
  t.after(() => strict.close());
  await signedInTab(world, world.options("spa-rs256", { issuer: strict.issuer }));
  const at = (path) => strict.log.find((request) => request.path === path && request.method !== "OPTIONS");
  assertPushedOnly(at(strict.paths.pushed), at(strict.paths.authorization));
});

test("and nowhere else", async () => {
  world.forget();
  await signedInTab(world, world.options("spa-rs256", { par: "auto" }));
  assert.deepEqual(pushes(), []);
  assert.ok(visits()[0].query.code_challenge);
});

test("forbidden, it does not push, and the provider says what it thinks of that", async () => {
  world.forget();
  const session = await signIn(await world.newTab(), world, world.options("spa-par", { par: false }));
  assert.deepEqual([session.status, session.error?.oauth?.error], ["signedOut", "invalid_request"]);
  assert.deepEqual(pushes(), []);
});

test("a push that is refused keeps the page where it is", async () => {
  const tab = await world.newTab();
  await openPage(tab, `${world.host.origin}/`);
  const options = world.options("spa-par", { par: true, redirectUri: `${world.host.origin}/not-registered` });
  await tab.evaluate((given) => harness.start(given), options);
  world.forget();
  const { error } = await tab.evaluate(() => harness.outcome(() => harness.auth.signIn()));
  assert.deepEqual([error?.name, error?.phase, error?.status], ["OAuthError", "authorize", 400]);
  assert.deepEqual(visits(), []);
  assert.equal(await tab.url(), `${world.host.origin}/`);
});

// P10, X01
test("with a key, the pushed request names it", async () => {
  world.forget();
  const tab = await signedInTab(world, world.options("spa-dpop", { par: true, dpop: true }));
  assertPushedOnly(pushes()[0], visits()[0]);
  await tab.evaluate((url) => harness.auth.fetch(url).then(() => {}), `${world.api.origin}/notes`);
  assert.equal(world.calls()[0].token.jkt, pushes()[0].body.dpop_jkt);
});
