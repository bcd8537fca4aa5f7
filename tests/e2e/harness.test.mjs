// The instruments themselves, with a page that does not use the package: a driver that sees nothing would let every
// other test pass.
import assert from "node:assert/strict";
import { test } from "node:test";
import { engine, lacks } from "./driver.mjs";
import { openPage, setUpWorld, until } from "./world.mjs";

const world = setUpWorld();

async function blankTab() {
  const tab = await world.newTab();
  await openPage(tab, `${world.host.origin}/`);
  return tab;
}

test("a tab reports its requests", async () => {
  const tab = await blankTab();
  await tab.evaluate(async (url) => { await fetch(url); }, `${world.provider.origin}/ok/jwks`);
  assert.ok(tab.requests.some(({ method, url }) => method === "GET" && url.endsWith("/ok/jwks")));
});

test("a tab reports its console and uncaught errors", { skip: lacks.console }, async () => {
  const tab = await blankTab();
  await tab.evaluate(() => {
    console.log("hello", { a: 1 });
    setTimeout(() => { throw new Error("uncaught on purpose"); });
  });
  await until("the error", () => tab.errors.some((text) => text.includes("uncaught on purpose")));
  assert.ok(tab.console.some((text) => text.includes("hello")));
});

test("the host hears of unhandled rejections, also from a page that goes away", async () => {
  const tab = await blankTab();
  await tab.evaluate(() => { void Promise.reject(new Error("nobody listens")); });
  await until("the report", () => world.host.unhandled.length > 0);
  assert.match(world.host.unhandled.splice(0)[0], /nobody listens/);
});

test("an interceptor sees requests to hosts that do not exist, with their headers", async () => {
  const tab = await blankTab();
  const seen = [];
  await tab.intercept((url) => url.hostname.endsWith(".test"), (request) => {
    seen.push(request);
    return {
      status: 200,
      headers: { "access-control-allow-origin": "*", "access-control-allow-headers": "authorization" },
      body: "intercepted",
    };
  });
  const body = await tab.evaluate(async () => {
    const response = await fetch("https://api.evil.test/x", { headers: { authorization: "Bearer seen" } });
    return response.text();
  });
  assert.equal(body, "intercepted");
  assert.ok(seen.some(({ headers }) => headers.authorization === "Bearer seen"), JSON.stringify(seen));
  assert.equal(await tab.evaluate(async (url) => (await fetch(url)).status, `${world.provider.origin}/ok/jwks`), 200);
});

test("an interceptor can fail a request", async () => {
  const tab = await blankTab();
  await tab.intercept((url) => url.pathname === "/ok/jwks", () => null);
  const failed = await tab.evaluate((url) => fetch(url).then(() => false, () => true), `${world.provider.origin}/ok/jwks`);
  assert.equal(failed, true);
});

const reaches = (tab) => tab.evaluate(
  (url) => fetch(url).then(() => true, () => false), `${world.provider.origin}/ok/jwks`,
);

test("offline is offline, and ends", async () => {
  const tab = await blankTab();
  assert.equal(await reaches(tab), true);
  await tab.setOffline(true);
  assert.equal(await reaches(tab), false);
  await tab.setOffline(false);
  assert.equal(await reaches(tab), true);
});

test("the page hears that it is offline, and online again", { skip: lacks.networkEvents }, async () => {
  const tab = await blankTab();
  await tab.evaluate(() => {
    globalThis.heard = [];
    for (const name of ["offline", "online"]) addEventListener(name, () => globalThis.heard.push(name));
  });
  await tab.setOffline(true);
  await tab.setOffline(false);
  await until("both events", () => tab.evaluate(() => globalThis.heard.join() === "offline,online"));
});

test("profiles share nothing, tabs of one profile share localStorage", async () => {
  const profile = await world.newProfile();
  const [first, second, stranger] = [await profile.newTab(), await profile.newTab(), await world.newTab()];
  for (const tab of [first, second, stranger]) await openPage(tab, `${world.host.origin}/`);
  await first.evaluate(() => localStorage.setItem("shared", "yes"));
  assert.equal(await second.evaluate(() => localStorage.getItem("shared")), "yes");
  assert.equal(await stranger.evaluate(() => localStorage.getItem("shared")), null);
});

async function twoTabs() {
  const profile = await world.newProfile();
  const tabs = [await profile.newTab(), await profile.newTab()];
  for (const tab of tabs) await openPage(tab, `${world.host.origin}/`);
  return tabs;
}

test("tabs of one profile hear each other", async () => {
  const [speaker, listener] = await twoTabs();
  await listener.evaluate(() => {
    globalThis.heard = [];
    new BroadcastChannel("tabs").onmessage = ({ data }) => globalThis.heard.push(data);
  });
  await speaker.evaluate(() => new BroadcastChannel("tabs").postMessage("hello"));
  await until("the message", () => listener.evaluate(() => globalThis.heard.join() === "hello"));
});

test("a lock is one tab's alone, and free once that is closed", async () => {
  const [holder, waiter] = await twoTabs();
  const isFree = () => waiter.evaluate(
    () => navigator.locks.request("tabs", { ifAvailable: true }, (lock) => lock !== null),
  );
  await holder.evaluate(() => new Promise((held) => {
    void navigator.locks.request("tabs", () => new Promise(() => held()));
  }));
  assert.equal(await isFree(), false);
  await holder.close();
  await until("the lock", isFree);
});

test("tabs run side by side: one can wait for what another one does later", async () => {
  const [waiter, other] = await twoTabs();
  const waiting = waiter.evaluate(() => new Promise((resolve) => {
    new BroadcastChannel("tabs").onmessage = ({ data }) => resolve(data);
  }));
  const isHeard = async () => {
    await other.evaluate(() => new BroadcastChannel("tabs").postMessage("now"));
    return Promise.race([waiting, Promise.resolve(null)]);
  };
  assert.equal(await until("the answer", isHeard), "now");
});

test("the timers of a tab go on while another one is used", async () => {
  const [first, second] = await twoTabs();
  // Throttled timers run once a second at most.
  await first.evaluate(() => {
    globalThis.ticks = 0;
    setInterval(() => { globalThis.ticks += 1; }, 50);
  });
  const start = Date.now();
  await until("ten ticks", async () => {
    await second.evaluate(() => new Promise((resolve) => { setTimeout(resolve, 50); }));
    return first.evaluate(() => globalThis.ticks >= 10);
  });
  assert.ok(Date.now() - start < 5000, `${Date.now() - start} ms for ten ticks of 50 ms`);
});

test("a profile outlives its last tab", async () => {
  const profile = await world.newProfile();
  const first = await profile.newTab();
  await openPage(first, `${world.host.origin}/`);
  await first.evaluate(() => localStorage.setItem("kept", "yes"));
  await first.close();
  const second = await profile.newTab();
  await openPage(second, `${world.host.origin}/`);
  assert.equal(await second.evaluate(() => localStorage.getItem("kept")), "yes");
});

test("a script's error comes out, and one whose page goes away ends", async () => {
  const tab = await blankTab();
  await assert.rejects(tab.evaluate(() => { throw new TypeError("on purpose"); }), /on purpose/);
  await assert.rejects(tab.evaluate(() => {
    setTimeout(() => location.reload());
    return new Promise(() => {});
  }));
});

// WebKitGTK's driver loses about one script in thirty that comes while a page is replaced by one that was kept.
test("a script is answered in a page that comes and goes", async () => {
  const tab = await blankTab();
  const isAt = (path) => until(`the page at ${path}`, () => tab.evaluate((wanted) => location.pathname === wanted, path));
  const start = Date.now();
  for (let round = 0; round < 20; round += 1) {
    await tab.evaluate(() => { setTimeout(() => location.assign("/no-wasm.html")); });
    await isAt("/no-wasm.html");
    await tab.evaluate(() => { setTimeout(() => history.back()); });
    await isAt("/");
  }
  assert.ok(Date.now() - start < 35_000, `${Date.now() - start} ms for twenty times there and back`);
});

test("the page without 'wasm-unsafe-eval' refuses WebAssembly, the others do not", async () => {
  const starts = (tab) => tab.evaluate(async () => {
    const emptyModule = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
    // Chromium and Firefox refuse to compile a module, WebKitGTK refuses to start it.
    return WebAssembly.instantiate(emptyModule).then(() => true, () => false);
  });
  const tab = await blankTab();
  assert.equal(await starts(tab), true);
  await openPage(tab, `${world.host.origin}/no-wasm.html`);
  assert.equal(await starts(tab), false, `${engine} should enforce the policy`);
});

test("the browser reaches the provider's API across origins", async () => {
  const tab = await blankTab();
  const status = await tab.evaluate(async (url) => {
    const response = await fetch(url, { headers: { authorization: "Bearer made-up" } });
    return `${response.status} ${response.headers.get("www-authenticate")}`;
  }, `${world.provider.origin}/api/v1/notes`);
  assert.equal(status, '401 Bearer error="invalid_token"');
});
