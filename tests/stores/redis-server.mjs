// A Redis server of the tests' own, on loopback, that keeps nothing on disk.
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A port that nobody has: the server cannot be told to find one by itself. */
const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer().once("error", reject).listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

async function attempt(folder) {
  const port = await freePort();
  const child = spawn("redis-server", [
    "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder,
  ].map(String), { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve, reject) => child.once("exit", resolve).once("error", reject));
  let printed = "";
  const isReady = await Promise.race([
    ended.then(() => false),
    new Promise((resolve) => child.stdout.on("data", (chunk) => {
      printed += chunk;
      if (/Ready to accept connections/.test(printed)) resolve(true);
    })),
  ]);
  const stop = async () => {
    child.kill("SIGKILL");
    await ended;
  };
  return isReady ? { port, stop } : undefined;
}

/** Starts a server, and ends it with test `t` (or file). */
export async function startRedis(t) {
  const folder = await mkdtemp(join(tmpdir(), "tokenward-redis-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  // Somebody else may take the port before the server does.
  for (let tries = 0; tries < 5; tries += 1) {
    const server = await attempt(folder);
    if (!server) continue;
    t.after(server.stop);
    return server;
  }
  throw new Error("redis-server does not start");
}
