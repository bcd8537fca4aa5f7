// What a read and a write take in each store, on this machine: `node tests/stores/measure.mjs`. Microseconds, one after another.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { remoteStore } from "./agent.mjs";
import { startProcess } from "./process.mjs";
import { startRedis } from "./redis-server.mjs";
import { startWorkers } from "./worker.mjs";

const BATCHES = 21;

const inProcess = (runtime, text) => async (t) => remoteStore(await startProcess(t, runtime, text), "store");

const inWorker = (text, bindings) => async (t) => remoteStore((await startWorkers(t, text, bindings)).one, "store");

const objects = (useSQLite) => inWorker(
  `import { durableObjectStore } from "tokenward/edge"; export { SessionObject } from "tokenward/edge";
  export const storesIn = (env) => ({ store: durableObjectStore(env.SESSIONS) });`,
  (name) => ({ durableObjects: { SESSIONS: { className: "SessionObject", useSQLite, ...(name === "two" && { scriptName: "one" }) } } }),
);

const MEMORY = `import { memoryStore } from "tokenward/edge"; export const stores = { store: memoryStore() };`;

const PLACES = {
  "memory, Node": inProcess("Node", MEMORY),
  "Durable Objects, SQLite": objects(true),
  "Durable Objects, key-value": objects(false),
  "Deno KV, a file": async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "tokenward-measure-"));
    t.after(() => rm(folder, { recursive: true, force: true }));
    return inProcess("Deno", `
      import { denoKvStore } from "tokenward/edge";
      export const stores = { store: denoKvStore(await Deno.openKv(${JSON.stringify(join(folder, "sessions"))})) };
    `)(t);
  },
  "Redis, redis": async (t) => inProcess("Node", `
    import { createClient } from ${JSON.stringify(import.meta.resolve("redis"))};
    import { redisStore } from "tokenward/edge";
    export const stores = { store: redisStore(await createClient({ socket: { host: "127.0.0.1", port: ${(await startRedis(t)).port} } }).connect()) };
  `)(t),
  "Redis, ioredis": async (t) => inProcess("Node", `
    import { Redis } from ${JSON.stringify(import.meta.resolve("ioredis"))};
    import { redisStore } from "tokenward/edge";
    export const stores = { store: redisStore(new Redis(${(await startRedis(t)).port}, "127.0.0.1")) };
  `)(t),
  "Workers KV": inWorker(
    `import { workersKvStore } from "tokenward/edge"; export const storesIn = (env) => ({ store: workersKvStore(env.KV) });`,
    () => ({ kvNamespaces: { KV: "sessions" } }),
  ),
};

console.log(`${"µs, values of 4 KB".padEnd(28)}    read  read 4   write`);
for (const [name, open] of Object.entries(PLACES)) {
  const ends = [];
  const store = await open({ after: (end) => ends.push(end) });
  const { read, readFour, write } = await store.measure(BATCHES);
  console.log(`${name.padEnd(28)}${[read, readFour, write].map((one) => String(one).padStart(8)).join("")}`);
  for (const end of ends.reverse()) await end();
}
