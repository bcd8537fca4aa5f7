// The README's examples of session stores, and with them the types of the clients and bindings that apps give.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { before, test } from "node:test";
import { promisify } from "node:util";
import { project } from "../package/fixture.mjs";
import { readme } from "../systems/readme.mjs";

const run = promisify(execFile);
const bin = (name) => join(import.meta.dirname, "../node_modules/.bin", name);
const [installed] = fileURLToPath(import.meta.resolve("redis")).split("/redis/");

/** What `wrangler types` writes for the settings in the README. */
const BINDINGS = `
declare namespace Cloudflare {
  interface Env {
    SESSIONS: DurableObjectNamespace<import("tokenward/edge").SessionObject>;
    KV: KVNamespace;
  }
}
`;

/** More than the README has room for. */
const FURTHER = {
  workers: `
    import { durableObjectStore, SessionObject, type SessionStore } from "tokenward/edge";
    declare const [plain, typed]: [DurableObjectNamespace, DurableObjectNamespace<SessionObject>];
    declare const state: DurableObjectState;
    export const stores: SessionStore[] = [durableObjectStore(plain), durableObjectStore(typed.jurisdiction("eu"), { prefix: "app:" })];
    export const object = new SessionObject(state, {});
  `,
  node: `
    import { Cluster } from "ioredis";
    import { createClient, createClientPool } from "redis";
    import { redisStore, type SessionStore } from "tokenward/edge";
    export const stores: SessionStore[] = [redisStore(new Cluster([]), { prefix: "app:" }), redisStore(createClient({ RESP: 3 })), redisStore(createClientPool())];
    // @ts-expect-error
    redisStore({ get: async () => null });
    // @ts-expect-error
    redisStore();
  `,
};

let examples;
before(() => {
  const section = readme.split("\n### Session stores\n")[1].split("\n## ")[0];
  examples = [...section.matchAll(/```ts\n([^]*?)```/g)].map(([, example]) => example);
  assert.equal(examples.length, 6);
});

/** A project with the examples that mention this, and the packages they want. */
async function projectOf(t, word, packages, files) {
  const chosen = examples.filter((example) => example.includes(word)).map((example, at) => [`example-${at}.ts`, `${example}\nexport { store };\n`]);
  const root = await project(t, Object.fromEntries([...chosen, ...Object.entries(files)]));
  for (const name of packages) {
    await mkdir(dirname(join(root, "node_modules", name)), { recursive: true });
    await symlink(join(installed, name), join(root, "node_modules", name));
  }
  return { root, names: chosen.map(([name]) => name) };
}

const settings = (types, lib) => JSON.stringify({
  compilerOptions: { strict: true, noEmit: true, skipLibCheck: true, target: "es2022", module: "esnext", moduleResolution: "bundler", types, lib },
});

const compiles = (root) => run(bin("tsc"), ["-p", root]).catch((failure) => assert.fail(failure.stdout || failure.stderr));

test("the examples for Workers compile with the platform's types", async (t) => {
  const { root, names } = await projectOf(t, "cloudflare:workers", ["@cloudflare/workers-types"], {
    "bindings.d.ts": BINDINGS, "further.ts": FURTHER.workers, "tsconfig.json": settings(["@cloudflare/workers-types"], ["es2022", "esnext.disposable"]),
  });
  assert.equal(names.length, 2);
  await compiles(root);
});

test("the examples for Redis compile with the types of both clients", async (t) => {
  const { root, names } = await projectOf(t, "REDIS_URL", ["redis", "ioredis", "@types/node"], {
    "further.ts": FURTHER.node, "tsconfig.json": settings(["node"], ["es2022", "dom", "dom.iterable", "esnext.disposable"]),
  });
  assert.equal(names.length, 2);
  await compiles(root);
});

test("the example for Deno compiles in Deno", async (t) => {
  const { root, names } = await projectOf(t, "Deno.openKv", [], {});
  assert.equal(names.length, 1);
  const env = { ...process.env, DENO_DIR: join(root, ".deno"), NO_COLOR: "1" };
  await run(bin("deno"), ["check", "--unstable-kv", "--node-modules-dir=manual", ...names], { cwd: root, env })
    .catch((failure) => assert.fail(failure.stderr));
});
