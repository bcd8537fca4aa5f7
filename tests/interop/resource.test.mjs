// A token for one resource (RFC 8707): asked for at both endpoints, good at that resource and nowhere else.
import assert from "node:assert/strict";
import { test } from "node:test";
import { signIn } from "../e2e/world.mjs";
import { liveThrough } from "./lifecycle.mjs";
import { RESOURCES } from "./providers/clients.mjs";
import { call, setUpInterop } from "./world.mjs";

const world = setUpInterop();
const [MINE] = RESOURCES;
const pathOf = (resource) => new URL(resource).pathname;
const options = (resource) => world.options("spa-resource", { resource, scope: "openid read" });

// X10
test("a whole life with a token for one resource", async () => {
  await liveThrough(world, options(MINE), { path: pathOf(MINE), readsTokens: true });
  const { authorization, token } = world.provider.paths;
  const asked = [...world.at(authorization).map(({ query }) => query), ...world.at(token).map(({ body }) => body)];
  assert.deepEqual(asked.map(({ resource }) => resource), Array(5).fill(MINE), "one sign-in, one code, three refreshes");
});

// X10
test("each resource takes the tokens that are for it, and no others", async () => {
  const tab = await world.newTab();
  for (const resource of RESOURCES) {
    assert.equal((await signIn(tab, world, options(resource))).status, "signedIn");
    for (const api of RESOURCES) {
      const status = api === resource ? 200 : 401;
      assert.deepEqual(await call(tab, world.api.origin + pathOf(api)), { value: { status } });
    }
  }
});

// X10
test("an unknown resource", async () => {
  const session = await signIn(await world.newTab(), world, options("https://api.example.com/three"));
  assert.deepEqual([session.status, session.error?.name, session.error?.code], ["signedOut", "OAuthError", "invalid_target"]);
});
