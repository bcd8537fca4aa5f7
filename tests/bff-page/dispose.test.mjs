// storage: "bff": what a session has open, and that nothing of it is left after dispose().
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { installLedger } from "../e2e/ledger.mjs";
import { APP, openPage, setUpBff, start, until } from "./world.mjs";

const world = setUpBff();

/** A signed-in page with a ledger, and what was open in it before there was an Auth. */
async function withLedger() {
  const tab = await world.signedInTab();
  await openPage(tab, world.site.origin + APP);
  await tab.evaluate(installLedger);
  const before = await tab.evaluate(() => ledger.open());
  return { tab, before };
}

async function left({ tab, before }) {
  await until("the end of all requests", () => tab.evaluate(() => ledger.requests.open === 0));
  await sleep(50);
  const rest = [...before];
  return (await tab.evaluate(() => ledger.open())).filter((entry) => {
    const known = rest.indexOf(entry);
    if (known >= 0) rest.splice(known, 1);
    return known < 0;
  });
}

test("a session has one timer, one channel and a few listeners, and none after dispose", async () => {
  const page = await withLedger();
  assert.equal((await start(page.tab)).status, "signedIn");
  assert.deepEqual(await left(page), [
    "channel", "listener HTMLDocument visibilitychange", "listener Window focus", "listener Window online", "listener Window pageshow",
    "listener Window pageshow", "listener Window storage", "timer",
  ]);
  await page.tab.evaluate(() => harness.auth.dispose());
  assert.deepEqual(await left(page), []);
  const codes = await page.tab.evaluate(async () => {
    const calls = [() => harness.auth.fetch("/api/notes"), () => harness.auth.signIn(), () => harness.auth.signOut(), () => harness.auth.getAccessToken()];
    return (await Promise.all(calls.map((call) => harness.outcome(call)))).map(({ error }) => error?.code);
  });
  assert.deepEqual(codes, Array(4).fill("disposed"));
});

test("a listener that disposes as a sign-in comes back does no harm, and the other tabs hear of the sign-in", async () => {
  const { tab } = await withLedger();
  const seen = await tab.evaluate(async () => {
    const [errors, heard] = [[], []];
    for (const name of ["error", "unhandledrejection"]) addEventListener(name, (event) => errors.push(String(event.reason ?? event.message)));
    const others = new BroadcastChannel("tokenward.bff /auth");
    others.onmessage = ({ data }) => heard.push(data);
    sessionStorage.setItem("tokenward.bff", "/app.html?returned");
    const { createAuth } = await import("/pkg/index.js");
    const auth = createAuth({ storage: "bff" });
    const told = [];
    auth.subscribe(({ status }) => {
      told.push(status);
      auth.dispose();
    });
    await auth.ready;
    for (let i = 0; i < 50 && heard.length === 0; i += 1) await new Promise((resolve) => setTimeout(resolve, 20));
    others.close();
    return { errors, heard, told };
  });
  assert.deepEqual(seen, { errors: [], heard: ["in"], told: ["signedIn"] });
});

test("nothing is left where it ends before the first answer", async () => {
  const page = await withLedger();
  let answer;
  world.bff.instead["/auth/session"] = () => new Promise((resolve) => { answer = resolve; });
  await page.tab.evaluate(async () => {
    const { createAuth } = await import("/pkg/index.js");
    globalThis.auth = createAuth({ storage: "bff" });
  });
  await until("a look", () => answer);
  await page.tab.evaluate(() => auth.dispose());
  // Before it would be given up.
  await until("the end of the look", () => page.tab.evaluate(() => ledger.requests.open === 0), 5000);
  assert.deepEqual(await left(page), []);
  assert.equal(await page.tab.evaluate(async () => (await auth.ready).status), "loading");
});

test("nothing is left where the file is still on its way", async () => {
  const page = await withLedger();
  const status = await page.tab.evaluate(async () => {
    const { createAuth } = await import("/pkg/index.js");
    const auth = createAuth({ storage: "bff" });
    auth.dispose();
    return (await auth.ready).status;
  });
  assert.equal(status, "loading");
  // The file is there, and nothing came of it.
  await page.tab.evaluate(() => import("/pkg/bff.js"));
  assert.deepEqual(await left(page), []);
});

test("nothing is left with a call that waits for the backend, and the call is answered", async () => {
  const page = await withLedger();
  world.bff.instead["/auth/session"] = { status: 500 };
  await start(page.tab);
  let answer;
  world.bff.instead["/auth/session"] = () => new Promise((resolve) => { answer = resolve; });
  await page.tab.evaluate(() => { globalThis.waiting = harness.outcome(() => harness.auth.fetch("/api/notes")); });
  await until("a look", () => answer);
  await page.tab.evaluate(() => harness.auth.dispose());
  assert.equal((await page.tab.evaluate(() => waiting)).error.code, "disposed");
  assert.deepEqual(await left(page), []);
});

test("a sign-out that is on its way arrives", async () => {
  const page = await withLedger();
  await start(page.tab);
  let answer;
  world.bff.instead["/auth/logout"] = () => new Promise((resolve) => { answer = resolve; });
  await page.tab.evaluate(() => { globalThis.leaving = harness.outcome(() => harness.auth.signOut({ scope: "local" })); });
  await until("the sign-out", () => answer);
  await page.tab.evaluate(() => harness.auth.dispose());
  answer({ body: { location: null } });
  assert.equal((await page.tab.evaluate(() => leaving)).error, undefined);
  assert.deepEqual(await left(page), []);
});
