// Builds the npm package into pkg/: the crate as wasm, its glue, the facade. Run by `make build`, which has set up the tools.

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..");
const pkg = join(root, "pkg");
const glueDir = join(root, "target/npm/browser");
const template = JSON.parse(readFileSync(join(here, "package.json"), "utf8"));

const run = (command, args, options = {}) =>
  execFileSync(command, args, { cwd: root, stdio: ["ignore", "pipe", "inherit"], encoding: "utf8", ...options });

/** Features that every engine of the last years has; --all-features would write modules that Node 20 refuses. */
const FEATURES = ["bulk-memory", "sign-ext", "mutable-globals", "nontrapping-float-to-int", "reference-types", "multivalue"];

const buildWasm = () => {
  console.log("wasm: compiling the crate");
  // Panic messages name source files: not with the folders of whoever built them.
  const cargoHome = process.env.CARGO_HOME ?? join(homedir(), ".cargo");
  const remap = [[root, "tokenward"], [cargoHome, "cargo"]].map(([from, to]) => `--remap-path-prefix=${from}=${to}`);
  run("cargo", ["build", "--release", "--locked", "--target", "wasm32-unknown-unknown", "--features", "full", "--lib"], {
    env: { ...process.env, RUSTFLAGS: [process.env.RUSTFLAGS, ...remap].join(" ").trim() },
  });
  rmSync(glueDir, { recursive: true, force: true });
  run("wasm-bindgen", [
    "--target", "web", "--omit-default-module-path", "--no-typescript", "--out-dir", glueDir,
    join(root, "target/wasm32-unknown-unknown/release/tokenward.wasm"),
  ], { stdio: ["ignore", "pipe", "ignore"] });
};

const wasmOpt = (input, output, ...passes) => {
  const features = FEATURES.map((feature) => `--enable-${feature}`);
  return run(join(here, "node_modules/.bin/wasm-opt"), [input, "-o", output, ...passes, ...features]);
};

/** Optimizes for size, and gives imports and exports one-letter names: they stand in the wasm and in the glue. */
const optimize = () => {
  console.log("wasm: optimizing for size");
  const input = join(glueDir, "tokenward_bg.wasm");
  const small = join(glueDir, "small.wasm");
  wasmOpt(input, small, "-Oz", "--converge",
    // Inlining what is called once makes the file larger here: the callers are async state machines. The 30 was found by
    // trying 0 to 200.
    "--one-caller-inline-max-function-size=30", "--flexible-inline-max-function-size=0", "--always-inline-max-function-size=0",
    "--merge-similar-functions", "--gufa-optimizing", "-Oz", "--flatten", "--rereloop", "-Oz", "--strip-debug", "--strip-producers", "--strip-target-features");
  if (statSync(small).size >= statSync(input).size) throw new Error("wasm-opt made nothing smaller");
  return JSON.parse(wasmOpt(small, join(pkg, "tokenward_bg.wasm"), "--minify-imports-and-exports-and-modules"));
};

/** Renames in the glue what wasm-opt renamed in the wasm. */
const renameInGlue = ({ imports, exports }) => {
  const path = join(glueDir, "tokenward.js");
  let glue = readFileSync(path, "utf8");
  const snippets = imports.filter(([module]) => module.includes("/snippets/"));
  for (const [, name, short] of imports.filter(([module]) => !module.includes("/snippets/"))) {
    glue = replaceOnce(glue, new RegExp(`^( {8})${escape(name)}:`, "m"), `$1"${short}":`);
  }
  for (const [name, short] of exports) {
    glue = glue.replaceAll(new RegExp(`\\bwasm\\.${escape(name)}\\b`, "g"), `wasm.${short}`);
  }
  // Whole snippet modules are imports of their own; here all imports are one module.
  const table = /return \{\s*__proto__: null,\s*"\.\/tokenward_bg\.js": import0,[^}]*\};/;
  const direct = snippets.map(([module, name, short]) => `"${short}": ${namespaceOf(glue, module)}.${name}`);
  return { path, glue: replaceOnce(glue, table, `return { a: { ...import0, ${direct.join(", ")} } };`) };
};

const escape = (text) => text.replace(/[$.*+?^{}()|[\]\\]/g, "\\$&");

const replaceOnce = (text, pattern, replacement) => {
  if (!pattern.test(text)) throw new Error(`the glue is not as expected: ${pattern}`);
  return text.replace(pattern, replacement);
};

const namespaceOf = (glue, module) => {
  const found = glue.match(new RegExp(`import \\* as (\\w+) from ["']${escape(module)}["']`));
  if (!found) throw new Error(`the glue does not import ${module}`);
  return found[1];
};

/** The byte sources, one for each way a runtime takes wasm. They are not bundled: bundlers of the app must see them. */
const SOURCES = {
  workerd: `export { default } from "./tokenward_bg.wasm";\n`,
  "edge-light": `export { default } from "./tokenward_bg.wasm?module";\n`,
};

const nodeSource = () => {
  const base64 = readFileSync(join(pkg, "tokenward_bg.wasm")).toString("base64");
  return `export default Uint8Array.from(atob("${base64}"),(c)=>c.charCodeAt(0));\n`;
};

const buildFacade = async () => {
  console.log("facade: bundling");
  const common = { bundle: true, format: "esm", target: "es2022", minify: true, legalComments: "none", logLevel: "warning" };
  const external = { name: "siblings", setup: (b) => b.onResolve({ filter: /\/(engine|keys|wasm\.[\w-]+)\.js$/ }, (a) =>
    a.kind === "dynamic-import" ? { path: `./${basename(a.path)}`, external: true } : undefined) };
  await build({ ...common, entryPoints: [join(here, "src/auth.ts")], outfile: join(pkg, "auth.js"), plugins: [external], define: { VERSION: JSON.stringify(template.version) } });
  // The error class must be one and the same in both parts.
  const shared = { name: "error", setup: (b) => b.onResolve({ filter: /^\.\/error\.js$/ }, () => ({ path: "./auth.js", external: true })) };
  const { metafile } = await build({ ...common, entryPoints: [join(here, "src/engine.ts")], outfile: join(pkg, "engine.js"), plugins: [shared, external], metafile: true });
  await build({ ...common, entryPoints: [join(root, "src/web/keys.js")], outfile: join(pkg, "keys.js") });
  writeFileSync(join(root, "target/npm/engine.meta.json"), JSON.stringify(metafile));
  const entry = (file, source) =>
    writeFileSync(join(pkg, file), `import{createAuthOn as c}from"./auth.js";export{AuthError,version}from"./auth.js";export const createAuth=c(${source});\n`);
  // In a page the file is fetched beside the engine, so its URL is in the eager part.
  entry("index.js", `()=>new URL("./tokenward_bg.wasm",import.meta.url)`);
  for (const [name, source] of Object.entries({ ...SOURCES, node: nodeSource() })) {
    writeFileSync(join(pkg, `wasm.${name}.js`), source);
    entry(`index.${name}.js`, `async()=>(await import("./wasm.${name}.js")).default`);
  }
};

const copyRest = () => {
  for (const file of ["README.md", "docs/reference.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"]) {
    cpSync(join(root, file), join(pkg, file));
  }
  cpSync(join(here, "index.d.ts"), join(pkg, "index.d.ts"));
  const { devDependencies, scripts, private: _, ...published } = template;
  writeFileSync(join(pkg, "package.json"), `${JSON.stringify(published, null, 2)}\n`);
};

// What set-up installed comes first.
process.env.PATH = [join(root, ".tools/bin"), process.env.PATH].join(delimiter);
// Overwritten, not replaced: the demo links to the folder.
mkdirSync(pkg, { recursive: true });
buildWasm();
const { path, glue } = renameInGlue(optimize());
writeFileSync(path, glue);
await buildFacade();
copyRest();
console.log("pkg/ is ready for npm pack");
