// The package in workerd (Cloudflare Workers), bundled the way wrangler does it: wasm arrives as a compiled module.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { test } from "node:test";
import { build } from "esbuild";
import { Miniflare } from "miniflare";
import { project, wasmFiles } from "./fixture.mjs";
import { codeFromTheCore, pageStub } from "./page-stub.mjs";
import { verifiedExamples, verifyExamples } from "./verify-examples.mjs";

/** Leaves the import of a wasm file in place, for the runtime's own CompiledWasm modules. */
const compiledWasm = {
  name: "compiled-wasm",
  setup(bundler) {
    bundler.onResolve({ filter: /\.wasm$/ }, ({ path }) => ({ path: `./${basename(path)}`, external: true }));
  },
};

/** A Worker whose module text is `worker`. */
async function start(t, worker) {
  const root = await project(t, { "worker.js": worker, "page.js": pageStub });
  const { outputFiles } = await build({
    absWorkingDir: root, entryPoints: ["worker.js"], bundle: true, format: "esm", target: "es2024", write: false,
    conditions: ["workerd", "worker", "browser"], plugins: [compiledWasm], logLevel: "error",
  });
  const wasm = wasmFiles.map(async (path) => (
    { type: "CompiledWasm", path, contents: await readFile(join(root, "node_modules/tokenward", path)) }
  ));
  const miniflare = new Miniflare({
    compatibilityDate: "2026-04-01",
    modules: [
      { type: "ESModule", path: "worker.js", contents: outputFiles[0].text },
      ...await Promise.all(wasm),
    ],
  });
  t.after(() => miniflare.dispose());
  return async () => (await miniflare.dispatchFetch("http://worker.test/")).json();
}

const answer = async (t, worker) => (await start(t, worker))();

test("a Worker can import the package and construct at its top level", async (t) => {
  const seen = await answer(t, `
    import { AuthError, createAuth, version } from "tokenward";
    const auth = createAuth({ issuer: "https://id.example.com", clientId: "app" });
    export default {
      async fetch() {
        const ready = await auth.ready;
        const error = await auth.signIn().catch((reason) => reason);
        return Response.json({ status: ready.status, code: error.code, typed: error instanceof AuthError, version });
      },
    };
  `);
  assert.equal(seen.status, "loading");
  assert.equal(seen.code, "not_in_browser");
  assert.equal(seen.typed, true);
  assert.match(seen.version, /^\d/);
});

test("the wasm module and its glue run in workerd", async (t) => {
  // createAuth never needs the core on a server, so this starts the package's lazy part itself to prove the file usable.
  const seen = await answer(t, `
    import "./page.js";
    import wasm from "./node_modules/tokenward/tokenward_bg.wasm";
    import { createEngine, start } from "./node_modules/tokenward/engine.js";
    export default {
      fetch: async () => Response.json({ module: wasm instanceof WebAssembly.Module, code: await ${codeFromTheCore} }),
    };
  `);
  assert.deepEqual(seen, { module: true, code: "metadata_issuer_mismatch" });
});

test("the edge entry verifies, for several requests at once", async (t) => {
  const ask = await start(t, `
    import { AuthError, verifyJws } from "tokenward/edge";
    export default { fetch: async () => Response.json(await ${verifyExamples}) };
  `);
  const all = await Promise.all(Array.from({ length: 8 }, ask));
  for (const seen of all) assert.deepEqual(seen, verifiedExamples);
  assert.deepEqual(await ask(), verifiedExamples);
});
