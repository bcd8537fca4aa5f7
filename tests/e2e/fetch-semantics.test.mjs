// auth.fetch is fetch: row by row it comes to what native fetch comes to with the same token, as the caller and as the
// server see it, whether the token is at hand, has to be refreshed first, or is refused at first.
import assert from "node:assert/strict";
import { before, beforeEach, describe, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { engine } from "./driver.mjs";
import { rows } from "./fetch-rows.mjs";
import { letTokensEnd } from "./later.mjs";
import { startWireApi } from "./wire-api.mjs";
import { setUpWorld, signedInTab } from "./world.mjs";

/** What is known to differ in an engine, and why. */
const DIFFERENT = {
  chromium: {
    // A stream is locked when it is sent, which is after the refresh.
    "a stream": ["stale"], "a Request with a body": ["stale"],
  },
  firefox: {
    // Firefox has its limit for a body in the options only, and a body that can change is sent in a Request.
    "keepalive with more": ["fresh", "stale", "refused"],
    // Firefox sends the text "[object ReadableStream]", which could be sent twice; it is not.
    "a stream": ["refused"], "a stream without duplex": ["refused"], "a stream that was read": ["refused"],
  },
};

const world = setUpWorld();
before(async () => { world.api = await startWireApi(); });

let refusedToken;
beforeEach(() => {
  refusedToken = undefined;
  world.api.refuse = ({ who, token }) => {
    if (who !== "refused" || !token) return null;
    refusedToken ??= token;
    return token === refusedToken ? { status: 401, headers: { "www-authenticate": 'Bearer error="invalid_token"' } } : null;
  };
});

// Runs in the page.
async function run(row, origin, who) {
  const at = (path) => `${origin}/v1/${who}/${path}`;
  const token = await harness.auth.getAccessToken();
  // As an app adds the header: to its options, or to the Request that it has.
  const native = async (input, init) => {
    if (typeof input === "object" && !(input instanceof URL)) {
      const request = new Request(input, init);
      request.headers.set("authorization", `Bearer ${token}`);
      return fetch(request);
    }
    const members = {};
    for (const name in init) members[name] = init[name];
    if (members.headers !== undefined) members.headers = new Headers(members.headers);
    members.headers ??= new Headers();
    members.headers.set("authorization", `Bearer ${token}`);
    return fetch(input, members);
  };
  const { input, init, meanwhile, read = (response) => response.text(), ...kind } = await row(at);
  const used = () => [input?.bodyUsed, init?.body?.locked, init?.bodyUsed];
  if (who === "stale") later();
  const said = {};
  try {
    const promise = who === "native" ? native(input, init) : harness.auth.fetch(input, init);
    said.usedAtOnce = used();
    meanwhile?.();
    const response = await promise;
    const { status, statusText, type, url, redirected } = response;
    Object.assign(said, { status, statusText, type, url, redirected, headers: [...response.headers] });
    said.read = await read(response);
  } catch (error) {
    said.thrown = typeof error === "object" ? `${error.constructor.name} ${error.name}` : error;
  }
  said.usedInTheEnd = used();
  return { said, kind };
}

/** Without what differs from call to call by its nature: who asks, the token, the boundary of a form. */
const plain = (value) => JSON.parse(JSON.stringify(value)
  .replaceAll(/\/v1\/(native|fresh|stale|refused)/g, "/v1/who")
  .replaceAll(/Bearer [\w-]+/g, "Bearer token")
  .replaceAll(/-{4,}(WebKitFormBoundary|geckoformboundary)\w+/g, "boundary"));

async function outcome(tab, row, who) {
  world.api.log.length = 0;
  const { said, kind } = await tab.evaluate(`(${run})(${row}, ${JSON.stringify(world.api.origin)}, ${JSON.stringify(who)})`);
  const [taken, refused] = [false, true].map((wanted) => world.api.log.filter(({ refusal }) => Boolean(refusal) === wanted));
  const arrived = taken.map(({ method, url, headers: { "content-length": length, ...headers }, body }) => ({
    // The boundary of a form has no fixed length.
    method, url, headers, body, length: /multipart/.test(headers["content-type"]) ? "some" : length,
  }));
  return { ...plain(kind.isCut ? { said } : { said, arrived }), kind, refused };
}

/** What is wrong with `ours`, or nothing. */
function difference(native, ours, who) {
  if (who === "refused" && native.kind.isOnce) {
    const isKept = ours.said.status === 401 && ours.refused.length === 1 && ours.arrived.length === 0;
    return isKept ? null : { ours };
  }
  const [theirs, own] = [native, ours].map(({ said, arrived }) => ({ said, arrived }));
  return isDeepStrictEqual(theirs, own) && ours.refused.length <= 1 ? null : { native: theirs, ours: own };
}

for (const [group, calls] of Object.entries(rows)) {
  describe(group, () => {
    for (const who of ["fresh", "stale", "refused"]) {
      // B03
      test(`with a token that is ${who}`, async () => {
        const tab = await signedInTab(world, world.options("ok", { apis: [`${world.api.origin}/v1`] }));
        await letTokensEnd(tab);
        world.provider.log.length = 0;
        const different = {};
        let refusals = 0;
        for (const [name, row] of Object.entries(calls)) {
          refusedToken = undefined;
          const native = await outcome(tab, row, "native");
          if (who === "refused" && native.kind.isFirst) continue;
          const ours = await outcome(tab, row, who);
          refusals += ours.refused.length;
          const found = difference(native, ours, who);
          if (Boolean(found) !== Boolean(DIFFERENT[engine]?.[name]?.includes(who))) different[name] = found;
        }
        assert.deepEqual(different, {});
        // Or nothing was tried at all.
        if (who === "stale") assert.ok(world.tokenRequests().length > 0, "no token was refreshed");
        if (who === "refused") assert.ok(refusals > 0, "no token was refused");
        if (who === "fresh") assert.deepEqual(world.tokenRequests(), []);
      });
    }
  });
}
