// S3, the guide with many methods: its JSON login in a page, through the built package.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, call, open, sessionOf, setUpLogins, signIn, signedInTab } from "./world.mjs";

const world = setUpLogins("guide");
const { routes } = world;
const counts = (...names) => names.map((name) => world.server.to(routes[name]).length);

// S30
test("a login that names no user gives a session all the same", async () => {
  const tab = await world.newTab();
  await open(tab, world);
  const { value } = await signIn(tab);
  assert.deepEqual([value.status, value.user], ["signedIn", {}]);
  assert.deepEqual(await call(tab, world.api()), { value: { status: 200 } });
  assert.deepEqual(
    await call(tab, world.api(), { method: "POST", headers: { "content-type": "application/json" }, body: '{"name":"new"}' }),
    { value: { status: 201 } },
  );
});

// S30, S38
test("a refused token is renewed with the refresh token, which is replaced where the system rotates", async () => {
  world.server.control({ rotate: true });
  const tab = await signedInTab(world);
  for (let times = 0; times < 2; times += 1) {
    world.server.revokeAll();
    assert.deepEqual(await call(tab, world.api()), { value: { status: 200 } });
  }
  assert.deepEqual(counts("login", "refresh", "api"), [1, 2, 4]);
  assert.deepEqual(world.refused(), ["401 invalid_token", "401 invalid_token"]);
});

test("without refreshUrl no refresh token is kept, and the session ends with its token", async () => {
  world.server.control({ tokenSeconds: 1 });
  const tab = await signedInTab(world, world.options({ refreshUrl: undefined, storage: "session" }));
  assert.equal((await tab.evaluate(() => harness.auth.inspect())).hasRefreshToken, false);
  const { session } = await tab.evaluate(() => harness.stored());
  assert.doesNotMatch(JSON.stringify(session), /refresh_token/);
  await tab.evaluate(() => new Promise((resolve) => harness.auth.on("signedOut", resolve)).then(() => {}));
  const { status, reason, error } = await sessionOf(tab);
  assert.deepEqual([status, reason, error.code], ["signedOut", "expired", "interaction_required"]);
  assert.deepEqual(counts("refresh"), [0]);
});

test("without logoutUrl and profileUrl there is nobody to ask", async () => {
  const tab = await signedInTab(world);
  assert.equal((await ask(tab, "profile")).error.code, "invalid_option");
  assert.deepEqual(await ask(tab, "can", "write:resources"), { value: false });
  assert.equal((await ask(tab, "signOut")).error, undefined);
  assert.equal((await sessionOf(tab)).status, "signedOut");
});
