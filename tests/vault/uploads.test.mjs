// Bodies that are streams, through the worker and over HTTP/2, without which Chromium sends none; the others have none.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { engine } from "../e2e/driver.mjs";
import { startHttp2Api } from "./http2-api.mjs";
import { setUpVault, signedInTab, until } from "./world.mjs";

const world = setUpVault({}, {}, startHttp2Api);

/** Begins an upload whose pieces come from the tests; the page keeps its outcome. */
async function begin(path) {
  const tab = await signedInTab(world, world.options("ok"));
  world.api.log.length = 0;
  world.provider.log.length = 0;
  await tab.evaluate((url) => {
    globalThis.aborting = new AbortController();
    const body = new ReadableStream({
      start: (controller) => { globalThis.upload = controller; },
      cancel: () => { globalThis.isCancelled = true; },
    }).pipeThrough(new TextEncoderStream());
    globalThis.outcome = harness.outcome(async () => {
      const response = await harness.auth.fetch(url, { method: "POST", body, duplex: "half", signal: aborting.signal });
      return [response.status, await response.text()];
    });
  }, world.api.origin + path);
  return tab;
}

const send = async (tab, piece) => {
  await tab.evaluate((text) => upload.enqueue(text), piece);
  await until(`${piece} at the API`, () => world.api.log[0]?.pieces.includes(piece));
};

describe("a stream as a body", { skip: engine !== "chromium" && "only Chromium has them" }, () => {
  test("arrives in pieces, as they are made", async () => {
    const tab = await begin("/upload");
    await send(tab, "one ");
    await send(tab, "two ");
    assert.equal(world.api.log[0].hasEnded, false);
    await send(tab, "three");
    await tab.evaluate(() => upload.close());
    assert.deepEqual(await tab.evaluate(() => outcome), { value: [200, "one two three"] });
    assert.equal(world.api.log.length, 1);
    assert.match(world.api.log[0].authorization, /^Bearer ./);
  });

  test("ends where its caller gives up in the middle", async () => {
    const tab = await begin("/upload");
    await send(tab, "one ");
    await tab.evaluate(() => aborting.abort(new RangeError("enough")));
    const { error } = await tab.evaluate(() => outcome);
    assert.deepEqual([error.name, error.message], ["RangeError", "enough"]);
    // With which code is not for us to say: of 120 uploads that Chromium's own fetch gave up, 61 ended with 8 and 59 with 0.
    await until("the end at the API", () => world.api.log[0].isClosed);
    await until("the end of the stream", () => tab.evaluate(() => globalThis.isCancelled === true));
    assert.deepEqual(world.api.log.map(({ pieces }) => pieces), [["one "]]);
  });

  test("is not sent again where the API refuses it in the middle", async () => {
    const tab = await begin("/refuse");
    await send(tab, "one ");
    await tab.evaluate(() => {
      upload.enqueue("two ");
      upload.close();
    });
    assert.deepEqual(await tab.evaluate(() => outcome), { value: [401, ""] });
    assert.deepEqual(world.api.log.map(({ pieces }) => pieces[0]), ["one "]);
    assert.deepEqual(world.provider.incidents, []);
  });
});
