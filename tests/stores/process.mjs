// Stores in a process of Node, Deno or Bun, with the packed and installed package.
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { project } from "../package/fixture.mjs";

const bin = (name) => join(import.meta.dirname, "../node_modules/.bin", name);

const ALLOWED = ["--allow-net=127.0.0.1", "--allow-read", "--allow-write", "--allow-env"];

const COMMANDS = {
  Node: [process.execPath],
  Deno: [bin("deno"), "run", "--no-prompt", "--cached-only", "--node-modules-dir=manual", "--unstable-kv", ...ALLOWED],
  Bun: [bin("bun"), "run", "--no-install"],
};

/** Says its port in a line of its own, and ends when nobody can ask any more. */
const MAIN = `
import { createServer } from "node:http";
import { answerFor } from "./agent.mjs";
import { stores } from "./stores.mjs";
const answer = answerFor(stores);
const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  response.end(JSON.stringify(await answer(JSON.parse(Buffer.concat(chunks).toString()))));
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.stdin.on("end", () => process.exit()).resume();
`;

/** Starts a process with the stores that the text of a module exports, and gives the way to ask it. */
export async function startProcess(t, runtime, stores) {
  const root = await project(t, {
    "main.mjs": `import { Buffer } from "node:buffer";\nimport process from "node:process";\n${MAIN}`,
    "agent.mjs": await readFile(join(import.meta.dirname, "agent.mjs"), "utf8"),
    "stores.mjs": stores,
  });
  const [command, ...args] = COMMANDS[runtime];
  const child = spawn(command, [...args, "main.mjs"], {
    cwd: root, stdio: ["pipe", "pipe", "inherit"], env: { ...process.env, DENO_DIR: join(root, ".deno"), NO_COLOR: "1" },
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  t.after(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  const port = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).once("line", resolve);
    void ended.then(() => reject(new Error(`${runtime} ended before it was asked anything`)));
  });
  return async (body) => (await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body: JSON.stringify(body) })).json();
}
