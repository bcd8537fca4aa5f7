// The near-miss race: many signed-in clients whose tokens live for seconds and whose refresh tokens are good once, each asking
// in bursts with the cookies of now and those of one generation before. Nobody's session may end, and no refresh token may be
// used twice, which the provider would answer with the end of the family.
//
// BFF_RACE_SECONDS says for how long (default 12; 120 is what is quoted), BFF_RACE_CLIENTS how many (default 200).
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { keeping } from "./places.mjs";
import { session, setUpWorld, signedIn } from "./world.mjs";

const SECONDS = Number(process.env.BFF_RACE_SECONDS ?? 12);
const CLIENTS = Number(process.env.BFF_RACE_CLIENTS ?? 200);
const TOKEN_SECONDS = 5;
const BURST = 4;
/** Between two bursts of one client: some meet the middle of a token's life, some its end. */
const PAUSE_MS = { least: 600, most: 3_400 };

const RACES = [
  { runtime: "Node", store: "memory" },
  { runtime: "Node", store: "cookie" },
  { runtime: "Node", store: "Redis", isolates: 2 },
  { runtime: "workerd", store: "Durable Object", changes: { sessionIn: "cookie" } },
  { runtime: "workerd", store: "Durable Object", isolates: 2 },
  { runtime: "workerd", store: "Durable Object", isolates: 2, changes: { sessionIn: "cookie" } },
  { runtime: "Deno", store: "Deno KV", isolates: 2, changes: { sessionIn: "cookie" } },
].filter(({ runtime, store }) => `${runtime} ${store}`.includes(process.env.BFF_PLACES ?? ""));

const world = setUpWorld();

/** Signs in as many as are wanted, some at a time. */
async function crowd() {
  const browsers = [];
  const worker = async () => {
    for (let at = browsers.length; at < CLIENTS; at = browsers.length) {
      browsers.push(null);
      browsers[at] = await signedIn(world, { user: `user-${at}` });
    }
  };
  await Promise.all(Array.from({ length: 16 }, worker));
  return browsers;
}

/** One client's life: bursts, half of each with the cookies that it had before the last change. */
async function live(browser, until, answers) {
  let before = browser.copy();
  await sleep(Math.random() * PAUSE_MS.most);
  while (Date.now() < until) {
    const now = browser.copy();
    const burst = Array.from({ length: BURST }, async (_, at) => {
      // What the older copy is told is not kept: a response that came late, in another tab's stead.
      const answer = await (at % 2 === 0 ? browser : before.copy()).call(world.origin, "/api/x");
      await answer.text();
      answers.push(answer.status);
    });
    await Promise.all(burst);
    if (browser.cookieHeader(world.origin) !== now.cookieHeader(world.origin)) before = now;
    await sleep(PAUSE_MS.least + Math.random() * (PAUSE_MS.most - PAUSE_MS.least));
  }
}

const complaints = (printed) => printed.split("\n").filter((line) => line.startsWith("{")).map((line) => JSON.parse(line))
  .filter(({ level }) => level !== "info").map(({ event, code }) => `${event} ${code}`);

const counted = (values) => values.reduce((counts, value) => ({ ...counts, [value]: (counts[value] ?? 0) + 1 }), {});

for (const { runtime, store, isolates = 1, changes } of RACES) {
  const name = `${runtime}, ${store}${changes?.sessionIn ? ", sessions in cookies" : ""}, ${isolates} ${isolates === 1 ? "isolate" : "isolates"}`;
  test(name, { timeout: (SECONDS + 240) * 1000 }, async (t) => {
    world.forget();
    world.provider.control({ tokenSeconds: 600 });
    const app = await world.startApp(t, runtime, store, { isolates, ...await keeping(t, store), ...changes });
    world.provider.control({ tokenSeconds: TOKEN_SECONDS });
    const browsers = await crowd();
    world.forget();

    const answers = [];
    const end = Date.now() + SECONDS * 1000;
    await Promise.all(browsers.map((browser) => live(browser, end, answers)));
    world.provider.control({ tokenSeconds: 600 });
    const refreshes = world.provider.grants().filter((grant) => grant === "refresh_token").length;
    const dead = (await Promise.all(browsers.map((browser) => session(world, browser)))).filter(({ status }) => status !== "signedIn").length;
    t.diagnostic(`${CLIENTS} clients, ${SECONDS} s: ${answers.length} calls ${JSON.stringify(counted(answers))}, ${refreshes} refreshes, `
      + `${(refreshes / CLIENTS).toFixed(1)} a client, ${dead} dead sessions, provider's refusals: ${JSON.stringify(counted(world.provider.refusals))}, `
      + `what the app complained of: ${JSON.stringify(counted(complaints(app.printed())))}`);

    assert.equal(dead, 0);
    assert.deepEqual(world.provider.refusals, [], "no refresh token came twice");
    // A provider that is slower than the patience with it costs an answer, and no session.
    const late = answers.filter((status) => status === 503).length;
    assert.deepEqual(Object.keys(counted(answers)).filter((status) => !["200", "503"].includes(status)), []);
    assert.ok(late <= answers.length / 50, `${late} late answers`);
    // Each is due at half its life, so that there cannot be more; and there must be some in a run that means something.
    assert.ok(refreshes <= CLIENTS * (SECONDS / (TOKEN_SECONDS / 2) + 2), `${refreshes} refreshes`);
    assert.ok(refreshes >= CLIENTS, `${refreshes} refreshes`);
  });
}
