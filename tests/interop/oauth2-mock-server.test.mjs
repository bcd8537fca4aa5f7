// A session's whole life at the npm package oauth2-mock-server.
import assert from "node:assert/strict";
import { test } from "node:test";
import { signedInTab } from "../e2e/world.mjs";
import { liveThrough } from "./lifecycle.mjs";
import { startOAuth2MockServer } from "./providers/oauth2-mock-server.mjs";
import { setUpInterop } from "./world.mjs";

const world = setUpInterop(startOAuth2MockServer);

test("a whole life", async () => {
  const { session } = await liveThrough(world, world.options("any-client"));
  assert.equal(session.user.sub, "johndoe");
});

test("its word on the granted scope counts, not what was asked for", async () => {
  const tab = await signedInTab(world, world.options("any-client"));
  assert.equal((await tab.evaluate(() => harness.auth.inspect())).scope, "dummy");
});
