// What each feature costs: the wasm with it beside the wasm without it, built as the package is. Run by `make size`.
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { made, root } from "../../pkg-template/build/places.mjs";
import { compile, optimize } from "../../pkg-template/build/wasm.mjs";
import { sizesOf } from "./compress.mjs";
import { table } from "./table.mjs";

const BROWSER = ["page", "openid", "par", "step-up"];

// What a feature brings beside its wasm, loaded only by those who use it.
const FEATURES = [
  { name: "par", what: "pushed authorization requests", inBrowser: true },
  { name: "step-up", what: "challenges of APIs, step-up", inBrowser: true },
  { name: "dpop", what: "proof of possession", file: "keys.js" },
  { name: "details", what: "authorization details" },
  { name: "userinfo", what: "UserInfo, plain and signed" },
  { name: "restriction", what: "tokens for one API" },
];

/** The sources that a size depends on, in one word: what was measured for them need not be measured again. */
const fingerprint = async () => {
  const hash = createHash("sha256");
  for (const folder of ["src", "pkg-template/build"]) {
    const files = await readdir(join(root, folder), { recursive: true, withFileTypes: true });
    const paths = files.filter((file) => file.isFile()).map((file) => join(file.parentPath ?? file.path, file.name)).sort();
    for (const path of paths) hash.update(path.slice(root.length)).update(await readFile(path));
  }
  for (const file of ["Cargo.toml", "Cargo.lock"]) hash.update(await readFile(join(root, file)));
  return hash.digest("hex");
};

const key = await fingerprint();
const cache = join(made, "features.json");
const known = await readFile(cache, "utf8").then(JSON.parse).catch(() => ({}));
const sizes = known.key === key ? known.sizes : {};

const sizeWith = async (features) => {
  const feature = features.join(",");
  if (sizes[feature] === undefined) {
    const entry = { feature, name: "tokenward", folder: `features/${features.join("-")}` };
    await compile(entry);
    const folder = join(made, entry.folder, "done");
    await mkdir(folder, { recursive: true });
    await optimize(entry, folder);
    sizes[feature] = sizesOf(await readFile(join(folder, "tokenward_bg.wasm"))).brotli;
    await writeFile(cache, JSON.stringify({ key, sizes }));
  }
  return sizes[feature];
};

console.log("\nsize: building the wasm with and without each feature (about four minutes, unless it was measured before)");
const whole = await sizeWith(BROWSER);
const rows = [];
for (const { name, what, inBrowser = false, file } of FEATURES) {
  const other = await sizeWith(inBrowser ? BROWSER.filter((one) => one !== name) : [...BROWSER, name]);
  const beside = file ? sizesOf(await readFile(join(root, "pkg", file))).brotli : 0;
  rows.push([`${name}: ${what}`, Math.abs(whole - other), beside, inBrowser ? "every page" : "with its option"]);
}
console.log(`\n${table(["feature", "wasm", "own file", "loaded by"], rows)}`);
console.log("\nBytes after brotli quality 11.");
