// How long a Worker takes from nothing to its first answer, in workerd: an empty one, one that has made its BFF and answers a
// page of its own, and one that is asked for a session, which starts the wasm.
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { build } from "esbuild";
import { Miniflare } from "miniflare";
import { project } from "../package/fixture.mjs";
import { median, rotated } from "./statistics.mjs";

const WASM = "tokenward_edge_bg.wasm";

const EMPTY = 'export default { fetch: () => new Response("hello") };';
const WITH_BFF = `
import { createBff } from "tokenward/edge";
const bff = createBff({
  issuer: "https://login.example", clientId: "bff", clientSecret: "secret", origin: "https://app.example",
  apis: [{ path: "/api", target: "https://api.example" }], keys: ["${"A".repeat(43)}"],
});
export default { fetch: async (request) => await bff.handle(request) ?? new Response("hello") };
`;

const CONTENDERS = [
  { name: "an empty worker", text: EMPTY, path: "/" },
  { name: "with a BFF, a page of its own", text: WITH_BFF, path: "/" },
  { name: "with a BFF, the session", text: WITH_BFF, path: "/auth/session" },
];

/** @returns rows `{ name, milliseconds, more }`: medians, and what is more than the empty worker's. */
export async function measureStartup({ rounds = 11 } = {}) {
  const ends = [];
  try {
    const contenders = await Promise.all(CONTENDERS.map(async (contender) => (
      { ...contender, modules: await modulesOf({ after: (end) => ends.push(end) }, contender.text) }
    )));
    const times = new Map(contenders.map((contender) => [contender, []]));
    for (let round = 0; round < rounds; round += 1) {
      for (const contender of rotated(contenders, round)) times.get(contender).push(await firstAnswer(contender));
    }
    const empty = median(times.get(contenders[0]));
    return contenders.map((contender) => {
      const milliseconds = median(times.get(contender));
      return { name: contender.name, milliseconds, more: milliseconds - empty };
    });
  } finally {
    for (const end of ends) await end();
  }
}

async function modulesOf(t, text) {
  const root = await project(t, { "worker.js": text });
  const { outputFiles } = await build({
    absWorkingDir: root, entryPoints: ["worker.js"], bundle: true, minify: true, format: "esm", target: "es2024", write: false,
    conditions: ["workerd", "worker", "browser"], plugins: [compiledWasm], logLevel: "error",
  });
  const script = { type: "ESModule", path: "worker.js", contents: outputFiles[0].text };
  if (!script.contents.includes(WASM)) return [script];
  return [script, { type: "CompiledWasm", path: WASM, contents: await readFile(join(root, "node_modules/tokenward", WASM)) }];
}

/** Leaves the import of a wasm file in place, for the runtime's own CompiledWasm modules. */
const compiledWasm = {
  name: "compiled-wasm",
  setup(bundler) {
    bundler.onResolve({ filter: /\.wasm$/ }, ({ path }) => ({ path: `./${basename(path)}`, external: true }));
  },
};

async function firstAnswer({ modules, path }) {
  const begun = performance.now();
  const miniflare = new Miniflare({ modules, compatibilityDate: "2026-04-01" });
  const headers = { "x-tokenward": "1", "sec-fetch-site": "same-origin" };
  const answer = await miniflare.dispatchFetch(`http://worker.test${path}`, { headers });
  await answer.text();
  const milliseconds = performance.now() - begun;
  await miniflare.dispose();
  if (!answer.ok) throw new Error(`the worker answered ${answer.status}`);
  return milliseconds;
}
