// Who signs in in one tab is signed in in all.
import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../e2e/world.mjs";
import { call } from "../interop/world.mjs";
import { heard, sessionOf, setUpTabs, untilStatus } from "./world.mjs";

const OK = { value: { status: 200 } };
const world = setUpTabs();
const grants = () => world.provider.log.filter(({ method, path }) => method === "POST" && path === "/token")
  .map(({ body }) => body.grant_type);

test("a sign-in in one tab signs the others in", async () => {
  const profile = await world.newProfile();
  const [first, second] = [await profile.newTab(), await profile.newTab()];
  assert.equal((await world.open(second, "second")).status, "signedOut");
  world.forget();
  const session = await world.signIn(first, "first");
  assert.deepEqual(await untilStatus(second, "signedIn"), session);
  assert.equal((await heard(second, "signedIn")).length, 1);
  assert.deepEqual(await call(second, `${world.api.origin}/notes`), OK);
  assert.deepEqual(grants(), ["authorization_code"]);
});

test("a tab that was signed out with the others is signed in with them again", async () => {
  const profile = await world.newProfile();
  const [first, second] = [await profile.newTab(), await profile.newTab()];
  await world.signIn(first, "first");
  await world.open(second, "second");
  await first.evaluate(() => harness.auth.signOut({ scope: "local" }));
  await untilStatus(second, "signedOut");
  const session = await world.signIn(first, "first");
  assert.deepEqual(await untilStatus(second, "signedIn"), session);
  assert.deepEqual(await call(second, `${world.api.origin}/notes`), OK);
});

test("who signs in as somebody else is that in all tabs", async () => {
  const profile = await world.newProfile();
  const [first, second] = [await profile.newTab(), await profile.newTab()];
  await world.signIn(first, "first");
  assert.equal((await world.open(second, "second")).user.sub, "alice");
  const parameters = { prompt: "login", loginHint: "bob" };
  assert.equal((await world.signIn(first, "first", { parameters })).user.sub, "bob");
  await until("bob in the other tab", async () => (await sessionOf(second)).user?.sub === "bob");
  assert.deepEqual(await call(second, `${world.api.origin}/notes`), OK);
});
