// `make fuzz`: builds every target once, runs each for FUZZ_SECONDS from its committed seeds, and ends with a table.

import { spawn } from "node:child_process";
import { cpSync, readdirSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..");
const scratch = join(process.env.CARGO_TARGET_DIR ?? join(root, "target"), "fuzz");

const seconds = Number(process.env.FUZZ_SECONDS || 60);
if (!Number.isSafeInteger(seconds) || seconds < 1) {
  console.error(`FUZZ_SECONDS is a whole number of seconds, and not "${process.env.FUZZ_SECONDS}"`);
  process.exit(1);
}

/** An input that takes longer than this is a fault as well. */
const SLOWEST_SECONDS = 10;

const targets = readdirSync(join(here, "fuzz_targets"))
  .filter((name) => name.endsWith(".rs"))
  .map((name) => name.slice(0, -".rs".length))
  .sort();

/** Runs cargo-fuzz, and shows each line that `shows` lets through. */
const cargoFuzz = async (command, args, shows) => {
  const options = ["+nightly", "fuzz", command, "--target-dir", join(scratch, "build"), ...args];
  const child = spawn("cargo", options, { cwd: root, stdio: ["ignore", "inherit", "pipe"] });
  const closed = new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
  const lines = [];
  for await (const line of createInterface({ input: child.stderr })) {
    lines.push(line);
    if (shows(line)) console.error(line);
  }
  return { code: await closed, output: lines.join("\n") };
};

/** libFuzzer tells of every new path through the code; its pulse, and whatever goes wrong, is enough to read. */
const NOISE = [
  /^INFO: /,
  /^#\d+\s+(INITED|NEW|REDUCE|RELOAD) /,
  /^\s*NEW_FUNC/,
  /^stat::/,
  /^(######|".*" # Uses: )/, // a dictionary that it recommends
  /^\s*(Finished|Running) /, // cargo
];
const isNoise = (line) => NOISE.some((pattern) => pattern.test(line));

const statistic = (output, name) => Number(output.match(new RegExp(`^stat::${name}:\\s*(\\d+)`, "m"))?.[1] ?? 0);

console.log(`=== building ${targets.length} targets (a minute or two the first time)`);
if ((await cargoFuzz("build", [], () => true)).code !== 0) process.exit(1);

const rows = [];
for (const [index, target] of targets.entries()) {
  const seeds = join(here, "corpus", target);
  const corpus = join(scratch, "corpus", target);
  // What is found goes to a copy, so that the seeds stay those that somebody chose.
  rmSync(corpus, { recursive: true, force: true });
  cpSync(seeds, corpus, { recursive: true });
  console.log(`\n=== ${index + 1}/${targets.length} ${target}: ${seconds} s from ${readdirSync(seeds).length} seeds`);
  const limits = [`-max_total_time=${seconds}`, `-timeout=${SLOWEST_SECONDS}`, "-print_final_stats=1"];
  const { code, output } = await cargoFuzz("run", [target, corpus, "--", ...limits], (line) => !isNoise(line));
  rows.push({
    target,
    executions: statistic(output, "number_of_executed_units"),
    perSecond: statistic(output, "average_exec_per_sec"),
    corpus: readdirSync(corpus).length,
    crashes: code === 0 ? 0 : 1,
    artifact: output.match(/Test unit written to (.+)$/m)?.[1],
  });
}

const COLUMNS = { executions: "executions", perSecond: "exec/s", corpus: "corpus", crashes: "crashes" };
const number = (value) => value.toLocaleString("en-US");
const print = (name, cells) => console.log([name.padEnd(20), ...cells.map((cell) => cell.padStart(11))].join(" "));
console.log();
print("target", Object.values(COLUMNS));
for (const row of rows) print(row.target, Object.keys(COLUMNS).map((key) => number(row[key])));

const crashed = rows.filter(({ crashes }) => crashes > 0);
if (crashed.length > 0) console.log();
for (const { target, artifact } of crashed) {
  console.log(`${target} crashed: ${artifact ? relative(root, artifact) : "it wrote no artifact, see its output above"}`);
}
const total = (key) => number(rows.reduce((all, row) => all + row[key], 0));
console.log(`\n${rows.length} targets, ${total("executions")} executions, ${total("crashes")} crashes`);
process.exitCode = crashed.length > 0 ? 1 : 0;
