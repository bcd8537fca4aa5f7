// Cookies that were changed, mixed, kept or are older than the keys: each is no session, and nobody is asked about it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { EACH_RUNTIME, describePlaces } from "../places.mjs";
import { send } from "../http.mjs";
import { newKey, session, setUpWorld, signIn, signOutAtProvider, signedIn } from "../world.mjs";

const world = setUpWorld();
const COOKIE = "__Host-tokenward";
const LOGIN = `${COOKIE}-login-`;

const cookiesOf = (browser) => browser.cookies("localhost", COOKIE);
const headerOf = (cookies) => Object.entries(cookies).map(([name, value]) => `${name}=${value}`).join("; ");

/** The status of a call to the API with exactly these cookies. */
async function statusWith(cookie, path = "/api/x") {
  const answer = await send({
    port: world.door.port, path,
    headers: { host: new URL(world.origin).host, "x-tokenward": "1", "sec-fetch-site": "same-origin", ...(cookie && { cookie }) },
  });
  await answer.text();
  return answer.status;
}

/** Tries each Cookie header, some at a time; gives those that were not refused with 401. */
async function notRefused(headers) {
  const bad = [];
  const left = headers.entries();
  const worker = async () => {
    for (const [at, header] of left) {
      const status = await statusWith(header);
      if (status !== 401) bad.push({ at, status });
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  return bad;
}

/** Nobody was asked anything. */
const assertQuiet = () => assert.deepEqual([world.upstream.log.map(({ url }) => url), world.provider.log.map(({ url }) => url)], [[], []]);

const BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** Another character of those that belong there, differing in the lowest bit; so it is not found by its alphabet. */
const flipped = (character) => BASE64URL[BASE64URL.indexOf(character) ^ 1] ?? "A";

/** The names of a session's cookies, the first part's first. */
const partsFirst = (cookies) => [COOKIE, ...Object.keys(cookies).filter((name) => name !== COOKIE).sort()];

const replaced = (text, at, by) => text.slice(0, at) + by + text.slice(at + 1);

describePlaces(world, ({ store, startApp }) => {
  // C03
  test("changed in any one byte", async () => {
    const browser = await signedIn(world);
    world.forget();
    const cookies = cookiesOf(browser);
    const tampered = Object.entries(cookies).flatMap(([name, value]) =>
      [...value].map((character, at) => headerOf({ ...cookies, [name]: replaced(value, at, flipped(character)) })));
    assert.ok(tampered.length > 100);
    assert.deepEqual(await notRefused(tampered), []);
    assertQuiet();
    assert.equal(await statusWith(headerOf(cookies)), 200, "the cookie itself is good");
  });

  test("cut off, made longer, or empty", async () => {
    const browser = await signedIn(world);
    world.forget();
    const cookies = cookiesOf(browser);
    const [[name, value], ...rest] = Object.entries(cookies);
    const others = [
      ...Array.from({ length: 40 }, (_, at) => value.slice(0, Math.floor((value.length * at) / 40))),
      `${value}A`, `${value}.`, `${value}=`, `${value}%41`, `"${value}"`, `A${value}`, `${value}${value}`, value.toLowerCase(), value.split(".").reverse().join("."),
    ];
    assert.deepEqual(await notRefused(others.map((other) => headerOf({ ...Object.fromEntries(rest), [name]: other }))), []);
    assertQuiet();
  });

  // C03
  test("swapped between names", async () => {
    const browser = await signedIn(world);
    const [[name, value]] = Object.entries(cookiesOf(browser));
    const login = await send({ port: world.door.port, path: "/auth/login", headers: { host: new URL(world.origin).host } });
    const [, loginName, loginValue] = /^([^=]+)=([^;]*)/.exec(login.setCookies[0]);
    assert.ok(loginName.startsWith(LOGIN));
    const state = new URL(login.headers.location).searchParams.get("state");
    world.forget();
    assert.deepEqual(await notRefused([`${name}=${loginValue}`, `${loginName}=${value}`, `${COOKIE}2=${value}`, `${name.toUpperCase()}=${value}`]), []);
    const back = `/auth/callback?${new URLSearchParams({ code: "x", state, iss: world.provider.issuer })}`;
    assert.equal(await statusWith(`${loginName}=${value}`, back), 400, "a session is no sign-in that was begun");
    assert.equal(await statusWith(`${LOGIN}${"x".repeat(8)}=${loginValue}`, back), 400, "nor is one under another name");
    assertQuiet();
  });

  test("given twice", async () => {
    const browser = await signedIn(world);
    const other = await signedIn(world, { user: "mallory" });
    world.forget();
    const [one, two] = [browser, other].map((each) => headerOf(cookiesOf(each)));
    assert.deepEqual(await notRefused([`${one}; ${two}`, `${two}; ${one}`, `${one}; ${one}`]), []);
    assertQuiet();
  });

  // Only the whole session needs chunks.
  if (store === "cookie") {
    // C16
    test("in chunks of which one is missing, changed places, or is another session's", async () => {
      const browser = await signedIn(world, { user: "big" });
      const kept = cookiesOf(browser);
      const names = partsFirst(kept);
      assert.ok(names.length >= 2, `${names}`);
      assert.deepEqual(browser.refused, []);
      const other = cookiesOf(await signedIn(world, { user: "big" }));
      world.forget();
      assert.equal(await statusWith(headerOf(kept)), 200);
      world.forget();
      const [first, ...parts] = names;
      const [, ...otherParts] = partsFirst(other);
      const broken = [
        ...names.map((name) => ({ ...kept, [name]: undefined })),
        ...names.map((name) => ({ ...kept, [name]: "" })),
        ...parts.map((name) => ({ ...kept, [name]: kept[name].slice(0, -1) })),
        ...parts.map((name, at) => ({ ...kept, [name]: other[otherParts[at]] })),
        ...parts.map((name) => ({ ...kept, [first]: kept[name], [name]: kept[first] })),
        { ...kept, [first]: other[first] },
        { ...other, [first]: kept[first] },
      ].map((cookies) => headerOf(Object.fromEntries(Object.entries(cookies).filter(([, value]) => value !== undefined))));
      assert.deepEqual(await notRefused(broken), []);
      assertQuiet();
    });

    // C16
    test("left behind by a session of another size", async () => {
      for (const [first, second] of [["big", "alice"], ["alice", "big"]]) {
        const browser = await signedIn(world, { user: first });
        // The provider would know who it is.
        browser.forgetHost("127.0.0.1");
        await signIn(world, browser, { user: second });
        const { status, user } = await session(world, browser);
        assert.deepEqual([status, user?.sub], ["signedIn", second]);
        assert.equal(await statusWith(headerOf(cookiesOf(browser))), 200);
      }
    });
  }

  // C03
  test("replayed after the sign-out, and after one at the provider", async () => {
    const browser = await signedIn(world);
    const replayed = headerOf(cookiesOf(browser));
    await (await browser.call(world.origin, "/auth/logout", { method: "POST", headers: { "content-type": "application/json" }, body: "{}" })).text();
    const told = await signedIn(world, { user: "bob" });
    const replayedToo = headerOf(cookiesOf(told));
    await signOutAtProvider(world, told);
    world.forget();
    assert.deepEqual(await notRefused([replayed, replayedToo]), []);
    assertQuiet();
  });

  // Last: the app is another one afterwards.
  test("sealed with a key that is no longer in the ring", async (t) => {
    const browser = await signedIn(world);
    const kept = world.keys;
    t.after(() => { world.keys = kept; });
    world.keys = [newKey()];
    await startApp();
    world.forget();
    assert.equal(await statusWith(headerOf(cookiesOf(browser))), 401);
    assertQuiet();
  });
}, { list: EACH_RUNTIME });
