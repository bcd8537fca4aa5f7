// The runtimes that the edge entry is for, each with the packed and installed package: what a scenario says there.
//
// A scenario is an exported async function of a file like scenarios.mjs: `(edge, input) => said`, where `edge` is the entry
// "tokenward/edge" and both others are JSON.
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { Miniflare } from "miniflare";
import { project, wasmFiles } from "../../package/fixture.mjs";

const run = promisify(execFile);
const bin = (name) => join(import.meta.dirname, "../../node_modules/.bin", name);
const ownScenarios = join(import.meta.dirname, "scenarios.mjs");

const PATIENCE_MS = 90_000;

/** Reads its input from a file, since arguments are printed by whoever lists processes, and says its answer in the last line. */
const MAIN = `
import { readFileSync } from "node:fs";
import * as edge from "tokenward/edge";
import * as scenarios from "./scenarios.mjs";
const { name, input } = JSON.parse(readFileSync("input.json", "utf8"));
const said = await scenarios[name](edge, input);
console.log("\\n" + JSON.stringify(said ?? null));
`;

const COMMANDS = {
  Node: [process.execPath, "main.mjs"],
  Deno: [bin("deno"), "run", "--no-prompt", "--cached-only", "--node-modules-dir=manual", "--allow-read=.", "--allow-net=127.0.0.1,localhost", "main.mjs"],
  Bun: [bin("bun"), "run", "--no-install", "main.mjs"],
};

const inProcess = (runtime, scenarios) => async (t, name, input) => {
  const root = await project(t, {
    "main.mjs": MAIN, "scenarios.mjs": await readFile(scenarios, "utf8"), "input.json": JSON.stringify({ name, input }),
  });
  const [command, ...args] = COMMANDS[runtime];
  const env = { ...process.env, DENO_DIR: join(root, ".deno"), NO_COLOR: "1", NODE_NO_WARNINGS: "1" };
  const { stdout, stderr } = await run(command, args, { cwd: root, timeout: PATIENCE_MS, env, maxBuffer: 1 << 26 });
  return { said: JSON.parse(stdout.trim().split("\n").at(-1)), printed: `${stdout}\n${stderr}` };
};

/** Leaves the import of a wasm file in place, for the runtime's own CompiledWasm modules. */
const compiledWasm = {
  name: "compiled-wasm",
  setup(bundler) {
    bundler.onResolve({ filter: /\.wasm$/ }, ({ path }) => ({ path: `./${basename(path)}`, external: true }));
  },
};

/** Workers with these names and this text, each an isolate of its own, and the way to ask one. What they share is the platform's. */
export async function startWorkers(t, worker, names, compatibilityDate = "2026-04-01", scenarios = ownScenarios) {
  const root = await project(t, { "worker.js": worker, "scenarios.mjs": await readFile(scenarios, "utf8") });
  const { outputFiles } = await build({
    absWorkingDir: root, entryPoints: ["worker.js"], bundle: true, format: "esm", target: "es2024", write: false,
    conditions: ["workerd", "worker", "browser"], plugins: [compiledWasm], logLevel: "error",
  });
  const wasm = wasmFiles.map(async (path) => (
    { type: "CompiledWasm", path, contents: await readFile(join(root, "node_modules/tokenward", path)) }
  ));
  const modules = [{ type: "ESModule", path: "worker.js", contents: outputFiles[0].text }, ...await Promise.all(wasm)];
  const printed = [];
  const miniflare = new Miniflare({
    handleRuntimeStdio: (stdout, stderr) => [stdout, stderr].forEach((stream) => stream.on("data", (chunk) => printed.push(String(chunk)))),
    workers: names.map((name) => ({ name, routes: [`${name}.test/*`], compatibilityDate, modules })),
  });
  t.after(() => miniflare.dispose());
  const ask = async (name, body) => {
    const answer = await miniflare.dispatchFetch(`http://${name}.test/`, { method: "POST", body: JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(text);
    return JSON.parse(text);
  };
  return { ask, printed };
}

/** A Worker with this text, and the way to ask it. */
export async function startWorker(t, worker, ...given) {
  const { ask, printed } = await startWorkers(t, worker, ["worker"], ...given);
  return { ask: (body) => ask("worker", body), printed };
}

const inWorker = (scenarios) => async (t, name, input) => {
  const { ask, printed } = await startWorker(t, `
    import * as edge from "tokenward/edge";
    import * as scenarios from "./scenarios.mjs";
    export default {
      async fetch(request) {
        const { name, input } = await request.json();
        return Response.json(await scenarios[name](edge, input) ?? null);
      },
    };
  `, undefined, scenarios);
  return { said: await ask({ name, input }), printed: printed.join("") };
};

/** Each runs one scenario of the file, and gives what it said and everything it printed. */
export const runtimesFor = (scenarios) => ({
  Node: inProcess("Node", scenarios), workerd: inWorker(scenarios), Deno: inProcess("Deno", scenarios), Bun: inProcess("Bun", scenarios),
});

export const runtimes = runtimesFor(ownScenarios);
