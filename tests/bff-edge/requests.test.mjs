// What an app asks of its BFF, in every runtime and with every store: the same requests, the same answers.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { until } from "../e2e/world.mjs";
import { Browser } from "./browser.mjs";
import { openSocket } from "./frames.mjs";
import { describePlaces } from "./places.mjs";
import { CLIENT } from "./provider.mjs";
import { newKey, session, setUpWorld, signIn, signOutAtProvider, signedIn } from "./world.mjs";

const world = setUpWorld();
const COOKIE = "__Host-tokenward";
const JSON_TYPE = { "content-type": "application/json" };

/** What a proxied call to the app's origin answers: its status and its JSON. */
const ask = async (browser, path, init) => {
  const answer = await browser.call(world.origin, path, init);
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: JSON.parse(text) };
};

/** Without those of a sign-in or sign-out on its way. */
const sessionCookies = (browser) => Object.fromEntries(Object.entries(browser.cookies("localhost", COOKIE)).filter(([name]) => !name.startsWith(`${COOKIE}-`)));

const tokensIn = (text) => world.provider.tokens.filter((token) => text.includes(token));

describePlaces(world, ({ runtime, store, startApp, printed }) => {
  // C01, C02, C09
  test("a sign-in, and the session it makes", async () => {
    const browser = new Browser();
    assert.deepEqual(await session(world, browser), { status: "signedOut", reason: "none" });
    const page = await signIn(world, browser, { returnTo: "/?page=2" });
    assert.equal(page.url, `${world.origin}/?page=2`);

    const [login, ...rest] = page.hops;
    assert.equal(login.status, 303);
    const [loginCookie] = login.setCookies;
    assert.match(loginCookie, /^__Host-tokenward-login-/);
    for (const attribute of [/; secure(;|$)/i, /; httponly(;|$)/i, /; samesite=lax(;|$)/i, /; path=\/(;|$)/i]) assert.match(loginCookie, attribute);
    const callback = rest.find(({ url }) => url.startsWith(`${world.origin}/auth/callback?`));
    assert.equal(callback.status, 200);
    const made = callback.setCookies.filter((line) => /^__Host-tokenward[.=]/.test(line));
    assert.ok(made.length > 0, "the callback sets the session cookie");
    for (const line of made) {
      for (const attribute of [/; secure(;|$)/i, /; httponly(;|$)/i, /; samesite=strict(;|$)/i, /; path=\/(;|$)/i]) assert.match(line, attribute);
      assert.doesNotMatch(line, /; domain=/i);
    }
    assert.deepEqual(browser.refused, [], "a browser takes every cookie");
    assert.deepEqual(Object.keys(browser.cookies("localhost", `${COOKIE}-login-`)), [], "the sign-in's own cookie is gone");

    const answer = await browser.call(world.origin, "/auth/session");
    assert.equal(answer.headers["cache-control"], "no-store");
    const known = await answer.json();
    assert.deepEqual([known.status, known.user.sub, known.user.name, known.stale], ["signedIn", "alice", "alice Example", false]);
    assert.ok(known.expiresAt > Date.now() && known.expiresAt <= Date.now() + 600_000);
    assert.deepEqual(tokensIn(JSON.stringify(known)), []);

    const own = await (await browser.fetch(world.origin, "/whoami")).json();
    assert.equal(own.user.sub, "alice");
    assert.deepEqual(tokensIn(JSON.stringify(own)), []);
  });

  // C14
  test("a second sign-in begins another session, and the first cookie is worth nothing any more", async () => {
    const browser = await signedIn(world);
    const kept = browser.copy();
    await signIn(world, browser, { user: "alice" });
    assert.notDeepEqual(sessionCookies(browser), sessionCookies(kept));
    assert.equal((await session(world, browser)).status, "signedIn");
    assert.equal((await session(world, kept)).status, "signedOut");
    assert.equal((await kept.call(world.origin, "/api/x")).status, 401);
  });

  test("a sign-in that the user declines, and one with a wrong state, say why and keep nothing", async () => {
    const browser = new Browser();
    const declined = await signIn(world, browser, { user: "deny" });
    assert.ok(declined.status >= 400 && declined.status < 500, `status ${declined.status}`);
    assert.match(declined.body, /\/auth\/login/);
    const forged = await browser.navigate(`${world.origin}/auth/callback?code=x&state=y&iss=${encodeURIComponent(world.provider.issuer)}`);
    assert.ok(forged.status >= 400 && forged.status < 500, `status ${forged.status}`);
    assert.deepEqual(sessionCookies(browser), {});
    assert.deepEqual(world.provider.grants(), []);
  });

  // C07
  test("calls with JSON, with the token and without the cookie", async () => {
    const browser = await signedIn(world);
    const posted = await ask(browser, "/api/notes/1?tag=a%2Fb&tag=%C3%A4", { method: "POST", headers: JSON_TYPE, body: '{"text":"hello"}' });
    assert.equal(posted.status, 200);
    assert.deepEqual(posted.body, {
      method: "POST", url: "/v1/notes/1?tag=a%2Fb&tag=%C3%A4", contentType: "application/json", body: '{"text":"hello"}', clientId: "bff",
    });
    for (const method of ["PUT", "PATCH", "DELETE"]) assert.equal((await ask(browser, "/api/notes/1", { method })).body.method, method);
    assert.equal((await browser.call(world.origin, "/api", { method: "HEAD" })).status, 200);
    const [{ headers }] = world.upstream.log;
    assert.equal(headers.host, new URL(world.upstream.origin).host);
    // Not `sec-fetch-mode`: the fetch of Node.js says one of its own.
    const mustNotArrive = ["cookie", "origin", "x-tokenward", "sec-fetch-site", "sec-fetch-dest"];
    assert.deepEqual(mustNotArrive.filter((name) => name in headers), []);
  });

  test("what the rules do not name is not called", async () => {
    const browser = await signedIn(world);
    assert.equal((await browser.call(world.origin, "/read-only/x")).status, 200);
    assert.equal((await browser.call(world.origin, "/read-only/x", { method: "POST" })).status, 405);
    assert.equal((await browser.call(world.origin, "/apix")).status, 404);
    assert.equal((await browser.call(world.origin, "/elsewhere")).status, 404);
    assert.equal(world.upstream.log.length, 1);
  });

  test("an answer comes down without what is the API's own", async () => {
    const browser = await signedIn(world);
    const before = sessionCookies(browser);
    const answer = await browser.call(world.origin, "/api/cookie");
    assert.equal(await answer.text(), "hello");
    assert.equal(answer.headers["x-request-id"], "42");
    const mustNotArrive = ["access-control-allow-origin", "access-control-allow-credentials", "clear-site-data"];
    assert.deepEqual(mustNotArrive.filter((name) => name in answer.headers), []);
    assert.deepEqual(answer.setCookies.filter((line) => /planted|other=/.test(line)), []);
    assert.deepEqual(sessionCookies(browser), before);
  });

  test("an upload streams: the API has its first part before the last is sent", async () => {
    const browser = await signedIn(world);
    const part = Buffer.alloc(100_000, "x");
    async function* parts() {
      yield part;
      await until("the first part to arrive", () => world.upstream.log[0]?.chunks.length > 0);
      yield part;
    }
    const uploaded = await ask(browser, "/api/upload", { method: "POST", headers: { "content-type": "application/octet-stream" }, body: parts() });
    assert.deepEqual(uploaded.body, { bytes: 200_000 });
  });

  test("an event stream: each event is there before the next is sent", async () => {
    const browser = await signedIn(world);
    const answer = await browser.call(world.origin, "/api/events", { headers: { accept: "text/event-stream" } });
    assert.match(answer.headers["content-type"], /^text\/event-stream/);
    answer.stream.setEncoding("utf8");
    let heard = "";
    answer.stream.on("data", (chunk) => { heard += chunk; });
    await until("the stream's beginning", () => heard.includes(": open"));
    for (const word of ["one", "two"]) {
      world.upstream.say(word);
      await until(`the event ${word}`, () => heard.includes(`data: ${word}\n\n`));
    }
    assert.ok(!heard.includes("three"));
    answer.stream.destroy();
  });

  test("a download comes whole, and one that is given up ends at the API too", async () => {
    const browser = await signedIn(world);
    const bytes = 5_000_000;
    const answer = await browser.call(world.origin, `/api/download?bytes=${bytes}`);
    const hash = createHash("sha256");
    let received = 0;
    for await (const chunk of answer.stream) {
      hash.update(chunk);
      received += chunk.length;
    }
    assert.equal(received, bytes);
    assert.match(answer.headers["content-disposition"], /x\.bin/);
    const endless = await browser.call(world.origin, "/api/download?bytes=100000000000");
    await once(endless.stream, "data");
    endless.stream.destroy();
    await until("the API to see it end", () => world.upstream.log.at(-1).gone);
  });

  test("a token that ends is renewed once, for all who call at once", async () => {
    // Workers KV has no compare-and-set, which is what it is marked unsafe for: two could use one refresh token.
    const crowd = store === "Workers KV" ? 1 : 20;
    world.provider.control({ tokenSeconds: 4 });
    const browser = await signedIn(world);
    await sleep(2_300);
    const all = await Promise.all(Array.from({ length: crowd }, () => browser.call(world.origin, "/api/x")));
    assert.deepEqual(all.map(({ status }) => status), all.map(() => 200));
    assert.deepEqual(world.provider.grants(), ["authorization_code", "refresh_token"]);
    await sleep(2_300);
    assert.equal((await browser.call(world.origin, "/api/x")).status, 200);
    assert.deepEqual(world.provider.grants(), ["authorization_code", "refresh_token", "refresh_token"]);
    assert.deepEqual(world.provider.refusals, []);
    assert.deepEqual(browser.refused, []);
  });

  test("the API's refusal of a token renews it, and the call is made once more", async () => {
    const browser = await signedIn(world);
    world.upstream.control({ refuses: 1 });
    assert.equal((await browser.call(world.origin, "/api/refuse")).status, 200);
    assert.deepEqual(world.upstream.log.map(({ status }) => status), [401, 200]);
    assert.deepEqual(world.provider.grants(), ["authorization_code", "refresh_token"]);
  });

  // L01
  test("signing out ends it here, at the provider, and for whoever kept the cookie", async () => {
    const browser = await signedIn(world);
    const kept = browser.copy();
    const { status, body: { location } } = await ask(browser, "/auth/logout", { method: "POST", headers: JSON_TYPE, body: '{"returnTo":"/bye"}' });
    assert.equal(status, 200);
    assert.deepEqual(sessionCookies(browser), {});
    assert.deepEqual(tokensIn(JSON.stringify(location)), [], "no script reads the ID token");
    const page = await browser.navigate(`${world.origin}${location}`, { from: world.origin });
    const asked = new URL(page.hops[1].url);
    assert.equal(asked.origin, world.provider.issuer);
    assert.equal(asked.searchParams.get("post_logout_redirect_uri"), `${world.origin}/auth/logged-out`);
    assert.ok(asked.searchParams.get("id_token_hint") && asked.searchParams.get("state"));
    assert.equal(page.url, `${world.origin}/bye`);
    assert.deepEqual(world.provider.refusals, []);

    for (const who of [browser, kept]) {
      assert.equal((await session(world, who)).status, "signedOut");
      assert.equal((await who.call(world.origin, "/api/x")).status, 401);
    }
    assert.deepEqual(world.upstream.log, []);
    assert.ok(world.provider.log.some(({ path }) => path === "/token/revocation"), "the refresh token is revoked");
  });

  test("signing out here only asks nothing of the provider's session", async () => {
    const browser = await signedIn(world);
    const { body } = await ask(browser, "/auth/logout", { method: "POST", headers: JSON_TYPE, body: '{"scope":"local"}' });
    assert.deepEqual(body, { location: null });
    assert.equal((await session(world, browser)).status, "signedOut");
  });

  // L03
  test("a sign-out at the provider ends the session at the next request", async () => {
    const browser = await signedIn(world, { user: "bob" });
    const other = await signedIn(world, { user: "carol" });
    assert.equal((await browser.call(world.origin, "/api/x")).status, 200);
    await signOutAtProvider(world, browser);
    assert.equal((await browser.call(world.origin, "/api/x")).status, 401);
    assert.equal((await session(world, browser)).status, "signedOut");
    assert.deepEqual(world.provider.refusals, []);
    assert.equal((await other.call(world.origin, "/api/x")).status, 200, "nobody else is signed out");
    assert.equal(world.upstream.log.length, 2);
  });

  // Last: the app is another one afterwards.
  test("a new key before the old one signs nobody out, and seals from then on", { skip: store === "memory" && "an app that starts anew has an empty memory" }, async (t) => {
    const browser = await signedIn(world);
    const before = sessionCookies(browser);
    world.keys = [newKey(), ...world.keys];
    t.after(() => { world.keys = world.keys.slice(0, 1); });
    await startApp();
    assert.equal((await browser.call(world.origin, "/api/x")).status, 200);
    assert.notDeepEqual(sessionCookies(browser), before);
    world.keys = world.keys.slice(0, 1);
    await startApp();
    assert.equal((await browser.call(world.origin, "/api/x")).status, 200);
  });

  test("nothing that the app printed is secret", () => {
    const text = printed();
    assert.ok(world.provider.tokens.length > 0);
    assert.deepEqual(tokensIn(text), []);
    assert.ok(![CLIENT.clientSecret, ...world.keys].some((secret) => text.includes(secret)));
  });

  if (runtime === "workerd") {
    test("a WebSocket, with the token and for the app's own pages only", async () => {
      const browser = await signedIn(world);
      const ask = (headers) => openSocket({
        port: world.door.port, path: "/live/socket",
        headers: { host: `localhost:${world.door.port}`, cookie: browser.cookieHeader(world.origin), ...headers },
      });
      const socket = await ask({ origin: world.origin, "sec-websocket-protocol": "chat" });
      assert.equal(socket.status, 101);
      assert.equal(socket.headers["sec-websocket-protocol"], "chat");
      socket.send("hello");
      assert.equal(await socket.next(), "bff: hello");
      socket.close();
      world.forget();
      assert.equal((await ask({ origin: "https://evil.example" })).status, 403);
      assert.equal((await ask({})).status, 403);
      assert.deepEqual(world.upstream.log, []);
    });
  }
});
