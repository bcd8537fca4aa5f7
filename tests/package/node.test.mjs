// The package in Node, where a server renders pages: nothing happens, and nothing stays behind.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { project, wasmFiles } from "./fixture.mjs";
import { verifiedExamples, verifyExamples } from "./verify-examples.mjs";

const run = promisify(execFile);

/** Runs the project's `main` and returns the JSON it printed; fails when it printed to stderr or stayed alive. */
async function print(root, main = "main.mjs") {
  // The limit is for a handle left open; an ordinary run takes a fraction of it.
  const { stdout, stderr } = await run(process.execPath, [join(root, main)], { cwd: root, timeout: 10_000 });
  assert.equal(stderr, "");
  return JSON.parse(stdout);
}

test("import and construction load no wasm, make no request and leave the process free to exit", async (t) => {
  const root = await project(t, {
    "main.mjs": `
      const touched = [];
      for (const name of ["compile", "compileStreaming", "instantiate", "instantiateStreaming", "Module", "Instance"]) {
        WebAssembly[name] = function () { touched.push(name); throw new Error(name); };
      }
      globalThis.fetch = () => { touched.push("fetch"); throw new Error("fetch"); };
      const globals = Object.getOwnPropertyNames(globalThis).length;
      const { createAuth } = await import("tokenward");
      const auth = createAuth({ issuer: "https://id.example.com", clientId: "app" });
      const session = auth.session;
      const ready = await auth.ready;
      console.log(JSON.stringify({
        touched, status: session.status, same: ready === session, user: await Promise.race([auth.getUser(), "pending"]),
        handles: process.getActiveResourcesInfo().filter((name) => /Timeout|Immediate|Port|TCP|Worker/.test(name)),
        newGlobals: Object.getOwnPropertyNames(globalThis).length - globals,
      }));
    `,
  });
  const started = performance.now();
  const seen = await print(root);
  assert.deepEqual(seen.touched, []);
  assert.equal(seen.status, "loading");
  assert.equal(seen.same, true);
  assert.deepEqual(seen.handles, []);
  assert.equal(seen.newGlobals, 0);
  assert.ok(performance.now() - started < 5_000, "the process did not exit at once");
});

test("a session of a backend does nothing on a server either", async (t) => {
  const root = await project(t, {
    "main.mjs": `
      import { createAuth } from "tokenward";
      const touched = [];
      globalThis.fetch = () => { touched.push("fetch"); throw new Error("fetch"); };
      const auth = createAuth({ storage: "bff" });
      const { status } = await auth.ready;
      const refused = await auth.signIn().catch((error) => error.code);
      const thrown = ["issuer", "clientId"].map((name) => {
        try { createAuth({ storage: "bff", [name]: "x" }); } catch (error) { return error.code + error.message.replace(/.*: /, " "); }
      });
      const handles = process.getActiveResourcesInfo().filter((name) => /Timeout|Immediate|Port|TCP|Worker/.test(name));
      console.log(JSON.stringify({ status, refused, thrown, touched, handles, storage: auth.inspect().storage }));
    `,
  });
  assert.deepEqual(await print(root), {
    status: "loading", refused: "not_in_browser", thrown: ["invalid_option issuer", "invalid_option clientId"], touched: [], handles: [], storage: "bff",
  });
});

test("signIn on a server is a UsageError that says so", async (t) => {
  const root = await project(t, {
    "main.mjs": `
      import { AuthError, createAuth } from "tokenward";
      const auth = createAuth({ issuer: "https://id.example.com", clientId: "app" });
      const signIn = await auth.signIn().catch((error) => error);
      const token = await auth.getAccessToken().catch((error) => error);
      console.log(JSON.stringify([signIn, token].map((error) => [error instanceof AuthError, error.name, error.code])));
    `,
  });
  assert.deepEqual(await print(root), [[true, "UsageError", "not_in_browser"], [true, "UsageError", "not_in_browser"]]);
});

test("a missing issuer or client id throws at construction", async (t) => {
  const root = await project(t, {
    "main.mjs": `
      import { AuthError, createAuth } from "tokenward";
      const thrown = (options) => {
        try { createAuth(options); } catch (error) {
          return [error instanceof AuthError, error instanceof Error, error.name, error.code, error.phase, error.retryable];
        }
      };
      console.log(JSON.stringify([thrown({ clientId: "app" }), thrown({ issuer: "https://id.example.com" }), thrown()]));
    `,
  });
  const invalid = [true, true, "ConfigError", "invalid_option", "config", false];
  assert.deepEqual(await print(root), [invalid, invalid, invalid]);
});

test("require() works where Node can require ES modules (20.19, 22.12 and later)", async (t) => {
  const root = await project(t, {
    "main.cjs": `
      const { createAuth, AuthError, version } = require("tokenward");
      const auth = createAuth({ issuer: "https://id.example.com", clientId: "app" });
      console.log(JSON.stringify([auth.session.status, typeof AuthError, typeof version]));
    `,
  });
  assert.deepEqual(await print(root, "main.cjs"), ["loading", "function", "string"]);
});

test("the wasm files are reachable as subpaths, for copying", async (t) => {
  const root = await project(t, {
    "main.mjs": `
      import { readFileSync } from "node:fs";
      const bytes = (name) => readFileSync(new URL(import.meta.resolve("tokenward/" + name)));
      console.log(JSON.stringify(${JSON.stringify(wasmFiles)}.map((name) => WebAssembly.validate(bytes(name)))));
    `,
  });
  assert.deepEqual(await print(root), wasmFiles.map(() => true));
});

test("the edge entry verifies", async (t) => {
  const root = await project(t, {
    "main.mjs": `
      import { AuthError, verifyJws } from "tokenward/edge";
      console.log(JSON.stringify(await ${verifyExamples}));
    `,
    "main.cjs": `
      const { AuthError, verifyJws } = require("tokenward/edge");
      ${verifyExamples}.then((said) => console.log(JSON.stringify(said)));
    `,
  });
  assert.deepEqual(await print(root), verifiedExamples);
  assert.deepEqual(await print(root, "main.cjs"), verifiedExamples);
});

test("importing the edge entry loads no wasm and makes no request, and its errors are those of the main entry", async (t) => {
  const root = await project(t, {
    "main.mjs": `
      const touched = [];
      for (const name of ["compile", "compileStreaming", "instantiate", "instantiateStreaming", "Module", "Instance"]) {
        WebAssembly[name] = function () { touched.push(name); throw new Error(name); };
      }
      globalThis.fetch = () => { touched.push("fetch"); throw new Error("fetch"); };
      const edge = await import("tokenward/edge");
      const main = await import("tokenward");
      console.log(JSON.stringify({ touched, same: edge.AuthError === main.AuthError && edge.version === main.version }));
    `,
  });
  assert.deepEqual(await print(root), { touched: [], same: true });
});

test("a wasm that does not load is an error that may pass, and is tried again at the next call", async (t) => {
  const root = await project(t, {
    "main.mjs": `
      import { verifyJws } from "tokenward/edge";
      const { compile } = WebAssembly;
      const said = () => verifyJws("", { keys: [] }, { algorithms: ["RS256"] }).catch((error) => [error.code, error.phase, error.retryable]);
      WebAssembly.compile = (bytes) => (bytes.length > 8 ? Promise.reject(new Error("not now")) : compile(bytes));
      const first = await said();
      WebAssembly.compile = compile;
      console.log(JSON.stringify([first, await said()]));
    `,
  });
  assert.deepEqual(await print(root), [["wasm_load_failed", "load", true], ["jws_malformed", "verify", false]]);
});

test("what the caller changes after the call changes nothing", async (t) => {
  const root = await project(t, {
    "main.mjs": `
      import { verifyJws } from "tokenward/edge";
      const token = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
      const key = { kty: "OKP", crv: "Ed25519", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" };
      const algorithms = ["EdDSA"];
      const verifying = verifyJws(token, key, { algorithms });
      key.x = key.crv;
      algorithms.length = 0;
      console.log(JSON.stringify((await verifying).header.alg));
    `,
  });
  assert.equal(await print(root), "EdDSA");
});
