// Other runtimes that judge cases: the installed package's edge entry in a Worker, in Deno and in Bun. Each start gives a
// function that takes cases and gives their outcomes.
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { Miniflare } from "miniflare";
import { installedPackage, project } from "../package/fixture.mjs";
import { judgeAll } from "./judge.mjs";

const run = promisify(execFile);

/** workerd, with the package's files as they are: its module system takes the entry for Workers without a bundler. */
export async function startWorkerd(t) {
  const { dir } = await installedPackage();
  const file = async (type, path) => ({ type, path, contents: await readFile(join(dir, path)) });
  const worker = `
    import * as edge from "./edge.workerd.js";
    ${judgeAll}
    export default { fetch: async (request) => Response.json(await judgeAll(edge, await request.json())) };
  `;
  const miniflare = new Miniflare({
    compatibilityDate: "2026-04-01",
    modules: [
      { type: "ESModule", path: "worker.js", contents: worker },
      ...await Promise.all(["edge.workerd.js", "edge-engine.js", "auth.js"].map((path) => file("ESModule", path))),
      await file("CompiledWasm", "tokenward_edge_bg.wasm"),
    ],
  });
  t.after(() => miniflare.dispose());
  return async (cases) => {
    const response = await miniflare.dispatchFetch("http://worker.test/", { method: "POST", body: JSON.stringify(cases) });
    return response.json();
  };
}

const bin = (name) => join(import.meta.dirname, "../node_modules/.bin", name);

const COMMANDS = {
  deno: ["run", "--no-prompt", "--cached-only", "--node-modules-dir=manual", "--allow-read=.", "main.mjs"],
  bun: ["run", "--no-install", "main.mjs"],
};

/** A command that runs a script of its own for all cases given at once. */
const startCommand = (runtime) => async (t) => {
  const root = await project(t, {
    "main.mjs": `
      import { readFileSync } from "node:fs";
      import * as edge from "tokenward/edge";
      ${judgeAll}
      console.log(JSON.stringify(await judgeAll(edge, JSON.parse(readFileSync("cases.json", "utf8")))));
    `,
  });
  return async (cases) => {
    await writeFile(join(root, "cases.json"), JSON.stringify(cases));
    const env = { ...process.env, DENO_DIR: join(root, ".deno"), NO_COLOR: "1" };
    const { stdout } = await run(bin(runtime), COMMANDS[runtime], { cwd: root, timeout: 120_000, maxBuffer: 1 << 26, env });
    return JSON.parse(stdout);
  };
};

export const startDeno = startCommand("deno");
export const startBun = startCommand("bun");
