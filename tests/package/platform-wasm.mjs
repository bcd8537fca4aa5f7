// How an edge deployment gets its wasm, for esbuild: the platform compiles the file, the script sees the module.
import { basename } from "node:path";

/** A `?module` import becomes what lies below the file's name in the global `wasmOfTheDeployment`. */
export const compiledByThePlatform = {
  name: "compiled-by-the-platform",
  setup(bundler) {
    bundler.onResolve({ filter: /\.wasm\?module$/ }, ({ path }) => ({ path, namespace: "platform" }));
    bundler.onLoad({ filter: /.*/, namespace: "platform" }, ({ path }) => (
      { contents: `export default wasmOfTheDeployment[${JSON.stringify(basename(path, "?module"))}];` }
    ));
  },
};
