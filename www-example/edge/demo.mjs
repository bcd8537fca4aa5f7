// The demo with its backend: identity provider and API in this process, and the Worker in wrangler's local runtime, all on
// loopback. `make demo-edge` runs it.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Refusal, run, settings, withPortOf } from "../server/settings.mjs";

const HOST = "127.0.0.1";
const CLIENT = "demo-backend";
const START_MS = 60_000;
/** The runtime asks nobody outside for anything. */
const QUIET = { CI: "1", CLOUDFLARE_CF_FETCH_ENABLED: "false", WRANGLER_SEND_METRICS: "false" };
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const wrangler = here("node_modules/wrangler/bin/wrangler.js");

function checkParts() {
  if (!existsSync(here("../../pkg/edge.js"))) {
    throw new Refusal("The package is not built yet: run `make build` first, or `make demo-edge`, which does both.");
  }
  if (!existsSync(here("../node_modules/vite")) || !existsSync(wrangler)) {
    throw new Refusal("The demo's own tools are not installed yet: run `npm ci` in www-example and in www-example/edge first, or `make demo-edge`.");
  }
}

/** A folder for what this run writes: the secrets, and what the Worker keeps. */
function ownFolder() {
  const folder = mkdtempSync(join(tmpdir(), "tokenward-demo-edge-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The Worker as it is deployed, with the settings of this run in the place of those of wrangler.jsonc. */
async function startWorker({ port, env }) {
  const folder = ownFolder();
  const secrets = join(folder, "secrets.env");
  writeFileSync(secrets, Object.entries(env).map(([name, value]) => `${name}="${value}"\n`).join(""), { mode: 0o600 });
  const worker = spawn(process.execPath, [
    wrangler, "dev", "--local", "--ip", HOST, "--port", String(port), "--inspector-port", "0", "--env-file", secrets,
    "--persist-to", join(folder, "state"), "--show-interactive-dev-session=false", "--log-level", "warn",
  ], { cwd: here("."), stdio: ["ignore", "inherit", "inherit"], env: { ...process.env, ...QUIET } });
  process.on("exit", () => worker.kill());
  const ended = new Promise((resolve) => worker.once("exit", resolve));
  const deadline = Date.now() + START_MS;
  while (Date.now() < deadline) {
    if (await Promise.race([ended.then(() => true), sleep(100)])) throw new Error("the Worker ended before it answered");
    const answer = await fetch(`http://${HOST}:${port}/config.json`).catch(() => null);
    if (answer?.ok) return;
  }
  throw new Error("the Worker did not answer");
}

run(async () => {
  const { port, opPort, apiPort, tokenSeconds, login } = settings();
  checkParts();
  // Only now, because these import what checkParts() looks for.
  const { build } = await import("vite");
  const { startProvider } = await import("../server/provider.mjs");
  const { startApi } = await import("../server/api.mjs");
  const { checkPort } = await import("../server/site.mjs");

  await withPortOf("DEMO_PORT", () => checkPort(port, HOST));
  const appOrigin = `http://${HOST}:${port}`;
  const audience = `http://${HOST}:${apiPort}/`;
  const secret = randomBytes(32).toString("base64url");
  const { issuer } = await withPortOf("DEMO_OP_PORT", () => startProvider({
    port: opPort, host: HOST, appOrigin, apiAudience: audience, tokenSeconds, login, backend: { clientId: CLIENT, clientSecret: secret },
  }));
  console.log(`provider  ${issuer}  (access tokens live ${tokenSeconds} s, sign-in: ${login})`);
  const { origin: api } = await withPortOf("DEMO_API_PORT", () =>
    startApi({ port: apiPort, host: HOST, issuer, appOrigin, audience }));
  console.log(`API       ${api}`);
  console.log("page      building…");
  await build({ root: here(".."), logLevel: "warn" });
  await startWorker({
    port,
    env: {
      ORIGIN: appOrigin, ISSUER: issuer, CLIENT_ID: CLIENT, API_URL: api,
      CLIENT_SECRET: secret, SESSION_KEYS: randomBytes(32).toString("base64url"),
    },
  });
  console.log("All three are up; Ctrl+C stops them.");
  console.log(`tokenward demo: ${appOrigin}/`);
});
