// Serves the built package and blank pages: an app with nothing of its own in it.
import { access, readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { installedPackage } from "../package/fixture.mjs";
import { serve } from "../provider/serve.mjs";

/** The package as it is built; with `E2E_PACKED` as npm packs and installs it. */
export const packageFolder = process.env.E2E_PACKED
  ? (await installedPackage()).dir
  : fileURLToPath(new URL("../../pkg/", import.meta.url));
const wasm = join(packageFolder, "tokenward_bg.wasm");
const harness = fileURLToPath(new URL("./harness.js", import.meta.url));
const judge = fileURLToPath(new URL("../jws/judge.mjs", import.meta.url));

const types = { ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm", ".json": "application/json" };
const csp = (script) => `default-src 'self'; script-src 'self'${script}; connect-src *`;

// `/` and `/callback.html` are ordinary pages; `/no-wasm.html` forbids WebAssembly, as a page without the directive does.
const blankPages = {
  "/": csp(" 'wasm-unsafe-eval'"),
  "/callback.html": csp(" 'wasm-unsafe-eval'"),
  "/no-wasm.html": csp(""),
};
const blank = '<!doctype html><html lang="en"><title>test page</title><script type="module" src="/harness.js"></script>';

/** One of the host's blank pages. */
export const pageAt = (path) => ({
  headers: { "content-type": "text/html", "content-security-policy": blankPages[path] }, body: blank,
});

/**
 * `more` are a test's own files, `{ headers, body }` by path, or functions that answer a request to this path.
 * @returns what `serve` returns, and `unhandled`: the unhandled rejections of every page, which the harness reports.
 */
export async function startHost(more = {}) {
  await access(join(packageFolder, "index.js")).catch(() => {
    throw new Error(`there is no package in ${packageFolder}: build it first (make build)`);
  });
  const unhandled = [];
  const away = new Set();
  const server = await serve(async (request) => {
    const { path, body } = request;
    if (Object.hasOwn(more, path)) return typeof more[path] === "function" ? more[path](request) : more[path];
    if (Object.hasOwn(blankPages, path)) return pageAt(path);
    if (path === "/_unhandled") {
      unhandled.push(body);
      return { status: 204 };
    }
    if (path === "/harness.js") return file(harness);
    if (path === "/judge.mjs") return file(judge);
    // The wasm as a server gives it that does not know the media type.
    if (path === "/wasm-as-text") return { headers: { "content-type": "text/plain" }, body: await readFile(wasm) };
    // The wasm from a server that is away at first.
    if (path.startsWith("/wasm-away-once/")) {
      const first = !away.has(path);
      away.add(path);
      return first ? { status: 503, body: "" } : file(wasm);
    }
    if (path.startsWith("/pkg/")) return file(join(packageFolder, path.slice("/pkg/".length)));
    return { status: 404, body: "not found" };
  });
  return { ...server, unhandled };
}

export async function file(path) {
  const type = types[extname(path)];
  if (!type) return { status: 404, body: "not found" };
  try {
    return { headers: { "content-type": type }, body: await readFile(path) };
  } catch (error) {
    if (error.code === "ENOENT") return { status: 404, body: "not found" };
    throw error;
  }
}
