// Machine clients in the edge runtime of Vercel and Next.js, which has no process, and not all that browsers have.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { test } from "node:test";
import { EdgeVM } from "@edge-runtime/vm";
import { build } from "esbuild";
import { project } from "../../package/fixture.mjs";
import { API_KEY, startKlasstra } from "../klasstra.mjs";
import { ENVIRONMENTS, startStudyteam } from "../studyteam.mjs";

const WASM = "tokenward_edge_bg.wasm";

/** The platform compiles the file, the script sees the module. */
const compiledByThePlatform = {
  name: "compiled-by-the-platform",
  setup(bundler) {
    bundler.onResolve({ filter: /\.wasm\?module$/ }, ({ path }) => ({ path, namespace: "platform" }));
    bundler.onLoad({ filter: /.*/, namespace: "platform" }, ({ path }) => ({ contents: `export default wasmOfTheDeployment[${JSON.stringify(basename(path, "?module"))}];` }));
  },
};

/** What a scenario says there. */
async function run(t, name, input) {
  const root = await project(t, {
    "scenarios.mjs": await readFile(join(import.meta.dirname, "scenarios.mjs"), "utf8"),
    "edge.js": `
      import * as edge from "tokenward/edge";
      import * as scenarios from "./scenarios.mjs";
      globalThis.answer = scenarios[${JSON.stringify(name)}](edge, ${JSON.stringify(input)}).then(JSON.stringify);
    `,
  });
  const { outputFiles } = await build({
    absWorkingDir: root, entryPoints: ["edge.js"], bundle: true, format: "iife", target: "es2024", write: false,
    conditions: ["edge-light", "worker", "browser"], plugins: [compiledByThePlatform], logLevel: "error",
  });
  const file = await readFile(join(root, "node_modules/tokenward", WASM));
  const vm = new EdgeVM({ extend: (context) => Object.assign(context, { file }) });
  vm.evaluate(`globalThis.wasmOfTheDeployment = { ${JSON.stringify(WASM)}: new WebAssembly.Module(file) };`);
  vm.evaluate(outputFiles[0].text);
  return JSON.parse(await vm.evaluate("globalThis.answer"));
}

test("a crowd on a cold client: one request for a token", async (t) => {
  const { staging, close } = await startStudyteam();
  t.after(close);
  const options = { tokenUrl: `${staging.origin}/oauth/token`, ...ENVIRONMENTS.staging, body: "json" };
  assert.deepEqual(await run(t, "crowd", { options, url: `${staging.origin}/api/something`, count: 100 }), { counts: { 200: 100 }, generation: 1 });
  assert.equal(staging.to("POST /oauth/token").length, 1);
});

test("an API key", async (t) => {
  const klasstra = await startKlasstra();
  t.after(klasstra.close);
  const { answers } = await run(t, "keyed", { options: { key: API_KEY, apis: [klasstra.origin] }, urls: [`${klasstra.origin}/students`] });
  assert.equal(answers[0].status, 200);
});
