// The CPU time of verifying one access token, in Node and in workerd: all threads of the process, as what WebCrypto hands to
// another thread is paid for as well.
import { fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { build } from "esbuild";
import { Miniflare } from "miniflare";
import { pkgDir } from "./bundle.mjs";
import { median, rotated } from "./statistics.mjs";

const ALGORITHMS = ["RS256", "ES256", "EdDSA"];
/** How many at a time: each some tenths of a second. */
const COUNTS = { floor: 2_000, jose: 2_000, tokenward: 2_000, repeated: 200_000 };

async function startNode() {
  const child = fork(join(import.meta.dirname, "verify-node.mjs"));
  const ended = once(child, "exit").then(() => [undefined]);
  const measure = async (task) => {
    child.send(task);
    const [answer] = await Promise.race([once(child, "message"), ended]);
    if (answer === undefined) throw new Error("the process that is measured ended");
    return answer;
  };
  return { measure, close: () => child.kill() };
}

/** Microseconds of CPU that this process has used; Linux only. A Worker's own clock stands still while it works. */
const usedBy = (pid) =>
  readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => sum + Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]), 0) / 1000;

const isOurWorkerd = (pid) => {
  try {
    const [, name, parent] = /^\d+ \((.*)\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8"));
    return name === "workerd" && Number(parent) === process.pid;
  } catch {
    return false;
  }
};

const fromPackage = {
  name: "package",
  setup(bundler) {
    bundler.onResolve({ filter: /^tokenward\/edge$/ }, () => ({ path: join(pkgDir, "edge.workerd.js") }));
    bundler.onResolve({ filter: /\.wasm$/ }, ({ path }) => ({ path: `./${basename(path)}`, external: true }));
  },
};

async function startWorkerd() {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, "verify-worker.mjs")], bundle: true, format: "esm", target: "es2024", write: false,
    conditions: ["workerd", "worker", "browser"], plugins: [fromPackage], logLevel: "error",
  });
  const wasm = "tokenward_edge_bg.wasm";
  const miniflare = new Miniflare({
    compatibilityDate: "2026-04-01",
    modules: [
      { type: "ESModule", path: "worker.js", contents: outputFiles[0].text },
      { type: "CompiledWasm", path: wasm, contents: await readFile(join(pkgDir, wasm)) },
    ],
  });
  await miniflare.ready;
  const pid = readdirSync("/proc").find((name) => /^\d+$/.test(name) && isOurWorkerd(name));
  const measure = async (task) => {
    const before = usedBy(pid);
    const answer = await miniflare.dispatchFetch("http://worker.test/", { method: "POST", body: JSON.stringify(task) });
    if (!answer.ok) throw new Error(await answer.text());
    return usedBy(pid) - before;
  };
  return { measure, close: () => miniflare.dispose() };
}

async function rowsOf(runtime, { measure }, rounds) {
  const names = Object.keys(COUNTS);
  const rows = [];
  for (const alg of ALGORITHMS) {
    const times = Object.fromEntries(names.map((name) => [name, []]));
    // The first round compiles.
    for (let round = -1; round < rounds; round += 1) {
      for (const name of rotated(names, round + 1)) {
        const each = await measure({ alg, name, count: COUNTS[name] }) / COUNTS[name];
        if (round >= 0) times[name].push(each);
      }
    }
    const { floor, jose, tokenward, repeated } = Object.fromEntries(names.map((name) => [name, median(times[name])]));
    rows.push({ runtime, alg, floor, jose, tokenward, repeated, toJose: tokenward / jose, toFloor: tokenward / floor, faster: jose / repeated });
  }
  return rows;
}

/**
 * `{ runtime, alg, floor, jose, tokenward, repeated, toJose, toFloor, faster }`: microseconds of CPU time, medians; `floor` is
 * WebCrypto alone, `repeated` a token that was verified before, `faster` what jose takes for it to that.
 */
export async function measureVerify({ rounds = 11 } = {}) {
  const rows = [];
  for (const [name, start] of Object.entries({ Node: startNode, workerd: startWorkerd })) {
    const runtime = await start();
    try {
      rows.push(...await rowsOf(name, runtime, rounds));
    } finally {
      await runtime.close();
    }
  }
  return rows;
}
