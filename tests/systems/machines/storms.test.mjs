// Many at once, and servers that refuse: how many requests there are in the end.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { CLIENT as CLASSY, startClassy } from "../classy.mjs";
import { createServer } from "node:http";
import { listen } from "../../provider/serve.mjs";
import { runtimes } from "./runtimes.mjs";

let classy;
before(async () => {
  classy = await startClassy();
});
after(() => classy.close());
beforeEach(() => classy.reset());

const TOKEN = "POST /oauth2/auth";
const API = "GET /2.0/resource";
const options = () => ({ tokenUrl: `${classy.origin}/oauth2/auth`, clientId: CLASSY.id, clientSecret: CLASSY.secret, auth: "post" });
const url = () => `${classy.origin}/2.0/resource`;

for (const [runtime, run] of Object.entries(runtimes)) {
  describe(runtime, () => {
    // T15
    test("1000 calls at once on a cold client: one request for a token", async (t) => {
      const { said } = await run(t, "crowd", { options: options(), url: url(), count: 1000 });
      assert.deepEqual([said, classy.to(TOKEN).length, classy.to(API).length], [{ counts: { 200: 1000 }, generation: 1 }, 1, 1000]);
      assert.deepEqual(classy.refusals, []);
    });

    // T15
    test("100 calls whose token was revoked: one more request for a token", async (t) => {
      const revoking = await listen(createServer((_, response) => {
        classy.revokeAll();
        response.end();
      }));
      t.after(() => revoking.close());
      const { said } = await run(t, "crowdAfterRevocation", { options: options(), url: url(), count: 100, revokeUrl: revoking.origin });
      assert.deepEqual([said, classy.to(TOKEN).length], [{ 200: 100 }, 2]);
      assert.ok(classy.to(API).length <= 201);
    });

    // S66
    test("an API that refuses everything: its own answer, few requests for tokens, and an error that says so", async (t) => {
      classy.control({ apiRefusals: Infinity });
      const { said } = await run(t, "calls", { options: options(), url: url(), count: 100 });
      assert.ok(said.all.every(({ value }) => value === 401), "the API's answer says more than any error of ours");
      assert.ok(classy.to(TOKEN).length <= 4, `${classy.to(TOKEN).length}`);
      assert.ok(classy.to(API).length <= 104, `${classy.to(API).length}`);
      assert.deepEqual([said.error.code, said.error.status, said.error.retryable], ["token_refused", 401, false]);
      assert.match(said.error.suggestion, /audience/);
    });

    test("a token endpoint that fails: a typed error, and no request before its time", async (t) => {
      classy.failNext(TOKEN, { status: 503, headers: { "retry-after": "60" }, body: { error: "busy" } }, Infinity);
      const { said } = await run(t, "calls", { options: options(), url: url(), count: 100 });
      for (const { error } of said.all) assert.deepEqual([error.code, error.status, error.retryable], ["server_error", 503, true]);
      assert.deepEqual([classy.to(TOKEN).length, classy.to(API).length], [1, 0]);
      assert.ok(said.snapshot.refreshAt > Date.now() + 50_000);
    });

    test("a token endpoint that answers to nobody: the same error for all who wait, and one request", async (t) => {
      classy.failNext(TOKEN, { drop: true }, Infinity);
      const { said } = await run(t, "failingCrowd", { options: options(), url: url(), count: 200 });
      assert.deepEqual(said, { network_failed: 200 });
      // Deno by itself sends again what a server dropped.
      assert.equal(classy.to(TOKEN).length, runtime === "Deno" ? 2 : 1);
    });

    test("a failure passes, and the next call after its pause has a token", async (t) => {
      classy.failNext(TOKEN, { status: 500, body: {} });
      const { said } = await run(t, "callsOverTime", { options: options(), url: url(), waits: [0, 2100] });
      assert.deepEqual([said.all[0].error.code, said.all[1].value], ["server_error", 200]);
    });
  });
}
