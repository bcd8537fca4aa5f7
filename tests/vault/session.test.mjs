// A session in a worker, from sign-in to sign-out.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setUpVault, signedInTab } from "./world.mjs";

const world = setUpVault();

test("a sign-in by redirect, a call of an API, and no token for the page", async () => {
  const tab = await signedInTab(world, world.options("ok"));
  const api = `${world.provider.origin}/api/v1/notes`;
  const answer = await tab.evaluate(async (url) => {
    const response = await harness.auth.fetch(url);
    return { status: response.status, url: response.url, type: response.type, redirected: response.redirected, body: await response.json() };
  }, api);
  assert.deepEqual(answer, {
    status: 200, url: api, type: "cors", redirected: false, body: { path: "/api/v1/notes", method: "GET", body: "" },
  });
  const refused = await tab.evaluate(() => harness.outcome(() => harness.auth.getAccessToken()));
  assert.equal(refused.error.code, "token_not_readable");
  assert.deepEqual(world.provider.incidents, []);
});
