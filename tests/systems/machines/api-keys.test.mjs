// S3: API keys from their making to their end, in every runtime for servers.
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { CLIENT, startGuide } from "../guide.mjs";
import { runtimes } from "./runtimes.mjs";

let guide;
beforeEach(async () => {
  guide = await startGuide();
});
afterEach(() => guide.close());

const auth = () => ({ tokenUrl: `${guide.origin}/oauth/token`, clientId: CLIENT.id, clientSecret: CLIENT.secret, auth: "post", scope: "read:resources" });

for (const [runtime, run] of Object.entries(runtimes)) {
  describe(runtime, () => {
    // S31, S33
    test("a key is made, shown once, replaced twice under load, and ended; no call is lost", async (t) => {
      const { said, printed } = await run(t, "lifeOfAKey", {
        auth: auth(), keysUrl: `${guide.origin}/v1/api-keys`, api: guide.origin, url: `${guide.origin}/v1/resources`, loops: 8, forMs: 300,
      });
      assert.deepEqual(Object.keys(said.counts), ["200"], JSON.stringify(said.counts));
      assert.ok(said.counts[200] > 20, `${said.counts[200]} calls`);
      const [asked] = guide.to("POST /v1/api-keys");
      assert.deepEqual([asked.body, /^Bearer \S+$/.test(asked.headers.authorization)], [{ name: "Production API Key", scopes: ["read:resources"] }, true]);
      assert.deepEqual([said.made.name, said.made.scopes, said.made.id], ["Production API Key", ["read:resources"], said.ids[0]]);
      assert.match(said.made.created_at, /^\d{4}-\d\d-\d\dT/);
      assert.equal(said.again.error.code, "api_key_shown");
      assert.deepEqual([said.shown, said.differ, said.generation], [false, 3, 2]);
      for (const { headers } of guide.to("GET /v1/resources")) assert.ok(!printed.includes(headers["x-api-key"]), "nothing printed a key");

      // The first was ended at once, the second is in its grace.
      assert.deepEqual(said.previous, said.ids.slice(0, 2));
      assert.deepEqual(said.listed, [[said.ids[1], false], [said.ids[2], false]]);
      assert.deepEqual([said.due, said.graceDays, said.left], [[], 7, [said.ids[2]]]);
      const used = [...new Set(guide.to("GET /v1/resources").map(({ headers }) => headers["x-api-key"]))];
      assert.equal(used.length, 3);
    });

    test("what goes wrong is said in the service's words or ours", async (t) => {
      const { said } = await run(t, "keysRefused", { auth: auth(), keysUrl: `${guide.origin}/v1/api-keys` });
      const [scope, ...options] = said;
      assert.deepEqual([scope.error.code, scope.error.oauth.error, scope.error.status], ["oauth_error", "invalid_scope", 400]);
      assert.deepEqual(options.slice(0, 4).map(({ error }) => error.code), ["invalid_option", "invalid_option", "invalid_option", "invalid_option"]);
      assert.deepEqual(options[4], {}, "what is gone already has ended");
    });
  });
}
