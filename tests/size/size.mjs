// `make size`: what a visitor downloads and a worker is deployed with, file by file, against the budget. Exits with 1 above it.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { transform } from "esbuild";
import { sizesOf, total } from "./compress.mjs";
import { table } from "./table.mjs";

const pkgDir = process.env.TOKENWARD_PKG ?? fileURLToPath(new URL("../../pkg", import.meta.url));
const { unit, ...budget } = JSON.parse(await readFile(new URL("budget.json", import.meta.url), "utf8"));

const eager = ["index.js", "auth.js"];
const entries = {
  "eager JavaScript": eager,
  "browser complete": [...eager, "engine.js", "tokenward_bg.wasm"],
  "browser, every option": [...eager, "engine.full.js", "tokenward_full_bg.wasm", "keys.js"],
  "own login complete": [...eager, "engine.login.js", "tokenward_login_bg.wasm"],
  "backend mode complete": [...eager, "bff.js"],
  "worker mode complete": [...eager, "vault.js", "vault.worker.js", "tokenward_full_bg.wasm"],
  "edge complete": ["edge.js", "auth.js", "edge-engine.js", "tokenward_edge_bg.wasm"],
};
const files = [...new Set(Object.values(entries).flat())];
// An app's bundler minifies again; when that gains more than a rounding, the package was not built for release.
const slack = 0.02;

const problems = [];
const sizes = {};
for (const file of files) {
  const bytes = await readFile(join(pkgDir, file)).catch(() => {
    console.error(`size: ${file} is missing in the package folder: run \`make build\` first`);
    process.exit(1);
  });
  sizes[file] = sizesOf(bytes);
  if (!file.endsWith(".js")) continue;
  const { code } = await transform(bytes.toString(), { minify: true, format: "esm", target: "es2022", legalComments: "none" });
  const again = sizesOf(Buffer.from(code)).brotli;
  // Below a few hundred bytes the percentage only measures the compressor's header.
  if (sizes[file].brotli - again > Math.max(32, sizes[file].brotli * slack)) {
    problems.push(`${file} is not minified: minifying it again saves ${sizes[file].brotli - again} of ${sizes[file].brotli} bytes`);
  }
}

const cells = ({ raw, gzip, brotli }) => [raw, gzip, brotli];
console.log(`${table(["file", "raw", "gzip -9", "brotli -q 11"], files.map((file) => [file, ...cells(sizes[file])]))}\n`);

const rows = Object.entries(entries).map(([entry, parts]) => {
  const sum = total(parts.map((part) => sizes[part]));
  const left = budget[entry] - sum.brotli;
  if (left < 0) problems.push(`${entry} is ${-left} bytes over its budget of ${budget[entry]}`);
  return [entry, ...cells(sum), budget[entry], left >= 0 ? `${left} left` : `${-left} OVER`];
});
/** The bytes of glue in a bundle, by the note that the build left. */
const glueIn = async (name) => {
  const share = JSON.parse(await readFile(new URL(`../../target/npm/${name}.meta.json`, import.meta.url), "utf8"));
  const inputs = Object.entries(Object.values(share.outputs)[0].inputs);
  return inputs.filter(([path]) => path.includes("target/npm/")).reduce((sum, [, { bytesInOutput }]) => sum + bytesInOutput, 0);
};
const parts = [
  ["wasm", ...cells(sizes["tokenward_bg.wasm"])],
  ["facade, eager", ...cells(total([sizes["index.js"], sizes["auth.js"]]))],
  ["facade, lazy, with the glue", ...cells(sizes["engine.js"])],
  ["  of it glue", await glueIn("engine"), "", ""],
  ["edge wasm", ...cells(sizes["tokenward_edge_bg.wasm"])],
  ["edge facade, with the glue", ...cells(total([sizes["edge.js"], sizes["auth.js"], sizes["edge-engine.js"]]))],
  ["  of it glue", await glueIn("edge-engine"), "", ""],
];
console.log(`${table(["part", "raw", "gzip -9", "brotli -q 11"], parts)}\n`);
console.log(table(["entry", "raw", "gzip -9", "brotli -q 11", "budget", "delta"], rows));
console.log(`\nBudgets are ${unit}. Each file is compressed on its own, as it is served.`);

for (const problem of problems) console.error(`size: ${problem}`);
process.exitCode = problems.length > 0 ? 1 : 0;
