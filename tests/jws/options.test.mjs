// How verifyJws is called: options are read strictly, and so is everything else.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { pkgDir } from "../package/fixture.mjs";
import { given } from "./signer.mjs";

const { AuthError, verifyJws } = await import(join(pkgDir, "edge.node.js"));
const { token, keys, jwk } = given("ES256");
const good = { algorithms: ["ES256"] };

const refused = async (...call) => {
  const error = await verifyJws(...call).then(() => assert.fail(`accepted: ${String(call[2])}`), (reason) => reason);
  assert.ok(error instanceof AuthError, String(error));
  return [error.name, error.code, error.phase, error.retryable];
};

const INVALID_OPTION = ["ConfigError", "invalid_option", "config", false];

// J01, J03, J04
test("the allowed algorithms are named, known and at least one", async () => {
  for (const algorithms of [
    undefined, null, [], "ES256", new Set(["ES256"]), { 0: "ES256", length: 1 }, ["none"], ["HS256"], ["ES256", "none"],
    ["ES256", "HS256"], ["es256"], [" ES256"],
    [""], [null], [undefined], [5], [["ES256"]], [new String("ES256")], [, "ES256"], ["ES256", {}], 5, true, () => ["ES256"],
  ]) assert.deepEqual(await refused(token, keys, { algorithms }), INVALID_OPTION, String(algorithms));
});

test("a name that no option has is refused", async () => {
  for (const more of [
    { algorithm: "ES256" }, { audience: "x" }, { Algorithms: ["ES256"] }, { verify: false }, { jku: true },
    { crit: {} }, { more: undefined }, { fetch: () => {} },
  ]) {
    assert.deepEqual(await refused(token, keys, { ...good, ...more }), INVALID_OPTION, Object.keys(more).join());
  }
  for (const options of [undefined, null, [], ["ES256"], "ES256", 5, true, new Map([["algorithms", ["ES256"]]]), () => good]) {
    assert.deepEqual(await refused(token, keys, options), INVALID_OPTION, String(options));
  }
});

test("keys are one JWK or a set of 256 at most", async () => {
  const many = { keys: Array.from({ length: 257 }, () => jwk) };
  for (const wrong of [
    undefined, null, [], [jwk], {}, "", JSON.stringify(jwk), { keys: null }, { keys: jwk }, { keys: "x" },
    { kty: null }, 5, () => jwk, many, crypto.subtle,
  ]) {
    assert.deepEqual(await refused(token, wrong, good), INVALID_OPTION, String(wrong));
  }
  assert.equal((await verifyJws(token, { keys: [...Array.from({ length: 255 }, () => ({})), jwk] }, good)).header.alg, "ES256");
});

test("only own members count, and they are read once", async () => {
  assert.deepEqual(await refused(token, keys, Object.create(good)), INVALID_OPTION);
  assert.deepEqual(await refused(token, Object.create(jwk), good), INVALID_OPTION);
  let reads = 0;
  const changing = { ...good, get algorithms() { reads += 1; return reads === 1 ? ["ES256"] : ["none"]; } };
  assert.equal((await verifyJws(token, keys, changing)).header.alg, "ES256");
  assert.equal(reads, 1);
});

test("options are judged before the token", async () => {
  assert.deepEqual(await refused("", keys, { algorithms: ["none"] }), INVALID_OPTION);
  assert.deepEqual(await refused(token, keys, good, "more").catch(() => "accepted"), "accepted");
});

// J20
test("what is given is the payload's bytes, and a header that is the caller's own", async () => {
  const first = await verifyJws(token, keys, good);
  const second = await verifyJws(token, keys, good);
  assert.deepEqual(Object.keys(first), ["header", "payload"]);
  assert.ok(first.payload instanceof Uint8Array && first.payload.buffer !== second.payload.buffer);
  assert.notEqual(first.header, second.header);
  assert.deepEqual(first, second);
});

// J20
test("an error tells nothing of the token", async () => {
  for (const wrong of [token.slice(0, -8), `${token}x`, `x${token}`, token.replace(/^[^.]+/, "e30")]) {
    const error = await verifyJws(wrong, keys, good).catch((reason) => reason);
    const shown = [error.message, error.stack, error.suggestion, String(error.cause), JSON.stringify(error)].join();
    for (const part of wrong.split(".").filter((text) => text.length > 8)) assert.ok(!shown.includes(part), error.code);
    assert.ok(error.suggestion.length > 0);
  }
});
