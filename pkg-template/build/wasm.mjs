// The crate as wasm and its glue, once for each entry of the package.

import { rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { renameInGlue } from "./glue.mjs";
import { made, pkg, root, run, template } from "./places.mjs";

/** Features that every engine of the last years has; --all-features would write modules that Node 20 refuses. */
const FEATURES = ["bulk-memory", "sign-ext", "mutable-globals", "nontrapping-float-to-int", "reference-types", "multivalue"];

/**
 * The standard library is compiled along, for size and without the words that a panic would print nowhere, and what is
 * known before LLVM is left out before it: 4.8 KB less to download. The compiler is the stable one; it takes these options
 * only where it is told that they may change.
 */
const OWN_STD = ["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size"];
const SMALLER = ["-Zunstable-options", "-Cpanic=immediate-abort", "-Zlocation-detail=none", "-Zfmt-debug=none", "-Zmir-opt-level=3"];

const STRIP = ["--strip-debug", "--strip-producers", "--strip-target-features"];

const glueDir = ({ folder }) => join(made, folder);

/** Compiles the crate with the entry's feature, and has the glue written. */
export const compile = async (entry) => {
  console.log(`wasm, ${entry.feature}: compiling the crate`);
  // Panic messages name source files: not with the folders of whoever built them.
  const cargoHome = process.env.CARGO_HOME ?? join(homedir(), ".cargo");
  const remap = [[root, "tokenward"], [cargoHome, "cargo"]].map(([from, to]) => `--remap-path-prefix=${from}=${to}`);
  const { speed } = entry;
  await run("cargo", ["build", "--release", "--locked", "--target", "wasm32-unknown-unknown", "--features", entry.feature, "--lib", ...OWN_STD], {
    ...process.env, RUSTC_BOOTSTRAP: "1", ...(speed && { CARGO_PROFILE_RELEASE_OPT_LEVEL: speed }), RUSTFLAGS: [process.env.RUSTFLAGS, ...SMALLER, ...remap].join(" ").trim(),
  });
  await rm(glueDir(entry), { recursive: true, force: true });
  const target = resolve(root, process.env.CARGO_TARGET_DIR ?? "target");
  await run("wasm-bindgen", [
    "--target", "web", "--omit-default-module-path", "--no-typescript", "--out-dir", glueDir(entry), "--out-name", entry.name,
    join(target, "wasm32-unknown-unknown/release/tokenward.wasm"),
  ]);
};

const wasmOpt = (input, output, ...passes) => {
  const features = FEATURES.map((feature) => `--enable-${feature}`);
  return run(join(template, "node_modules/.bin/wasm-opt"), [input, "-o", output, ...passes, ...features]);
};

/** Optimizes for size, and gives imports and exports one-letter names: they stand in the wasm and in the glue. */
export const optimize = async (entry, folder = pkg) => {
  console.log(`wasm, ${entry.feature}: optimizing for size`);
  const input = join(glueDir(entry), `${entry.name}_bg.wasm`);
  const small = join(glueDir(entry), "small.wasm");
  if (entry.speed) await wasmOpt(input, small, "-O3", "--gufa-optimizing", "-O3", ...STRIP);
  else await wasmOpt(input, small, "-Oz", "--converge",
    // Inlining what is called once makes the file larger here: the callers are async state machines. The 35 was found by
    // trying 0 to 200.
    "--one-caller-inline-max-function-size=35", "--flexible-inline-max-function-size=0", "--always-inline-max-function-size=0",
    "--merge-similar-functions", "--gufa-optimizing", "-Oz", "--flatten", "--rereloop", "-Oz", ...STRIP);
  if ((await stat(small)).size >= (await stat(input)).size) throw new Error("wasm-opt made nothing smaller");
  const renamed = await wasmOpt(small, join(folder, `${entry.name}_bg.wasm`), "--minify-imports-and-exports-and-modules");
  await renameInGlue(join(glueDir(entry), `${entry.name}.js`), entry.name, JSON.parse(renamed));
};
