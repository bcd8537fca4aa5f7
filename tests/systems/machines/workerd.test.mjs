// One client for all requests of a Worker: the platform ends what a request began with that request, and lets no other touch
// it; what is shared must neither hang nor throw for that.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { CLIENT as CLASSY, startClassy } from "../classy.mjs";
import { startWorker } from "./runtimes.mjs";

let classy;
before(async () => {
  classy = await startClassy();
});
after(() => classy.close());
beforeEach(() => classy.reset());

const TOKEN = "POST /oauth2/auth";

/** A Worker with its client at the top level, as an app has it. */
const worker = () => `
import { apiKey, apiKeys, clientCredentials } from "tokenward/edge";
const client = clientCredentials(${JSON.stringify({ tokenUrl: `${classy.origin}/oauth2/auth`, clientId: CLASSY.id, clientSecret: CLASSY.secret, auth: "post" })});
const other = apiKey({ key: "k", apis: [${JSON.stringify(classy.origin)}] });
const keys = apiKeys({ url: ${JSON.stringify(`${classy.origin}/keys`)}, auth: client });
const call = async (body) => {
  const answer = await client.fetch(${JSON.stringify(`${classy.origin}/2.0/resource`)}, body && { method: "POST", headers: { "content-type": "application/json" }, body });
  return { status: answer.status, body: await answer.json() };
};
export default {
  async fetch(request) {
    const { what } = await request.clone().json();
    // The request's own body, which only the request that brought it may read.
    if (what === "call") return Response.json({ ...await call(), said: (await request.json()).said });
    if (what === "leave") { client.getAccessToken().catch(() => {}); return Response.json({ left: true }); }
    if (what === "twice") return Response.json(await Promise.all([call(), call()]));
    return Response.json(client.inspect());
  },
};
`;

/** Longer than a request waits for what another one began. */
const LATE_MS = 10_000;

test("a token endpoint that fails late fails every call", async (t) => {
  const { ask } = await startWorker(t, worker());
  classy.control({ delays: { [TOKEN]: LATE_MS } });
  classy.failNext(TOKEN, { status: 504 }, 100);
  const calls = Promise.all(["call", "call"].map((what) => assert.rejects(ask({ what }), /The provider had a fault/)));
  const end = new Promise((_resolve, reject) => { setTimeout(() => reject(new Error("nobody was told")), 30_000).unref(); });
  await Promise.race([calls, end]);
  assert.ok(classy.to(TOKEN).length <= 4);
});

// Before and after promises of one request could be resolved from another.
for (const date of ["2026-04-01", "2024-01-01"]) {
  describe(`with the compatibility date ${date}`, () => {
    test("many requests at once, each with its own answer, and one request for a token", async (t) => {
      const { ask } = await startWorker(t, worker(), date);
      const hold = classy.hold(TOKEN);
      const all = Array.from({ length: 40 }, (_, said) => ask({ what: "call", said }));
      await hold.arrived;
      hold.release();
      const said = await Promise.all(all);
      assert.deepEqual(said.map(({ status, said: own }) => [status, own]), all.map((_, place) => [200, place]));
      assert.equal(classy.to(TOKEN).length, 1);
    });

    test("a request that leaves before its token came holds nobody up for long", async (t) => {
      const { ask } = await startWorker(t, worker(), date);
      const hold = classy.hold(TOKEN);
      assert.deepEqual(await ask({ what: "leave" }), { left: true });
      await hold.arrived;
      const next = ask({ what: "call", said: 1 });
      const start = Date.now();
      setTimeout(() => hold.release(), 6_000);
      assert.equal((await next).status, 200);
      assert.ok(Date.now() - start < 15_000);
      assert.ok(classy.to(TOKEN).length <= 2);
    });

    test("a request that leaves while it renews leaves the others with a token that is good", async (t) => {
      classy.control({ tokenSeconds: 4 });
      const { ask } = await startWorker(t, worker(), date);
      assert.equal((await ask({ what: "call" })).status, 200);
      await new Promise((resolve) => setTimeout(resolve, 2_200));
      const hold = classy.hold(TOKEN);
      const early = await Promise.all(Array.from({ length: 10 }, () => ask({ what: "call" })));
      assert.ok(early.every(({ status }) => status === 200));
      hold.release();
      await new Promise((resolve) => setTimeout(resolve, 2_200));
      assert.equal((await ask({ what: "call" })).status, 200);
      assert.deepEqual(classy.refusals, [], "no call was made with a token that had ended");
    });

    test("calls of one request at once", async (t) => {
      const { ask } = await startWorker(t, worker(), date);
      assert.deepEqual((await ask({ what: "twice" })).map(({ status }) => status), [200, 200]);
      assert.equal(classy.to(TOKEN).length, 1);
      assert.equal((await ask({ what: "inspect" })).generation, 1);
    });
  });
}
