// createVerifier through the package, in every runtime for servers: tokens of the real oidc-provider, proofs by another
// implementation, and an issuer whose keys come, change, or do not come.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { RESOURCES } from "../interop/providers/clients.mjs";
import { startOidcProvider } from "../interop/providers/oidc-provider.mjs";
import { REDIRECT_URI, newKey, prove, signIn } from "../interop/providers/plain-client.mjs";
import { inEdgeLight } from "../systems/machines/edge-light.mjs";
import { runtimesFor } from "../systems/machines/runtimes.mjs";
import { AUDIENCE, startIssuer } from "./issuer.mjs";

const scenarios = join(import.meta.dirname, "scenarios.mjs");
const edgeLight = inEdgeLight(scenarios);
const runtimes = { ...runtimesFor(scenarios), "edge-light": async (...given) => ({ said: await edgeLight(...given), printed: "" }) };

const [resource] = RESOURCES;
const API = "https://api.example.com/one";
const changes = { resource, scope: "openid read" };

let provider;
let key;
let bound;
let bearer;
before(async () => {
  provider = await startOidcProvider({ redirectUris: [REDIRECT_URI] });
  key = await newKey();
  bearer = (await signIn(provider.issuer, "spa-resource", { changes, tokenChanges: { resource } })).access_token;
  bound = (await signIn(provider.issuer, "spa-dpop", { changes, tokenChanges: { resource }, key })).access_token;
});
after(() => provider?.close());

/** The issuer of one test. */
const issuerFor = async (t) => {
  const issuer = await startIssuer();
  t.after(issuer.close);
  return { ...issuer, options: { issuer: issuer.issuer, audience: AUDIENCE, keys: { cooldownSeconds: 1, timeoutSeconds: 1 } } };
};

const withToken = (token, more = {}) => ({ headers: { authorization: `Bearer ${token}` }, ...more });
const withProof = async (token, options = {}, more = {}) => ({
  url: API, headers: { authorization: `DPoP ${token}`, dpop: await prove(key, { url: API, token, ...options }) }, ...more,
});

const brief = ({ status, code }) => [status, code].filter(Boolean).join(" ");
const isChallenged = (error, scheme = "Bearer") => RegExp(`^${scheme} realm="[^"]+", error="${error}", error_description="`);

for (const [runtime, run] of Object.entries(runtimes)) {
  const serve = async (t, options, steps) => {
    const { said: { said, logged }, printed } = await run(t, "served", { options, steps });
    return { said, logged, printed };
  };

  describe(runtime, () => {
    // K01, K02, K03
    test("a token of the provider is taken, and each change of it refused with its challenge", async (t) => {
      const options = { issuer: provider.issuer, audience: resource };
      const idToken = (await signIn(provider.issuer, "spa-es256")).id_token;
      const [header, claims, signature] = bearer.split(".");
      const other = Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(claims, "base64url")), sub: "admin" })).toString("base64url");
      const { said, printed } = await serve(t, options, [
        withToken(bearer), { token: bearer }, withToken(bearer, { need: { scope: "read" } }),
        withToken(idToken), withToken([header, other, signature].join(".")), withToken(`${bearer}x`), withToken("x"),
        {}, { headers: { authorization: "Bearer a b" } }, withToken(bearer, { need: { scope: "read admin" } }),
        withToken(bearer, { need: { acrValues: "platinum", maxAgeSeconds: 60 } }), withToken(bearer, { need: { scopes: "read" } }),
        // What is remembered of one is nothing to another.
        { token: `Bearer ${bearer}` }, { token: `${bearer}\n{"scope":"read"}` },
      ]);
      const { verified } = said[0];
      const claim = JSON.parse(Buffer.from(claims, "base64url"));
      assert.deepEqual([verified.claims, verified.subject, verified.clientId, verified.scheme], [claim, claim.sub, "spa-resource", "Bearer"]);
      assert.deepEqual([verified.scopes, verified.expiresAt, verified.header.typ], [["openid", "read"], claim.exp * 1000, "at+jwt"]);
      assert.deepEqual(said.slice(1, 11).map(brief), [
        "200", "200", "401 access_token_invalid", "401 jws_signature_invalid", "401 jws_malformed", "401 jws_malformed",
        "401 access_token_missing", "400 authorization_malformed", "403 insufficient_scope", "401 insufficient_user_authentication",
      ]);
      for (const refused of said.slice(3, 7)) assert.match(refused.challenge, isChallenged("invalid_token"));
      assert.match(said[7].challenge, /^Bearer realm="https:\/\/api\.example\.com\/one", DPoP realm=/);
      assert.match(said[8].challenge, isChallenged("invalid_request"));
      assert.match(said[9].challenge, /error="insufficient_scope".*, scope="read admin"/);
      assert.match(said[10].challenge, /error="insufficient_user_authentication".*, acr_values="platinum", max_age=60/);
      assert.deepEqual([said[9].body.error, said[9].kept], ["insufficient_scope", "no-store"]);
      assert.equal(said[11].thrown, "invalid_option");
      assert.deepEqual(said.slice(12).map(brief), ["401 jws_malformed", "401 jws_malformed"]);
      assert.ok(![JSON.stringify(said.slice(3, 14)), printed].some((text) => text.includes(signature)), "nothing printed a token");
    });

    // B08, B09
    test("a token in two places is refused, also one that was taken before, and one in the URL alone is none", async (t) => {
      const options = { issuer: provider.issuer, audience: resource };
      const at = (query, headers = { authorization: `Bearer ${bearer}` }) => ({ url: `${API}?${query}`, headers });
      const { said } = await serve(t, options, [
        at("page=2"), at(`access_token=${bearer}`), at("page=2&access_token="), at("%61ccess_token=x"), at("page=access_token"),
        at(`access_token=${bearer}`, {}), at("page=2"),
      ]);
      assert.deepEqual(said.map(brief), ["200", ...Array(3).fill("400 authorization_malformed"), "200", "401 access_token_missing", "200"]);
      for (const twice of said.slice(1, 4)) assert.match(twice.challenge, isChallenged("invalid_request"));
      assert.doesNotMatch(said[5].challenge, /error=/);
    });

    // K06, P13
    test("a bound token is taken with its proof, once, and never without", async (t) => {
      const good = await withProof(bound);
      const options = { issuer: provider.issuer, audience: resource, dpop: { algorithms: ["ES256"] } };
      const thief = await newKey();
      const { said } = await serve(t, options, [
        good, good, withToken(bound, { url: API }), { token: bound }, { url: API, headers: { authorization: `DPoP ${bound}` } },
        await withProof(bound, { method: "POST" }), await withProof(bound, { url: "https://api.example.com/two" }),
        await withProof(bound, { token: bearer }), await withProof(bound, { claims: { iat: 1 } }),
        await withProof(bound, { header: { jwk: key.privateJwk } }), await withProof(bearer),
        { url: API, headers: { authorization: `DPoP ${bound}`, dpop: await prove(thief, { url: API, token: bound }) } },
        { inspect: true }, await withProof(bound, {}, { url: `${API}?page=2` }),
      ]);
      assert.deepEqual([said[0].status, said[0].verified.scheme, said[0].verified.dpopNonce], [200, "DPoP", null]);
      assert.deepEqual(said.slice(1, 12).map(brief), [
        "401 dpop_proof_replayed", "401 access_token_invalid", "401 access_token_invalid", ...Array(6).fill("401 dpop_proof_invalid"),
        "401 access_token_invalid", "401 dpop_proof_invalid",
      ]);
      for (const at of [1, 4, 5, 6, 7, 8, 9, 11]) {
        assert.match(said[at].challenge, isChallenged("invalid_dpop_proof", "DPoP"));
        assert.match(said[at].challenge, /algs="ES256"/);
      }
      assert.match(said[2].challenge, isChallenged("invalid_token"));
      assert.equal(said[12].proofs, 1);
      assert.equal(said[13].status, 200);
    });

    test("a nonce of the API is asked for, and proofs are remembered in the app's store", async (t) => {
      const options = { issuer: provider.issuer, audience: resource, dpop: { nonceSecret: "c".repeat(43) } };
      const first = await serve(t, options, [await withProof(bound), await withProof(bound)]);
      const [{ nonce, code, challenge }, second] = first.said;
      assert.deepEqual([code, second.code], ["dpop_nonce_required", "dpop_nonce_required"]);
      assert.match(challenge, isChallenged("use_dpop_nonce", "DPoP"));
      const again = await withProof(bound, { nonce });
      const stored = { ...options, dpop: { ...options.dpop, replays: true } };
      const { said } = await serve(t, stored, [again, again, { another: true }, again, await withProof(bound, { nonce })]);
      assert.deepEqual([0, 1, 3, 4].map((at) => brief(said[at])), ["200", "401 dpop_proof_replayed", "401 dpop_proof_replayed", "200"]);
    });

    test("a crowd on a cold verifier has the keys fetched once", async (t) => {
      const { sign, options, looks } = await issuerFor(t);
      const crowd = await Promise.all(Array.from({ length: 200 }, () => sign()));
      const { said, logged } = await serve(t, options, [{ all: crowd.map((token) => withToken(token)) }, { inspect: true }]);
      assert.deepEqual([said[0], looks()], [{ 200: 200 }, 1]);
      assert.deepEqual([said[1].hasKeys, said[1].verdicts, said[1].error, logged.length], [true, 200, null, 1]);
    });

    // J12
    test("a thousand tokens with unknown keys: one look in a cooldown", async (t) => {
      const { sign, options, looks, log } = await issuerFor(t);
      const unknown = await Promise.all(Array.from({ length: 1000 }, async (_, i) => withToken(await sign({ kid: `random-${i}` }))));
      const steps = [withToken(await sign()), { all: unknown }, { wait: 3100 }, { all: unknown }, { each: unknown.slice(0, 100) }, withToken(await sign())];
      const { said } = await serve(t, { ...options, keys: { cooldownSeconds: 3 } }, steps);
      assert.deepEqual([said[1], said[3], said[4]], [{ "401 jws_key_unknown": 1000 }, { "401 jws_key_unknown": 1000 }, { "401 jws_key_unknown": 100 }]);
      assert.deepEqual([said[0].status, said[5].status], [200, 200]);
      assert.ok(looks() >= 2, "a new key would be found");
      // They arrive here when this process comes to it.
      const gaps = log.filter(({ path }) => path === "/jwks").map(({ at }, i, all) => at - (all[i - 1]?.at ?? 0));
      assert.ok(gaps.every((gap) => gap > 2000), `looks came after ${gaps.slice(1)} ms`);
    });

    // J12
    test("keys change under traffic: the new one is found, and what the old one signed is refused, remembered or not", async (t) => {
      const { sign, options, looks, control } = await issuerFor(t);
      const [old, fresh] = [await sign(), await sign({ kid: "k2" })];
      const { said } = await serve(t, options, [
        { each: Array(50).fill(withToken(old)) }, control({ shown: "k1 k2" }), { wait: 1100 },
        { all: [...Array(50).fill(withToken(fresh)), ...Array(50).fill(withToken(old))] }, control({ shown: "k2" }), { wait: 1100 },
        // Remembered, and the set is believed.
        withToken(old), withToken(await sign({ kid: "k3" })), withToken(old), withToken(fresh), { inspect: true },
      ]);
      assert.deepEqual([said[0], said[3]], [{ 200: 50 }, { 200: 100 }]);
      assert.deepEqual([6, 7, 8, 9].map((at) => brief(said[at])), ["200", "401 jws_key_unknown", "401 jws_key_unknown", "200"]);
      assert.deepEqual([looks(), said[10].verdicts], [3, 1]);
    });

    test("an outage: served with the keys there are, for as long as said, then 503 until they are back", async (t) => {
      const { sign, options, looks, control } = await issuerFor(t);
      const token = withToken(await sign());
      const keys = { ...options.keys, maxAgeSeconds: 1, staleSeconds: 3 };
      const { said, logged } = await serve(t, { ...options, keys }, [
        token, control({ mode: "down" }), { wait: 1200 }, { each: Array(100).fill(token) }, { inspect: true }, { wait: 3000 },
        token, control({ mode: "ok" }), { wait: 2500 }, token,
      ]);
      assert.deepEqual([brief(said[0]), said[3], brief(said[6]), brief(said[9])], ["200", { 200: 100 }, "503 server_error", "200"]);
      assert.equal(said[4].error.code, "server_error");
      assert.deepEqual([said[6].challenge, Number(said[6].retryAfter) >= 1], [null, true]);
      assert.ok(looks() <= 5, `${looks()} looks`);
      assert.ok(logged.some(({ code, level }) => code === "server_error" && level === "error"));
    });

    test("no keys at all: 503, and no request for each", async (t) => {
      const { sign, options, looks, control } = await issuerFor(t);
      const many = await Promise.all(Array.from({ length: 100 }, async () => withToken(await sign())));
      for (const [mode, code] of [["down", "server_error"], ["page", "response_unusable"]]) {
        const before = looks();
        const { said } = await serve(t, options, [control({ mode }), { all: many }, { each: many.slice(0, 20) }]);
        assert.deepEqual([said[1], said[2]], [{ [`503 ${code}`]: 100 }, { [`503 ${code}`]: 20 }]);
        assert.equal(looks() - before, 1, mode);
      }
    });

    test("slow keys: nobody waits longer than said", async (t) => {
      const { sign, options, control } = await issuerFor(t);
      const token = withToken(await sign());
      const began = Date.now();
      const { said } = await serve(t, options, [control({ mode: "slow" }), { all: Array(20).fill(token) }]);
      assert.deepEqual(said[1], { "503 timed_out": 20 });
      assert.ok(Date.now() - began < 7500, "the answer came after eight seconds");
    });

    // J12
    test("an unknown key while the issuer is slower than the time between two looks: refused after one of them", async (t) => {
      const { sign, options, looks, control } = await issuerFor(t);
      const [good, unknown] = [withToken(await sign()), withToken(await sign({ kid: "k2" }))];
      const { said } = await serve(t, { ...options, jwksUrl: `${options.issuer}/jwks` }, [
        good, control({ mode: "slow" }), { wait: 1100 }, { all: Array(20).fill(unknown) }, good,
      ]);
      assert.deepEqual([brief(said[0]), said[3], brief(said[4])], ["200", { "503 timed_out": 20 }, "200"]);
      assert.equal(looks(), 2);
    });

    test("verdicts: bounded, gone with the token's end, and nobody's but who asked", async (t) => {
      const { sign, options } = await issuerFor(t);
      const tokens = await Promise.all(Array.from({ length: 30 }, async () => withToken(await sign())));
      const short = withToken(await sign({ exp: Math.floor(Date.now() / 1000) + 6 }));
      const { said } = await serve(t, { ...options, verdicts: 10, clockToleranceSeconds: 0 }, [
        { each: tokens }, { inspect: true }, short, short, withToken(await sign(), { need: { scope: "read" } }), { wait: 6500 }, short,
        { dispose: true }, { inspect: true }, short,
      ]);
      assert.deepEqual([said[0], said[1].verdicts, said[2].status, said[3].status], [{ 200: 30 }, 10, 200, 200]);
      assert.deepEqual([said[4].status, brief(said[6]), said[9].thrown], [200, "401 access_token_expired", "disposed"]);
      assert.equal(said[8].verdicts, 0);
      const token = await sign();
      const { said: seen } = await run(t, "shared", { options, token });
      assert.deepEqual(seen, Array(3).fill(["user", "user", 2]));
    });

    test("the platform's cache is asked first, but not for a key that is not in it", async (t) => {
      const { sign, options, looks, issuer } = await issuerFor(t);
      const { said } = await run(t, "cached", { options, token: await sign() });
      assert.deepEqual(said, {
        codes: [200, 200], urls: [`${issuer}/.well-known/openid-configuration`, `${issuer}/jwks`], age: Array(2).fill("public, max-age=600"),
      });
      assert.equal(looks(), 1);
    });
  });
}
