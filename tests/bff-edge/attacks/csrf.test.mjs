// Requests that another site makes a signed-in browser send: every method, content type, Sec-Fetch-Site, Origin and header,
// each with the cookie, as if SameSite did not exist. Refused ones reach neither the API nor the provider.
import assert from "node:assert/strict";
import { test } from "node:test";
import { EACH_RUNTIME, describePlaces } from "../places.mjs";
import { send } from "../http.mjs";
import { session, setUpWorld, signedIn } from "../world.mjs";

const world = setUpWorld();

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
const TYPES = [undefined, "application/json", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"];
const SITES = [undefined, "same-origin", "same-site", "cross-site", "none"];
const origins = () => [undefined, world.origin, "https://evil.example", "null"];
const MARKS = [undefined, "1"];

/** Every combination, as objects with these names. */
const product = (axes) => Object.entries(axes).reduce(
  (rows, [name, values]) => rows.flatMap((row) => values.map((value) => ({ ...row, [name]: value }))), [{}],
);

const headersOf = ({ type, site, origin, mark }, cookie) => Object.fromEntries(Object.entries({
  host: new URL(world.origin).host, cookie, "content-type": type, "sec-fetch-site": site, origin, "x-tokenward": mark,
}).filter(([, value]) => value !== undefined));

/** What the design says of a request: a mark, no foreign word about where it is from, and one such word where it changes things. */
const isAdmitted = ({ method, site, origin, mark }) => mark === "1"
  && (origin === undefined || origin === world.origin)
  && (site === undefined || site === "same-origin")
  && (["GET", "HEAD"].includes(method) || origin !== undefined || site !== undefined);

/** Sends them all, some at a time, and gives each with its status. */
async function sendAll(rows, path, cookie) {
  const results = [];
  const left = [...rows];
  const worker = async () => {
    for (let row = left.shift(); row; row = left.shift()) {
      const hasBody = !["GET", "HEAD", "OPTIONS"].includes(row.method);
      const answer = await send({
        port: world.door.port, method: row.method, path,
        headers: { ...headersOf(row, cookie), ...(hasBody && { "content-length": "2" }) }, body: hasBody ? "{}" : undefined,
      });
      await answer.text();
      results.push({ ...row, status: answer.status, setCookies: answer.setCookies });
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  return results;
}

const shown = ({ method, type, site, origin, mark, status }) => JSON.stringify({ method, type, site, origin, mark, status });

describePlaces(world, () => {
  // C04
  test("on the proxy", async () => {
    const browser = await signedIn(world);
    world.forget();
    const rows = product({ method: METHODS, type: TYPES, site: SITES, origin: origins(), mark: MARKS });
    const results = await sendAll(rows, "/api/x", browser.cookieHeader(world.origin));
    const wrong = results.filter((row) => {
      // No rule names this method.
      if (row.method === "OPTIONS") return ![403, 405].includes(row.status);
      return row.status !== (isAdmitted(row) ? 200 : 403);
    });
    assert.deepEqual(wrong.map(shown), []);
    const served = results.filter(({ status }) => status === 200);
    assert.equal(world.upstream.log.length, served.length, "a refused request is not passed on");
    assert.deepEqual(world.provider.log, []);
    assert.equal(results.length, 1_400);
    assert.ok(served.length > 0);
  });

  // C04
  test("on the session's endpoint and the sign-out", async () => {
    const browser = await signedIn(world);
    world.forget();
    const cookie = browser.cookieHeader(world.origin);
    const rows = product({ method: ["GET", "POST"], type: TYPES, site: SITES, origin: origins(), mark: MARKS });
    for (const [path, wanted] of [["/auth/session", "GET"], ["/auth/logout", "POST"]]) {
      // One that is admitted would sign out, and leave nothing for the others to attack.
      const tried = rows.filter((row) => path === "/auth/session" || row.method !== wanted || !isAdmitted(row));
      const results = await sendAll(tried, path, cookie);
      const wrong = results.filter((row) => (row.method === wanted
        ? row.status !== (isAdmitted(row) ? 200 : 403)
        : ![403, 405].includes(row.status)));
      assert.deepEqual(wrong.map(shown), [], path);
      assert.deepEqual(results.filter(({ status, setCookies }) => status >= 400 && setCookies.length > 0), []);
    }
    assert.equal((await session(world, browser)).status, "signedIn");
    assert.deepEqual([world.upstream.log, world.provider.log], [[], []]);
  });

  // C05
  test("on the sign-in: only a navigation begins one", async () => {
    world.forget();
    const modes = [undefined, "navigate", "cors", "no-cors", "same-origin", "websocket"];
    const destinations = [undefined, "document", "empty", "iframe", "image", "script", "object"];
    const wrong = [];
    for (const { mode, destination } of product({ mode: modes, destination: destinations })) {
      const headers = Object.fromEntries(Object.entries({
        host: new URL(world.origin).host, "sec-fetch-mode": mode, "sec-fetch-dest": destination,
      }).filter(([, value]) => value !== undefined));
      const { status, setCookies, text } = await send({ port: world.door.port, path: "/auth/login", headers });
      await text();
      const isNavigation = [undefined, "navigate"].includes(mode) && [undefined, "document"].includes(destination);
      if (status !== (isNavigation ? 303 : 403) || (status === 403 && setCookies.length > 0)) wrong.push({ mode, destination, status });
    }
    assert.deepEqual(wrong, []);
    assert.deepEqual(world.provider.log.filter(({ path }) => path !== "/.well-known/openid-configuration"), []);
    for (const method of ["POST", "PUT", "DELETE"]) {
      const { status, text } = await send({ port: world.door.port, method, path: "/auth/login", headers: { host: new URL(world.origin).host } });
      await text();
      assert.ok([403, 405].includes(status), `${method} ${status}`);
    }
  });

  // C04
  test("what looks nearly as it should", async () => {
    const browser = await signedIn(world);
    world.forget();
    const good = { method: "POST", site: "same-origin", origin: world.origin, mark: "1" };
    const nearly = [
      ...["0", "", "1 x", "11", "true", "1, 0"].map((mark) => ({ ...good, mark })),
      ...[`${world.origin}.evil.example`, `${world.origin}/`, `${world.origin}0`, world.origin.replace("http:", "https:"), world.origin.toUpperCase(),
        world.origin.replace("localhost", "127.0.0.1"), `${world.origin}, https://evil.example`].map((origin) => ({ ...good, origin })),
      ...["Same-Origin", "same-origin, cross-site", "same-origin;x", "self"].map((site) => ({ ...good, site })),
    ];
    const results = await sendAll(nearly, "/api/x", browser.cookieHeader(world.origin));
    assert.deepEqual(results.filter(({ status }) => status !== 403).map(shown), []);
    assert.deepEqual(world.upstream.log, []);
  });

  // C04
  test("a header that comes twice is as if it were wrong", async () => {
    const browser = await signedIn(world);
    world.forget();
    const good = { host: new URL(world.origin).host, cookie: browser.cookieHeader(world.origin), "x-tokenward": "1", origin: world.origin, "sec-fetch-site": "same-origin" };
    for (const twice of ["x-tokenward", "origin", "sec-fetch-site"]) {
      const headers = { ...good, [twice]: [good[twice], good[twice]] };
      const { status, text } = await send({ port: world.door.port, method: "POST", path: "/api/x", headers });
      await text();
      assert.ok([400, 403].includes(status), `${twice} twice: ${status}`);
    }
    assert.deepEqual(world.upstream.log, []);
  });
}, { list: EACH_RUNTIME });
