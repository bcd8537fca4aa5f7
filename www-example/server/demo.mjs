// The whole demo in one process: identity provider, API and page, all on loopback. `make demo` runs it.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { PortTaken } from "./listen.mjs";

const HOST = "127.0.0.1";
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Something the person who started the demo can mend; the message says how. */
class Refusal extends Error {}

function number(name, fallback, { min, max }) {
  const text = process.env[name];
  if (text === undefined || text === "") return fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new Refusal(`${name} must be a whole number from ${min} to ${max}, not "${text}".`);
  }
  return value;
}

function settings() {
  const ports = { min: 1, max: 65535 };
  const port = number("DEMO_PORT", 4400, ports);
  const login = process.env.DEMO_LOGIN || "form";
  if (login !== "form" && login !== "auto") {
    throw new Refusal(`DEMO_LOGIN must be "form" or "auto", not "${login}".`);
  }
  return {
    port,
    opPort: number("DEMO_OP_PORT", port + 1, ports),
    apiPort: number("DEMO_API_PORT", port + 2, ports),
    tokenSeconds: number("DEMO_TOKEN_SECONDS", 600, { min: 2, max: 86400 }),
    login,
  };
}

function checkParts() {
  if (!existsSync(here("../../pkg/index.js"))) {
    throw new Refusal("The package is not built yet: run `make build` first, or `make demo`, which does both.");
  }
  if (!existsSync(here("../node_modules/vite")) || !existsSync(here("../node_modules/tokenward"))) {
    throw new Refusal("The demo's own tools are not installed yet: run `npm ci` in www-example first, or `make demo`.");
  }
}

async function start() {
  const { port, opPort, apiPort, tokenSeconds, login } = settings();
  checkParts();
  // Only now, because these import what checkParts() looks for.
  const { startProvider } = await import("./provider.mjs");
  const { startApi } = await import("./api.mjs");
  const { startSite, checkPort } = await import("./site.mjs");

  const named = async (variable, work) => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof PortTaken)) throw error;
      throw new Refusal(`Port ${error.port} on ${HOST} is already in use: set ${variable} to a free port and try again.`);
    }
  };

  await named("DEMO_PORT", () => checkPort(port, HOST));
  const appOrigin = `http://${HOST}:${port}`;
  const audience = `http://${HOST}:${apiPort}/`;
  const { issuer } = await named("DEMO_OP_PORT", () =>
    startProvider({ port: opPort, host: HOST, appOrigin, apiAudience: audience, tokenSeconds, login }));
  console.log(`provider  ${issuer}  (access tokens live ${tokenSeconds} s, sign-in: ${login})`);
  const { origin: api } = await named("DEMO_API_PORT", () =>
    startApi({ port: apiPort, host: HOST, issuer, appOrigin, audience }));
  console.log(`API       ${api}`);
  console.log("page      building…");
  const { origin } = await startSite({ port, host: HOST, config: { issuer, clientId: "demo-spa", api } });
  console.log("All three are up; Ctrl+C stops them.");
  console.log(`tokenward demo: ${origin}/`);
}

// Nothing here outlives the process: sessions are in memory, and the build's folder goes at exit.
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(0));

start().catch((error) => {
  console.error(error instanceof Refusal ? `tokenward demo: ${error.message}` : error);
  process.exit(1);
});
