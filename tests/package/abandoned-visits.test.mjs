// Windows for sign-ins that were abandoned before they were on their way: what is in them is loaded with the first.
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { build } from "esbuild";

const source = fileURLToPath(new URL("../../pkg-template/src/visits.ts", import.meta.url));
/** Says of each window whether it was abandoned before it was sent on. */
const WINDOWS = `
  export const popup = (url, state, abandoned, { name }) => ({ name, isAbandoned: abandoned.aborted });
  export const frame = (url, state, abandoned) => ({ isAbandoned: abandoned.aborted });
`;
const fakeWindows = {
  name: "windows",
  setup(bundler) {
    bundler.onResolve({ filter: /\/windows\.js$/ }, ({ path }) => ({ path, namespace: "fake" }));
    bundler.onLoad({ filter: /.*/, namespace: "fake" }, () => ({ contents: WINDOWS }));
  },
};
const { outputFiles } = await build({ entryPoints: [source], bundle: true, format: "esm", write: false, plugins: [fakeWindows] });
const { createVisits } = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);

const visit = (visits, window) => visits.visit(window, "https://op.example/authorize", "state");

test("a window that was abandoned while its part was on the way is not sent on, and the next one is", async () => {
  const visits = createVisits();
  visits.open({ name: "one" });
  const popup = visit(visits, "popup");
  const frame = visit(visits, "frame");
  visits.leave();
  visits.open({ name: "two" });
  assert.deepEqual(await popup, { name: "one", isAbandoned: true });
  assert.deepEqual(await frame, { isAbandoned: true });
  assert.deepEqual(await visit(visits, "popup"), { name: "two", isAbandoned: false });
  assert.deepEqual(await visit(visits, "frame"), { isAbandoned: false });
});

test("a window that was open before the sign-in was abandoned is not sent on after", async () => {
  const visits = createVisits();
  visits.open({ name: "one" });
  visits.leave();
  assert.deepEqual(await visit(visits, "popup"), { name: "one", isAbandoned: true });
});

test("after the end for good no window is sent on", async () => {
  const visits = createVisits();
  visits.end();
  visits.open({ name: "one" });
  assert.deepEqual(await visit(visits, "popup"), { name: "one", isAbandoned: true });
  assert.deepEqual(await visit(visits, "frame"), { isAbandoned: true });
});

test("a window whose call is over is passed by", async () => {
  const visits = createVisits();
  visits.open({ name: "one", isOver: true });
  visits.open({ name: "two" });
  assert.deepEqual(await visit(visits, "popup"), { name: "two", isAbandoned: false });
});
