// What exactly is asked for (RFC 9396), and what was granted of it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { signIn } from "../e2e/world.mjs";
import { liveThrough } from "./lifecycle.mjs";
import { setUpInterop } from "./world.mjs";

const world = setUpInterop();
const payment = {
  type: "payment", actions: ["initiate"], amount: { currency: "EUR", value: "12.50" }, to: "Café \"Ünïcode\" & Söhne",
};
const options = (clientId, changes) => world.options(clientId, { authorizationDetails: [payment], ...changes });

// X12
test("a whole life: asked for as JSON, granted as asked, also after refresh and reload", async () => {
  const { session } = await liveThrough(world, options("spa-rar"), { path: "/one", readsTokens: true });
  assert.deepEqual(session.authorizationDetails, [payment]);
  const [{ query }] = world.at(world.provider.paths.authorization);
  assert.deepEqual(JSON.parse(query.authorization_details), [payment]);
});

// X12
test("a type that nobody asked for is refused", async () => {
  const tab = await world.newTab();
  const session = await signIn(tab, world, options("spa-rar-extra"));
  assert.deepEqual([session.status, session.error?.code], ["signedOut", "token_response_invalid"]);
  assert.deepEqual((await tab.evaluate(() => harness.stored())).session, {});
});

// X12
test("a type that the provider does not know is its error", async () => {
  const unknown = options("spa-rar", { authorizationDetails: [{ type: "unknown" }] });
  const session = await signIn(await world.newTab(), world, unknown);
  assert.deepEqual([session.status, session.error?.code], ["signedOut", "invalid_authorization_details"]);
});
