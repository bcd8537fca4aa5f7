// A tab that is behind asks the others for the newer tokens. Whoever waits for a token meanwhile is told what comes of it at
// once: nothing else happens in a quiet tab that would bring it up.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { until } from "../e2e/world.mjs";
import { setUpTabs } from "./world.mjs";

const world = setUpTabs();
let tab;

/** Makes the tab one token set behind, and has it ask; `answer` is called with what it last said, where it asks. */
const wantWhileBehind = (answer) => tab.evaluate(async ([issuer, given]) => {
  const name = `tokenward.session.${issuer} spa-rs256`;
  const others = new BroadcastChannel(name);
  const offer = new Promise((resolve) => { others.onmessage = ({ data }) => resolve(JSON.parse(data)); });
  await harness.auth.getAccessToken({ force: true });
  const newest = await offer;
  const { promise: written, resolve, reject } = Promise.withResolvers();
  const opening = indexedDB.open("tokenward");
  opening.onerror = () => reject(opening.error);
  opening.onsuccess = () => {
    const change = opening.result.transaction("marks", "readwrite");
    change.objectStore("marks").put({ generation: newest.generation + 1, over: false }, name);
    change.oncomplete = resolve;
  };
  await written;
  opening.result.close();
  others.onmessage = ({ data }) => {
    if (given && "ask" in JSON.parse(data)) {
      others.postMessage(JSON.stringify({ ...newest, generation: newest.generation + 1, access_token: given }));
    }
  };
  globalThis.outcome = undefined;
  void harness.outcome(() => harness.auth.getAccessToken({ force: true })).then((outcome) => { globalThis.outcome = outcome; });
}, [world.provider.issuer, answer]);

const outcome = () => until("the call to end", () => tab.evaluate(() => globalThis.outcome), 10_000);

beforeEach(async () => {
  tab = await (await world.newProfile()).newTab();
  await world.signIn(tab, "behind");
});

// R02
test("a call that waits gets the token that another tab hands over", async () => {
  await wantWhileBehind("handed-over");
  assert.deepEqual(await outcome(), { value: "handed-over" });
});

// R02
test("a call that waits is told that nobody hands it over", async () => {
  await wantWhileBehind("");
  assert.equal((await outcome()).error?.code, "tokens_elsewhere");
});
