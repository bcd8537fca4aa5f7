// A session's whole life at the npm package oauth2-mock-server.
import assert from "node:assert/strict";
import { test } from "node:test";
import { signIn, signedInTab, until } from "../e2e/world.mjs";
import { storedKeys } from "./keys.mjs";
import { liveThrough } from "./lifecycle.mjs";
import { startOAuth2MockServer } from "./providers/oauth2-mock-server.mjs";
import { call, setUpInterop } from "./world.mjs";

const world = setUpInterop(startOAuth2MockServer);

test("a whole life", async () => {
  const { session } = await liveThrough(world, world.options("any-client"));
  assert.equal(session.user.sub, "johndoe");
});

// T05
test("its word on the granted scope counts, not what was asked for", async () => {
  const tab = await signedInTab(world, world.options("any-client"));
  assert.equal((await tab.evaluate(() => harness.auth.inspect())).scope, "dummy");
});

// P08
test("it knows nothing of DPoP: its Bearer token is refused where a bound one was asked for", async () => {
  const tab = await world.newTab();
  const session = await signIn(tab, world, world.options("any-client", { dpop: true }));
  assert.deepEqual([session.status, session.error?.code], ["signedOut", "token_type_unsupported"]);
  assert.deepEqual((await tab.evaluate(() => harness.stored())).session, {});
  await until("the key to be destroyed", async () => (await storedKeys(tab)).records === 0);
});

test("and good where one was asked for only if it can be had", async () => {
  world.forget();
  const tab = await signedInTab(world, world.options("any-client", { dpop: "auto" }));
  assert.ok(world.at(world.provider.paths.token).every(({ headers }) => headers.dpop === undefined));
  assert.deepEqual(await call(tab, `${world.api.origin}/notes`), { value: { status: 200 } });
});
