// Where the wasm comes from: the package's own file, a URL or a module of the app's; and what a failure leaves behind.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { openPage, setUpWorld } from "./world.mjs";

const world = setUpWorld();

// The core refuses this provider's metadata: an error that only the wasm can give, and the page stays.
const options = (changes = {}) => world.options("metadata-issuer-foreign", changes);

async function outcomes(changes, calls = 1) {
  const tab = await world.newTab();
  await openPage(tab, `${world.host.origin}/`);
  return tab.evaluate(async ([given, count]) => {
    const { createAuth } = await import("/pkg/index.js");
    if (given.wasm === "module") given.wasm = await WebAssembly.compileStreaming(fetch("/pkg/tokenward_bg.wasm"));
    const auth = createAuth(given);
    const seen = [];
    for (let i = 0; i < count; i += 1) {
      seen.push(await auth.signIn().then(() => null, ({ code, retryable }) => ({ code, retryable })));
    }
    return seen;
  }, [options(changes), calls]);
}

const reachedTheCore = { code: "metadata_issuer_mismatch", retryable: false };
const loadFailed = { code: "wasm_load_failed", retryable: true };

describe("the wasm", () => {
  test("comes from the package by itself", async () => {
    assert.deepEqual(await outcomes({}), [reachedTheCore]);
  });

  test("comes from the URL of the option", async () => {
    assert.deepEqual(await outcomes({ wasm: "/pkg/tokenward_bg.wasm?mine" }), [reachedTheCore]);
    assert.ok(world.host.log.some(({ path, query }) => `${path}?${new URLSearchParams(query)}`.includes("mine")));
  });

  test("may be a module that the app compiled", async () => {
    assert.deepEqual(await outcomes({ wasm: "module" }), [reachedTheCore]);
  });

  test("works with a media type that is not its own", async () => {
    assert.deepEqual(await outcomes({ wasm: "/wasm-as-text" }), [reachedTheCore]);
  });

  test("that fails to load once is loaded at the next call", async () => {
    const once = `/wasm-away-once/${crypto.randomUUID()}`;
    assert.deepEqual(await outcomes({ wasm: once }, 2), [loadFailed, reachedTheCore]);
  });

  test("that is not there says so each time", async () => {
    assert.deepEqual(await outcomes({ wasm: "/nowhere.wasm" }, 2), [loadFailed, loadFailed]);
  });
});
