// `make bench`: prints ratios against the peers and keeps them in results.json. Time never fails the build.
// `node bench.mjs bytes` (or overhead, ready, verify, proxy, startup) runs one part.
import { writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { table } from "../size/table.mjs";
import { measureBytes } from "./bytes.mjs";
import { measureOverhead } from "./overhead.mjs";
import { versionOf } from "./peers.mjs";
import { measureProxy } from "./proxy.mjs";
import { measureReady } from "./ready.mjs";
import { measureStartup } from "./startup.mjs";
import { measureVerify } from "./verify.mjs";

const times = (ratio) => `${ratio.toFixed(2)}x`;

const parts = {
  bytes: {
    title: "Five functions (create, sign in, callback, fetch, sign out), bundled and minified by esbuild: bytes",
    measure: measureBytes,
    head: ["library", "version", "raw", "gzip -9", "brotli -q 11", "to tokenward"],
    row: ({ name, version, raw, gzip, brotli, ratio }) => [name, version, raw, gzip, brotli, times(ratio)],
  },
  overhead: {
    title: "One authenticated request with a fresh token over a stubbed fetch, Chromium: microseconds per call, medians",
    measure: measureOverhead,
    head: ["called with", "library", "us", "to a naive wrapper", "to a fair wrapper"],
    row: ({ input, name, microseconds, toNaive, toFair }) =>
      [input, name, microseconds.toFixed(2), toNaive === undefined ? "loses headers" : times(toNaive), times(toFair)],
  },
  ready: {
    title: "From import to a ready session on loopback, Chromium: milliseconds, medians",
    measure: measureReady,
    head: ["library", "cold", "to tokenward", "warm", "to tokenward", "requests to provider"],
    row: ({ name, cold, warm, coldRatio, warmRatio, requests }) =>
      [name, cold.toFixed(1), times(coldRatio), warm.toFixed(1), times(warmRatio), requests],
  },
  proxy: {
    title: "The BFF's proxy, 16 connections to a small answer on loopback: requests per second, medians",
    measure: measureProxy,
    head: ["runtime", "what", "per second", "share of the bare proxy", "CPU us a request"],
    row: ({ runtime, name, perSecond, share, cpu }) => [runtime, name, perSecond.toFixed(0), `${(share * 100).toFixed(0)} %`, cpu.toFixed(0)],
  },
  startup: {
    title: "From nothing to a Worker's first answer, workerd: milliseconds, medians",
    measure: measureStartup,
    head: ["worker", "ms", "more than empty"],
    row: ({ name, milliseconds, more }) => [name, milliseconds.toFixed(0), more.toFixed(0)],
  },
  verify: {
    title: "One access token verified by the rules of RFC 9068: microseconds of CPU time of all threads, medians",
    measure: measureVerify,
    head: ["runtime", "algorithm", "WebCrypto alone", "jose", "tokenward", "to WebCrypto", "to jose", "seen before", "faster than jose"],
    row: ({ runtime, alg, floor, jose, tokenward, repeated, toJose, toFloor, faster }) =>
      [runtime, alg, floor.toFixed(1), jose.toFixed(1), tokenward.toFixed(1), times(toFloor), times(toJose), repeated.toFixed(2), times(faster)],
  },
};

const chosen = process.argv.slice(2);
const unknown = chosen.find((name) => !Object.hasOwn(parts, name));
if (unknown) {
  console.error(`bench: no part is called ${unknown}; parts: ${Object.keys(parts).join(", ")}`);
  process.exit(2);
}

const results = {
  at: new Date().toISOString(), node: process.version, cores: availableParallelism(), tokenward: await versionOf("tokenward"),
};
for (const [name, { title, measure, head, row }] of Object.entries(parts)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  const rows = await measure();
  results[name] = rows;
  console.log(`${title}\n\n${table(head, rows.map(row))}\n`);
}
await writeFile(new URL("results.json", import.meta.url), `${JSON.stringify(results, null, 2)}\n`);
