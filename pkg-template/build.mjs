// Builds the npm package into pkg/: the crate as wasm, its glue, the facade. Run by `make build`, which has set up the tools.

import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { buildFacade } from "./build/facade.mjs";
import { pkg, root, template } from "./build/places.mjs";
import { compile, optimize } from "./build/wasm.mjs";

/** The entries of the package: each has a feature of the crate, a wasm file, and a folder for what is made on the way. */
const ENTRIES = {
  browser: { feature: "browser", name: "tokenward", folder: "browser" },
  full: { feature: "full", name: "tokenward_full", folder: "full" },
  login: { feature: "login", name: "tokenward_login", folder: "login" },
  edge: {
    // It reads a token for each request, and nobody waits for its download: "2" is faster by some hundredths, and 9 KB larger.
    feature: "edge", name: "tokenward_edge", folder: "edge", speed: "s",
    exports: ["verifyJws", "createVerifier", "VerifyError", "clientCredentials", "apiKey", "apiKeys", "ApiKeySecret", "createBff"],
    // What needs no wasm: a bundler leaves out what the app does not import.
    plain: ["memoryStore", "durableObjectStore", "SessionObject", "denoKvStore", "redisStore", "workersKvStore"],
  },
};

/** While one is optimized the next is compiled: cargo lets only one build write at a time. */
const buildWasm = async () => {
  const optimizing = [];
  for (const entry of Object.values(ENTRIES)) {
    await compile(entry);
    optimizing.push(optimize(entry));
  }
  await Promise.all(optimizing);
};

const copyRest = async ({ devDependencies, scripts, private: _, ...published }) => {
  for (const file of ["README.md", "docs/reference.md", "docs/security.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"]) await cp(join(root, file), join(pkg, file));
  for (const file of ["index.d.ts", "edge.d.ts", "advice.d.ts"]) await cp(join(template, file), join(pkg, file));
  await writeFile(join(pkg, "package.json"), `${JSON.stringify(published, null, 2)}\n`);
};

// What set-up installed comes first.
process.env.PATH = [join(root, ".tools/bin"), process.env.PATH].join(delimiter);
// Overwritten, not replaced: the demo links to the folder.
await mkdir(pkg, { recursive: true });
const manifest = JSON.parse(await readFile(join(template, "package.json"), "utf8"));
await buildWasm();
await buildFacade(ENTRIES, manifest.version);
await copyRest(manifest);
console.log("pkg/ is ready for npm pack");
