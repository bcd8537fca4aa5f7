// S1, Klasstra, in a page: the whole life of a session with an own login, through the built package.
import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../../e2e/world.mjs";
import { CREDENTIALS, ask, call, heard, open, sessionOf, setUpLogins, signIn, signedInTab, untilStatus } from "./world.mjs";

const world = setUpLogins("klasstra");
const USER = { id: 123, email: "user@example.com", name: "John Doe", role: "teacher" };

test("a login gives the session with the user as the system has it, and the token goes to the API", async () => {
  const tab = await world.newTab();
  assert.deepEqual(await open(tab, world), { status: "signedOut", reason: "none" });
  const { value } = await signIn(tab);
  const { expiresAt, ...session } = value;
  assert.deepEqual(session, { status: "signedIn", user: USER, stale: false });
  assert.ok(Math.abs(expiresAt - Date.now() - 3600_000) < 10_000, `expires at ${expiresAt}`);
  assert.deepEqual(await call(tab, world.api()), { value: { status: 200 } });
  assert.deepEqual(await heard(tab, "signedIn"), [{ restored: false, returnTo: null }]);
  assert.deepEqual(world.server.to(world.routes.login).map(({ body }) => body), [CREDENTIALS]);
});

test("a login that is refused is an error with both strings, and changes nothing", async () => {
  const tab = await world.newTab();
  await open(tab, world);
  const { error } = await signIn(tab, { ...CREDENTIALS, password: "find-me-wrong" });
  const { name, code, phase, retryable, status, oauth } = error;
  assert.deepEqual({ name, code, phase, retryable, status, oauth }, {
    name: "OAuthError", code: "invalid_credentials", phase: "authorize", retryable: false, status: 401,
    oauth: { error: "invalid_credentials", description: "Invalid email or password" },
  });
  assert.ok(!JSON.stringify(error).includes("find-me"), "the password is in no error");
  assert.deepEqual(await sessionOf(tab), { status: "signedOut", reason: "none" });
  assert.deepEqual(world.refused(), ["401 invalid_credentials"]);
  assert.equal((await signIn(tab)).value.status, "signedIn");
});
