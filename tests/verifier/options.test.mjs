// What an app gives a verifier and its calls, in ways that are legal JavaScript: inherited, bound to nothing, null, or in the
// middle of something.
import assert from "node:assert/strict";
import { join } from "node:path";
import { before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { project } from "../package/fixture.mjs";
import { AUDIENCE, startIssuer } from "./issuer.mjs";

let edge;
before(async (t) => {
  const root = await project(t, {});
  edge = await import(pathToFileURL(join(root, "node_modules/tokenward/edge.node.js")));
});

const world = async (t) => {
  const issuer = await startIssuer();
  t.after(issuer.close);
  const options = { issuer: issuer.issuer, audience: AUDIENCE, jwksUrl: `${issuer.issuer}/jwks` };
  return { ...issuer, verifier: (more) => edge.createVerifier({ ...options, ...more }) };
};

const code = (verified) => verified.then(() => 200, (error) => error.code ?? String(error));

class Need {
  #scope;

  constructor(scope) {
    this.#scope = scope;
  }

  get scope() {
    return this.#scope;
  }
}

// K04
test("what a call asks for may be inherited: it is asked for all the same, and a name that is none is refused", async (t) => {
  const { sign, verifier } = await world(t);
  const verify = verifier();
  const token = await sign();
  for (const need of [Object.create({ scope: "admin" }), new Need("admin")]) {
    assert.equal(await code(verify(token, need)), "insufficient_scope");
    assert.equal(await code(verify(token, need)), "insufficient_scope");
  }
  for (const need of [Object.create({ scope: "read" }), new Need("read"), { scope: undefined }, null, {}]) {
    assert.equal(await code(verify(token, need)), 200);
  }
  assert.equal(await code(verify(token, Object.create({ acrValues: "platinum" }))), "insufficient_user_authentication");
  assert.equal(await code(verify(token, Object.create({ maxAgeSeconds: 1 }))), "insufficient_user_authentication");
  assert.equal(await code(verify(token, Object.create({ scopes: "read" }))), "invalid_option");
});

test("a waitUntil that lost its this keeps nobody out", async (t) => {
  const { sign, verifier, looks } = await world(t);
  const verify = verifier({ keys: { maxAgeSeconds: 1 } });
  const context = { waited: [], waitUntil(promise) { this.waited.push(promise); } };
  const token = await sign();
  await verify(token);
  for (const waitUntil of [context.waitUntil, context.waitUntil.bind(context)]) {
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    assert.equal(await code(verify(token, { waitUntil })), 200);
  }
  await Promise.all(context.waited);
  assert.deepEqual([context.waited.length, looks()], [1, 3]);
});

test("proofs that are null are a wrong option", async (t) => {
  const { verifier } = await world(t);
  assert.throws(() => verifier({ dpop: null }), (error) => error instanceof Error && error.code === "invalid_option");
});

test("whoever is being checked when the verifier is disposed of is told so", async (t) => {
  const { sign, verifier } = await world(t);
  const verify = verifier();
  await verify(await sign());
  const checked = code(verify(await sign()));
  verify.dispose();
  assert.equal(await checked, "disposed");
});
