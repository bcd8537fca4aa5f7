// `make test`: every ring in turn, what each printed, a table of counts and times, and at the end every test that failed.
//
// Where a test fails in a ring that drives a browser, its file, or its binary, is run once more: browsers and their drivers
// fail now and then for reasons of their own. What passes then is "unsteady": counted, named at the end, and a failure where
// more than MOST_UNSTEADY files had to be run again. Nothing else is ever run twice.

import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { startDisplay } from "./e2e/display.mjs";
import { asPassed, cargoFailuresIn, failuresIn } from "./rings/failures.mjs";
import { freePort, keepThreadsWaiting } from "./rings/idle-threads.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..");

const MOST_UNSTEADY = 3;

/** A ring in a browser through wasm-pack, whose test server needs threads that wait. */
async function runWasm(command, args, env) {
  const port = await freePort();
  const stop = keepThreadsWaiting(port);
  try {
    return await runCommand(command, args, { ...env, WASM_BINDGEN_TEST_ADDRESS: `127.0.0.1:${port}` });
  } finally {
    stop();
  }
}

const run = (command, args, env) => (command === "wasm-pack" ? runWasm : runCommand)(command, args, env);

const runCommand = (command, args, env = {}) =>
  new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    const take = (stream, sink) =>
      stream.on("data", (chunk) => {
        output += chunk;
        sink.write(chunk);
      });
    take(child.stdout, process.stdout);
    take(child.stderr, process.stderr);
    child.on("error", (error) => resolve({ code: 1, output: `${output}\n${error.message}` }));
    child.on("close", (code) => resolve({ code, output }));
  });

const sum = (output, pattern) => [...output.matchAll(pattern)].reduce((total, [, count]) => total + Number(count), 0);

/** How many passed and failed, by the words of each runner. A runner that counts nothing counts as one check. */
const COUNTERS = {
  cargo: (output) => ({
    passed: sum(output, /test result: \w+\. (\d+) passed/g),
    failed: sum(output, /test result: \w+\. \d+ passed; (\d+) failed/g),
  }),
  node: (output) => ({ passed: sum(output, /^# pass (\d+)/gm), failed: sum(output, /^# fail (\d+)/gm) }),
  check: () => ({ passed: 1, failed: 0 }),
};

const tests = (folder) =>
  readdirSync(join(here, folder))
    .filter((name) => name.endsWith(".test.mjs"))
    .map((name) => join("tests", folder, name));

const node = (folder, ...options) => ["node", ["--test", "--test-reporter=tap", ...options, ...tests(folder)]];

// One binary at a time: a failure in one must not hide the other's tests.
const wasmPack = (browser, driver, binary, command = driver) => [
  "wasm-pack",
  ["test", "--headless", `--${browser}`, `--${driver}`, driverPath(command), ".", "--features", "full,edge", "--locked", "--test", binary],
  { WASM_BINDGEN_TEST_TIMEOUT: "120" },
];

// The runner speaks WebDriver to it as it does to Safari's.
const wasmInWebkit = (binary) => wasmPack("safari", "safaridriver", binary, "WebKitWebDriver");

const driverPath = (driver) =>
  process.env.PATH.split(":").map((folder) => join(folder, driver)).find((path) => exists(path)) ?? driver;

const exists = (path) => {
  try {
    return readdirSync(dirname(path)).includes(path.slice(dirname(path).length + 1));
  } catch {
    return false;
  }
};

const wasmWith = (features) => ["--target", "wasm32-unknown-unknown", "--features", features];

// Everything, as the tests want it; what is shipped is one or the other.
const WASM = wasmWith("full,edge");

const RINGS = [
  ["format", "check", ["cargo", ["fmt", "--all", "--check"]]],
  ["clippy, native", "check", ["cargo", ["clippy", "--locked", "--all-targets", "--all-features", "--", "-D", "warnings"]]],
  ["clippy, wasm", "check", ["cargo", ["clippy", "--locked", "--all-targets", ...WASM, "--", "-D", "warnings"]]],
  ["clippy, browser wasm", "check", ["cargo", ["clippy", "--locked", ...wasmWith("browser"), "--", "-D", "warnings"]]],
  ["clippy, login wasm", "check", ["cargo", ["clippy", "--locked", ...wasmWith("login"), "--", "-D", "warnings"]]],
  ["clippy, edge wasm", "check", ["cargo", ["clippy", "--locked", ...wasmWith("edge"), "--", "-D", "warnings"]]],
  ["rustdoc", "check", ["cargo", ["doc", "--locked", "--no-deps", ...WASM], { RUSTDOCFLAGS: "-D warnings" }]],
  ["licences, sources", "check", ["cargo-deny", ["--locked", "check", "bans", "licenses", "sources"]]],
  ["native", "cargo", ["cargo", ["test", "--locked", "--all-features"]]],
  ["simulator", "cargo", ["cargo", ["test", "--locked", "--profile", "simulation", "--all-features", "--test", "simulation", "--", "--nocapture"]]],
  ["build", "check", ["node", ["pkg-template/build.mjs"]]],
  ["types, facade", "check", ["node", ["pkg-template/node_modules/typescript/bin/tsc", "-p", "pkg-template"]]],
  ["types, demo", "check", ["node", ["www-example/node_modules/typescript/bin/tsc", "-p", "www-example", "--noEmit"]]],
  ["size", "check", ["node", ["tests/size/size.mjs"]]],
  ["package", "node", node("package", "--test-concurrency=2")],
  ["jws matrix", "node", node("jws", "--test-concurrency=2")],
  ["wasm in Chromium: core", "cargo", wasmPack("chrome", "chromedriver", "protocol")],
  ["wasm in Chromium: ports", "cargo", wasmPack("chrome", "chromedriver", "web")],
  ["wasm in Chromium: modules", "cargo", wasmPack("chrome", "chromedriver", "modules")],
  ["wasm in Firefox: core", "cargo", wasmPack("firefox", "geckodriver", "protocol")],
  ["wasm in Firefox: ports", "cargo", wasmPack("firefox", "geckodriver", "web")],
  ["wasm in Firefox: modules", "cargo", wasmPack("firefox", "geckodriver", "modules")],
  ["wasm in WebKit: core", "cargo", wasmInWebkit("protocol"), { onDisplay: true }],
  ["wasm in WebKit: ports", "cargo", wasmInWebkit("web"), { onDisplay: true }],
  ["wasm in WebKit: modules", "cargo", wasmInWebkit("modules"), { onDisplay: true }],
  ["provider", "node", node("provider")],
  ["systems", "node", node("systems", "--test-concurrency=2")],
  ["systems, machine clients", "node", node("systems/machines", "--test-concurrency=2")],
  ["systems, pages, Chromium", "node", [...node("systems/pages", "--test-concurrency=2"), { E2E_ENGINE: "chromium", E2E_PACKED: "1" }]],
  ["systems, pages, Firefox", "node", [...node("systems/pages", "--test-concurrency=2"), { E2E_ENGINE: "firefox", E2E_PACKED: "1" }]],
  ["systems, logins, Chromium", "node", [...node("systems/logins", "--test-concurrency=2"), { E2E_ENGINE: "chromium", E2E_PACKED: "1" }]],
  ["systems, logins, Firefox", "node", [...node("systems/logins", "--test-concurrency=2"), { E2E_ENGINE: "firefox", E2E_PACKED: "1" }]],
  ["end to end, Chromium", "node", [...node("e2e", "--test-concurrency=2"), { E2E_ENGINE: "chromium" }]],
  ["end to end, Firefox", "node", [...node("e2e", "--test-concurrency=2"), { E2E_ENGINE: "firefox" }]],
  ["end to end, WebKit", "node", [...node("e2e", "--test-concurrency=2"), { E2E_ENGINE: "webkit" }]],
  ["vault, Chromium", "node", [...node("vault", "--test-concurrency=2"), { E2E_ENGINE: "chromium" }]],
  ["vault, Firefox", "node", [...node("vault", "--test-concurrency=2"), { E2E_ENGINE: "firefox" }]],
  ["vault, WebKit", "node", [...node("vault", "--test-concurrency=2"), { E2E_ENGINE: "webkit" }]],
  ["interop, providers", "node", node("interop/providers")],
  ["interop, Chromium", "node", [...node("interop", "--test-concurrency=2"), { E2E_ENGINE: "chromium" }]],
  ["interop, Firefox", "node", [...node("interop", "--test-concurrency=2"), { E2E_ENGINE: "firefox" }]],
  ["tabs, Chromium", "node", [...node("tabs", "--test-concurrency=2"), { E2E_ENGINE: "chromium" }]],
  ["tabs, Firefox", "node", [...node("tabs", "--test-concurrency=2"), { E2E_ENGINE: "firefox" }]],
  ["tabs, WebKit", "node", [...node("tabs", "--test-concurrency=2"), { E2E_ENGINE: "webkit" }]],
  ["windows, Chromium", "node", [...node("windows", "--test-concurrency=2"), { E2E_ENGINE: "chromium" }]],
  ["windows, Firefox", "node", [...node("windows", "--test-concurrency=2"), { E2E_ENGINE: "firefox" }]],
  ["windows, WebKit", "node", [...node("windows", "--test-concurrency=2"), { E2E_ENGINE: "webkit" }]],
  ["conformance tools", "node", node("conformance")],
  ["runner", "node", node("rings")],
  // Last: it judges what the other rings printed.
  ["conformance table", "node", ["node", ["tests/conformance/table.mjs"]]],
];

// What each ring printed, below its name and its command: the conformance table reads it.
const outputFolder = join(root, "target/test-output");
rmSync(outputFolder, { recursive: true, force: true });
mkdirSync(outputFolder, { recursive: true });
const keep = (name, command, output) =>
  writeFileSync(join(outputFolder, `${name.toLowerCase().replaceAll(/\W+/g, "-")}.log`), `${name}\n${command}\n${output}`);

const FAILURES = { cargo: cargoFailuresIn, node: (output) => failuresIn(output, root), check: () => [] };

const ONCE_MORE = {
  /** The test files that failed. */
  async node(output, [command, args, env]) {
    const tests = failuresIn(output, root);
    const files = [...new Set(tests.map(({ file }) => file))];
    if (tests.length === 0 || !files.every((file) => args.includes(file))) return null;
    console.log(`\n=== once more: ${files.join(" ")}`);
    const { code } = await run(command, [...args.filter((arg) => !arg.endsWith(".test.mjs")), ...files], env);
    return code === 0 ? { output: asPassed(output), tests } : null;
  },
  /** The whole binary: a browser that hangs as it starts runs none of its tests. */
  async cargo(output, [command, args, env]) {
    const failures = cargoFailuresIn(output);
    console.log(`\n=== once more: ${[command, ...args].join(" ")}`);
    const again = await run(command, args, env);
    return again.code === 0 ? { output: again.output, tests: failures.length > 0 ? failures : [{ name: "the browser ran no test" }] } : null;
  },
};

const drivesABrowser = ([command, , env]) => command === "wasm-pack" || Boolean(env?.E2E_ENGINE);

const only = process.argv.slice(2);
const rows = [];
const unsteady = [];
const failed = [];
for (const [name, kind, [command, args, env], { onDisplay = false } = {}] of RINGS) {
  if (only.length > 0 && !only.some((word) => name.includes(word))) continue;
  const line = [command, ...args].join(" ");
  console.log(`\n=== ${name}: ${line}`);
  const start = Date.now();
  const display = onDisplay ? await startDisplay() : undefined;
  const ring = [command, args, display ? { ...env, DISPLAY: display.name } : env];
  let outcome = await run(...ring);
  const passedNow = outcome.code !== 0 && drivesABrowser(ring) ? await ONCE_MORE[kind](outcome.output, ring) : null;
  if (passedNow) outcome = { code: 0, output: passedNow.output, unsteady: passedNow.tests };
  unsteady.push(...(outcome.unsteady ?? []).map((test) => ({ ring: name, ...test })));
  await display?.close();
  keep(name, line, outcome.output);
  failed.push(...FAILURES[kind](outcome.output).map((test) => ({ ring: name, ...test })));
  const { passed, failed: counted } = COUNTERS[kind](outcome.output);
  // Among those that Node's first run counts is what passed the second time.
  const failures = outcome.unsteady ? 0 : counted;
  // A runner that fails without a failed test (it could not even start) is a failure all the same; so is one that ran none.
  const broken = (outcome.code !== 0 && failures === 0) || passed + failures === 0 ? 1 : 0;
  rows.push({
    name, passed: broken && kind === "check" ? 0 : passed, unsteady: outcome.unsteady?.length ?? 0, failed: failures + broken,
    seconds: (Date.now() - start) / 1000,
  });
}

console.log("\nring                       passed  unsteady  failed  seconds");
for (const row of rows) {
  const cells = [String(row.passed).padStart(6), String(row.unsteady).padStart(8), String(row.failed).padStart(6)];
  console.log([row.name.padEnd(25), ...cells, row.seconds.toFixed(1).padStart(7)].join("  "));
}
const total = (key) => rows.reduce((all, row) => all + row[key], 0);
console.log(`\n${total("seconds").toFixed(0)} seconds in all\n`);
for (const [word, tests] of [["unsteady", unsteady], ["failed", failed]]) {
  for (const { ring, file, name, error } of tests) console.log([word, ring, file, name, error].filter(Boolean).join(": "));
}
const ranAgain = new Set(unsteady.map(({ ring, file }) => `${ring}: ${file}`)).size;
if (ranAgain > 0) console.log(`${ranAgain} run again, at most ${MOST_UNSTEADY} may be`);
console.log(`${total("passed")} passed, ${total("unsteady")} unsteady, ${total("failed")} failed`);
process.exitCode = total("failed") > 0 || ranAgain > MOST_UNSTEADY ? 1 : 0;
