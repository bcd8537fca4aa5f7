// What an API refuses: which refusals bring another try, which are told as a step-up, that nothing is sent more often than
// it may be, and that a caller who gives up stops its own try and nobody else's.
import assert from "node:assert/strict";
import { before, beforeEach, describe, test } from "node:test";
import { engine } from "./driver.mjs";
import { letTokensEnd } from "./later.mjs";
import { startWireApi } from "./wire-api.mjs";
import { setUpWorld, signedInTab, until } from "./world.mjs";

const world = setUpWorld();
before(async () => { world.api = await startWireApi(); });

const REFUSAL = { status: 401, headers: { "www-authenticate": 'Bearer error="invalid_token"' } };
const url = (path = "echo") => `${world.api.origin}/v1/app/${path}`;
const arrived = () => world.api.log.map(({ method, body }) => (body ? `${method} ${body}` : method));

/** Refuses the token that it sees first, and takes every other. */
function refuseFirstToken(refusal = REFUSAL) {
  let first;
  world.api.refuse = ({ token }) => {
    first ??= token;
    return token === first ? refusal : null;
  };
}

let tab;
beforeEach(async () => {
  world.provider.control({ tokenDelayMs: 0 });
  world.api.refuse = () => null;
  tab = await signedInTab(world, world.options("ok", { apis: [`${world.api.origin}/v1`] }));
  await letTokensEnd(tab);
  world.api.log.length = 0;
  world.provider.log.length = 0;
});

const reported = async () => {
  const events = await tab.evaluate(() => harness.events.splice(0).filter(({ name }) => name === "stepUpRequired"));
  return events.map(({ detail }) => detail.error.code);
};

describe("challenges", () => {
  const expired = 'Bearer error="invalid_token"';
  const scope = 'Bearer error="insufficient_scope", scope="write"';
  const user = 'Bearer error="insufficient_user_authentication", acr_values="gold", max_age="5"';

  // Status, the header's values, and what comes of it: another try, a report, or neither.
  const challenges = [
    ["none", 401, [], "again"],
    ["Bearer alone", 401, ["Bearer"], "again"],
    ["a realm only", 401, ['Bearer realm="x"'], "again"],
    ["an invalid token", 401, [expired], "again"],
    ["an invalid token, in odd case", 401, ['bEaReR ErRoR="invalid_token"'], "again"],
    ["an invalid token, unquoted", 401, ["Bearer error=invalid_token"], "again"],
    ["an invalid token among others", 401, [`Basic realm="x", ${expired}, Negotiate`], "again"],
    ["an invalid token in one of many headers", 401, ['Basic realm="x"', expired, "Negotiate"], "again"],
    ["commas and names in quotes", 401,
      [`Bearer realm="a, Basic b, error=\\"insufficient_scope\\"", error="invalid_token"`], "again"],
    ["Basic only", 401, ['Basic realm="x"'], "again"],
    ["another scheme's error", 401, ['Basic error="insufficient_scope"'], "again"],
    ["what is malformed", 401, ['Bearer error="insufficient_scope'], "again"],
    ["an unknown error", 401, ['Bearer error="other"'], "kept"],
    ["a bad request", 401, ['Bearer error="invalid_request"'], "kept"],
    ["a nonce, which a bearer cannot have", 401, ['DPoP error="use_dpop_nonce"'], "kept"],
    ["403 alone", 403, [], "kept"],
    ["403 with an invalid token", 403, [expired], "kept"],
    ["400", 400, [expired], "kept"],
    ["500", 500, [expired], "kept"],
    ["too little scope", 403, [scope], "insufficient_scope"],
    ["too little scope, with 401", 401, [scope], "insufficient_scope"],
    ["too little scope among others", 403, [`Basic realm="a, b", ${scope}, Negotiate`], "insufficient_scope"],
    // Of several such headers Firefox shows a script none.
    ["too little scope in one of many headers", 403, ['Basic realm="a, b"', scope], engine === "firefox" ? "kept" : "insufficient_scope"],
    ["another sign-in", 401, [user], "insufficient_user_authentication"],
    ["another sign-in, with 403", 403, [user], "insufficient_user_authentication"],
    ["another sign-in, in odd case", 401, [user.replace("Bearer", "BEARER").replace("error", "Error")], "insufficient_user_authentication"],
  ];

  // B02, B03, B05
  test("each is tried again, reported or left to the caller, and none is asked more than twice", async () => {
    for (const [name, status, values, outcome] of challenges) {
      const refusal = { status, headers: values.length > 0 ? { "www-authenticate": values } : {} };
      const isAgain = outcome === "again";
      for (const [refuse, last] of [
        [() => refuseFirstToken(refusal), isAgain ? 200 : status],
        [() => { world.api.refuse = () => refusal; }, status],
      ]) {
        refuse();
        world.api.log.length = 0;
        world.provider.log.length = 0;
        const got = await tab.evaluate((target) => harness.outcome(() => harness.auth.fetch(target)), url());
        assert.deepEqual(got, { value: { status: last } }, name);
        assert.equal(world.api.log.length, isAgain ? 2 : 1, name);
        assert.deepEqual(world.tokenRequests(), isAgain ? ["refresh_token"] : [], name);
        assert.deepEqual(await reported(), isAgain || outcome === "kept" ? [] : [outcome], name);
      }
    }
  });

  // B03
  test("the last answer is the caller's, with its headers and body", async () => {
    world.api.refuse = () => REFUSAL;
    const got = await tab.evaluate(async (target) => {
      const response = await harness.auth.fetch(target);
      return [response.status, response.headers.get("www-authenticate"), await response.text()];
    }, url());
    assert.deepEqual(got, [401, REFUSAL.headers["www-authenticate"], "refused"]);
  });

  // B03
  test("where no better token can be had, the 401 is the caller's, unread", async () => {
    world.api.refuse = () => REFUSAL;
    const got = await tab.evaluate(async ([target, provider]) => {
      const native = window.fetch;
      window.fetch = (input, init) =>
        (String(input.url ?? input).startsWith(provider) ? Promise.reject(new TypeError("away")) : native(input, init));
      const response = await harness.auth.fetch(target);
      return [response.status, await response.text()];
    }, [url(), world.provider.origin]);
    assert.deepEqual(got, [401, "refused"]);
    assert.deepEqual(arrived(), ["GET"]);
  });
});

describe("many at once", () => {
  // B03, T15
  test("fifty refusals bring one token request, and each is tried once more", async () => {
    refuseFirstToken();
    world.provider.control({ tokenDelayMs: 200 });
    const statuses = await tab.evaluate((target) => Promise.all(Array.from({ length: 50 }, async (_, index) =>
      (await harness.auth.fetch(target, { method: "POST", body: `<${index}>` })).status)), url());
    assert.deepEqual(statuses, Array(50).fill(200));
    assert.deepEqual(world.tokenRequests(), ["refresh_token"]);
    const times = Map.groupBy?.(arrived(), (request) => request)
      ?? arrived().reduce((all, request) => all.set(request, [...(all.get(request) ?? []), request]), new Map());
    assert.deepEqual([times.size, ...new Set([...times.values()].map(({ length }) => length))], [50, 2]);
  });

  // B03, T15
  test("a refusal that comes late, of a token that was replaced since, brings no other token request", async () => {
    let letGo;
    const late = new Promise((resolve) => { letGo = resolve; });
    let first;
    world.api.refuse = ({ token, what }) => {
      first ??= token;
      if (token !== first) return null;
      return what === "late" ? late : REFUSAL;
    };
    const answers = tab.evaluate(([soon, later]) =>
      Promise.all([later, soon].map(async (target) => (await harness.auth.fetch(target)).status)), [url("soon"), url("late")]);
    await until("the try with the new token", () => world.api.log.length === 3);
    letGo(REFUSAL);
    assert.deepEqual(await answers, [200, 200]);
    assert.deepEqual(world.tokenRequests(), ["refresh_token"]);
  });
});

describe("uploads", () => {
  const sendAll = (uploads) => tab.evaluate(`(async (target) => {
    const statuses = {};
    for (const [name, send] of Object.entries({ ${Object.entries(uploads).map(([name, send]) => `${JSON.stringify(name)}: ${send}`)} })) {
      statuses[name] = (await send(target)).status;
    }
    return statuses;
  })(${JSON.stringify(url())})`);

  // B03
  test("what is in a Request of the caller is sent once", async () => {
    world.api.refuse = () => REFUSAL;
    const statuses = await sendAll({
      text: (target) => harness.auth.fetch(new Request(target, { method: "POST", body: "1" })),
      form: (target) => harness.auth.fetch(new Request(target, { method: "POST", body: new URLSearchParams("a=2") })),
      options: (target) => harness.auth.fetch(new Request(target, { method: "POST", body: "3" }), { headers: { "x-mine": "1" } }),
      copy: (target) => harness.auth.fetch(new Request(target, { method: "POST", body: "4" }).clone()),
    });
    assert.deepEqual(statuses, { text: 401, form: 401, options: 401, copy: 401 });
    assert.deepEqual(arrived(), ["POST 1", "POST a=2", "POST 3", "POST 4"]);
    assert.deepEqual(world.tokenRequests(), []);
  });

  // B03
  test("a Request without a body is sent twice, and so is one whose body is given beside it", async () => {
    world.api.refuse = () => REFUSAL;
    await sendAll({
      get: (target) => harness.auth.fetch(new Request(target)),
      delete: (target) => harness.auth.fetch(new Request(target, { method: "DELETE" })),
      beside: (target) => harness.auth.fetch(new Request(target, { method: "POST", body: "1" }), { body: "2" }),
    });
    assert.deepEqual(arrived(), ["GET", "GET", "DELETE", "DELETE", "POST 2", "POST 2"]);
  });

  // What the caller changes as soon as it has called, and once the first try has arrived.
  const mutable = {
    "a form": () => {
      const body = new URLSearchParams("a=before");
      return [body, () => body.set("a", "after")];
    },
    "a form with a file": () => {
      const body = new FormData();
      body.set("a", new File(["before"], "before.txt"));
      return [body, () => body.set("a", "after")];
    },
    "bytes": () => {
      const body = new TextEncoder().encode("before");
      return [body, () => body.fill(33)];
    },
    "a buffer": () => {
      const body = new TextEncoder().encode("before").buffer;
      return [body, () => new Uint8Array(body).fill(33)];
    },
    "a buffer that is given away": () => {
      const body = new TextEncoder().encode("before").buffer;
      return [body, () => { if (body.byteLength > 0) structuredClone(body, { transfer: [body] }); }];
    },
  };

  for (const [when, isStale] of [["with a token at hand", false], ["while the token is refreshed", true]]) {
    // B03
    test(`what is changed after the call is sent as it was, both times, ${when}`, async () => {
      for (const [name, make] of Object.entries(mutable)) {
        refuseFirstToken();
        world.api.log.length = 0;
        world.provider.log.length = 0;
        const status = await tab.evaluate(`(async () => {
          const [body, change] = (${make})();
          if (${isStale}) later();
          const answer = harness.auth.fetch(${JSON.stringify(url())}, { method: "POST", body });
          change();
          return (await answer).status;
        })()`);
        assert.equal(status, 200, name);
        const bodies = world.api.log.map(({ body }) => body);
        assert.equal(bodies.length, 2, name);
        assert.equal(world.tokenRequests().length, isStale ? 2 : 1, name);
        for (const body of bodies) assert.ok(body.includes("before") && !/after|!/.test(body), `${name}: ${body}`);
      }
    });
  }

  // B03
  test("what a redirect leads on from is not sent again: it may have been done", async () => {
    world.api.refuse = ({ what }) => (what === "echo" ? REFUSAL : null);
    const statuses = await tab.evaluate(async ([see, repeat]) => {
      const calls = [[see, { method: "POST", body: "1" }], [repeat, { method: "PUT", body: "2" }], [see, {}]];
      const got = [];
      for (const [target, init] of calls) got.push((await harness.auth.fetch(target, init)).status);
      return got;
    }, [303, 307].map((status) => url(`redirect?status=${status}&to=${url()}`)));
    assert.deepEqual(statuses, [401, 401, 401]);
    assert.deepEqual(arrived(), ["POST 1", "GET", "PUT 2", "PUT 2", "GET", "GET", "GET", "GET"]);
  });
});

describe("who gives up", () => {
  const tokenAsked = () => until("the token request", () => world.tokenRequests().length === 1);

  // Starts calls with names and notes how each ends, in the order in which they do.
  const start = (names, isStale) => tab.evaluate(([target, given, stale]) => {
    if (stale) later();
    globalThis.ended = [];
    globalThis.controllers = {};
    for (const name of given) {
      const { signal } = controllers[name] = new AbortController();
      const init = { method: "POST", body: name };
      const answer = name.startsWith("Request")
        ? harness.auth.fetch(new Request(target, { method: "DELETE", signal }))
        : harness.auth.fetch(target, { ...init, signal });
      answer.then(({ status }) => ended.push([name, status]), (reason) => ended.push([name, reason]));
    }
  }, [url(), names, isStale]);
  const abort = (name, reason) => tab.evaluate(async ([which, why]) => {
    controllers[which].abort(why);
    await new Promise((resolve) => setTimeout(resolve));
    return ended;
  }, [name, reason]);
  const end = (count) => until("all answers", () => tab.evaluate((wanted) => ended.length === wanted && ended, count));

  for (const [when, isStale] of [["while the token is refreshed", true], ["between a 401 and the next try", false]]) {
    // B03, T15
    test(`${when}: is told at once, and the others go on`, async () => {
      if (!isStale) refuseFirstToken();
      world.provider.control({ tokenDelayMs: 1_500 });
      await start(["one", "two", "three", "Request"], isStale);
      await tokenAsked();
      const before = isStale ? 0 : 4;
      await until("the first tries", () => world.api.log.length === before);
      await abort("two", "enough");
      assert.deepEqual(await abort("Request", "done"), [["two", "enough"], ["Request", "done"]], "before the token came");
      const ended = await end(4);
      assert.deepEqual(ended.slice(2).sort(), [["one", 200], ["three", 200]]);
      assert.deepEqual(arrived().slice(before).sort(), ["POST one", "POST three"]);
      assert.deepEqual(world.tokenRequests(), ["refresh_token"]);
      assert.equal((await tab.evaluate(() => harness.session())).status, "signedIn");
    });
  }

  // T15
  test("who alone waited for a token leaves it to the next", async () => {
    world.provider.control({ tokenDelayMs: 500 });
    await start(["one"], true);
    await tokenAsked();
    assert.deepEqual(await abort("one", "enough"), [["one", "enough"]]);
    await until("the token", () => tab.evaluate(() => harness.events.some(({ name }) => name === "tokenRefreshed")));
    assert.deepEqual(await tab.evaluate((target) => harness.outcome(() => harness.auth.fetch(target)), url()), { value: { status: 200 } });
    assert.deepEqual(world.tokenRequests(), ["refresh_token"]);
  });

  test("who had given up before asks for no token", async () => {
    const outcome = await tab.evaluate(async (target) => {
      later();
      const signal = AbortSignal.abort("before");
      const calls = [[target, { signal }], [new Request(target, { signal })], [target, { signal, method: "POST", body: new FormData() }]];
      const reasons = await Promise.allSettled(calls.map((given) => harness.auth.fetch(...given)));
      return reasons.map(({ reason }) => reason);
    }, url());
    assert.deepEqual(outcome, ["before", "before", "before"]);
    assert.deepEqual([world.tokenRequests(), arrived()], [[], []]);
  });

  test("a signal that lives on keeps nothing of the calls that ended", async () => {
    const left = await tab.evaluate(async (target) => {
      later();
      let listeners = 0;
      for (const [name, step] of [["addEventListener", 1], ["removeEventListener", -1]]) {
        const native = AbortSignal.prototype[name];
        AbortSignal.prototype[name] = function (...given) {
          listeners += step;
          return native.apply(this, given);
        };
      }
      await harness.auth.fetch(target, { signal: new AbortController().signal });
      return listeners;
    }, url());
    assert.equal(left, 0);
    assert.deepEqual(world.tokenRequests(), ["refresh_token"]);
  });
});
