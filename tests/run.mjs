// `make test`: every ring, what each printed, a table of counts, times and how busy the processors were, and at the end every
// test that failed. The rings run in turn, but for those that wait more than they work: neighbours of that kind run together.
//
// Where a test fails in a ring that drives a browser, its file, or its binary, is run once more: browsers and their drivers
// fail now and then for reasons of their own. What passes then is "unsteady": counted, named at the end, and a failure where
// more than MOST_UNSTEADY files had to be run again. Nothing else is ever run twice.

import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { startDisplay } from "./e2e/display.mjs";
import { asPassed, cargoFailuresIn, failuresIn } from "./rings/failures.mjs";
import { freePort, keepThreadsWaiting } from "./rings/idle-threads.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..");

const MOST_UNSTEADY = 3;
/** A ring that prints nothing for so long hangs. */
const MOST_SILENT_MS = 10 * 60_000;

/** A ring in a browser through wasm-pack, whose test server needs threads that wait. */
async function runWasm(command, args, options) {
  const port = await freePort();
  const stop = keepThreadsWaiting(port);
  try {
    return await runCommand(command, args, { ...options, env: { ...options.env, WASM_BINDGEN_TEST_ADDRESS: `127.0.0.1:${port}` } });
  } finally {
    stop();
  }
}

const run = (command, args, options) => (command === "wasm-pack" ? runWasm : runCommand)(command, args, options);

/** @param {boolean} [options.isAside] What it prints is shown when it has ended, in one piece. */
const runCommand = (command, args, { env = {}, isAside = false }) =>
  new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    const say = (chunk, sink) => {
      output += chunk;
      if (!isAside) sink.write(chunk);
    };
    const hangs = () => {
      say(`\nnothing was printed for ${MOST_SILENT_MS / 60_000} minutes\n`, process.stderr);
      child.kill();
    };
    let silence = setTimeout(hangs, MOST_SILENT_MS);
    const take = (stream, sink) =>
      stream.on("data", (chunk) => {
        clearTimeout(silence);
        silence = setTimeout(hangs, MOST_SILENT_MS);
        say(chunk, sink);
      });
    take(child.stdout, process.stdout);
    take(child.stderr, process.stderr);
    const end = (code) => {
      clearTimeout(silence);
      if (isAside) console.log(`\n=== ${[command, ...args].join(" ")}\n${output}`);
      resolve({ code, output });
    };
    child.on("error", (error) => {
      say(`\n${error.message}\n`, process.stderr);
      end(1);
    });
    child.on("close", end);
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
  ["edge, stores", "node", node("stores", "--test-concurrency=2"), { waits: true }],
  ["edge, requests", "node", ["node", ["--test", "--test-reporter=tap", "tests/bff-edge/requests.test.mjs", "tests/bff-edge/leftovers.test.mjs"]], { waits: true }],
  ["edge, attacks", "node", node("bff-edge/attacks", "--test-concurrency=2"), { waits: true }],
  ["edge, verifier", "node", node("verifier", "--test-concurrency=2"), { waits: true }],
  ["edge, race", "node", ["node", ["--test", "--test-reporter=tap", "tests/bff-edge/race.test.mjs"]]],
  ["bff, Chromium", "node", [...node("bff-edge/pages"), { E2E_ENGINE: "chromium" }]],
  ["bff, Firefox", "node", [...node("bff-edge/pages"), { E2E_ENGINE: "firefox" }]],
  ["systems, pages, Chromium", "node", [...node("systems/pages", "--test-concurrency=2"), { E2E_ENGINE: "chromium", E2E_PACKED: "1" }]],
  ["systems, pages, Firefox", "node", [...node("systems/pages", "--test-concurrency=2"), { E2E_ENGINE: "firefox", E2E_PACKED: "1" }]],
  ["systems, logins, Chromium", "node", [...node("systems/logins", "--test-concurrency=2"), { E2E_ENGINE: "chromium", E2E_PACKED: "1" }]],
  ["systems, logins, Firefox", "node", [...node("systems/logins", "--test-concurrency=2"), { E2E_ENGINE: "firefox", E2E_PACKED: "1" }]],
  ["end to end, Chromium", "node", [...node("e2e", "--test-concurrency=2"), { E2E_ENGINE: "chromium" }]],
  ["end to end, Firefox", "node", [...node("e2e", "--test-concurrency=2"), { E2E_ENGINE: "firefox" }]],
  ["end to end, WebKit", "node", [...node("e2e", "--test-concurrency=2"), { E2E_ENGINE: "webkit" }]],
  ["vault, Chromium", "node", [...node("vault", "--test-concurrency=3"), { E2E_ENGINE: "chromium" }]],
  ["vault, Firefox", "node", [...node("vault", "--test-concurrency=3"), { E2E_ENGINE: "firefox" }]],
  ["vault, WebKit", "node", [...node("vault", "--test-concurrency=3"), { E2E_ENGINE: "webkit" }]],
  ["bff pages, Chromium", "node", [...node("bff-page", "--test-concurrency=2"), { E2E_ENGINE: "chromium" }]],
  ["bff pages, Firefox", "node", [...node("bff-page", "--test-concurrency=2"), { E2E_ENGINE: "firefox" }]],
  ["bff pages, WebKit", "node", [...node("bff-page", "--test-concurrency=2"), { E2E_ENGINE: "webkit" }]],
  ["interop, providers", "node", node("interop/providers")],
  ["interop, Chromium", "node", [...node("interop", "--test-concurrency=2"), { E2E_ENGINE: "chromium" }]],
  ["interop, Firefox", "node", [...node("interop", "--test-concurrency=2"), { E2E_ENGINE: "firefox" }]],
  ["tabs, Chromium", "node", [...node("tabs", "--test-concurrency=3"), { E2E_ENGINE: "chromium" }]],
  ["tabs, Firefox", "node", [...node("tabs", "--test-concurrency=3"), { E2E_ENGINE: "firefox" }]],
  ["tabs, WebKit", "node", [...node("tabs", "--test-concurrency=3"), { E2E_ENGINE: "webkit" }]],
  ["windows, Chromium", "node", [...node("windows", "--test-concurrency=3"), { E2E_ENGINE: "chromium" }]],
  ["windows, Firefox", "node", [...node("windows", "--test-concurrency=3"), { E2E_ENGINE: "firefox" }]],
  ["windows, WebKit", "node", [...node("windows", "--test-concurrency=3"), { E2E_ENGINE: "webkit" }]],
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
  async node(output, { command, args, options }) {
    const tests = failuresIn(output, root);
    const files = [...new Set(tests.map(({ file }) => file))];
    if (tests.length === 0 || !files.every((file) => args.includes(file))) return null;
    console.log(`\n=== once more: ${files.join(" ")}`);
    const { code } = await run(command, [...args.filter((arg) => !arg.endsWith(".test.mjs")), ...files], options);
    return code === 0 ? { output: asPassed(output), tests } : null;
  },
  /** The whole binary: a browser that hangs as it starts runs none of its tests. */
  async cargo(output, { command, args, options }) {
    const failures = cargoFailuresIn(output);
    console.log(`\n=== once more: ${[command, ...args].join(" ")}`);
    const again = await run(command, args, options);
    return again.code === 0 ? { output: again.output, tests: failures.length > 0 ? failures : [{ name: "the browser ran no test" }] } : null;
  },
};

const drivesABrowser = ({ command, options }) => command === "wasm-pack" || Boolean(options.env.E2E_ENGINE);

/** Milliseconds that all processors together have worked and rested so far; browsers are nobody's children, so of all there is. */
const processors = () => cpus().reduce(({ busy, idle }, { times }) => ({
  busy: busy + times.user + times.nice + times.sys + times.irq, idle: idle + times.idle,
}), { busy: 0, idle: 0 });

const only = process.argv.slice(2);
const unsteady = [];
const failed = [];

async function runRing([name, kind, [command, args, env = {}], { onDisplay = false } = {}], isAside) {
  const line = [command, ...args].join(" ");
  console.log(`\n=== ${name}: ${line}${isAside ? ", beside others" : ""}`);
  const start = Date.now();
  const before = processors();
  const display = onDisplay ? await startDisplay() : undefined;
  const ring = { command, args, options: { isAside, env: display ? { ...env, DISPLAY: display.name } : env } };
  let outcome = await run(command, args, ring.options);
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
  const after = processors();
  const busy = after.busy - before.busy;
  return {
    name, passed: broken && kind === "check" ? 0 : passed, unsteady: outcome.unsteady?.length ?? 0, failed: failures + broken,
    seconds: (Date.now() - start) / 1000, busy: busy / (busy + after.idle - before.idle),
  };
}

const wanted = RINGS.filter(([name]) => only.length === 0 || only.some((word) => name.includes(word)));
const isWaiting = ([, , , { waits = false } = {}]) => waits;
const groups = [];
for (const ring of wanted) {
  const last = groups.at(-1);
  if (last && isWaiting(last[0]) && isWaiting(ring)) last.push(ring);
  else groups.push([ring]);
}
const start = Date.now();
const rows = [];
for (const group of groups) rows.push(...await Promise.all(group.map((ring) => runRing(ring, group.length > 1))));

console.log("\nring                       passed  unsteady  failed  seconds   busy");
for (const row of rows) {
  const cells = [String(row.passed).padStart(6), String(row.unsteady).padStart(8), String(row.failed).padStart(6)];
  console.log([row.name.padEnd(25), ...cells, row.seconds.toFixed(1).padStart(7),
    `${Math.round(row.busy * 100)} %`.padStart(5)].join("  "));
}
const total = (key) => rows.reduce((all, row) => all + row[key], 0);
console.log(`\n${((Date.now() - start) / 1000).toFixed(0)} seconds in all\n`);
for (const [word, tests] of [["unsteady", unsteady], ["failed", failed]]) {
  for (const { ring, file, name, error } of tests) console.log([word, ring, file, name, error].filter(Boolean).join(": "));
}
const ranAgain = new Set(unsteady.map(({ ring, file }) => `${ring}: ${file}`)).size;
if (ranAgain > 0) console.log(`${ranAgain} run again, at most ${MOST_UNSTEADY} may be`);
console.log(`${total("passed")} passed, ${total("unsteady")} unsteady, ${total("failed")} failed`);
process.exitCode = total("failed") > 0 || ranAgain > MOST_UNSTEADY ? 1 : 0;
