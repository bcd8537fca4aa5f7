// A tab that leaves: what is still to be said is said, and then its channel is closed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { joinTabs } from "../../src/web/tabs.js";

const createChannel = () => {
  const said = [];
  return { said, onmessage() {}, close: () => said.push("closed"), postMessage: (text) => said.push(text) };
};

/** Web Locks that nobody else wants. */
function withLocks(t) {
  const before = Object.getOwnPropertyDescriptor(globalThis, "navigator");
  const locks = { request: async (name, options, hold) => hold() };
  Object.defineProperty(globalThis, "navigator", { configurable: true, value: { locks } });
  t.after(() => (before ? Object.defineProperty(globalThis, "navigator", before) : delete globalThis.navigator));
}

test("a tab that leaves hears no more, and its channel carries what it says until it unlocks", async (t) => {
  withLocks(t);
  for (const isHeld of [false, true]) {
    const channel = createChannel();
    const tab = joinTabs("session", channel);
    if (isHeld) await tab.lock();
    tab.leave();
    assert.equal(channel.onmessage, null);
    tab.say("over");
    tab.unlock();
    assert.deepEqual(channel.said, ["over", "closed"], `isHeld: ${isHeld}`);
  }
});

test("a tab that stays keeps its channel when it unlocks", async (t) => {
  withLocks(t);
  const channel = createChannel();
  const tab = joinTabs("session", channel);
  await tab.lock();
  tab.unlock();
  tab.unlock();
  tab.say("offer");
  assert.deepEqual(channel.said, ["offer"]);
});
