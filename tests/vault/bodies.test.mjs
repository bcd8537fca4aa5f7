// Bodies through the worker, both ways: whole, in pieces, no faster than they are read, and broken off.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { engine } from "../e2e/driver.mjs";
import { setUpVault, signedInTab, signIn, until } from "./world.mjs";

const world = setUpVault();
// One tab for all tests: the world closes those that it knows of after each.
let signingIn;
const theTab = () => (signingIn ??= (async () => {
  const tab = await (await world.browser.newProfile()).newTab();
  assert.equal((await signIn(tab, world, world.options("ok"))).status, "signedIn");
  return tab;
})());
const evaluate = async (run, argument) => (await theTab()).evaluate(run, argument);

const at = (path) => world.api.origin + path;
const entry = (path) => world.api.log.findLast((request) => request.path === path);

/** What the page makes of `run(url, kind)`. */
const inPage = (run, path, kind) => evaluate(run, { url: at(path), kind });

describe("up", () => {
  const kinds = {
    text: { body: "häßlich \u{1F600}", type: "text/plain;charset=UTF-8" },
    "empty text": { body: "", type: "text/plain;charset=UTF-8" },
    Blob: { body: '{"a":1}', type: "application/json" },
    bytes: { body: "\u0001\u0002", type: undefined },
    "a form": { body: "a=1&b=%C3%BC", type: "application/x-www-form-urlencoded;charset=UTF-8" },
    "a form with a file": { body: /name="file"; filename="a.txt"\r\nContent-Type: text\/plain\r\n\r\ninside\r\n/, type: /^multipart\/form-data; boundary=/ },
    "a Request": { body: "inside a Request", type: "text/plain;charset=UTF-8" },
    nothing: { body: "", type: undefined },
  };
  const send = ({ url, kind }) => {
    const form = new FormData();
    form.append("file", new File(["inside"], "a.txt", { type: "text/plain" }));
    const bodies = {
      text: "häßlich \u{1F600}",
      "empty text": "",
      Blob: new Blob(['{"a":1}'], { type: "application/json" }),
      bytes: new Uint8Array([0, 1, 2, 3]).subarray(1, 3),
      "a form": new URLSearchParams({ a: "1", b: "ü" }),
      "a form with a file": form,
    };
    const input = kind === "a Request" ? new Request(url, { method: "POST", body: "inside a Request" }) : url;
    return harness.auth.fetch(input, kind === "a Request" ? undefined : { method: "POST", body: bodies[kind] }).then((response) => response.text());
  };
  for (const [kind, { body, type }] of Object.entries(kinds)) {
    test(kind, async () => {
      const echoed = await inPage(send, "/echo", kind);
      const { method, headers } = entry("/echo");
      assert.equal(method, "POST");
      assert.match(headers.authorization, /^Bearer ./);
      if (body instanceof RegExp) assert.match(echoed, body);
      else assert.equal(echoed, body);
      if (type instanceof RegExp) assert.match(headers["content-type"], type);
      else assert.equal(headers["content-type"], type);
    });
  }

  test("a large Blob", async () => {
    const size = 20 * 1024 * 1024;
    await inPage(({ url, kind }) => harness.auth.fetch(url, { method: "PUT", body: new Blob([new Uint8Array(kind)]) }).then(() => {}), "/echo", size);
    assert.equal(entry("/echo").received, size);
  });

  test("what is sent twice after a 401 is whole both times", async () => {
    world.provider.control({ apiRefusals: 1 });
    world.provider.log.length = 0;
    const url = `${world.provider.origin}/api/v1/notes`;
    const body = await evaluate(async (target) => {
      const response = await harness.auth.fetch(target, { method: "POST", body: new Blob(["twice"]) });
      return (await response.json()).body;
    }, url);
    assert.equal(body, "twice");
    const sent = world.provider.log.filter(({ method, path }) => method === "POST" && path === "/api/v1/notes");
    assert.deepEqual(sent.map((request) => request.body), ["twice", "twice"]);
  });
});

describe("down", () => {
  test("pieces come as they are sent", async () => {
    const read = inPage(async ({ url }) => {
      const { body } = await harness.auth.fetch(url);
      const reader = body.getReader();
      const first = new TextDecoder().decode((await reader.read()).value);
      await fetch("/_read");
      const second = new TextDecoder().decode((await reader.read()).value);
      return [first, second, (await reader.read()).done];
    }, "/two");
    await until("the first piece to be read", () => world.host.log.some(({ path }) => path === "/_read"));
    world.api.answer();
    assert.deepEqual(await read, ["one ", "two", true]);
  });

  // The others' own fetch reads on for ever.
  test("no more is taken than is read", { skip: engine !== "chromium" }, async () => {
    // What a server writes until it has to wait, when one piece is read: browsers themselves hold a lot.
    const heldBy = async (kind) => {
      await inPage(async ({ url, kind: which }) => {
        const { body } = await (which === "native" ? fetch(url) : harness.auth.fetch(url));
        harness.reader = body.getReader();
        await harness.reader.read();
      }, "/endless", kind);
      const request = entry("/endless");
      await until("the server to wait", async () => {
        const before = request.written;
        await sleep(500);
        return request.written === before;
      });
      return request.written;
    };
    const native = await heldBy("native");
    await evaluate(() => harness.reader.cancel());
    const held = await heldBy("ours");
    assert.ok(held < native * 1.5 + 4 * 1024 * 1024, `${held} bytes were written unread, and ${native} to fetch`);
    const request = entry("/endless");
    await evaluate(async (bytes) => {
      for (let read = 0; read < bytes;) read += (await harness.reader.read()).value.byteLength;
    }, held);
    await until("the server to go on", () => request.written > held);
    await evaluate(() => harness.reader.cancel());
  });

  test("a reader that stops ends the request", async () => {
    await inPage(async ({ url }) => {
      const { body } = await harness.auth.fetch(url);
      harness.reader = body.getReader();
      await harness.reader.read();
    }, "/steady");
    const request = entry("/steady");
    assert.equal(request.isClosed, false);
    await evaluate(() => harness.reader.cancel());
    await until("the server's end", () => request.isClosed);
  });

  test("... also where nothing more comes", async () => {
    await inPage(async ({ url }) => {
      const reader = (await harness.auth.fetch(url)).body.getReader();
      await reader.read();
      await reader.cancel();
    }, "/two");
    await until("the server's end", () => entry("/two").isClosed);
  });

  test("an answer without a body, an opaque one, and one that was redirected say what they are", async () => {
    const facts = ({ url, kind }) => harness.auth.fetch(url, kind).then(({ status, type, redirected, body, url: last }) => [status, type, redirected, body === null, last]);
    assert.deepEqual(await inPage(facts, "/status?is=204"), [204, "cors", false, true, at("/status?is=204")]);
    assert.deepEqual(await inPage(facts, "/redirect"), [200, "cors", true, false, at("/echo")]);
    assert.deepEqual((await inPage(facts, "/redirect", { redirect: "manual" })).slice(0, 4), [0, "opaqueredirect", false, true]);
    const clones = await inPage(async ({ url }) => {
      const response = await harness.auth.fetch(url, { method: "POST", body: "x" });
      const copy = response.clone();
      return [copy.url, copy.type, await copy.text(), await response.text(), response instanceof Response];
    }, "/echo");
    assert.deepEqual(clones, [at("/echo"), "cors", "x", "x", true]);
  });

  test("a body that breaks off is the error of its reader that fetch gives", async () => {
    const names = await inPage(async ({ url }) => {
      // Firefox reports any error of a stream as an AbortError where text() of a constructed Response meets it.
      const nameOf = async (run) => (await harness.outcome(async () => {
        const reader = (await run(url)).body.getReader();
        while (!(await reader.read()).done);
      })).error?.name;
      return [await nameOf(harness.auth.fetch), await nameOf((input) => fetch(input))];
    }, "/broken");
    assert.equal(names[0], names[1]);
    if (engine === "chromium") assert.equal(names[0], "TypeError");
  });

  test("no answer at all is the TypeError that fetch gives", async () => {
    const { error } = await evaluate((url) => harness.outcome(() => harness.auth.fetch(url)), at("").replace(/\d+$/, "1"));
    assert.equal(error?.name, "TypeError");
  });
});

describe("abort", () => {
  test("before the call", async () => {
    const { error } = await inPage(({ url }) => harness.outcome(() => harness.auth.fetch(url, { signal: AbortSignal.abort() })), "/silent");
    assert.equal(error.name, "AbortError");
  });

  test("while waiting for an answer, with the caller's reason", async () => {
    const outcome = inPage(({ url }) => {
      const aborting = new AbortController();
      harness.abort = () => aborting.abort(new RangeError("enough"));
      return harness.outcome(() => harness.auth.fetch(url, { signal: aborting.signal }));
    }, "/silent");
    await until("the request", () => entry("/silent"));
    await evaluate(() => harness.abort());
    const { error } = await outcome;
    assert.deepEqual([error.name, error.message], ["RangeError", "enough"]);
    await until("its end at the server", () => entry("/silent").isClosed);
  });

  test("while reading the answer", async () => {
    const { error } = await inPage(async ({ url }) => {
      const aborting = new AbortController();
      const { body } = await harness.auth.fetch(url, { signal: aborting.signal });
      const reader = body.getReader();
      await reader.read();
      aborting.abort();
      return harness.outcome(async () => { for (;;) await reader.read(); });
    }, "/steady");
    assert.equal(error.name, "AbortError");
    await until("its end at the server", () => entry("/steady").isClosed);
  });

  test("by a timeout", async () => {
    const { error } = await inPage(({ url }) => harness.outcome(() => harness.auth.fetch(url, { signal: AbortSignal.timeout(200) })), "/silent");
    assert.equal(error.name, "TimeoutError");
  });

  test("by a page that goes away", async () => {
    const leaving = await signedInTab(world, world.options("ok"));
    world.api.log.length = 0;
    await leaving.evaluate((url) => { void harness.auth.fetch(url).catch(() => {}); }, at("/silent"));
    await until("the request", () => entry("/silent"));
    await leaving.close();
    await until("its end at the server", () => entry("/silent").isClosed);
  });
});

test("a place that may not have the token is asked by the page itself", async () => {
  const url = `${world.provider.collector.origin}/x`;
  world.provider.collector.log.length = 0;
  await evaluate((target) => harness.auth.fetch(target, { method: "POST", body: "x" }).then(() => {}), url);
  const [{ headers }] = world.provider.collector.log.filter(({ method }) => method === "POST");
  assert.equal(headers.authorization, undefined);
});
