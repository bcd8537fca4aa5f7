// Starts the real demo (oidc-provider, API and page) as a person would, on free ports, with sign-in without a form.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { within } from "./deadline.mjs";

const scriptAt = (path) => fileURLToPath(new URL(`../../www-example/${path}`, import.meta.url));
const READY_TIMEOUT_MS = 90_000;

/**
 * @param {string} [options.script] Which demo: below www-example. Default: that without a backend.
 * @returns {Promise<{ url: string, providerOrigin: string, apiOrigin: string, stop: () => Promise<void> }>}
 */
export async function startDemo({ tokenSeconds = 600, script = "server/demo.mjs" } = {}) {
  const [port, providerPort, apiPort] = await freePorts(3);
  const demo = spawn(process.execPath, [scriptAt(script)], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      DEMO_PORT: port,
      DEMO_OP_PORT: providerPort,
      DEMO_API_PORT: apiPort,
      DEMO_TOKEN_SECONDS: tokenSeconds,
      DEMO_LOGIN: "auto",
    },
  });
  const exited = once(demo, "exit");
  const stop = async () => {
    if (demo.exitCode === null) demo.kill("SIGTERM");
    await exited;
  };
  try {
    return {
      url: await readyUrl(demo, exited),
      providerOrigin: `http://127.0.0.1:${providerPort}`,
      apiOrigin: `http://127.0.0.1:${apiPort}`,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function readyUrl(demo, exited) {
  const said = [];
  createInterface({ input: demo.stderr }).on("line", (line) => said.push(line));
  const ready = new Promise((resolve) => {
    createInterface({ input: demo.stdout }).on("line", (line) => {
      said.push(line);
      const found = /^tokenward demo: (http:\/\/\S+)$/.exec(line);
      if (found) resolve(found[1]);
    });
  });
  const ended = exited.then(() => null);
  const url = await within(READY_TIMEOUT_MS, "the demo's start", Promise.race([ready, ended]));
  if (url === null) throw new Error(`the demo ended before it was ready:\n${said.join("\n")}`);
  return url;
}

// Held open together, so that no port is found twice.
async function freePorts(count) {
  const servers = await Promise.all(Array.from({ length: count }, async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    return server;
  }));
  const ports = servers.map((server) => String(server.address().port));
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
