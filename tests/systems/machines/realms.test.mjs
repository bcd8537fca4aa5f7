// Where clients with a secret start. On a server: also with a DOM around, for rendering or for tests.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { build } from "esbuild";
import { JSDOM } from "jsdom";
import { installedPackage, project } from "../../package/fixture.mjs";
import { runtimes } from "./runtimes.mjs";
import { starts } from "./scenarios.mjs";

const run = promisify(execFile);

const START = `const start = ${starts};`;

/** What a script of Node prints after this was done to its globals. */
async function inNode(t, before) {
  const root = await project(t, {
    "main.mjs": `${before}\nconst edge = await import("tokenward/edge");\n${START}\nconsole.log(JSON.stringify(start(edge)));`,
  });
  const { stdout } = await run(process.execPath, ["main.mjs"], { cwd: root, timeout: 60_000 });
  return JSON.parse(stdout);
}

const STARTED = ["started", "started"];

for (const [runtime, runIn] of Object.entries(runtimes)) {
  test(`${runtime} keeps a secret`, async (t) => {
    assert.deepEqual((await runIn(t, "starts", {})).said, STARTED);
  });
}

test("Node with the globals of jsdom is no page", async (t) => {
  assert.deepEqual(await inNode(t, `
    import { createRequire } from "node:module";
    const { JSDOM } = createRequire(${JSON.stringify(join(import.meta.dirname, "x.mjs"))})("jsdom");
    const { window } = new JSDOM("", { url: "https://app.example/" });
    for (const name of Object.getOwnPropertyNames(window)) {
      if (!(name in globalThis)) Object.defineProperty(globalThis, name, { configurable: true, get: () => window[name] });
    }
    for (const name of ["navigator", "Navigator", "Document"]) Object.defineProperty(globalThis, name, { configurable: true, value: window[name] });
  `), STARTED);
});

test("Node with a DOM of plain classes and bound functions is no page", async (t) => {
  assert.deepEqual(await inNode(t, `
    class Navigator { get appCodeName() { return "Mozilla"; } get userAgent() { return "Mozilla/5.0"; } }
    class Document { get cookie() { return ""; } }
    class WorkerGlobalScope {}
    Object.defineProperty(WorkerGlobalScope.prototype, "location", { get: function () { return this; }.bind(globalThis) });
    Object.assign(globalThis, { window: globalThis, self: globalThis, Document, WorkerGlobalScope, location: new URL("https://app.example/") });
    Object.defineProperty(globalThis, "Navigator", { configurable: true, value: Navigator });
    Object.defineProperty(globalThis, "navigator", { configurable: true, value: new Navigator() });
    Object.defineProperty(globalThis, "document", { configurable: true, get: (() => new Document()).bind(null) });
  `), STARTED);
});

test("a test inside of a jsdom window is no page", async () => {
  const { dir } = await installedPackage();
  const { outputFiles } = await build({
    stdin: { contents: `import * as edge from "./edge.node.js"; ${START} globalThis.answer = start(edge);`, resolveDir: dir },
    bundle: true, format: "iife", target: "es2022", platform: "node", write: false, logLevel: "error", logOverride: { "empty-import-meta": "silent" },
  });
  const { window } = new JSDOM("", { url: "https://app.example/", runScripts: "outside-only" });
  window.eval(outputFiles[0].text);
  assert.deepEqual([...window.answer], STARTED);
  window.close();
});
