// The edge entry in Deno and in Bun: by its name as an installed package, and by its file, which fetches the wasm beside it.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { project } from "./fixture.mjs";
import { verifiedExamples, verifyExamples } from "./verify-examples.mjs";

const run = promisify(execFile);
const bin = (name) => join(import.meta.dirname, "../node_modules/.bin", name);

/** How each runs main.mjs in its folder. Neither may fetch a package; Deno may read the folder, and nothing else. */
const runtimes = {
  Deno: ["deno", "run", "--no-prompt", "--cached-only", "--node-modules-dir=manual", "--allow-read=.", "main.mjs"],
  Bun: ["bun", "run", "--no-install", "main.mjs"],
};

/** What a script prints that imports from `specifier`. */
async function print(t, runtime, specifier) {
  const root = await project(t, {
    "main.mjs": `
      import { AuthError, verifyJws } from ${JSON.stringify(specifier)};
      console.log(JSON.stringify(await ${verifyExamples}));
    `,
  });
  const [command, ...args] = runtimes[runtime];
  const env = { ...process.env, DENO_DIR: join(root, ".deno"), NO_COLOR: "1" };
  const { stdout } = await run(bin(command), args, { cwd: root, timeout: 60_000, env });
  return JSON.parse(stdout);
}

for (const runtime of Object.keys(runtimes)) {
  test(`${runtime} verifies with the installed package`, async (t) => {
    assert.deepEqual(await print(t, runtime, "tokenward/edge"), verifiedExamples);
  });

  test(`${runtime} verifies with the file for runtimes without a condition of their own`, async (t) => {
    assert.deepEqual(await print(t, runtime, "./node_modules/tokenward/edge.js"), verifiedExamples);
  });
}
