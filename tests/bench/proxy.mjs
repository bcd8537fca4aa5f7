// What the BFF's proxy costs: requests per second through it as a share of those through a bare proxy in the same runtime,
// with the API, the load and the store in the same place. And the CPU time of its process, which a busy machine leaves alone.
import { readFileSync, readdirSync } from "node:fs";
import { Agent, createServer, request } from "node:http";
import { fileURLToPath } from "node:url";
import { openDoor } from "../bff-edge/door.mjs";
import { CLIENT, startProvider } from "../bff-edge/provider.mjs";
import { sharedFolder, start } from "../bff-edge/runtimes.mjs";
import { newKey, signedIn } from "../bff-edge/world.mjs";
import { listen } from "../provider/serve.mjs";
import { median, rotated } from "./statistics.mjs";

const CONNECTIONS = 16;
const BODY = JSON.stringify({ notes: Array.from({ length: 10 }, (_, id) => ({ id, text: "a note" })) });
const app = fileURLToPath(new URL("proxy-app.mjs", import.meta.url));

const CONTENDERS = [
  { name: "bare proxy", bare: true },
  { name: "BFF, session in the cookie", sessionIn: "cookie" },
  { name: "BFF, session in the isolate's memory" },
  { name: "BFF, session in Durable Objects", store: "Durable Object", only: "workerd" },
];

/** Of the clock that the kernel counts CPU time with. */
const TICKS_PER_SECOND = 100;

/** @returns rows `{ runtime, name, perSecond, share, cpu }`, medians; `share` is of the bare proxy, `cpu` microseconds a request. */
export async function measureProxy({ rounds = 7, roundMs = 1_500 } = {}) {
  const ends = [];
  const t = { after: (end) => ends.unshift(end) };
  try {
    return [...await measureIn(t, "Node", rounds, roundMs), ...await measureIn(t, "workerd", rounds, roundMs)];
  } finally {
    for (const end of ends) await end();
  }
}

async function measureIn(t, runtime, rounds, roundMs) {
  const api = createServer((incoming, outgoing) => {
    incoming.resume();
    outgoing.writeHead(200, { "content-type": "application/json" }).end(BODY);
  });
  const upstream = await listen(api);
  t.after(upstream.close);
  const contenders = [];
  // One after the other, so that it is known whose process is new.
  for (const contender of CONTENDERS.filter(({ only = runtime }) => only === runtime)) contenders.push(await prepare(t, runtime, upstream.origin, contender));
  const rates = new Map(contenders.map((contender) => [contender, []]));
  for (const contender of contenders) await load(contender, roundMs);
  for (let round = 0; round < rounds; round += 1) {
    for (const contender of rotated(contenders, round)) rates.get(contender).push(await load(contender, roundMs));
  }
  const [bare] = contenders;
  return contenders.map((contender) => ({
    runtime,
    name: contender.name,
    perSecond: median(rates.get(contender).map(({ perSecond }) => perSecond)),
    share: median(rates.get(contender).map(({ perSecond }, round) => perSecond / rates.get(bare)[round].perSecond)),
    cpu: median(rates.get(contender).map(({ cpu }) => cpu)),
  }));
}

/** The contender's address, and the headers of a browser that is signed in there. */
async function prepare(t, runtime, target, { name, bare, sessionIn, store = "memory" }) {
  const door = await openDoor();
  t.after(door.close);
  const provider = await startProvider({ appOrigin: door.origin });
  t.after(provider.close);
  const before = children();
  const started = await start(t, runtime, {
    app,
    store,
    place: await sharedFolder(t),
    bff: { issuer: provider.issuer, ...CLIENT, scope: "openid", origin: door.origin, apis: [{ path: "/api", target }], keys: [newKey()], bare, sessionIn },
  });
  const processes = children().filter((pid) => !before.includes(pid));
  door.open(...started.ports);
  const host = new URL(door.origin).host;
  const cookie = bare ? "" : (await signedIn({ origin: door.origin }, { returnTo: "/nowhere" })).cookieHeader(door.origin);
  // Past the door, which would be measured too.
  return { name, processes, port: started.ports[0], headers: { host, accept: "*/*", "x-tokenward": "1", "sec-fetch-site": "same-origin", ...(cookie && { cookie }) } };
}

/** Asks for so long, each connection as soon as it was answered. */
async function load({ port, headers, processes }, milliseconds) {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const begun = performance.now();
  const cpuBefore = cpuTicks(processes);
  let count = 0;
  const worker = async () => {
    while (performance.now() - begun < milliseconds) {
      await ask({ port, headers, agent });
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  agent.destroy();
  const cpu = ((cpuTicks(processes) - cpuBefore) * 1_000_000) / TICKS_PER_SECOND / count;
  return { perSecond: (count * 1000) / (performance.now() - begun), cpu };
}

/** What stands in /proc/<pid>/stat behind the command, which may have anything in it; nothing where the process has ended. */
function stat(pid) {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /s, "").split(" ");
  } catch {
    return [];
  }
}

const children = () => readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && stat(pid)[1] === String(process.pid));

const cpuTicks = (processes) => processes.reduce((all, pid) => {
  const [, , , , , , , , , , , user, system] = stat(pid);
  return all + Number(user) + Number(system);
}, 0);

const ask = ({ port, headers, agent }) => new Promise((resolve, reject) => {
  request({ host: "127.0.0.1", port, path: "/api/notes", headers, agent, setHost: false }, (response) => {
    if (response.statusCode !== 200) reject(new Error(`the proxy answered ${response.statusCode}`));
    response.resume().on("end", resolve).on("error", reject);
  }).on("error", reject).end();
});
