// The access token goes to the places named in `apis` and nowhere else, however an address is written.
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { engine } from "./driver.mjs";
import { setUpWorld, signedInTab, toCallback } from "./world.mjs";

const API = "https://api.example.com";
const world = setUpWorld();

const options = () => world.options("ok", { apis: [API, { origin: world.provider.origin, path: "/api/v1" }] });

// Signed in, with an interceptor that answers for every host that is not ours, and nothing in any log.
const seen = [];
async function watchedTab() {
  const tab = await signedInTab(world, options());
  const ours = [world.host.origin, world.provider.origin, world.provider.collector.origin];
  await tab.intercept((url) => !ours.includes(url.origin) && url.protocol.startsWith("http"), (request) => {
    if (request.method !== "OPTIONS") seen.push({ url: request.url, authorization: request.headers.authorization });
    return {
      status: 200,
      headers: {
        "access-control-allow-origin": world.host.origin,
        "access-control-allow-headers": request.headers["access-control-request-headers"] ?? "authorization",
      },
      body: "{}",
    };
  });
  forget();
  return tab;
}

function forget() {
  for (const log of [seen, world.provider.log, world.provider.collector.log]) log.length = 0;
}

const arrived = () => [
  ...seen,
  ...[...world.provider.log, ...world.provider.collector.log]
    .filter(({ method, path }) => method !== "OPTIONS" && (path.startsWith("/api") || path.startsWith("/x")))
    .map(({ url, headers }) => ({ url, authorization: headers.authorization })),
];

beforeEach(() => world.provider.control({ apiRefusals: 0 }));

const call = (tab, url, init) => tab.evaluate(
  ([target, given]) => harness.outcome(() => harness.auth.fetch(target, given)), [url, init],
);

describe("addresses", () => {
  // Written with the real ports once they are known.
  const hostile = () => {
    const { provider } = world;
    const { host, port } = new URL(provider.origin);
    return [
      // The allowed name as a part of another name.
      "https://api.example.com.evil.test/x", "https://evil-api.example.com/x", "https://xapi.example.com/x",
      "https://example.com/x", "https://api.example.comx/x", "https://api.example.com./x", "https://api-example.com/x",
      "https://api.example.com%2eevil.test/x", "https://api.example.com\uFF0Eevil.test/x",
      // The allowed name as user information, path, query or fragment of another.
      "https://api.example.com@evil.test/x", "https://api.example.com:443@evil.test/x", `http://${host}@evil.test/x`,
      "https://evil.test/https://api.example.com/x", "https://evil.test/?https://api.example.com/x",
      "https://evil.test#@api.example.com/x", "https://evil.test/x#https://api.example.com",
      "https://evil.test\\@api.example.com/x", "https:\\\\evil.test\\api.example.com", "https:evil.test/x",
      // Another scheme or port.
      "http://api.example.com/x", "https://api.example.com:444/x", `https://${host}/api/v1/x`,
      `${provider.collector.origin}/x`, `http://127.0.0.1.evil.test:${port}/api/v1/x`,
      // Relative, and tidied away by the URL parser.
      "//evil.test/x", "\\\\evil.test/x", "/\\evil.test/x", "/\t/evil.test/x", "\n//evil.test/x",
      "ht\ntps://evil.test/x", "https://ev\til.test/x", "https://api.example.com\n.evil.test/x",
      "  https://evil.test/x  ",
      // The same loopback server under another name.
      `http://localhost:${port}/api/v1/x`,
      // Outside the path.
      `${provider.origin}/api/v1evil`, `${provider.origin}/api`, `${provider.origin}/api/V1/x`,
      `${provider.origin}/api/v2/x`,
      `${provider.origin}/api/v1/../x`, `${provider.origin}/api/v1/%2e%2e/x`, `${provider.origin}/api/v1/.%2E/x`,
      `${provider.origin}/api/v1\\..\\x`, `${provider.origin}/api//v1/x`, `${provider.origin}/api/x?/api/v1/`,
      `${provider.origin}/api/v1%2fx`, `${provider.origin}/api/v1/./../x`,
      // Outside it for a server that decodes before it splits.
      `${provider.origin}/api/v1/..%2fx`, `${provider.origin}/api/v1/%2e%2e%2Fx`, `${provider.origin}/api/v1/..%5cx`,
    ];
  };

  // B04
  test("none of the look-alikes gets the token", async () => {
    const tab = await watchedTab();
    const addresses = hostile();
    for (const url of addresses) {
      await call(tab, url);
      const carried = arrived().filter(({ authorization }) => authorization !== undefined);
      assert.deepEqual(carried, [], `the token went out for ${JSON.stringify(url)}`);
    }
    // Some are not addresses at all and are refused by fetch; most must have been sent, or the test saw nothing.
    assert.ok(arrived().length > addresses.length * 0.7, `${arrived().length} of ${addresses.length} arrived`);
    assert.deepEqual(world.tokenRequests(), [], "a 401 without a token is no reason to refresh");
  });

  // B01, B04
  test("the allowed places get it, however they are written", async () => {
    const tab = await watchedTab();
    const { origin } = world.provider;
    const allowed = [
      `${API}/`, `${API}/x?y#z`, "HTTPS://API.EXAMPLE.COM/x", "https://api.example.com:443/x",
      "https://api.exa\tmple.com/x",
      "https:\\\\api.example.com\\x", "https://api.example.com\\@evil.test/x", "  https://api.example.com/x",
      `${origin}/api/v1`, `${origin}/api/v1/`, `${origin}/api/v1/x`, `${origin}/api/v1?x`, `${origin}/api/x/../v1/x`,
    ];
    for (const url of allowed) {
      forget();
      await call(tab, url);
      const carried = arrived().map(({ authorization }) => authorization?.slice(0, "Bearer access-".length));
      assert.deepEqual(carried, ["Bearer access-"], JSON.stringify(url));
    }
  });
});

describe("ways to call", () => {
  let tab;
  beforeEach(async () => { tab = await watchedTab(); });
  const apiUrl = (path = "/x") => `${world.provider.origin}/api/v1${path}`;
  const apiCalls = () => world.provider.log.filter(({ method, path }) => method !== "OPTIONS" && path.startsWith("/api"));

  test("a Request, a URL and an init all work, and are left as they were", async () => {
    const left = await tab.evaluate(async (url) => {
      const headers = new Headers({ "x-mine": "1" });
      const init = { method: "POST", body: "note", headers };
      const request = new Request(url, { method: "PUT", body: "from a request", headers: { "x-mine": "2" } });
      const frozen = Object.freeze({ headers: Object.freeze({ "x-mine": "3" }) });
      const statuses = [];
      for (const [input, given] of [[url, init], [request], [new URL(url)], [url, frozen], [new Request(url), frozen]]) {
        statuses.push((await harness.auth.fetch(input, given)).status);
      }
      return { statuses, headers: [...headers], keys: Object.keys(init), ofRequest: [...request.headers.keys()] };
    }, apiUrl());
    assert.deepEqual(left.statuses, [200, 200, 200, 200, 200]);
    assert.deepEqual(left.headers, [["x-mine", "1"]]);
    assert.deepEqual(left.keys, ["method", "body", "headers"]);
    assert.equal(left.ofRequest.includes("authorization"), false);
    assert.deepEqual(apiCalls().map(({ method, body, headers }) => [method, body, headers["x-mine"]]), [
      ["POST", "note", "1"], ["PUT", "from a request", "2"], ["GET", "", undefined], ["GET", "", "3"], ["GET", "", "3"],
    ]);
  });

  // B04
  test("a hostile Request object gets no token", async () => {
    await tab.evaluate((target) => Promise.all([
      harness.outcome(() => harness.auth.fetch(new Request(target))),
      harness.outcome(() => harness.auth.fetch(new URL("https://api.example.com.evil.test/x"))),
    ]), `${world.provider.collector.origin}/x`);
    assert.deepEqual(arrived().map(({ authorization }) => authorization), [undefined, undefined]);
  });

  // What is judged and what is sent must be one reading of the address: each of these shows a good one first.
  const shifty = {
    "an object whose text changes": (good, bad) => {
      let readings = 0;
      return { toString: () => (readings++ === 0 ? good : bad) };
    },
    "an object that looks like a Request": (good, bad) => ({ url: good, headers: new Headers(), toString: () => bad }),
    "a Request that claims another address": (good, bad) => {
      class Disguised extends Request {
        get url() { return good; }
      }
      return new Disguised(bad);
    },
    "a URL object that is changed after the call": (good, bad) => {
      const url = new URL(good);
      queueMicrotask(() => { url.href = bad; });
      return url;
    },
  };
  for (const [name, make] of Object.entries(shifty)) {
    // B04
    test(`${name} takes no token elsewhere`, async () => {
      // A 401 at first, since a second try reads its arguments again, and later.
      world.provider.control({ forgetAccessTokens: true });
      await tab.evaluate(`harness.outcome(() => harness.auth.fetch((${make})(${
        [apiUrl(), `${world.provider.collector.origin}/x`].map((url) => JSON.stringify(url))
      })))`);
      const carried = world.provider.collector.log.filter(({ method, headers }) =>
        headers.authorization || (method === "OPTIONS" && /authorization/.test(headers["access-control-request-headers"])));
      assert.deepEqual(carried.map(({ method, headers }) => [method, headers.authorization]), []);
    });
  }

  test("an init that is changed after the call is sent as it was, both times", async () => {
    world.provider.control({ forgetAccessTokens: true });
    await tab.evaluate((url) => harness.outcome(() => {
      const init = { method: "POST", body: "first", headers: { "x-mine": "first" } };
      const answer = harness.auth.fetch(url, init);
      Object.assign(init, { method: "PUT", body: "second" });
      init.headers["x-mine"] = "second";
      return answer;
    }), apiUrl());
    const sent = apiCalls().map(({ method, body, headers }) => [method, body, headers["x-mine"]]);
    assert.deepEqual(sent, [["POST", "first", "first"], ["POST", "first", "first"]]);
  });

  test("an init is read as fetch reads it, inherited members too", async () => {
    await tab.evaluate((url) => harness.outcome(async () => {
      await harness.auth.fetch(url, Object.create({ method: "DELETE" }));
      await harness.auth.fetch(url, new Request(url, { method: "DELETE", headers: { "x-mine": "1" } }));
    }), apiUrl());
    const sent = apiCalls().map(({ method, headers }) => [method, headers["x-mine"]]);
    assert.deepEqual(sent, [["DELETE", undefined], ["DELETE", "1"]]);
  });

  test("the caller's own Authorization stays, and a 401 to it is the caller's", async () => {
    const mine = "Basic bWluZQ==";
    for (const headers of [{ Authorization: mine }, [["authorization", mine]]]) {
      assert.deepEqual(await call(tab, apiUrl(), { headers }), { value: { status: 401 } });
    }
    assert.deepEqual(apiCalls().map(({ headers }) => headers.authorization), [mine, mine]);
    assert.deepEqual(world.tokenRequests(), []);
  });

  // B04
  test("a redirect to another origin loses the token", async () => {
    const target = `${world.provider.collector.origin}/x`;
    await call(tab, apiUrl(`/x?redirect_to=${encodeURIComponent(target)}`));
    assert.match(apiCalls()[0].headers.authorization, /^Bearer /);
    const landed = world.provider.collector.log.filter(({ method }) => method === "GET");
    assert.equal(landed.length, 1);
    assert.equal(landed[0].headers.authorization, undefined);
  });

  // B03
  test("a 401 brings exactly one refresh and one more try with the new token", async () => {
    world.provider.control({ forgetAccessTokens: true });
    assert.deepEqual(await call(tab, apiUrl(), { method: "POST", body: "once" }), { value: { status: 200 } });
    const [first, second, ...more] = apiCalls();
    assert.deepEqual([first.body, second.body, more], ["once", "once", []]);
    assert.notEqual(first.headers.authorization, second.headers.authorization);
    assert.deepEqual(world.tokenRequests(), ["refresh_token"]);
  });

  // B03
  test("a 401 for ever is handed to the caller after two tries", async () => {
    world.provider.control({ apiRefusals: Infinity });
    assert.deepEqual(await call(tab, apiUrl()), { value: { status: 401 } });
    assert.equal(apiCalls().length, 2);
    assert.deepEqual(world.tokenRequests(), ["refresh_token"]);
    assert.equal((await tab.evaluate(() => harness.session())).status, "signedIn");
  });

  // T15
  test("calls that fail together share one refresh", async () => {
    world.provider.control({ forgetAccessTokens: true, tokenDelayMs: 100 });
    const statuses = await tab.evaluate(async (url) => {
      const responses = await Promise.all(Array.from({ length: 10 }, () => harness.auth.fetch(url)));
      return responses.map(({ status }) => status);
    }, apiUrl());
    world.provider.control({ tokenDelayMs: 0 });
    assert.deepEqual(statuses, Array(10).fill(200));
    assert.deepEqual(world.tokenRequests(), ["refresh_token"]);
    assert.equal(apiCalls().length, 20);
  });

  // T15, R02
  test("forced refreshes asked for together are one, and all get its token", async () => {
    world.provider.control({ tokenDelayMs: 100 });
    const tokens = await tab.evaluate(() => Promise.all(
      Array.from({ length: 5 }, () => harness.auth.getAccessToken({ force: true })),
    ));
    world.provider.control({ tokenDelayMs: 0 });
    assert.equal(new Set(tokens).size, 1);
    assert.deepEqual(world.tokenRequests(), ["refresh_token"]);
    assert.deepEqual(world.provider.incidents, []);
  });

});

// B03
test("a body that can be read only once is not sent twice", async (t) => {
  const tab = await world.newTab();
  await toCallback(tab, world, options());
  const outcome = await tab.evaluate(async ([given, url]) => {
    let duplexRead = false;
    const makeInit = () => ({
      method: "POST",
      body: new Blob(["a stream"]).stream(),
      get duplex() { duplexRead = true; return "half"; },
    });
    const probe = new Request(url, makeInit());
    if (!duplexRead || probe.headers.has("content-type")) return null;

    // Browsers stream uploads over HTTP/2 only, so a fetch of the page's own stands in for the API.
    const bodies = [];
    const refusing = async (input, init) => {
      const request = new Request(input, init);
      if (request.url !== url) return fetch(request);
      bodies.push(await request.text());
      return new Response(null, { status: 401, headers: { "www-authenticate": "Bearer" } });
    };
    await harness.start({ ...given, fetch: refusing });
    const streamed = await harness.outcome(() => harness.auth.fetch(url, makeInit()));
    const ordinary = await harness.outcome(() => harness.auth.fetch(url, { method: "POST", body: "text" }));
    return { streamed, ordinary, bodies };
  }, [options(), `${world.provider.origin}/api/v1/x`]);
  if (outcome === null) return t.skip(`${engine} has no streaming request bodies`);
  const refused = { value: { status: 401 } };
  assert.deepEqual(outcome, { streamed: refused, ordinary: refused, bodies: ["a stream", "text", "text"] });
});
