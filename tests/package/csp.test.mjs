// A strict Content-Security-Policy, with the package's files served as they are: no bundler, no import map.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { launchChromium, resultOf } from "./chromium.mjs";
import { installedPackage } from "./fixture.mjs";
import { contentType, startLoopback } from "./loopback.mjs";
import { page, reachTheCore } from "./reach-the-core.mjs";

/** Serves the app and the package under `policy`; the app's provider is on the same origin, so `'self'` covers it. */
async function serve(t, policy, options = {}) {
  const { dir } = await installedPackage();
  const site = await startLoopback(t, async (path, response) => {
    const send = (name, body) => {
      response.writeHead(200, { "content-type": contentType(name), "content-security-policy": policy }).end(body);
      return true;
    };
    if (path === "/") return send("index.html", page("/main.js"));
    if (path === "/main.js") return send(path, reachTheCore({ from: "/tokenward/index.js", issuer: site.issuer, options }));
    const file = /^\/tokenward\/([\w.]+)$/.exec(path)?.[1];
    return file !== undefined && send(file, await readFile(join(dir, file)));
  });
  return site;
}

test("'wasm-unsafe-eval' is all a strict policy must add", async (t) => {
  const { origin } = await serve(t, "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'");
  const seen = await resultOf(await launchChromium(t), `${origin}/`);
  assert.equal(seen.code, "metadata_issuer_mismatch", seen.message);
  assert.equal(seen.isAuthError, true);
});

test("without it the error says which directive is missing", async (t) => {
  const { origin } = await serve(t, "default-src 'self'; script-src 'self'");
  const seen = await resultOf(await launchChromium(t), `${origin}/`);
  assert.equal(seen.isAuthError, true, seen.message);
  assert.equal(seen.code, "wasm_blocked_by_csp");
  assert.equal(seen.name, "ConfigError");
  assert.match(seen.suggestion, /'wasm-unsafe-eval'/);
  // The session is usable all the same: it knows that nobody is signed in.
  assert.equal(seen.ready, "signedOut");
});

test("a worker needs worker-src, and what keeps it away is named in the error", async (t) => {
  const policy = "default-src 'none'; connect-src 'self'; script-src 'self' 'wasm-unsafe-eval'";
  const options = { storage: "worker" };
  const allowed = await serve(t, `${policy}; worker-src 'self'`, options);
  const started = await resultOf(await launchChromium(t), `${allowed.origin}/`);
  assert.equal(started.code, "metadata_issuer_mismatch", started.message);

  const refused = await serve(t, `${policy}; worker-src 'none'`, options);
  const seen = await resultOf(await launchChromium(t), `${refused.origin}/`);
  assert.equal(seen.code, "worker_load_failed", seen.message);
  assert.match(seen.suggestion, /worker-src/);

  const withoutWasm = await serve(t, "default-src 'self'; script-src 'self'", options);
  const blocked = await resultOf(await launchChromium(t), `${withoutWasm.origin}/`);
  assert.equal(blocked.code, "wasm_blocked_by_csp", blocked.message);
});

test("an eager visitor loads two small scripts and nothing else of the package", async (t) => {
  const { origin, requests } = await serve(t, "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'");
  const seen = await resultOf(await launchChromium(t), `${origin}/`);
  assert.equal(seen.wasmBeforeSignIn, false);
  const ofPackage = requests.filter((path) => path.startsWith("/tokenward/"));
  assert.deepEqual(ofPackage.slice(0, 2).sort(), ["/tokenward/auth.js", "/tokenward/index.js"]);
  assert.ok(ofPackage.length > 2, "signIn was to load the rest");
});
