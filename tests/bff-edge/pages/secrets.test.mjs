// A whole life of a session in a browser whose tokens stay at the BFF. Everything that the app's origin ever said to the browser,
// and everything that a script of the page can reach, is searched for them.
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { lacks } from "../../e2e/driver.mjs";
import * as search from "../../e2e/search.mjs";
import { sharedFolder } from "../runtimes.mjs";
import { call, sessionOf, setUpBrowser, signIn, until } from "./world.mjs";

const world = setUpBrowser();

for (const place of [["Node", "cookie"], ["workerd", "Durable Object"]]) {
  describe(place.join(", "), () => {
    const ends = [];
    const seen = { pages: [], stored: [], cookies: [] };
    let tokens;
    let said;

    before(async () => {
      const { edge } = world;
      const { provider } = edge;
      const folder = await sharedFolder({ after: (end) => ends.push(end) });
      await world.startApp({ after: (end) => ends.push(end) }, place, { place: folder });
      edge.forget();
      edge.door.said.length = 0;
      provider.tokens.length = 0;
      provider.control({ tokenSeconds: 4 });
      const profile = await world.browser.newProfile();
      const tab = await world.open(profile);
      const collect = async () => {
        seen.pages.push(await search.shownBy(tab));
        seen.stored.push(await tab.evaluate(() => harness.stored()));
        seen.cookies.push(await profile.cookies());
      };
      await collect();
      await signIn(tab, "alice");
      await collect();
      assert.equal(await call(tab, "/api/notes", { method: "POST", body: "hello" }), 200);
      // Until the tokens were renewed.
      await until("a refresh", async () => await call(tab) === 200 && provider.grants().includes("refresh_token"));
      await call(tab, "/api/cookie");
      await call(tab, "/nowhere/x");
      seen.readToken = await tab.evaluate(() => harness.outcome(() => harness.auth.getAccessToken()));
      await collect();
      seen.answer = await tab.evaluate(async () => {
        const answer = await harness.auth.fetch("/api/x");
        return { headers: [...answer.headers], body: await answer.text() };
      });
      seen.global = await tab.evaluate(() => JSON.stringify([performance.getEntriesByType("resource").map(({ name }) => name), Object.keys(globalThis)]));
      await tab.evaluate(() => harness.outcome(() => harness.auth.signOut({ scope: "local" })));
      await until("the session's end", async () => (await sessionOf(tab)).status === "signedOut");
      await collect();
      seen.console = [...tab.console, ...tab.errors];
      seen.requests = tab.requests.map(({ url, headers }) => [url, { ...headers, cookie: null }]);
      tokens = [...provider.tokens];
      said = Buffer.concat(edge.door.said).toString("latin1");
      provider.control({ tokenSeconds: 600 });
      await profile.close();
      for (const end of ends.reverse()) await end();
    });

    test("the run itself met tokens of each kind", () => {
      assert.ok(tokens.length >= 6, `${tokens.length} tokens`);
      assert.ok(said.length > 10_000);
      assert.match(said, /"status":"signedIn"/);
    });

    // C09, C11
    test("no token in any answer of the app's origin, in its body or its headers", () => {
      search.assertAbsent("what the app said", said, { tokens, parts: tokens.flatMap((token) => token.split(".").filter((part) => part.length > 40)) });
    });

    // C11, C12
    test("no token and no session cookie where a script can reach", () => {
      const values = seen.cookies.flat().filter(({ name }) => name.startsWith("__Host-tokenward")).map(({ value }) => value).filter(Boolean);
      assert.ok(values.length > 0);
      const secrets = { tokens, values };
      for (const name of ["pages", "stored", "answer", "global", "readToken", "requests"]) search.assertAbsent(name, seen[name], secrets);
      for (const { cookies, caches, local, databases } of seen.stored) assert.deepEqual([cookies, caches, local, databases], ["", [], {}, []]);
      assert.ok(seen.readToken.error?.code, "there is no token to read");
    });

    test("nothing in the console", { skip: lacks.console }, () => search.assertAbsent("the console", seen.console, { tokens }));

    // C01, C02
    test("the cookies are what the browser says they are", () => {
      const [signedOut, signedIn, , after] = seen.cookies.map((cookies) => cookies.filter(({ name }) => name.startsWith("__Host-")));
      assert.deepEqual([signedOut, after], [[], []]);
      assert.ok(signedIn.length > 0);
      for (const { name, secure, httpOnly, sameSite, path, domain } of signedIn) {
        assert.match(name, /^__Host-tokenward(\.|$)/);
        assert.deepEqual([secure, httpOnly, sameSite.toLowerCase(), path, domain], [true, true, "strict", "/", "localhost"]);
      }
    });
  });
}
