// The app, started for real in each runtime with the packed and installed package.
//
// `start(t, runtime, settings)` gives `{ ports, printed(), stop() }`. `settings` are JSON: `bff`, the options of createBff;
// `store`, which names one of the runtime's stores; `place`, a folder for what it keeps; `redis`, the port of a server, for the
// store of this name; `isolates`, 1 or 2; and `app`, the file with `createApp`, where it is not app.mjs.
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { EdgeVM } from "@edge-runtime/vm";
import { build } from "esbuild";
import { Miniflare } from "miniflare";
import { project } from "../package/fixture.mjs";
import { compiledByThePlatform } from "../package/platform-wasm.mjs";
import { serveHandler } from "./node-adapter.mjs";

const bin = (name) => join(import.meta.dirname, "../node_modules/.bin", name);
const read = (name) => readFile(join(import.meta.dirname, name), "utf8");
const appOf = ({ app = join(import.meta.dirname, "app.mjs") }) => readFile(app, "utf8");

const START_MS = 60_000;
const EDGE_WASM = "tokenward_edge_bg.wasm";

// Read from a file, since whoever lists processes sees arguments and environment.
const SETTINGS = `
import { readFileSync } from "node:fs";
import * as edge from "tokenward/edge";
import { createApp } from "./app.mjs";
const settings = JSON.parse(readFileSync("settings.json", "utf8"));
const store = await stores[settings.store]?.(settings);
const handle = createApp(edge, store ? { ...settings.bff, store } : settings.bff);
`;

const MAINS = {
  Node: `
import { createClient } from ${JSON.stringify(import.meta.resolve("redis"))};
import { serveHandler } from "./node-adapter.mjs";
const stores = {
  memory: () => edge.memoryStore(),
  Redis: async ({ redis }) => edge.redisStore(await createClient({ socket: { host: "127.0.0.1", port: redis } }).connect()),
};
${SETTINGS}
const { port } = await serveHandler(handle, { origin: settings.bff.origin });
console.log("listening " + port);
`,
  Deno: `
const stores = {
  memory: () => edge.memoryStore(),
  "Deno KV": async ({ place }) => edge.denoKvStore(await Deno.openKv(place + "/kv")),
};
${SETTINGS}
Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: ({ port }) => console.log("listening " + port) }, (request) => handle(request));
`,
  Bun: `
const stores = {
  memory: () => edge.memoryStore(),
};
${SETTINGS}
const { port } = Bun.serve({ hostname: "127.0.0.1", port: 0, idleTimeout: 60, fetch: (request) => handle(request) });
console.log("listening " + port);
`,
};

const COMMANDS = {
  Node: [process.execPath, "main.mjs"],
  Deno: [
    bin("deno"), "run", "--no-prompt", "--cached-only", "--node-modules-dir=manual", "--unstable-kv", "--unstable-no-legacy-abort",
    "--allow-read", "--allow-write", "--allow-net=127.0.0.1,localhost", "main.mjs",
  ],
  Bun: [bin("bun"), "run", "--no-install", "main.mjs"],
};

const inProcess = (runtime) => async (t, settings) => {
  const root = await project(t, {
    "main.mjs": MAINS[runtime], "app.mjs": await appOf(settings), "node-adapter.mjs": await read("node-adapter.mjs"),
    "settings.json": JSON.stringify(settings),
  });
  const started = await Promise.all(Array.from({ length: settings.isolates ?? 1 }, () => startProcess(t, COMMANDS[runtime], root)));
  return {
    ports: started.map(({ port }) => port),
    printed: () => started.map(({ printed }) => printed()).join(""),
    stop: () => Promise.all(started.map(({ stop }) => stop())),
  };
};

async function startProcess(t, [command, ...args], cwd) {
  const env = { ...process.env, DENO_DIR: join(cwd, ".deno"), NO_COLOR: "1", NODE_NO_WARNINGS: "1" };
  const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let printed = "";
  const ended = new Promise((resolve) => child.once("close", resolve));
  const stop = () => {
    child.kill();
    return ended;
  };
  t.after(stop);
  const port = await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${command} did not listen:\n${printed}`)), START_MS);
    ended.then(() => reject(new Error(`${command} ended before it listened:\n${printed}`)));
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (chunk) => {
        printed += chunk;
        const found = /^listening (\d+)$/m.exec(printed);
        if (!found) return;
        clearTimeout(timer);
        resolve(Number(found[1]));
      });
    }
  });
  return { port, printed: () => printed, stop };
}

/** Leaves the import of a wasm file in place, for the runtime's own CompiledWasm modules. */
const compiledWasm = {
  name: "compiled-wasm",
  setup(bundler) {
    bundler.onResolve({ filter: /\.wasm$/ }, ({ path }) => ({ path: `./${basename(path)}`, external: true }));
  },
};

/** The BFF is made at the top level, where a Worker may neither ask the network nor take random bytes. */
const WORKER = `
import { env } from "cloudflare:workers";
import * as edge from "tokenward/edge";
import { createApp } from "./app.mjs";
export { SessionObject } from "tokenward/edge";
const stores = {
  memory: () => edge.memoryStore(),
  "Durable Object": () => edge.durableObjectStore(env.SESSIONS),
  "Workers KV": () => edge.workersKvStore(env.KV),
};
const { bff, store } = env.SETTINGS;
const made = stores[store]?.();
const handle = createApp(edge, made ? { ...bff, store: made } : bff);
export default { fetch: (request, _env, context) => handle(request, context) };
`;

async function inWorkerd(t, settings) {
  const root = await project(t, { "worker.js": WORKER, "app.mjs": await appOf(settings) });
  const { outputFiles } = await build({
    absWorkingDir: root, entryPoints: ["worker.js"], bundle: true, format: "esm", target: "es2024", write: false,
    conditions: ["workerd", "worker", "browser"], external: ["cloudflare:*"], plugins: [compiledWasm], logLevel: "error",
  });
  const modules = [
    { type: "ESModule", path: "worker.js", contents: outputFiles[0].text },
    { type: "CompiledWasm", path: EDGE_WASM, contents: await readFile(join(root, "node_modules/tokenward", EDGE_WASM)) },
  ];
  const names = Array.from({ length: settings.isolates ?? 1 }, (_, at) => `isolate-${at}`);
  let printed = "";
  const miniflare = new Miniflare({
    host: "127.0.0.1",
    port: 0,
    durableObjectsPersist: join(settings.place, "objects"),
    kvPersist: join(settings.place, "kv"),
    handleRuntimeStdio: (...streams) => streams.forEach((stream) => stream.on("data", (chunk) => { printed += chunk; })),
    workers: names.map((name) => ({
      name,
      modules,
      compatibilityDate: "2026-04-01",
      compatibilityFlags: ["enable_request_signal"],
      bindings: { SETTINGS: settings },
      kvNamespaces: { KV: "sessions" },
      // All isolates have the objects of the first.
      durableObjects: { SESSIONS: { className: "SessionObject", scriptName: names[0], useSQLite: true } },
      unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
    })),
  });
  let stopped;
  const stop = () => (stopped ??= miniflare.dispose());
  t.after(stop);
  const urls = await Promise.all(names.map((name) => miniflare.unsafeGetDirectURL(name)));
  return { ports: urls.map((url) => Number(url.port)), printed: () => printed, stop };
}

async function inEdgeLight(t, settings) {
  const root = await project(t, {
    "edge.js": `
      import * as edge from "tokenward/edge";
      import { createApp } from "./app.mjs";
      const { bff, store } = settingsOfTheDeployment;
      globalThis.handle = createApp(edge, store === "memory" ? { ...bff, store: edge.memoryStore() } : bff);
    `,
    "app.mjs": await appOf(settings),
  });
  const { outputFiles } = await build({
    absWorkingDir: root, entryPoints: ["edge.js"], bundle: true, format: "iife", target: "es2024", write: false,
    conditions: ["edge-light", "worker", "browser"], plugins: [compiledByThePlatform], logLevel: "error",
  });
  const file = await readFile(join(root, "node_modules/tokenward", EDGE_WASM));
  let printed = "";
  const print = (...said) => { printed += `${said.join(" ")}\n`; };
  const vm = new EdgeVM({ extend: (context) => Object.assign(context, { file, console: { ...console, log: print, error: print, warn: print } }) });
  vm.evaluate(`
    globalThis.wasmOfTheDeployment = { ${JSON.stringify(EDGE_WASM)}: new WebAssembly.Module(file) };
    globalThis.settingsOfTheDeployment = ${JSON.stringify(settings)};
    globalThis.make = (url, init) => new Request(url, init);
  `);
  vm.evaluate(outputFiles[0].text);
  const { handle, make } = vm.context;
  const { port, close } = await serveHandler(handle, { origin: settings.bff.origin, make });
  let stopped;
  const stop = () => (stopped ??= close());
  t.after(stop);
  return { ports: [port], printed: () => printed, stop };
}

const STARTERS = { Node: inProcess("Node"), workerd: inWorkerd, Deno: inProcess("Deno"), Bun: inProcess("Bun"), "edge-light": inEdgeLight };

// What JSON leaves out is left out everywhere: bindings of a Worker take nothing else.
export const start = (t, runtime, settings) => STARTERS[runtime](t, JSON.parse(JSON.stringify(settings)));

/** A folder of the system's temporary ones for what a store keeps, removed at the end. */
export async function sharedFolder(t) {
  const folder = await mkdtemp(join(tmpdir(), "tokenward-store-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
