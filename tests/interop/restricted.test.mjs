// Access tokens for one scope or one resource, beside the session's own (RFC 6749, section 6; RFC 8707, section 2.2): each
// request goes out with the token of its API, and the one refresh token they all come from is spent once each time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { openPage, signIn } from "../e2e/world.mjs";
import { RESOURCES } from "./providers/clients.mjs";
import { call, refreshNow, setUpInterop, tokenOf } from "./world.mjs";

const world = setUpInterop();
const [ONE, TWO] = RESOURCES;
const pathOf = (resource) => new URL(resource).pathname;

/** The session's own token is for the first resource; the second has one of its own, and so has `/write` in each. */
const options = (storage) => world.options("spa-resource", {
  scope: "openid read write",
  resource: ONE,
  storage,
  apis: [
    world.api.origin,
    { origin: world.api.origin, path: pathOf(TWO), resource: TWO, scope: "read" },
  ],
});

const tokenWith = (tab, wanted) =>
  tab.evaluate((given) => harness.outcome(() => harness.auth.getAccessToken(given)), wanted);

for (const storage of ["memory", "session", "worker"]) {
  // X10, X11
  test(`each API gets the token that is for it, in ${storage} mode`, async () => {
    const tab = await world.newTab();
    world.forget();
    assert.equal((await signIn(tab, world, options(storage))).status, "signedIn");
    const [{ url }] = world.at(world.provider.paths.authorization);
    const asked = new URL(url, world.provider.issuer).searchParams.getAll("resource");
    assert.deepEqual(asked, [ONE, TWO], "both are granted at the sign-in");
    for (let round = 0; round < 2; round += 1) {
      for (const resource of RESOURCES) {
        assert.deepEqual(await call(tab, world.api.origin + pathOf(resource)), { value: { status: 200 } });
      }
    }
    const tokens = world.at(world.provider.paths.token).map(({ body }) => body);
    assert.deepEqual(tokens.map(({ resource, scope }) => [resource, scope]), [[ONE, undefined], [TWO, "read"]]);
    const seen = world.calls().map(({ token }) => [token.audience, token.scope]);
    assert.deepEqual(seen, [[ONE, "openid read write"], [TWO, "read"], [ONE, "openid read write"], [TWO, "read"]]);
  });
}

// X11
test("a token for fewer scopes is one of its own, and the session's own is left alone", async () => {
  const tab = await world.newTab();
  await signIn(tab, world, options("session"));
  const own = await tokenOf(tab);
  world.forget();
  const { value: narrow } = await tokenWith(tab, { scope: "read" });
  assert.notEqual(narrow, own);
  assert.deepEqual(await tokenWith(tab, { scope: "read" }), { value: narrow });
  const { scope, audience } = await world.provider.lookUp(narrow);
  assert.deepEqual({ scope, audience }, { scope: "read", audience: ONE });
  assert.equal(await tokenOf(tab), own);
  assert.equal(world.at(world.provider.paths.token).length, 1);
});

// X10
test("what the provider does not grant is refused with its own words, and nobody is signed out", async () => {
  const tab = await world.newTab();
  await signIn(tab, world, options("session"));
  const own = await tokenOf(tab);
  const { error } = await tokenWith(tab, { scope: "openid root" });
  assert.deepEqual([error.code, error.oauth.error, error.phase, error.retryable], ["oauth_error", "invalid_scope", "refresh", false]);
  assert.equal(await tokenOf(tab), own);
  assert.notEqual(await refreshNow(tab), own, "the refresh token still works");
});

// X10
test("what was not asked for at the sign-in is not asked for later: this provider would spend the refresh token on it", async () => {
  const tab = await world.newTab();
  await signIn(tab, world, options("session"));
  world.forget();
  const { error } = await tokenWith(tab, { resource: "https://api.example.com/three" });
  assert.deepEqual([error.code, error.message.includes("resource")], ["invalid_option", true]);
  assert.deepEqual(world.at(world.provider.paths.token), []);
});

// X11, B03
test("a token that an API refuses is fetched anew, once", async () => {
  const tab = await world.newTab();
  await signIn(tab, world, options("session"));
  const url = world.api.origin + pathOf(TWO);
  assert.deepEqual(await call(tab, url), { value: { status: 200 } });
  world.forget();
  world.api.control({ refuses: 1 });
  assert.deepEqual(await call(tab, url), { value: { status: 200 } });
  assert.deepEqual(world.calls().map(({ status }) => status), [401, 200]);
  assert.deepEqual(world.at(world.provider.paths.token).map(({ body }) => body.resource), [TWO]);
});

test("what is no list of places is refused by name", async () => {
  const tab = await world.newTab();
  await openPage(tab, `${world.host.origin}/`);
  for (const apis of ["https://api.example", [null], [[]], [{ scope: "read" }], 1]) {
    const { error } = await tab.evaluate((options) => harness.outcome(async () => {
      await harness.start(options);
      return harness.auth.getAccessToken();
    }), world.options("spa-resource", { apis }));
    assert.deepEqual([error?.code, error?.message.includes("apis")], ["invalid_option", true], JSON.stringify(apis));
  }
});

test("without a rule that restricts a token, none can be asked for", async () => {
  const tab = await world.newTab();
  await signIn(tab, world, world.options("spa-resource"));
  const { error } = await tokenWith(tab, { scope: "read" });
  assert.deepEqual([error?.code, error?.name], ["invalid_option", "ConfigError"]);
});
