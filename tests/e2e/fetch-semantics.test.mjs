// auth.fetch is fetch: row by row it comes to what native fetch comes to with the same token, as the caller and as the
// server see it, whether the token is at hand, has to be refreshed first, or is refused at first.
import assert from "node:assert/strict";
import { before, beforeEach, describe, test } from "node:test";
import { engine } from "./driver.mjs";
import { difference, outcome, refuseOnce } from "./fetch-outcomes.mjs";
import { rows } from "./fetch-rows.mjs";
import { letTokensEnd } from "./later.mjs";
import { startWireApi } from "./wire-api.mjs";
import { setUpWorld, signedInTab } from "./world.mjs";

/** What is known to differ in an engine, and why. */
const DIFFERENT = {
  chromium: {
    // A stream is locked when it is sent, which is after the refresh.
    "a stream": ["stale"], "a Request with a body": ["stale"],
  },
  firefox: {
    // Firefox has its limit for a body in the options only, and a body that can change is sent in a Request.
    "keepalive with more": ["fresh", "stale", "refused"],
    // Firefox sends the text "[object ReadableStream]", which could be sent twice; it is not.
    "a stream": ["refused"], "a stream without duplex": ["refused"], "a stream that was read": ["refused"],
  },
};

/** WebKit now and then says AbortError, whatever the signal's reason. We say the reason, or what WebKit said. */
const REASONS = ["mine", "DOMException TimeoutError", "DOMException AbortError"];
const withReason = (native, ours) => {
  const said = [native, ours].map(({ said: { thrown } }) => thrown);
  const isForgotten = engine === "webkit" && said.includes(REASONS.at(-1)) && said.every((reason) => REASONS.includes(reason));
  return isForgotten ? { ...native, said: { ...native.said, thrown: ours.said.thrown } } : native;
};

const world = setUpWorld();
before(async () => { world.api = await startWireApi(); });

let forgetRefused;
beforeEach(() => { forgetRefused = refuseOnce(world); });

for (const [group, calls] of Object.entries(rows)) {
  describe(group, () => {
    for (const who of ["fresh", "stale", "refused"]) {
      // B03
      test(`with a token that is ${who}`, async () => {
        const tab = await signedInTab(world, world.options("ok", { apis: [`${world.api.origin}/v1`] }));
        await letTokensEnd(tab);
        world.provider.log.length = 0;
        const different = {};
        let refusals = 0;
        for (const [name, row] of Object.entries(calls)) {
          forgetRefused();
          const native = await outcome(world, tab, row, "native");
          if (who === "refused" && native.kind.isFirst) continue;
          const ours = await outcome(world, tab, row, who);
          refusals += ours.refused.length;
          const found = difference(withReason(native, ours), ours, who);
          if (Boolean(found) !== Boolean(DIFFERENT[engine]?.[name]?.includes(who))) different[name] = found;
        }
        assert.deepEqual(different, {});
        // Or nothing was tried at all.
        if (who === "stale") assert.ok(world.tokenRequests().length > 0, "no token was refreshed");
        if (who === "refused") assert.ok(refusals > 0, "no token was refused");
        if (who === "fresh") assert.deepEqual(world.tokenRequests(), []);
      });
    }
  });
}
