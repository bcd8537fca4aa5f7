// What is in the tarball, and whether strict consumers and the usual linters accept it.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { installedPackage, project, wasmFiles } from "./fixture.mjs";
import { wrongUse, rightUse } from "./types-consumer.mjs";

const run = promisify(execFile);
const bin = (name) => join(import.meta.dirname, "../node_modules/.bin", name);
const manifest = async () => JSON.parse(await readFile(join((await installedPackage()).dir, "package.json"), "utf8"));

test("the tarball holds exactly these files", async () => {
  const { files } = await installedPackage();
  assert.deepEqual(files, [
    "CHANGELOG.md",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "advice.d.ts",
    "advice.js",
    "auth.js",
    "bff.js",
    "diagnose.js",
    "docs/reference.md",
    "docs/security.md",
    "edge-engine.js",
    "edge-wasm.node.js",
    "edge.d.ts",
    "edge.edge-light.js",
    "edge.js",
    "edge.node.js",
    "edge.workerd.js",
    "engine.full.js",
    "engine.js",
    "engine.login.js",
    "index.d.ts",
    "index.edge-light.js",
    "index.js",
    "index.node.js",
    "index.workerd.js",
    "keys.js",
    "lease.js",
    "package.json",
    "tokenward_bg.wasm",
    "tokenward_edge_bg.wasm",
    "tokenward_full_bg.wasm",
    "tokenward_login_bg.wasm",
    "vault.js",
    "vault.worker.js",
    "wasm.edge-light.js",
    "wasm.full.edge-light.js",
    "wasm.full.node.js",
    "wasm.full.workerd.js",
    "wasm.login.edge-light.js",
    "wasm.login.node.js",
    "wasm.login.workerd.js",
    "wasm.node.js",
    "wasm.workerd.js",
    "windows.js",
  ]);
});

test("package.json says what the package is", async () => {
  const { name, version, license, type, sideEffects, exports, description, ...rest } = await manifest();
  assert.equal(name, "tokenward");
  assert.match(version, /^\d+\.\d+\.\d+/);
  assert.equal(license, "MIT OR Apache-2.0");
  assert.equal(type, "module");
  assert.equal(sideEffects, false);
  assert.ok(description);
  assert.ok(rest.engines?.node, "engines.node is missing");
  // A consumer's type checker and bundler take the first condition that fits, so the order is part of the contract.
  for (const entry of [".", "./edge"]) {
    assert.deepEqual(Object.keys(exports[entry]), ["types", "workerd", "edge-light", "node", "default"]);
  }
  for (const name of [...wasmFiles, "vault.worker.js"]) assert.ok(exports[`./${name}`], name);
});

test("nothing comes along and nothing runs at installation", async () => {
  const { dependencies, peerDependencies, optionalDependencies, bundleDependencies, scripts = {} } = await manifest();
  assert.deepEqual({ ...dependencies, ...peerDependencies, ...optionalDependencies, ...bundleDependencies }, {});
  assert.deepEqual(Object.keys(scripts).filter((name) => /install|prepare/.test(name)), []);
});

test("the version export is package.json's", async () => {
  const { dir } = await installedPackage();
  const { version } = await import(join(dir, "index.node.js"));
  assert.equal(version, (await manifest()).version);
});

test("publint --strict has nothing to say", async () => {
  const { tarball, dir } = await installedPackage();
  const bytes = await readFile(tarball);
  const { messages } = await publint({ strict: true, pack: { tarball: new Uint8Array(bytes).buffer } });
  const pkg = await manifest();
  assert.deepEqual(messages.map((message) => formatMessage(message, pkg)), [], dir);
});

test("are-the-types-wrong has nothing to say about an ESM-only package", async () => {
  const { tarball } = await installedPackage();
  // The wasm files and the worker are assets; TypeScript has no say in them.
  const assets = [...wasmFiles, "vault.worker.js", "package.json"].map((name) => `./${name}`);
  const args = [tarball, "--profile", "esm-only", "--exclude-entrypoints", ...assets, "--no-color"];
  await run(bin("attw"), args).catch((failure) => assert.fail(failure.stdout || failure.stderr));
});

// J03, C11
test("a strict TypeScript consumer compiles, and mistakes do not", async (t) => {
  const root = await project(t, {
    "right-use.ts": rightUse,
    "wrong-use.ts": wrongUse,
    "tsconfig.json": JSON.stringify({
      compilerOptions: {
        strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, noEmit: true, skipLibCheck: false,
        target: "es2023", lib: ["es2023", "dom", "dom.iterable", "esnext.disposable"], module: "nodenext", types: [],
      },
      files: ["right-use.ts", "wrong-use.ts"],
    }),
  });
  await run(bin("tsc"), ["-p", root]).catch((failure) => assert.fail(failure.stdout || failure.stderr));
});

test("the README's examples compile with nothing but the browser's own types", async (t) => {
  const { dir } = await installedPackage();
  const readme = await readFile(join(dir, "README.md"), "utf8");
  const examples = [...readme.matchAll(/```ts\n(import [^]*?)```/g)].map(([, example]) => example);
  assert.match(examples[0] ?? "", /createAuth\(/);
  const edge = examples.find((example) => example.includes("verifyJws"));
  const files = Object.fromEntries(examples.map((example, at) => [`example-${at}.ts`, example]));
  const root = await project(t, {
    ...files,
    "edge.mjs": edge,
    "tsconfig.json": JSON.stringify({
      compilerOptions: {
        strict: true, noEmit: true, skipLibCheck: false, target: "es2022", lib: ["es2022", "dom"], module: "nodenext", types: [],
      },
      files: Object.keys(files),
    }),
  });
  await run(bin("tsc"), ["-p", root]).catch((failure) => assert.fail(failure.stdout || failure.stderr));
  // This one runs as it is; those of the five systems are run by tests/systems.
  const { stdout } = await run(process.execPath, [join(root, "edge.mjs")]);
  assert.equal(stdout.trim(), edge.match(/ \/\/ (EdDSA.*)$/m)?.[1]);
});

test("no file tells where it was built, and none points to a source map", async () => {
  const { dir, files } = await installedPackage();
  // The checkout, and the usual homes of people, of root and of Cargo.
  const checkout = resolve(import.meta.dirname, "../..");
  const places = [checkout, "/home/", "/Users/", "/root/", "/tmp/", ".cargo/registry", "rustlib/src", "file://"];
  for (const file of files) {
    const text = await readFile(join(dir, file), "latin1");
    for (const place of places) assert.ok(!text.includes(place), `${file} contains ${place}`);
    assert.ok(!text.includes("sourceMappingURL"), `${file} points to a source map`);
  }
});
