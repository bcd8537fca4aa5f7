// A session's whole life at the PyPI package oidc-provider-mock.
import assert from "node:assert/strict";
import { test } from "node:test";
import { liveThrough } from "./lifecycle.mjs";
import { startOidcProviderMock } from "./providers/oidc-provider-mock.mjs";
import { setUpInterop } from "./world.mjs";

const world = setUpInterop(startOidcProviderMock);

// J10, L01, R01, T12
test("a whole life", async () => {
  const { session } = await liveThrough(world, world.options("any-client", { scope: "openid email" }));
  assert.deepEqual([session.user.sub, session.user.email], ["ada", "ada"]);
  const sent = world.at(world.provider.paths.token);
  assert.ok(sent.every(({ headers, body }) => !headers.authorization && !body.client_secret), "the package sends no secret");
});
