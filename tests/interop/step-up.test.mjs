// An API that wants another sign-in first says so; the app hears what to ask for, and nothing happens by itself.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { leaveForCallback, signedInTab } from "../e2e/world.mjs";
import { call, setUpInterop } from "./world.mjs";

const world = setUpInterop();

const demands = {
  "a stronger and more recent sign-in": {
    path: "/silver", status: 401, code: "insufficient_user_authentication", signIn: { acrValues: "silver", maxAge: 60 },
  },
  "more scope": { path: "/write", status: 403, code: "insufficient_scope", signIn: { scope: "openid read write" } },
};

const heard = (tab) => tab.evaluate(() =>
  harness.events.filter(({ name }) => name === "stepUpRequired").map(({ detail }) => detail));

for (const [clientId, changes] of [["spa-rs256", {}], ["spa-dpop", { dpop: true }]]) {
  // B03, B05, I10, I11
  describe(`the API asks a user of ${clientId} for`, () => {
    for (const [name, { path, status, code, signIn }] of Object.entries(demands)) {
      test(name, async () => {
        const options = world.options(clientId, { scope: "openid read", ...changes });
        const tab = await signedInTab(world, options);
        world.forget();

        assert.deepEqual(await call(tab, world.api.origin + path), { value: { status } }, "the answer is the caller's");
        const [told, ...more] = await heard(tab);
        assert.deepEqual([told?.error.code, told?.error.name, told?.signIn, more], [code, "OAuthError", signIn, []]);
        assert.deepEqual(world.calls().map((request) => request.status), [status], "the API is asked once");
        assert.deepEqual(world.at(world.provider.paths.token), [], "and no token");

        await leaveForCallback(tab, told.signIn);
        const session = await tab.evaluate((given) => harness.start(given), options);
        assert.equal(session.status, "signedIn", JSON.stringify(session.error));
        assert.deepEqual(await call(tab, world.api.origin + path), { value: { status: 200 } }, "what it asked for is enough");
        assert.deepEqual(await heard(tab), []);
      });
    }
  });
}
