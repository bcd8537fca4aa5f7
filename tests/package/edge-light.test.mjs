// The package in the edge runtime of Vercel and Next.js, where a bundler turns `?module` imports into compiled modules.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { EdgeVM } from "@edge-runtime/vm";
import { build } from "esbuild";
import { project, wasmFiles } from "./fixture.mjs";
import { codeFromTheCore, pageStub } from "./page-stub.mjs";
import { compiledByThePlatform } from "./platform-wasm.mjs";
import { verifiedExamples, verifyExamples } from "./verify-examples.mjs";

/** Evaluates a bundle whose module text is `script`; it leaves its JSON answer in `globalThis.answer`. */
async function answer(t, script) {
  const root = await project(t, { "edge.js": script, "page.js": pageStub });
  const { outputFiles } = await build({
    absWorkingDir: root, entryPoints: ["edge.js"], bundle: true, format: "iife", target: "es2024", write: false,
    conditions: ["edge-light", "worker", "browser"], plugins: [compiledByThePlatform], logLevel: "error",
    // A script has no import.meta; an entry for this runtime must not need it.
    logOverride: { "empty-import-meta": "error" },
  });
  const files = {};
  for (const name of wasmFiles) {
    files[name] = await readFile(join(root, "node_modules/tokenward", name));
  }
  const vm = new EdgeVM({ extend: (context) => Object.assign(context, { files }) });
  // Compiled inside, so that the modules belong to the runtime's own realm, as deployed ones do.
  vm.evaluate(`
    globalThis.wasmOfTheDeployment = {};
    for (const name in files) wasmOfTheDeployment[name] = new WebAssembly.Module(files[name]);
    delete globalThis.files;
  `);
  vm.evaluate(outputFiles[0].text);
  return JSON.parse(await vm.evaluate("globalThis.answer"));
}

test("an edge function can import the package and construct at its top level", async (t) => {
  const seen = await answer(t, `
    import { AuthError, createAuth } from "tokenward";
    const auth = createAuth({ issuer: "https://id.example.com", clientId: "app" });
    globalThis.answer = (async () => {
      const ready = await auth.ready;
      const error = await auth.signIn().catch((reason) => reason);
      return JSON.stringify({ status: ready.status, code: error.code, typed: error instanceof AuthError });
    })();
  `);
  assert.deepEqual(seen, { status: "loading", code: "not_in_browser", typed: true });
});

test("the wasm module and its glue run there", async (t) => {
  const seen = await answer(t, `
    import "./page.js";
    import wasm from "./node_modules/tokenward/tokenward_bg.wasm?module";
    import { createEngine, start } from "./node_modules/tokenward/engine.js";
    globalThis.answer = ${codeFromTheCore}.then((code) => JSON.stringify(code));
  `);
  assert.equal(seen, "metadata_issuer_mismatch");
});

test("the edge entry verifies there", async (t) => {
  const seen = await answer(t, `
    import { AuthError, verifyJws } from "tokenward/edge";
    globalThis.answer = ${verifyExamples}.then((said) => JSON.stringify(said));
  `);
  assert.deepEqual(seen, verifiedExamples);
});
