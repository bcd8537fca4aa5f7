// Request targets that mean one thing to the proxy and another to the API, written byte for byte into a socket by somebody who
// is signed in. Some runtimes resolve a target before the app sees it: then it is another page, and never the API's; and
// workerd answers 500 by itself to what it does not take for a target.
import assert from "node:assert/strict";
import { test } from "node:test";
import { EACH_RUNTIME, describePlaces } from "../places.mjs";
import { sendBytes, statusesIn } from "../http.mjs";
import { setUpWorld, signedIn } from "../world.mjs";

const world = setUpWorld();

/** Each would leave the API's own path, its origin, or the request line. */
const TARGETS = [
  "/api/../admin", "/api/x/../../admin", "/api/./../admin", "/api/x/./../../admin",
  "/api/%2e%2e/admin", "/api/%2E%2e/admin", "/api/.%2e/admin", "/api/%2e./admin", "/api/x/%2e%2e/%2e%2e/admin",
  "/api/..%2fadmin", "/api/..%2Fadmin", "/api/%2e%2e%2fadmin", "/api/x%2f..%2f..%2fadmin", "/api/..%5cadmin", "/api/%2e%2e%5cadmin",
  "/api\\..\\admin", "/api/..\\admin", "/api/x\\..\\..\\admin", "/api/\\evil.example/x", "\\api\\x",
  "//evil.example/api/x", "/api//evil.example/x", "/api///x", "//api/x",
  "/api/%0d%0ax-injected:%201", "/api/x%0a", "/api/x%0d", "/api/%00", "/api/x%00.json",
  "/api%2fx", "/api%2f..%2fadmin", "/api%5cx", "/%61pi/../admin", "/api;/../admin", "/api@evil.example/x", "/api.evil.example/x",
  "http://evil.example/api/../admin", "http://evil.example//api/x", "http://user:pass@evil.example/elsewhere",
];

/** These break the request line itself: the server's parser judges, and may take the part before as the target. */
const BROKEN = ["/api/x\ty", "/api/x\x00y", "/api/x\ry", "/api/x\ny", "/api/x y", "api/x", "*", ""];

const requestTo = (target, cookie, more = []) => [
  `GET ${target} HTTP/1.1`, `Host: ${new URL(world.origin).host}`, `Cookie: ${cookie}`, "X-Tokenward: 1", "Sec-Fetch-Site: same-origin",
  "Connection: close", ...more, "", "",
].join("\r\n");

const asked = () => world.upstream.log.map(({ method, url }) => `${method} ${url}`);

describePlaces(world, ({ runtime }) => {
  // C06
  test("what leads out of the API's path", async () => {
    const browser = await signedIn(world);
    const cookie = browser.cookieHeader(world.origin);
    world.forget();
    const refusals = runtime === "workerd" ? [400, 404, 500] : [400, 404];
    const wrong = [];
    for (const target of TARGETS) {
      const statuses = statusesIn(await sendBytes(world.door.port, requestTo(target, cookie), { one: true }));
      if (statuses.length !== 1 || !refusals.includes(statuses[0])) wrong.push(`${target}: ${statuses}`);
    }
    assert.deepEqual(wrong, []);
    assert.deepEqual(asked(), []);
    assert.deepEqual(world.provider.log, []);
  });

  test("what breaks the request line", async () => {
    const browser = await signedIn(world);
    const cookie = browser.cookieHeader(world.origin);
    world.forget();
    for (const target of BROKEN) await sendBytes(world.door.port, requestTo(target, cookie), { one: true, silenceMs: 400 });
    assert.deepEqual([...new Set(asked())].filter((line) => line !== "GET /v1/x"), []);
  });

  // C06
  test("an absolute target and a foreign Host change nothing about where a call goes", async () => {
    const browser = await signedIn(world);
    const cookie = browser.cookieHeader(world.origin);
    world.forget();
    for (const target of ["http://evil.example/api/x", `${world.upstream.origin}/api/x`, "https://evil.example:1/api/x"]) {
      const [status] = statusesIn(await sendBytes(world.door.port, requestTo(target, cookie), { one: true }));
      assert.ok([200, 400, 404, 500].includes(status), `${target}: ${status}`);
    }
    const foreign = requestTo("/api/x", cookie).replace(/^Host: .*$/m, "Host: evil.example\r");
    assert.ok([200, 400, 404].includes(statusesIn(await sendBytes(world.door.port, foreign, { one: true }))[0]));
    assert.deepEqual([...new Set(asked())].filter((line) => line !== "GET /v1/x"), [], "only the configured target is ever called");
    assert.ok(world.upstream.log.every(({ headers }) => headers.host === new URL(world.upstream.origin).host));
  });

  test("what is odd and harmless arrives as it was written", async () => {
    const browser = await signedIn(world);
    const cookie = browser.cookieHeader(world.origin);
    world.forget();
    const harmless = ["/api/a%20b", "/api/%C3%A4", "/api/x?next=../../admin&u=http://evil.example//", "/api/x?a=b?c", "/api/a:b@c;d=e,f", "/api/x..y"];
    for (const target of harmless) {
      assert.deepEqual(statusesIn(await sendBytes(world.door.port, requestTo(target, cookie), { one: true })), [200], target);
    }
    assert.deepEqual(asked(), harmless.map((target) => `GET ${target.replace("/api", "/v1")}`));
  });
}, { list: EACH_RUNTIME });
