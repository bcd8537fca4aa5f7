// A lock that is granted just as its tab gives up waiting: whoever aborts a request for a Web Lock too late gets it all the
// same. Another tab's failed refresh is told right before its lock is given back, so that this happens at every such failure.
import assert from "node:assert/strict";
import { test } from "node:test";
import { joinTabs } from "../../src/web/tabs.js";

/** Web Locks whose grants are already on their way when a request is aborted. */
function createLateLocks() {
  const queue = [];
  let isHeld = false;
  const grant = async () => {
    if (isHeld || queue.length === 0) return;
    isHeld = true;
    const { hold, settle } = queue.shift();
    await hold();
    isHeld = false;
    settle();
  };
  return {
    request: (name, options, hold) => new Promise((settle) => queue.push({ hold, settle })),
    grant,
    get isHeld() { return isHeld; },
  };
}

// R02
test("a lock that comes after its tab gave up waiting is let go, and the next wish gets it", async (t) => {
  const locks = createLateLocks();
  const before = Object.getOwnPropertyDescriptor(globalThis, "navigator");
  Object.defineProperty(globalThis, "navigator", { configurable: true, value: { locks } });
  t.after(() => before && Object.defineProperty(globalThis, "navigator", before));
  const tab = joinTabs("session", undefined);
  const first = tab.lock();
  tab.unlock();
  const second = tab.lock();
  await locks.grant();
  assert.equal(await first, false, "nobody waits for it");
  assert.equal(locks.isHeld, false);
  void locks.grant();
  assert.equal(await second, true);
  assert.equal(locks.isHeld, true);
  tab.unlock();
  await new Promise((resolve) => { setTimeout(resolve); });
  assert.equal(locks.isHeld, false);
});
