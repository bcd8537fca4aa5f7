// The platform's cache as the runtimes have it: what one isolate puts there for the others, for how long, and what never.
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { runtimesFor, startWorkers } from "../systems/machines/runtimes.mjs";
import { AUDIENCE, COOKIE, startIssuer } from "./issuer.mjs";

const { workerd, Deno } = runtimesFor(join(import.meta.dirname, "scenarios.mjs"));
const PLACES = { "caches.default of workerd": [workerd, "default"], "a cache of workerd": [workerd, "keys"], "a cache of Deno": [Deno, "keys"] };

/** The issuer of one test. Its keys are kept for `maxAgeSeconds`. */
const issuerFor = async (t, maxAgeSeconds) => {
  const issuer = await startIssuer();
  t.after(issuer.close);
  const keys = { maxAgeSeconds, cooldownSeconds: 1 };
  return { ...issuer, options: { issuer: issuer.issuer, audience: AUDIENCE, jwksUrl: `${issuer.issuer}/jwks`, keys } };
};

const brief = (said) => said.filter((one) => one?.status).map(({ status, code }) => [status, code].filter(Boolean).join(" "));
const another = { another: true };

for (const [place, [run, cacheName]] of Object.entries(PLACES)) {
  describe(place, () => {
    const serve = async (t, options, steps) => (await run(t, "served", { options, steps, cacheName })).said.said;

    test("the next verifier finds the keys there, and after their age the issuer is asked again", async (t) => {
      const { sign, options, looks, control } = await issuerFor(t, 3);
      const token = { token: await sign() };
      const takeBack = control({ shown: "k2" });
      // What the issuer takes back is believed for so long, and no longer.
      const said = await serve(t, options, [token, another, token, takeBack, another, token, { wait: 3100 }, another, token]);
      assert.deepEqual([brief(said), looks()], [["200", "200", "200", "401 jws_key_unknown"], 2]);
    });

    test("a token with a key that is not there goes past it, and leaves the newer set there", async (t) => {
      const { sign, options, looks, control } = await issuerFor(t, 600);
      const [old, fresh] = [{ token: await sign() }, { token: await sign({ kid: "k2" }) }];
      const said = await serve(t, options, [
        old, another, old, control({ shown: "k1 k2" }), { wait: 1100 }, fresh, another, fresh, { token: await sign({ kid: "k3" }) },
      ]);
      assert.deepEqual(brief(said), ["200", "200", "200", "200", "401 jws_key_unknown"]);
      assert.equal(looks(), 3, "the last verifier has not looked at the issuer before");
    });

    // J12
    test("a copy that is older than a key keeps nobody out, and unknown keys have the set fetched once beside it", async (t) => {
      const { sign, options: { keys, ...options }, looks, control } = await issuerFor(t, 600);
      const [old, fresh] = [{ token: await sign() }, { token: await sign({ kid: "k2" }) }];
      const unknown = await Promise.all(Array.from({ length: 20 }, async (_, i) => ({ token: await sign({ kid: `random-${i}` }) })));
      const said = await serve(t, options, [old, control({ shown: "k1 k2" }), another, fresh, old, { each: unknown }, another, { each: unknown }]);
      assert.deepEqual([brief(said), said[5], said[7]], [["200", "200", "200"], { "401 jws_key_unknown": 20 }, { "401 jws_key_unknown": 20 }]);
      assert.equal(looks(), 3);
    });

    test("a page in place of the keys leaves those there that are good", async (t) => {
      const { sign, options, looks, control } = await issuerFor(t, 600);
      const [good, unknown] = [{ token: await sign() }, { token: await sign({ kid: "k2" }) }];
      const page = control({ mode: "page" });
      const said = await serve(t, options, [good, page, { wait: 1100 }, unknown, another, good]);
      assert.deepEqual([brief(said), looks()], [["200", "503 response_unusable", "200"], 2]);
    });

    test("where the first answer is a page, the next verifier asks for itself", async (t) => {
      const { sign, options, control } = await issuerFor(t, 600);
      const token = { token: await sign() };
      const said = await serve(t, options, [control({ mode: "page" }), token, control({ mode: "ok" }), another, token]);
      assert.deepEqual(brief(said), ["503 response_unusable", "200"]);
    });

    test("where it throws, the issuer is asked", async (t) => {
      const { sign, options, looks } = await issuerFor(t, 600);
      const token = { token: await sign() };
      const broken = { another: true, isCacheBroken: true };
      assert.deepEqual(brief(await serve(t, options, [token, broken, token, broken, token])), ["200", "200", "200"]);
      assert.equal(looks(), 3);
    });

    test("the public keys are there, and nothing of whoever asked", async (t) => {
      const { sign, options, issuer } = await issuerFor(t, 600);
      const token = await sign();
      const request = { headers: { authorization: `Bearer ${token}`, cookie: COOKIE } };
      const { headers, body } = (await serve(t, options, [request, { kept: `${issuer}/jwks` }])).at(-1);
      assert.equal(body, await (await fetch(`${issuer}/jwks`)).text());
      assert.doesNotMatch(body, /"d":/);
      const [, , signature] = token.split(".");
      assert.ok(![signature, COOKIE].some((secret) => JSON.stringify(headers).includes(secret)), "a secret is in the headers");
    });
  });
}

/** A Worker with its verifier at the top level, as an app has it. */
const worker = (options, cache) => `
import { createVerifier } from "tokenward/edge";
const verify = createVerifier({ ...${JSON.stringify(options)}, cache: ${cache} });
export default {
  async fetch(request) {
    const { token } = await request.json();
    return Response.json(await verify(token).then(() => 200, ({ code }) => code));
  },
};
`;

// Before and after promises of one request could be resolved from another.
for (const date of ["2026-04-01", "2024-01-01"]) {
  for (const cache of ["caches.default", 'await caches.open("keys")']) {
    test(`crowds in the isolates of one place, with ${cache} and the compatibility date ${date}: one request for keys`, async (t) => {
      const { sign, options, looks } = await issuerFor(t, 600);
      const { ask } = await startWorkers(t, worker(options, cache), ["one", "two", "three"], date);
      const crowd = async (name) => Promise.all(Array.from({ length: 20 }, async () => ask(name, { token: await sign() })));
      assert.deepEqual(await crowd("one"), Array(20).fill(200));
      assert.deepEqual((await Promise.all(["two", "three"].map(crowd))).flat(), Array(40).fill(200));
      assert.equal(looks(), 1);
    });
  }
}
