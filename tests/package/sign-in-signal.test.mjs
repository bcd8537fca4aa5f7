// The signal that a sign-in is given up by: it may be one for the life of the app, and nothing is to stay on it.
import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { build } from "esbuild";

const source = fileURLToPath(new URL("../../pkg-template/src/auth.ts", import.meta.url));
const { outputFiles } = await build({
  entryPoints: [source], bundle: true, format: "esm", write: false, define: { VERSION: '"0"' },
  external: ["*/engine.js", "*/engine.full.js", "*/engine.login.js", "*/bff.js", "*/diagnose.js", "*/windows.js"],
});
const { createAuthOn } = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);

test("a sign-in that ended leaves nothing on its signal", async () => {
  const auth = createAuthOn(() => "core.wasm")({ issuer: "https://op.example", clientId: "app" });
  const { signal } = new AbortController();
  for (const mode of ["popup", "redirect"]) await assert.rejects(auth.signIn({ mode, signal }), { code: "not_in_browser" });
  assert.equal(getEventListeners(signal, "abort").length, 0);
});

test("a sign-in whose signal aborts is given up with the signal's reason", async () => {
  const auth = createAuthOn(() => "core.wasm")({ issuer: "https://op.example", clientId: "app" });
  const stopping = new AbortController();
  const outcome = auth.signIn({ signal: stopping.signal });
  stopping.abort(new Error("enough"));
  await assert.rejects(outcome, /enough/);
});
