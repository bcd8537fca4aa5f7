// Nothing that a program prints, and no place that was not listed, gets to see a secret.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, beforeEach, describe, test } from "node:test";
import { CLIENT as CLASSY, startClassy } from "../classy.mjs";
import { API_KEY, startKlasstra } from "../klasstra.mjs";
import { listen } from "../../provider/serve.mjs";
import { runtimes } from "./runtimes.mjs";

let classy, klasstra, from, to;

/** A server that remembers what it was sent, and redirects from `/moved/<status>` to wherever its query says. */
const startRedirects = async () => {
  const seen = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url, "http://x");
    let body = "";
    request.on("data", (chunk) => { body += chunk; });
    request.on("end", () => {
      seen.push({ method: request.method, path: url.pathname, url: request.url, headers: request.headers, body });
      const status = /^\/moved\/(\d+)/.exec(url.pathname)?.[1];
      if (status) return response.writeHead(Number(status), { location: url.searchParams.get("to") }).end();
      response.end("arrived");
    });
  });
  return { ...await listen(server), seen };
};

before(async () => {
  [classy, klasstra, from, to] = await Promise.all([startClassy(), startKlasstra(), startRedirects(), startRedirects()]);
});
after(() => Promise.all([classy, klasstra, from, to].map((server) => server.close())));
beforeEach(() => {
  for (const server of [classy, klasstra]) server.reset();
  for (const { seen } of [from, to]) seen.length = 0;
});

const KEY = "marker-key-71c0a9";

for (const [runtime, run] of Object.entries(runtimes)) {
  describe(runtime, () => {
    // T16
    test("no secret, token or key is in what is printed of clients, snapshots, logs and errors", async (t) => {
      const good = { tokenUrl: `${classy.origin}/oauth2/auth`, clientId: CLASSY.id, clientSecret: CLASSY.secret, auth: "post" };
      const { said, printed } = await run(t, "prints", {
        good, bad: { ...good, clientSecret: "marker-secret-3f2d" }, url: `${classy.origin}/2.0/resource`,
        key: API_KEY, keyUrl: `${klasstra.origin}/students`, keyApis: [klasstra.origin],
      });
      const text = `${said.text}\n${printed}`;
      for (const secret of [CLASSY.secret, "marker-secret-3f2d", API_KEY, "THE-TOKEN"]) assert.ok(!text.includes(secret), secret);
      assert.deepEqual(said.typed, ["oauth_error", "oauth_error", "invalid_option"]);
      assert.deepEqual(said.levels, ["tokenRefreshed", "refreshFailed"]);
    });

    test("a key in a header is not taken along to another place, and is on the same place", async (t) => {
      for (const status of [301, 302, 303, 307, 308]) {
        const moved = (target) => `${from.origin}/moved/${status}?to=${encodeURIComponent(target)}`;
        const { said } = await run(t, "keyed", {
          options: { key: KEY, apis: [from.origin] }, urls: [moved(`${to.origin}/away`), moved("/here"), moved(moved(`${to.origin}/away2`))],
        });
        assert.deepEqual(said.answers.map(({ status: seen, redirected, body }) => [seen, redirected, body]), Array(3).fill([200, true, "arrived"]), `${status}`);
        assert.deepEqual(said.answers.map(({ url }) => url), [`${to.origin}/away`, `${from.origin}/here`, `${to.origin}/away2`]);
      }
      assert.ok(to.seen.length === 10 && to.seen.every((request) => !JSON.stringify(request).includes(KEY)));
      assert.ok(from.seen.every(({ headers }) => headers["x-api-key"] === KEY));
    });

    test("a redirected upload goes on as fetch has it go on", async (t) => {
      const upload = { method: "POST", headers: { "content-type": "text/plain" }, body: "upload" };
      const said = {};
      for (const status of [302, 303, 307, 308]) {
        from.seen.length = 0;
        await run(t, "keyed", { options: { key: KEY, apis: [from.origin] }, urls: [`${from.origin}/moved/${status}?to=/here`], init: upload });
        const { method, body, headers } = from.seen.at(-1);
        said[status] = [method, body, headers["content-type"]];
      }
      const again = ["POST", "upload", "text/plain"];
      const asGet = ["GET", "", undefined];
      assert.deepEqual(said, { 302: asGet, 303: asGet, 307: again, 308: again });
    });

    test("a key in the URL is not taken along either, also where the server writes it into the redirect", async (t) => {
      const options = { key: KEY, apis: [from.origin], query: "api_key" };
      const away = `${to.origin}/away?api_key=${KEY}&x=1`;
      const { said } = await run(t, "keyed", { options, urls: [`${from.origin}/moved/302?to=${encodeURIComponent(away)}`, `${from.origin}/moved/302?to=/here`] });
      assert.deepEqual(said.answers.map(({ url }) => url), [`${to.origin}/away?x=1`, `${from.origin}/here`]);
      assert.deepEqual(to.seen.map(({ url }) => url), ["/away?x=1"]);
      assert.deepEqual(from.seen.at(-1).url, `/here?api_key=${KEY}`);
      const lost = await run(t, "unreachable", { options: { ...options, apis: ["http://127.0.0.1:9"] }, url: "http://127.0.0.1:9/x" });
      assert.ok(!lost.said.printed.includes(KEY) && !lost.printed.includes(KEY), "not in what the platform throws");
      assert.equal(lost.said.stopped, "stopped");
    });

    // S52
    test("a key goes in a header of any name, and one that the app brings itself is left", async (t) => {
      const options = { key: KEY, header: "X-Acme-Token", apis: [from.origin] };
      await run(t, "keyed", { options, urls: [`${from.origin}/a`] });
      await run(t, "keyed", { options, urls: [`${from.origin}/b`], init: { headers: { "x-acme-token": "own" } } });
      assert.deepEqual(from.seen.map(({ headers }) => [headers["x-acme-token"], headers["x-api-key"]]), [[KEY, undefined], ["own", undefined]]);
    });

    test("no place that is not listed is sent a key", async (t) => {
      const options = { key: KEY, apis: [{ origin: from.origin, path: "/v1" }] };
      await run(t, "keyed", { options, urls: [`${from.origin}/v1/x`, `${from.origin}/v2`, `${from.origin}/v1/../v2`, `${from.origin}/v1x`, `${to.origin}/v1`] });
      assert.deepEqual([...from.seen, ...to.seen].map(({ url, headers }) => [url, headers["x-api-key"]]), [
        ["/v1/x", KEY], ["/v2", undefined], ["/v2", undefined], ["/v1x", undefined], ["/v1", undefined],
      ]);
    });

    test("a token is not taken along to another place", async (t) => {
      const options = { tokenUrl: `${classy.origin}/oauth2/auth`, clientId: CLASSY.id, clientSecret: CLASSY.secret, auth: "post", apis: [from.origin] };
      const { said } = await run(t, "calls", { options, url: `${from.origin}/moved/302?to=${encodeURIComponent(`${to.origin}/away`)}`, count: 1 });
      assert.deepEqual(said.all, [{ value: 200 }]);
      assert.match(from.seen[0].headers.authorization, /^Bearer /);
      assert.deepEqual(to.seen.map(({ headers }) => headers.authorization), [undefined]);
    });
  });
}
