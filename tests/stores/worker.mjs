// Stores in workerd, with the packed and installed package: in two Workers, which never share an isolate.
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { build } from "esbuild";
import { Miniflare } from "miniflare";
import { project, wasmFiles } from "../package/fixture.mjs";

/** Leaves the import of a wasm file in place, for the runtime's own CompiledWasm modules. */
const compiledWasm = {
  name: "compiled-wasm",
  setup(bundler) {
    bundler.onResolve({ filter: /\.wasm$/ }, ({ path }) => ({ path: `./${basename(path)}`, external: true }));
  },
};

const WORKER = `
import { answerFor } from "./agent.mjs";
import { storesIn } from "./stores.mjs";
export * from "./stores.mjs";
export default {
  async fetch(request, env) {
    return Response.json(await answerFor(storesIn(env))(await request.json()));
  },
};
`;

/**
 * Starts both Workers, with the module that exports `storesIn(env)` and the classes of its Durable Objects; `bindings` gives
 * what each of them is bound to.
 */
export async function startWorkers(t, stores, bindings, options = {}) {
  const root = await project(t, {
    "worker.js": WORKER, "agent.mjs": await readFile(join(import.meta.dirname, "agent.mjs"), "utf8"), "stores.mjs": stores,
  });
  const { outputFiles } = await build({
    absWorkingDir: root, entryPoints: ["worker.js"], bundle: true, format: "esm", target: "es2024", write: false,
    conditions: ["workerd", "worker", "browser"], external: ["cloudflare:*"], plugins: [compiledWasm], logLevel: "error",
  });
  const wasm = await Promise.all(wasmFiles.map(async (path) => (
    { type: "CompiledWasm", path, contents: await readFile(join(root, "node_modules/tokenward", path)) }
  )));
  const modules = [{ type: "ESModule", path: "worker.js", contents: outputFiles[0].text }, ...wasm];
  const worker = (name) => ({ name, compatibilityDate: "2026-04-01", ...bindings(name), modules });
  const miniflare = new Miniflare({ ...options, workers: [worker("one"), worker("two")] });
  let isOver = false;
  const end = async () => {
    if (!isOver) await miniflare.dispose();
    isOver = true;
  };
  t.after(end);
  const asking = async (name) => {
    const { fetch } = await miniflare.getWorker(name);
    return async (body) => {
      const answer = await fetch("http://worker.test/", { method: "POST", body: JSON.stringify(body) });
      const text = await answer.text();
      if (!answer.ok) throw new Error(text);
      return JSON.parse(text);
    };
  };
  return { one: await asking("one"), two: await asking("two"), end };
}
