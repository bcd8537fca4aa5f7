// A display that nobody sees, for browsers that have no headless mode.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { within } from "./deadline.mjs";

const START_MS = 60_000;

/** @returns the display's name for DISPLAY, and `close()`, which takes with it whatever is still shown there. */
export async function startDisplay() {
  // Xvfb looks for a free number itself and writes it to the third stream.
  const server = spawn("Xvfb", ["-displayfd", "3", "-screen", "0", "1600x1600x24", "-nolisten", "tcp"], {
    stdio: ["ignore", "ignore", "pipe", "pipe"],
  });
  const said = [];
  server.stderr.on("data", (chunk) => said.push(chunk));
  const ended = new Promise((resolve, reject) => {
    server.once("error", reject);
    server.once("exit", resolve);
  });
  const kill = () => server.kill();
  process.once("exit", kill);
  const number = await within(START_MS, "the display's start", Promise.race([
    once(server.stdio[3], "data").then(([chunk]) => String(chunk).trim()),
    ended.then(() => { throw new Error(`Xvfb ended before it was ready:\n${Buffer.concat(said)}`); }),
  ]));
  return {
    name: `:${number}`,
    async close() {
      process.off("exit", kill);
      kill();
      await ended;
    },
  };
}
