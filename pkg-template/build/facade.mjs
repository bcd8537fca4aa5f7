// The facade in JavaScript: what an app imports, and what that loads.

import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { build } from "esbuild";
import { made, pkg, root, template } from "./places.mjs";

const COMMON = { bundle: true, format: "esm", target: "es2022", minify: true, legalComments: "none", logLevel: "warning" };

/** What is loaded later stays a file of its own. */
const LATER = { name: "later", setup: (b) => b.onResolve({ filter: /\/(engine(\.\w+)?|vault|bff|diagnose|keys|lease|windows|wasm\.[\w.-]+)\.js$/ }, ({ kind, path }) =>
  kind === "dynamic-import" ? { path: `./${basename(path)}`, external: true } : undefined) };

/** The error class must be one and the same in all parts. */
const ONE_ERROR = { name: "error", setup: (b) => b.onResolve({ filter: /^\.{1,2}\/error\.js$/ }, () => ({ path: "./auth.js", external: true })) };

const bundle = (source, name, options = {}) =>
  build({ ...COMMON, entryPoints: [join(root, source)], outfile: join(pkg, `${name}.js`), ...options });

/** The same source with the glue of another entry. */
const withGlueOf = ({ name, folder }) => ({ name: "glue", setup: (b) => b.onResolve({ filter: /\/target\/npm\/browser\/tokenward\.js$/ }, () =>
  ({ path: join(made, folder, `${name}.js`) })) });

/** Bundles a part with its glue, and leaves a note of what is how large in it. */
const bundleWithGlue = async (source, name, plugins = [], LOGIN = "false") => {
  const { metafile } = await bundle(source, name, { plugins: [ONE_ERROR, LATER, ...plugins], metafile: true, define: { LOGIN } });
  await writeFile(join(made, `${name}.meta.json`), JSON.stringify(metafile));
};

const write = (file, text) => writeFile(join(pkg, file), `${text}\n`);

/** The wasm as a module that runs anywhere, for Node, which fetches no files. */
const writeInline = async (file, name) => {
  const base64 = (await readFile(join(pkg, `${name}_bg.wasm`))).toString("base64");
  await write(file, `export default Uint8Array.from(atob("${base64}"),(c)=>c.charCodeAt(0));`);
};

/**
 * The worker of storage: "worker" is whole in itself, and no module, as some bundlers start it as a script. It takes no other
 * wasm than the one with this digest.
 */
const buildVault = async (full) => {
  await bundle("pkg-template/src/vault.ts", "vault", { plugins: [ONE_ERROR, LATER], define: { LOGIN: "false" } });
  const digest = createHash("sha256").update(await readFile(join(pkg, `${full.name}_bg.wasm`))).digest("base64");
  await bundle("pkg-template/src/vault/worker.ts", "vault.worker", {
    plugins: [withGlueOf(full)], format: "iife", define: { WASM_DIGEST: JSON.stringify(digest), LOGIN: "false" },
  });
};

/**
 * The main entry: one file for each way a runtime takes wasm, which says where the wasm is, or the full one where `f`.
 * They are not bundled: bundlers of the app must see them.
 */
const buildMain = async ({ name }, full, login, version) => {
  await bundle("pkg-template/src/auth.ts", "auth", { plugins: [LATER], define: { VERSION: JSON.stringify(version) } });
  await bundleWithGlue("pkg-template/src/engine.ts", "engine");
  await bundleWithGlue("pkg-template/src/engine.ts", "engine.full", [withGlueOf(full)]);
  await bundleWithGlue("pkg-template/src/engine.ts", "engine.login", [withGlueOf(login)], "true");
  await buildVault(full);
  await bundle("pkg-template/src/bff.ts", "bff", { plugins: [ONE_ERROR, LATER] });
  await bundle("pkg-template/src/diagnose.ts", "diagnose");
  await bundle("pkg-template/src/advice.ts", "advice", { plugins: [ONE_ERROR] });
  for (const part of ["keys", "lease", "windows"]) await bundle(`src/web/${part}.js`, part);
  const entry = (file, source, loginSource) =>
    write(file, `import{createAuthOn as c,loginsOn as l}from"./auth.js";export{AuthError,version}from"./auth.js";` +
      `export const createAuth=c(${source});const w=${loginSource};export const passwordLogin=/*@__PURE__*/l(w),cookieSession=/*@__PURE__*/l(w,!0);`);
  // In a page the file is fetched beside the engine, so its URL is in the eager part.
  await entry("index.js", `f=>f?new URL("./${full.name}_bg.wasm",import.meta.url):new URL("./${name}_bg.wasm",import.meta.url),()=>import("./vault.js")`,
    `()=>new URL("./${login.name}_bg.wasm",import.meta.url)`);
  for (const [infix, wasm] of [["", name], [".full", full.name], [".login", login.name]]) {
    await write(`wasm${infix}.workerd.js`, `export { default } from "./${wasm}_bg.wasm";`);
    await write(`wasm${infix}.edge-light.js`, `export { default } from "./${wasm}_bg.wasm?module";`);
    await writeInline(`wasm${infix}.node.js`, wasm);
  }
  for (const runtime of ["workerd", "edge-light", "node"]) {
    await entry(`index.${runtime}.js`, `async f=>(await(f?import("./wasm.full.${runtime}.js"):import("./wasm.${runtime}.js"))).default`,
      `async()=>(await import("./wasm.login.${runtime}.js")).default`);
  }
};

/** The edge entry: the same, but a compiled module is imported at once, as it costs nothing until it runs. */
const buildEdge = async ({ name, exports, plain }) => {
  await bundleWithGlue("pkg-template/src/edge.ts", "edge-engine");
  const entry = (file, source, imports = "") =>
    write(file, `import{edgeOn as e}from"./edge-engine.js";${imports}export{AuthError,version}from"./auth.js";` +
      `export{${plain.join()}}from"./edge-engine.js";export const{${exports.join()}}=e(${source});`);
  await entry("edge.js", `()=>new URL("./${name}_bg.wasm",import.meta.url)`);
  await entry("edge.workerd.js", `()=>w,"workerd"`, `import w from"./${name}_bg.wasm";`);
  await entry("edge.edge-light.js", `()=>w,"edge-light"`, `import w from"./${name}_bg.wasm?module";`);
  await writeInline("edge-wasm.node.js", name);
  await entry("edge.node.js", `async()=>(await import("./edge-wasm.node.js")).default`);
};

export const buildFacade = async ({ browser, full, login, edge }, version) => {
  console.log("facade: bundling");
  await buildMain(browser, full, login, version);
  await buildEdge(edge);
};
