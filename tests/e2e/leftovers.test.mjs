// After dispose() nothing of a session is left in the page. After a sign-out there is only what hears of a sign-in in another
// tab: one channel and the events of a page that comes back, for each Auth. Left out is the request under way: it ends by
// itself, nothing follows it, and its patience (AbortSignal.timeout) with it.
import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { installLedger } from "./ledger.mjs";
import { setTimeout as sleep } from "node:timers/promises";
import { openPage, setUpWorld, toCallback, until } from "./world.mjs";

const ANSWER_MS = 700;
const DATABASE_MS = 250;

const world = setUpWorld();
afterEach(() => world.provider.control({ tokenSeconds: 900, tokenDelayMs: 0 }));

const MAY_HEAR_A_SIGN_IN = /^(channel|listener BroadcastChannel message|listener \w+ (visibilitychange|pageshow|focus|online|storage))$/;

/** A signed-in page, and what was open in it before there was an Auth. */
async function signedInWithLedger(options) {
  const tab = await world.newTab();
  await toCallback(tab, world, options);
  await tab.evaluate(installLedger);
  const before = await tab.evaluate(() => ledger.open());
  const session = await tab.evaluate((given) => harness.start(given), options);
  assert.equal(session.status, "signedIn", JSON.stringify(session));
  return { tab, before };
}

/** What was opened since, when no request is under way any more. */
async function left({ tab, before }) {
  await until("the end of all requests", () => tab.evaluate(() => ledger.requests.open === 0));
  // What was asked of the database under a timer is answered.
  await sleep(DATABASE_MS);
  // The answer's own steps are over with the next task.
  await tab.evaluate(() => new Promise((resolve) => { requestAnimationFrame(resolve); }));
  const rest = [...before];
  return (await tab.evaluate(() => ledger.open())).filter((entry) => {
    const known = rest.indexOf(entry);
    if (known >= 0) rest.splice(known, 1);
    return known < 0;
  });
}

function assertOnlyHears(entries, auths) {
  assert.deepEqual(entries.filter((entry) => !MAY_HEAR_A_SIGN_IN.test(entry)), []);
  for (const entry of new Set(entries)) {
    const count = entries.filter((other) => other === entry).length;
    assert.ok(count <= auths, `${count} times: ${entry}`);
  }
}

const refreshUnderWay = (tab) => until("a refresh", () => tab.evaluate(() => harness.auth.inspect().refreshing));

// Each prepares its moment and says how many calls wait for an answer in it, which are in `outcomes`.
const moments = {
  "with nothing under way": async () => 0,
  "with a refresh under way": async (tab) => {
    world.provider.control({ tokenDelayMs: ANSWER_MS });
    await tab.evaluate(() => {
      globalThis.outcomes = [harness.outcome(() => harness.auth.getAccessToken({ force: true }))];
    });
    await refreshUnderWay(tab);
    return 1;
  },
  "with fetches waiting for a token": async (tab) => {
    // The token is over before the answer comes.
    world.provider.control({ tokenDelayMs: 3 * ANSWER_MS });
    await until("a refresh too late", () => tab.evaluate(
      () => harness.auth.inspect().refreshing && Date.now() > harness.auth.session.expiresAt,
    ));
    await tab.evaluate((url) => {
      globalThis.outcomes = Array.from({ length: 20 }, () => harness.outcome(() => harness.auth.fetch(url)));
    }, `${world.provider.origin}/api/v1/notes`);
    return 20;
  },
  "after a refresh that failed": async (tab) => {
    await tab.setOffline(true);
    await tab.evaluate(() => harness.outcome(() => harness.auth.getAccessToken({ force: true })));
    assert.ok(await tab.evaluate(() => harness.session().stale));
    await tab.setOffline(false);
    return 0;
  },
};

async function atMoment(name, storage) {
  world.provider.control({ tokenSeconds: name.includes("fetches") ? 1 : 900 });
  const page = await signedInWithLedger(world.options("ok", { storage }));
  const waiting = await moments[name](page.tab);
  return { ...page, waiting };
}

async function assertAllAnswered({ tab, waiting }, code) {
  if (waiting === 0) return;
  const codes = await tab.evaluate(async () => (await Promise.all(outcomes)).map(({ error }) => error?.code));
  assert.deepEqual(codes, Array(waiting).fill(code));
}

test("the ledger sees each kind, and its end", async () => {
  const tab = await world.newTab();
  await openPage(tab, `${world.host.origin}/`);
  await tab.evaluate(installLedger);
  const before = await tab.evaluate(() => ledger.open());
  await tab.evaluate(async () => {
    const [heard, ended, release] = [() => {}, new AbortController(), Promise.withResolvers()];
    const timers = [setTimeout(heard, 60_000), setInterval(heard, 60_000)];
    addEventListener("focus", heard);
    addEventListener("focus", heard, true);
    document.addEventListener("visibilitychange", heard, { signal: ended.signal });
    window.onpageshow = heard;
    const [channel, { port1 }] = [new BroadcastChannel("a"), new MessageChannel()];
    const [worker, shared] = [new Worker("/harness.js"), new SharedWorker("/harness.js")];
    void navigator.locks.request("a", () => release.promise);
    const database = await new Promise((resolve) => {
      const request = indexedDB.open("a");
      request.onsuccess = () => resolve(request.result);
    });
    globalThis.endAll = () => {
      timers.forEach((id) => clearTimeout(id));
      removeEventListener("focus", heard);
      removeEventListener("focus", heard, { capture: true });
      ended.abort();
      window.onpageshow = null;
      channel.close();
      port1.close();
      worker.terminate();
      shared.port.close();
      release.resolve();
      database.close();
    };
  });
  assert.deepEqual(await left({ tab, before }), [
    "channel", "database", "handler onpageshow", "listener HTMLDocument visibilitychange", "listener Window focus",
    "listener Window focus", "lock a", "ports", "shared worker", "timer", "timer", "worker",
  ]);
  await tab.evaluate(() => globalThis.endAll());
  await until("the end of all", async () => (await left({ tab, before })).length === 0);
});

test("the ledger sees what a session has open", async () => {
  const page = await signedInWithLedger(world.options("ok"));
  const open = await left(page);
  for (const entry of ["timer", "listener Window pageshow", "listener HTMLDocument visibilitychange"]) {
    assert.ok(open.includes(entry), `${entry} is not in: ${open.join(", ")}`);
  }
});

for (const storage of ["memory", "session"]) {
  for (const moment of Object.keys(moments)) {
    describe(`${storage}, ${moment}`, () => {
      test("nothing is left after dispose", async () => {
        const page = await atMoment(moment, storage);
        await page.tab.evaluate(() => harness.auth.dispose());
        await assertAllAnswered(page, "disposed");
        assert.deepEqual(await left(page), []);
      });

      test("after a sign-out only what hears a sign-in elsewhere, and nothing after dispose", async () => {
        const page = await atMoment(moment, storage);
        await page.tab.evaluate(() => harness.auth.signOut({ scope: "local", revoke: false }));
        await assertAllAnswered(page, "not_signed_in");
        assertOnlyHears(await left(page), 1);
        const { session, local } = await page.tab.evaluate(() => harness.stored());
        assert.doesNotMatch(JSON.stringify([session, local]), /access-|refresh-/);
        await page.tab.evaluate(() => harness.auth.dispose());
        assert.deepEqual(await left(page), []);
      });
    });
  }
}

describe("two of them in one page", () => {
  const options = () => world.options("ok", { storage: "session" });

  async function two() {
    const page = await signedInWithLedger(options());
    const session = await page.tab.evaluate((given) => {
      globalThis.first = harness.auth;
      return harness.start(given);
    }, options());
    assert.equal(session.status, "signedIn", "the second one restores the first one's session");
    return page;
  }

  test("each dispose takes its own away and leaves the other's", async () => {
    const page = await two();
    const both = await left(page);
    await page.tab.evaluate(() => globalThis.first.dispose());
    const one = await left(page);
    assert.ok(one.length > 0 && one.length < both.length, `${both.length} entries, then ${one.length}`);
    const url = `${world.provider.origin}/api/v1/notes`;
    assert.deepEqual(await page.tab.evaluate((target) => harness.outcome(() => harness.auth.fetch(target)), url), { value: { status: 200 } });
    await page.tab.evaluate(() => harness.auth.dispose());
    assert.deepEqual(await left(page), []);
  });

  test("after both have signed out only what hears a sign-in elsewhere", async () => {
    const page = await two();
    await page.tab.evaluate(async () => {
      for (const auth of [globalThis.first, harness.auth]) await auth.signOut({ scope: "local", revoke: false });
    });
    assertOnlyHears(await left(page), 2);
  });
});

test("one that is disposed of while it starts leaves nothing", async () => {
  const tab = await world.newTab();
  const options = world.options("ok");
  await toCallback(tab, world, options);
  await tab.evaluate(installLedger);
  const before = await tab.evaluate(() => ledger.open());
  await tab.evaluate(async (given) => {
    const { createAuth } = await import("/pkg/index.js");
    const auth = createAuth(given);
    auth.dispose();
    await auth.ready;
  }, options);
  assert.deepEqual(await left({ tab, before }), []);
});
