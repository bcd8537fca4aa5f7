// webpack 5, for a browser and for a server, and vitest with jsdom.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { build as esbuild } from "esbuild";
import webpack from "webpack";
import { launchChromium, resultOf } from "./chromium.mjs";
import { project } from "./fixture.mjs";
import { contentType, startLoopback } from "./loopback.mjs";
import { page, reachTheCore } from "./reach-the-core.mjs";
import { verifiedExamples, verifyExamples, verifyInPage } from "./verify-examples.mjs";

const run = promisify(execFile);

async function bundle(root, options) {
  const compiler = webpack({
    context: root, mode: "production", entry: "./main.js", performance: false, output: { path: join(root, "dist") }, ...options,
  });
  const stats = await promisify(compiler.run).call(compiler);
  await promisify(compiler.close).call(compiler);
  const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true });
  assert.deepEqual([...errors, ...warnings].map((problem) => problem.message), []);
}

/** What the page of `script` leaves, bundled for the browser with so many wasm files. */
async function resultInPage(t, script, wasmCount) {
  const root = await project(t, { "main.js": script });
  await bundle(root, { target: "web" });
  const files = await readdir(join(root, "dist"));
  assert.equal(files.filter((name) => name.endsWith(".wasm")).length, wasmCount, files.join());
  const { origin } = await startLoopback(t, async (path, response) => {
    const name = path.slice(1) || "index.html";
    if (name !== "index.html" && !files.includes(name)) return false;
    response.writeHead(200, { "content-type": contentType(name) });
    response.end(name === "index.html" ? page("/main.js") : await readFile(join(root, "dist", name)));
    return true;
  });
  return resultOf(await launchChromium(t), `${origin}/`);
}

test("a webpack build for the browser works and ships each wasm file once", async (t) => {
  const { issuer } = await startLoopback(t);
  const seen = await resultInPage(t, reachTheCore({ issuer }), 2);
  assert.equal(seen.code, "metadata_issuer_mismatch", seen.message);
  assert.equal(seen.wasmBeforeSignIn, false);
});

test("a webpack build ships the worker, and a session in it reaches the core", async (t) => {
  const { issuer } = await startLoopback(t);
  const seen = await resultInPage(t, reachTheCore({ issuer, options: { storage: "worker" } }), 2);
  assert.equal(seen.code, "metadata_issuer_mismatch", seen.message);
});

test("an esbuild bundle beside copies of the worker and its wasm, which the options name", async (t) => {
  const { issuer } = await startLoopback(t);
  const options = { storage: "worker", workerUrl: "/vault.worker.js", wasm: "/tokenward_full_bg.wasm" };
  const root = await project(t, { "main.js": reachTheCore({ issuer, options }) });
  await esbuild({
    absWorkingDir: root, entryPoints: ["main.js"], bundle: true, format: "esm", splitting: true, outdir: "dist", logLevel: "error", logOverride: { "empty-import-meta": "silent" },
  });
  const served = { "/vault.worker.js": "tokenward/vault.worker.js", "/tokenward_full_bg.wasm": "tokenward/tokenward_full_bg.wasm" };
  const { origin } = await startLoopback(t, async (path, response) => {
    const file = served[path] ? join(root, "node_modules", served[path]) : join(root, "dist", path);
    const body = path === "/" ? page("/main.js") : await readFile(file).catch(() => null);
    if (body === null) return false;
    response.writeHead(200, { "content-type": contentType(path === "/" ? "index.html" : path) }).end(body);
    return true;
  });
  const seen = await resultOf(await launchChromium(t), `${origin}/`);
  assert.equal(seen.code, "metadata_issuer_mismatch", seen.message);
});

test("a webpack build of the edge entry works, for the browser and for a server", async (t) => {
  assert.deepEqual((await resultInPage(t, verifyInPage, 1)).said, verifiedExamples);
  const root = await project(t, {
    "main.js": `
      import { AuthError, verifyJws } from "tokenward/edge";
      ${verifyExamples}.then((said) => console.log(JSON.stringify(said)));
    `,
  });
  // What webpack writes for Node requires its parts, which the project's own type of module does not allow.
  await bundle(root, { target: "node", output: { path: join(root, "dist"), filename: "main.cjs", chunkFilename: "[name].cjs" } });
  const { stdout } = await run(process.execPath, [join(root, "dist/main.cjs")], { timeout: 10_000 });
  assert.deepEqual(JSON.parse(stdout), verifiedExamples);
});

test("a webpack build for a server works", async (t) => {
  const root = await project(t, {
    "main.js": `
      import { createAuth } from "tokenward";
      const auth = createAuth({ issuer: "https://id.example.com", clientId: "app" });
      auth.ready.then((session) => console.log(session.status));
    `,
  });
  await bundle(root, { target: "node" });
  const { stdout } = await run(process.execPath, [join(root, "dist/main.js")], { timeout: 10_000 });
  assert.equal(stdout.trim(), "loading");
});

test("a vitest suite with jsdom can import and construct", async (t) => {
  const root = await project(t, {
    "app.test.js": `
      import { AuthError, createAuth } from "tokenward";
      test("a component under test finds nobody signed in", async () => {
        const auth = createAuth({ issuer: "https://id.example.com", clientId: "app" });
        expect(auth.session.status).toBe("loading");
        expect((await auth.ready).status).toMatch(/^(loading|signedOut)$/);
        expect(() => createAuth({ clientId: "app" })).toThrow(AuthError);
        auth.dispose();
      });
    `,
  });
  const vitest = join(import.meta.dirname, "../node_modules/.bin/vitest");
  const args = ["run", "--root", root, "--environment", "jsdom", "--globals"];
  await run(vitest, args, { timeout: 60_000, env: { ...process.env, CI: "1" } })
    .catch((failure) => assert.fail(failure.stdout + failure.stderr));
});
