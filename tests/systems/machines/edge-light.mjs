// The edge runtime of Vercel and Next.js, with the packed and installed package: what a scenario says there.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { EdgeVM } from "@edge-runtime/vm";
import { build } from "esbuild";
import { project } from "../../package/fixture.mjs";
import { compiledByThePlatform } from "../../package/platform-wasm.mjs";

const WASM = "tokenward_edge_bg.wasm";

/** Runs one scenario of the file there, and gives what it said. */
export const inEdgeLight = (scenarios) => async (t, name, input) => {
  const root = await project(t, {
    "scenarios.mjs": await readFile(scenarios, "utf8"),
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
};
