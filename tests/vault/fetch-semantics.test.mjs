// auth.fetch through a worker is fetch: row by row it comes to what native fetch comes to with the same token, as the caller
// and as the server see it.
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { engine } from "../e2e/driver.mjs";
import { difference, outcome, refuseOnce } from "../e2e/fetch-outcomes.mjs";
import { rows } from "../e2e/fetch-rows.mjs";
import { startWireApi } from "../e2e/wire-api.mjs";
import { setUpVault, signedInTab } from "./world.mjs";

/** What is known to differ in an engine, and why. */
const DIFFERENT = {
  chromium: {
    // A stream is locked when it is sent, which is after the worker's word on its URL.
    "a stream": true, "a Request with a body": true,
  },
  firefox: {
    // A worker has no limit for what outlives a page, and says a priority aloud.
    "keepalive with more": true, "keepalive with more text": true, "with everything": true,
  },
  webkit: {
    // Its own fetch leaves such a body, which it sends as text, unread.
    "a stream": true, "a stream without duplex": true, "a Request with a body": true,
    // Its own fetch forgets the reason.
    "of a Request, aborted at once": true, "timed out": true, "of a Request, timed out": true, "aborted while reading": true,
  },
};

const world = setUpVault({}, {}, startWireApi);
let forgetRefused;
beforeEach(() => { forgetRefused = refuseOnce(world); });

/** Chromium's SharedWorkers send no client hints. */
const withoutHints = ({ arrived = [], ...rest }) => ({
  ...rest,
  arrived: arrived.map(({ headers, ...request }) => ({
    ...request, headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith("sec-ch-ua"))),
  })),
});

for (const [group, calls] of Object.entries(rows)) {
  describe(group, () => {
    // B03
    test("through a worker", async () => {
      const tab = await signedInTab(world, world.options("ok", { apis: [`${world.api.origin}/v1`] }));
      const different = {};
      for (const [name, row] of Object.entries(calls)) {
        forgetRefused();
        const native = await outcome(world, tab, row, "native", world.provider.issued.at(-1).access);
        const ours = await outcome(world, tab, row, "fresh", "none");
        const found = difference(withoutHints(native), withoutHints(ours), "fresh");
        if (Boolean(found) !== Boolean(DIFFERENT[engine][name])) different[name] = found;
      }
      assert.deepEqual(different, {});
    });
  });
}
