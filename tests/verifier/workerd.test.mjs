// One verifier for all requests of a Worker: the platform ends what a request began with that request, and lets no other touch
// it; what is shared must neither hang nor throw for that.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { describe, test } from "node:test";
import { listen } from "../provider/serve.mjs";
import { startWorker } from "../systems/machines/runtimes.mjs";
import { AUDIENCE, startIssuer } from "./issuer.mjs";

/** A Worker with its verifier at the top level, as an app has it. */
const worker = (options) => `
import { createVerifier, VerifyError } from "tokenward/edge";
const verify = createVerifier(${JSON.stringify(options)});
export default {
  async fetch(request, env, ctx) {
    const { token, leave, waits } = await request.json();
    const verified = verify(token, waits && { waitUntil: ctx.waitUntil.bind(ctx) });
    if (leave) {
      verified.catch(() => {});
      return Response.json({ left: true });
    }
    return verified.then(() => Response.json({ status: 200 }), (error) => Response.json({ status: error.status, code: error.code ?? String(error) }));
  },
};
`;

/** Keys that come when they are let go. */
async function startGate(t, issuer) {
  const server = createServer(async (_incoming, outgoing) => {
    server.emit("asked");
    asked += 1;
    if (isHeld) await once(server, "open");
    const answer = await fetch(`${issuer.origin}/jwks`);
    outgoing.writeHead(200, { "content-type": "application/json" }).end(await answer.text());
  });
  let [asked, isHeld] = [0, true];
  const { origin, close } = await listen(server);
  t.after(close);
  const open = () => {
    isHeld = false;
    server.emit("open");
  };
  return { url: `${origin}/jwks`, arrived: () => once(server, "asked"), open, hold: () => { isHeld = true; }, asked: () => asked };
}

async function start(t, keys, date) {
  const issuer = await startIssuer();
  t.after(issuer.close);
  const gate = await startGate(t, issuer);
  const { ask } = await startWorker(t, worker({ issuer: issuer.issuer, audience: AUDIENCE, jwksUrl: gate.url, keys }), date);
  return { ask, gate, sign: issuer.sign };
}

// Before and after promises of one request could be resolved from another.
for (const date of ["2026-04-01", "2024-01-01"]) {
  describe(`with the compatibility date ${date}`, () => {
    test("many requests at once, and one request for keys", async (t) => {
      const { ask, gate, sign } = await start(t, {}, date);
      const arrived = gate.arrived();
      const all = await Promise.all(Array.from({ length: 40 }, async () => ({ token: await sign() })));
      const said = Promise.all(all.map(ask));
      await arrived;
      gate.open();
      assert.deepEqual(await said, Array(40).fill({ status: 200 }));
      assert.equal(gate.asked(), 1);
    });

    test("a request that leaves before the keys came holds nobody up for long", async (t) => {
      const { ask, gate, sign } = await start(t, { timeoutSeconds: 2 }, date);
      const arrived = gate.arrived();
      assert.deepEqual(await ask({ token: await sign(), leave: true }), { left: true });
      await arrived;
      const began = Date.now();
      const next = Promise.all(Array.from({ length: 10 }, async () => ask({ token: await sign() })));
      setTimeout(gate.open, 500);
      assert.deepEqual(await next, Array(10).fill({ status: 200 }));
      assert.ok(Date.now() - began < 8_000);
      assert.ok(gate.asked() <= 2);
    });

    test("keys past their age: nobody waits for the next ones where the platform is told to, one a second at most elsewhere", async (t) => {
      for (const waits of [true, false]) {
        const { ask, gate, sign } = await start(t, { maxAgeSeconds: 1, timeoutSeconds: 10 }, date);
        gate.open();
        const token = await sign();
        assert.equal((await ask({ token })).status, 200);
        await new Promise((resolve) => setTimeout(resolve, 1_100));
        gate.hold();
        const arrived = gate.arrived();
        const began = Date.now();
        assert.deepEqual(await Promise.all(Array.from({ length: 20 }, () => ask({ token, waits }))), Array(20).fill({ status: 200 }));
        const took = Date.now() - began;
        assert.ok(waits ? took < 900 : took < 4_000, `${took} ms`);
        await arrived;
        assert.equal(gate.asked(), 2);
        gate.open();
      }
    });
  });
}
