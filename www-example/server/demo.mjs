// The whole demo in one process: identity provider, API and page, all on loopback. `make demo` runs it.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Refusal, run, settings, withPortOf } from "./settings.mjs";

const HOST = "127.0.0.1";
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

function checkParts() {
  if (!existsSync(here("../../pkg/index.js"))) {
    throw new Refusal("The package is not built yet: run `make build` first, or `make demo`, which does both.");
  }
  if (!existsSync(here("../node_modules/vite")) || !existsSync(here("../node_modules/tokenward"))) {
    throw new Refusal("The demo's own tools are not installed yet: run `npm ci` in www-example first, or `make demo`.");
  }
}

run(async () => {
  const { port, opPort, apiPort, tokenSeconds, login } = settings();
  checkParts();
  // Only now, because these import what checkParts() looks for.
  const { startProvider } = await import("./provider.mjs");
  const { startApi } = await import("./api.mjs");
  const { startSite, checkPort } = await import("./site.mjs");

  await withPortOf("DEMO_PORT", () => checkPort(port, HOST));
  const appOrigin = `http://${HOST}:${port}`;
  const audience = `http://${HOST}:${apiPort}/`;
  const { issuer } = await withPortOf("DEMO_OP_PORT", () =>
    startProvider({ port: opPort, host: HOST, appOrigin, apiAudience: audience, tokenSeconds, login }));
  console.log(`provider  ${issuer}  (access tokens live ${tokenSeconds} s, sign-in: ${login})`);
  const { origin: api } = await withPortOf("DEMO_API_PORT", () =>
    startApi({ port: apiPort, host: HOST, issuer, appOrigin, audience }));
  console.log(`API       ${api}`);
  console.log("page      building…");
  const { origin } = await startSite({ port, host: HOST, config: { issuer, clientId: "demo-spa", api } });
  console.log("All three are up; Ctrl+C stops them.");
  console.log(`tokenward demo: ${origin}/`);
});
