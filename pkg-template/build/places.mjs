// Where things are, and how a tool is run.

import { execFile } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const template = join(dirname(fileURLToPath(import.meta.url)), "..");
export const root = join(template, "..");
export const pkg = join(root, "pkg");

/** What is made on the way: the glue of each entry, each in a folder of its own. */
export const made = join(root, "target/npm");

/** Runs a tool to its end and gives what it printed. */
export const run = async (command, args, env = process.env) => {
  const running = promisify(execFile)(command, args, { cwd: root, env, maxBuffer: 1 << 26 });
  running.child.stdin.end();
  return (await running).stdout;
};
