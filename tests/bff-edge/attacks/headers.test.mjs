// Headers that are meant for the API, for the proxy's own view of the world, or for the framing of the next request.
import assert from "node:assert/strict";
import { test } from "node:test";
import { EACH_RUNTIME, describePlaces } from "../places.mjs";
import { send, sendBytes, statusesIn } from "../http.mjs";
import { Browser } from "../browser.mjs";
import { setUpWorld, signedIn } from "../world.mjs";

const world = setUpWorld();

const head = (browser, first, more) => [
  first, `Host: ${new URL(world.origin).host}`, `Cookie: ${browser.cookieHeader(world.origin)}`, "X-Tokenward: 1",
  "Sec-Fetch-Site: same-origin", ...more, "", "",
].join("\r\n");

describePlaces(world, () => {
  // C07
  test("what a client says in the proxy's or the provider's name does not arrive", async () => {
    const browser = await signedIn(world);
    world.forget();
    const claimed = {
      authorization: "Bearer stolen", dpop: "x.y.z", "proxy-authorization": "Basic eDp5", forwarded: "for=1.2.3.4;host=evil.example",
      "x-forwarded-for": "1.2.3.4", "x-forwarded-host": "evil.example", "x-forwarded-proto": "https", "x-forwarded-port": "1",
      "x-real-ip": "1.2.3.4", te: "trailers", "keep-alive": "timeout=5", connection: "keep-alive, x-secret, authorization", "x-secret": "1",
      referer: `${world.origin}/page?secret=1`,
    };
    const answer = await browser.call(world.origin, "/api/x", { headers: claimed });
    assert.equal(answer.status, 200);
    const [{ headers, token }] = world.upstream.log;
    assert.equal(token.clientId, "bff", "the session's own token arrived");
    const values = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    const arrived = ["stolen", "x.y.z", "eDp5", "1.2.3.4", "evil.example", "secret", "__Host-", "trailers", "localhost"].filter((word) => values.some((line) => line.includes(word)));
    assert.deepEqual(arrived, []);
  });

  // C06, C07
  test("one request is one request, however its length is told", async () => {
    const browser = await signedIn(world);
    world.forget();
    const smuggled = "GET /v1/smuggled HTTP/1.1\r\nHost: x\r\n\r\n";
    const attempts = [
      [["Content-Length: 6", "Transfer-Encoding: chunked"], `0\r\n\r\n${smuggled}`],
      [["Transfer-Encoding: chunked", `Content-Length: ${smuggled.length + 5}`], `0\r\n\r\n${smuggled}`],
      [["Content-Length: 0", `Content-Length: ${smuggled.length}`], smuggled],
      [["Transfer-Encoding: xchunked"], smuggled],
      [["Transfer-Encoding : chunked"], `0\r\n\r\n${smuggled}`],
      [["Transfer-Encoding:\tchunked", "Transfer-Encoding: identity"], `0\r\n\r\n${smuggled}`],
      [["Content-Length: +5"], `hello${smuggled}`],
      [["Content-Length: 5,5"], `hello${smuggled}`],
      [["X-Note: a\nTransfer-Encoding: chunked"], `0\r\n\r\n${smuggled}`],
    ];
    for (const [lines, body] of attempts) {
      await sendBytes(world.door.port, head(browser, "POST /api/x HTTP/1.1", lines) + body, { silenceMs: 400 });
    }
    const urls = world.upstream.log.map(({ url }) => url);
    assert.deepEqual(urls.filter((url) => url !== "/v1/x"), []);
    assert.ok(urls.length <= attempts.length, "none became two");
    assert.ok(world.upstream.log.every(({ token }) => token), "none came without the session's token");
  });

  // C07
  test("a line break in a header smuggles in nothing that could not be said aloud", async () => {
    const browser = await signedIn(world);
    world.forget();
    for (const end of ["\r\n\t", "\r", "\n", "\x00", "\x0b", "\x85"]) {
      const line = `X-Note: a${end}Authorization: Bearer stolen${end}Cookie: __Host-other=1${end}X-Forwarded-Host: evil.example`;
      await sendBytes(world.door.port, head(browser, "GET /api/x HTTP/1.1", [line, "Connection: close"]), { one: true, silenceMs: 400 });
    }
    for (const { headers, token } of world.upstream.log) {
      assert.equal(token?.clientId, "bff");
      assert.deepEqual(["cookie", "x-forwarded-host"].filter((name) => name in headers), []);
    }
  });

  test("no header moves the app's origin", async () => {
    const host = new URL(world.origin).host;
    for (const headers of [
      { host: "evil.example" }, { host, "x-forwarded-host": "evil.example", "x-forwarded-proto": "https" }, { host, forwarded: "host=evil.example;proto=https" },
      { host, "x-original-url": "/auth/session" }, { host, "x-rewrite-url": "/api/x" }, { host, "x-http-method-override": "POST" },
    ]) {
      const answer = await send({ port: world.door.port, path: "/auth/login", headers });
      await answer.text();
      // A runtime may refuse a foreign Host itself.
      if (answer.status === 400) continue;
      assert.equal(answer.status, 303, JSON.stringify(headers));
      assert.equal(new URL(answer.headers.location).searchParams.get("redirect_uri"), `${world.origin}/auth/callback`);
    }
  });

  test("a method that no rule names, and one that is none", async () => {
    const browser = await signedIn(world);
    world.forget();
    for (const method of ["OPTIONS", "TRACE", "CONNECT", "PROPFIND", "FOO"]) {
      const statuses = statusesIn(await sendBytes(world.door.port, head(browser, `${method} /api/x HTTP/1.1`, ["Connection: close"]), { one: true, silenceMs: 400 }));
      assert.ok(statuses.every((status) => status >= 400), `${method}: ${statuses}`);
    }
    assert.deepEqual(world.upstream.log, []);
  });

  test("without a session nothing is called", async () => {
    world.forget();
    const browser = new Browser();
    for (const headers of [{}, { authorization: "Bearer x" }, { cookie: "__Host-tokenward=x" }]) {
      assert.equal((await browser.call(world.origin, "/api/x", { headers })).status, 401);
    }
    assert.deepEqual([world.upstream.log, world.provider.log], [[], []]);
  });
}, { list: EACH_RUNTIME });
