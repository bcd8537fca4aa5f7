import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, preview } from "vite";
import { listen } from "./listen.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * The page: a production build, served by Vite's preview server. What differs between runs (ports) reaches the page as
 * `/config.json`, so that the build is the same for all of them.
 *
 * @param {{ port: number, host?: string, config: { issuer: string, clientId: string, api: string } }} options
 * @returns {Promise<{ origin: string, close(): Promise<void> }>}
 */
export async function startSite({ port, host = "127.0.0.1", config }) {
  const origin = `http://${host}:${port}`;
  // A folder of its own, so that a second demo on other ports does not pull the files from under the first.
  const outDir = mkdtempSync(join(tmpdir(), "tokenward-demo-"));
  // At exit and not in close(): Vite ends the process by itself on some signals.
  process.on("exit", () => rmSync(outDir, { recursive: true, force: true }));

  await build({ root, logLevel: "warn", build: { outDir, emptyOutDir: true } });
  const server = await preview({
    root,
    logLevel: "warn",
    build: { outDir },
    preview: { host, port, strictPort: true, cors: false, headers: headers(config) },
    plugins: [answerConfig(config, origin)],
  });
  return { origin, close: () => server.close() };
}

/** Throws `PortTaken` where the port is held: Vite would say so only after the build. */
export async function checkPort(port, host = "127.0.0.1") {
  const { close } = await listen(port, host);
  await close();
}

function headers({ issuer, api }) {
  return {
    "content-security-policy": [
      "default-src 'self'",
      "script-src 'self' 'wasm-unsafe-eval'",
      "style-src 'self'",
      `connect-src 'self' ${issuer} ${api}`,
      // The provider is asked without the user in a frame, which comes back to this page.
      `frame-src 'self' ${issuer}`,
      "object-src 'none'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'self'",
    ].join("; "),
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
  };
}

function answerConfig(config, origin) {
  return {
    name: "tokenward-demo-config",
    configurePreviewServer({ middlewares }) {
      middlewares.use((request, response, next) => {
        // The provider knows the page under one name: `localhost` is another origin, and a dead end.
        if (`http://${request.headers.host}` !== origin) {
          response.writeHead(307, { location: `${origin}${new URL(request.url, origin).pathname}` }).end();
          return;
        }
        if (request.url !== "/config.json") return next();
        response.writeHead(200, { "content-type": "application/json", "cache-control": "no-store" });
        response.end(JSON.stringify(config));
      });
    },
  };
}
