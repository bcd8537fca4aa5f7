// Vite 8: the production build and the dev server, each run in a real browser.
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { build, createServer, preview } from "vite";
import { launchChromium, resultOf } from "./chromium.mjs";
import { project } from "./fixture.mjs";
import { startLoopback } from "./loopback.mjs";
import { page, reachTheCore } from "./reach-the-core.mjs";
import { verifiedExamples, verifyInPage } from "./verify-examples.mjs";

// The documented setting: pre-bundling would move the glue away from the wasm file it points to.
const config = (root) => ({
  root, configFile: false, logLevel: "error", optimizeDeps: { exclude: ["tokenward"] },
  server: { host: "127.0.0.1", port: 0 }, preview: { host: "127.0.0.1", port: 0 },
});

const app = async (t, script) => project(t, { "index.html": page("/main.js"), "main.js": script });

async function filesBelow(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

function assertReachedTheCore(seen) {
  assert.equal(seen.statusAtOnce, "loading");
  assert.equal(seen.ready, "signedOut");
  assert.equal(seen.isAuthError, true, seen.message);
  assert.equal(seen.code, "metadata_issuer_mismatch");
  assert.equal(seen.wasmAfterSignIn, true);
}

test("a production build works, ships each wasm file once and loads one of them late", async (t) => {
  const { issuer } = await startLoopback(t);
  const root = await app(t, reachTheCore({ issuer }));
  await build(config(root));
  const wasm = (await filesBelow(join(root, "dist"))).filter((name) => name.endsWith(".wasm"));
  // That of an own login too: Vite ships every file that is named, also where nothing uses it.
  assert.equal(wasm.length, 3, wasm.join());
  const server = await preview(config(root));
  t.after(() => server.close());
  const seen = await resultOf(await launchChromium(t), server.resolvedUrls.local[0]);
  assertReachedTheCore(seen);
  // A signed-out visitor pays for the eager JavaScript alone.
  assert.equal(seen.wasmBeforeSignIn, false);
  assert.equal(seen.requested.filter((path) => path.endsWith(".wasm")).length, 1);
});

test("a production build ships the worker, and a session in it reaches the core", async (t) => {
  const { issuer } = await startLoopback(t);
  const root = await app(t, reachTheCore({ issuer, options: { storage: "worker" } }));
  await build(config(root));
  const server = await preview(config(root));
  t.after(() => server.close());
  const seen = await resultOf(await launchChromium(t), server.resolvedUrls.local[0]);
  assert.equal(seen.code, "metadata_issuer_mismatch", seen.message);
  const files = (await filesBelow(join(root, "dist"))).filter((name) => /vault\.worker/.test(name));
  assert.equal(files.length, 1, files.join());
});

test("the dev server starts the worker", async (t) => {
  const { issuer } = await startLoopback(t);
  const root = await app(t, reachTheCore({ issuer, options: { storage: "worker" } }));
  const server = await createServer(config(root));
  t.after(() => server.close());
  await server.listen();
  const seen = await resultOf(await launchChromium(t), server.resolvedUrls.local[0]);
  assert.equal(seen.code, "metadata_issuer_mismatch", seen.message);
});

test("the dev server works with the documented setting", async (t) => {
  const { issuer } = await startLoopback(t);
  const root = await app(t, reachTheCore({ issuer }));
  const server = await createServer(config(root));
  t.after(() => server.close());
  await server.listen();
  assertReachedTheCore(await resultOf(await launchChromium(t), server.resolvedUrls.local[0]));
});

test("the dev server works without any setting", async (t) => {
  const { issuer } = await startLoopback(t);
  const root = await app(t, reachTheCore({ issuer }));
  const server = await createServer({ ...config(root), optimizeDeps: {} });
  t.after(() => server.close());
  await server.listen();
  assertReachedTheCore(await resultOf(await launchChromium(t), server.resolvedUrls.local[0]));
});

test("a production build and the dev server take the edge entry with its own wasm file", async (t) => {
  const root = await app(t, verifyInPage);
  await build(config(root));
  const wasm = (await filesBelow(join(root, "dist"))).filter((name) => name.endsWith(".wasm"));
  assert.match(wasm.join(), /^[^,]*tokenward_edge_bg[^,]*$/);
  const built = await preview(config(root));
  t.after(() => built.close());
  const browser = await launchChromium(t);
  assert.deepEqual((await resultOf(browser, built.resolvedUrls.local[0])).said, verifiedExamples);
  const server = await createServer(config(root));
  t.after(() => server.close());
  await server.listen();
  assert.deepEqual((await resultOf(browser, server.resolvedUrls.local[0])).said, verifiedExamples);
});

test("an import that is not used leaves nothing in what the page loads", async (t) => {
  const root = await app(t, `
    import { AuthError, createAuth } from "tokenward";
    import { verifyJws } from "tokenward/edge";
    import "tokenward";
    document.title = "used nothing";
  `);
  await build(config(root));
  // Vite emits assets and later parts while it reads a module, before it knows that nobody uses the module: they may lie in
  // the output, but what the page loads may not mention them.
  const loaded = (await readFile(join(root, "dist/index.html"), "utf8")).match(/[\w./-]+\.js/g);
  assert.equal(loaded.length, 1, loaded.join());
  const text = await readFile(join(root, "dist", loaded[0]), "utf8");
  assert.ok(!/invalid_option|tokenward|wasm|import/i.test(text), text);
});
