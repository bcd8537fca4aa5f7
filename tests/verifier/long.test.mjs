// Texts of any length where a token, a proof or a URL belongs: the core's memory, which never shrinks, does not hold them.
import assert from "node:assert/strict";
import { join } from "node:path";
import { before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { newKey, prove } from "../interop/providers/plain-client.mjs";
import { project } from "../package/fixture.mjs";
import { AUDIENCE, startIssuer } from "./issuer.mjs";

const URL_OF_API = "https://api.example/notes";
const LONG = 8 << 20;
const MOST_CHARS = 64 * 1024;

let edge;
let memory;
before(async (t) => {
  const root = await project(t, {});
  edge = await import(pathToFileURL(join(root, "node_modules/tokenward/edge.node.js")));
  const { Instance } = WebAssembly;
  WebAssembly.Instance = class extends Instance {
    constructor(...given) {
      super(...given);
      memory = Object.values(this.exports).find((one) => one instanceof WebAssembly.Memory);
    }
  };
  // The first call starts the core.
  await assert.rejects(edge.verifyJws("x", { keys: [] }, { algorithms: ["ES256"] }), { code: "jws_malformed" });
  WebAssembly.Instance = Instance;
});

const world = async (t) => {
  const issuer = await startIssuer();
  t.after(issuer.close);
  const verify = edge.createVerifier({ issuer: issuer.issuer, audience: AUDIENCE, jwksUrl: `${issuer.issuer}/jwks` });
  await verify(await issuer.sign());
  return { ...issuer, verify };
};

/** What is said of it, and by how many bytes the memory grew for it. */
const judged = async (verify, input) => {
  const { byteLength } = memory.buffer;
  const said = await verify(input).then(() => 200, ({ status, code }) => `${status} ${code}`);
  return [said, memory.buffer.byteLength - byteLength];
};

const asked = (authorization, more, url = URL_OF_API) => ({ method: "GET", url, headers: new Headers({ authorization, ...more }) });

// J13
test("a token that is too long is malformed, and not copied", async (t) => {
  const { sign, verify } = await world(t);
  const good = await sign();
  // What is cut off must not be what would have made it malformed.
  const inputs = {
    token: "x".repeat(LONG), "three parts": `${good}${"x".repeat(LONG)}`, header: asked(`Bearer ${"x".repeat(LONG)}`),
    "a good token before spaces and another": asked(`Bearer ${good}${" ".repeat(LONG)}, Bearer x`),
    "a second token in the URL": asked(`Bearer ${good}${" ".repeat(LONG)}x`, {}, `${URL_OF_API}?access_token=x`),
  };
  for (const [name, input] of Object.entries(inputs)) {
    const [said, grown] = await judged(verify, input);
    assert.match(said, /^401 jws_malformed$|^400 authorization_malformed$/, name);
    assert.ok(grown < MOST_CHARS * 16, `${name}: ${grown} bytes`);
  }
  assert.deepEqual(await judged(verify, asked(`Bearer ${good}`)), [200, 0]);
});

// P13
test("nor is a proof, or a URL, that is too long", async (t) => {
  const { sign, verify } = await world(t);
  const key = await newKey();
  const token = await sign({ cnf: { jkt: key.thumbprint } });
  const proof = await prove(key, { url: URL_OF_API, token });
  const inputs = [
    [asked(`DPoP ${token}`, { dpop: "x".repeat(LONG) }), "401 dpop_proof_invalid"],
    [asked(`DPoP ${token}`, { dpop: `${proof}${"x".repeat(LONG)}` }), "401 dpop_proof_invalid"],
    [asked(`DPoP ${token}`, { dpop: proof }, `${URL_OF_API}/${"%41".repeat(LONG / 4)}`), "401 dpop_proof_invalid"],
    // Proofs do not name the query.
    [asked(`DPoP ${token}`, { dpop: proof }, `${URL_OF_API}?${"x".repeat(LONG)}`), 200],
  ];
  for (const [input, expected] of inputs) {
    const [said, grown] = await judged(verify, input);
    assert.equal(said, expected);
    assert.ok(grown < MOST_CHARS * 16, `${grown} bytes`);
  }
});
