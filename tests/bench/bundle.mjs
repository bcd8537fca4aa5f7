// Bundles one entry the way an app would, with `tokenward` taken from the built package.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

export const pkgDir = process.env.TOKENWARD_PKG ?? fileURLToPath(new URL("../../pkg", import.meta.url));
const here = fileURLToPath(new URL(".", import.meta.url));

/**
 * The output files of `entry` (a path below this folder) as `{ name: bytes }`: minified ES modules, lazily imported ones
 * apart, and for tokenward the wasm file, which esbuild leaves to a copy.
 */
export async function bundle(entry) {
  const { outputFiles, metafile } = await build({
    absWorkingDir: here, entryPoints: [entry], bundle: true, minify: true, splitting: true, format: "esm", target: "es2022",
    platform: "browser", legalComments: "none", outdir: "out", write: false, metafile: true, logLevel: "error",
    alias: { tokenward: join(pkgDir, "index.js") },
  });
  const outdir = join(here, "out");
  const files = Object.fromEntries(outputFiles.map(({ path, contents }) => [path.slice(outdir.length + 1), Buffer.from(contents)]));
  if (Object.keys(metafile.inputs).some((input) => input.endsWith("engine.js"))) {
    files["tokenward_bg.wasm"] = await readFile(join(pkgDir, "tokenward_bg.wasm"));
  }
  return files;
}
