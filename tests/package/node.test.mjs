// The package in Node, where a server renders pages: nothing happens, and nothing stays behind.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { project } from "./fixture.mjs";

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

test("the wasm file is reachable as a subpath, for copying", async (t) => {
  const root = await project(t, {
    "main.mjs": `
      import { readFileSync } from "node:fs";
      const bytes = readFileSync(new URL(import.meta.resolve("tokenward/tokenward_bg.wasm")));
      console.log(JSON.stringify(WebAssembly.validate(bytes)));
    `,
  });
  assert.equal(await print(root), true);
});
