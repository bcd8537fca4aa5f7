// No secret of a login leaves its path: what a page, a log, a person or another origin could see of a whole life is searched
// for the password and every token.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import * as search from "../../e2e/search.mjs";
import { CREDENTIALS, ask, call, open, setUpLogins, signIn } from "./world.mjs";

const world = setUpLogins("klasstra");
const { routes } = world;

/** Signs in wrongly, rightly, refreshes, calls, fails, and signs out. */
async function live(storage) {
  const tab = await (await world.newProfile()).newTab();
  const record = { tab, stored: [], pages: [] };
  const look = async (when) => {
    record.stored.push([when, await tab.evaluate(() => harness.stored())]);
    record.pages.push(await search.shownBy(tab));
  };
  await open(tab, world, world.options({ storage }));
  await signIn(tab, { ...CREDENTIALS, password: `${CREDENTIALS.password}-not` });
  await signIn(tab);
  await look("signed in");
  await tab.evaluate(() => harness.auth.getAccessToken({ force: true }).then(() => {}));
  await call(tab, world.api());
  await ask(tab, "profile");
  for (const failure of [{ status: 503, body: "not JSON" }, { status: 200, body: { access_token: "find-me-half" } }]) {
    world.server.failNext(routes.refresh, failure);
    await ask(tab, "getAccessToken", { force: true });
  }
  await tab.evaluate(() => { console.log(harness.auth, JSON.stringify([harness.auth, harness.auth.inspect(), harness.logged, harness.thrown])); });
  await look("after errors");
  await ask(tab, "signOut");
  await look("signed out");
  record.requests = tab.requests.map(({ url }) => url);
  record.log = [...world.server.log];
  world.refused();
  return record;
}

/** What was secret in this life, as the wire showed it. */
const secretsOf = ({ log }) => ({
  password: CREDENTIALS.password,
  refreshTokens: [...new Set(log.filter(({ route }) => route === routes.refresh).map(({ body }) => body.refresh_token))],
  accessTokens: [...new Set(log.map(({ headers }) => headers.authorization?.slice("Bearer ".length)).filter(Boolean))],
});

for (const storage of ["memory", "session"]) {
  describe(`storage: ${storage}`, () => {
    let record;
    let secrets;
    before(async () => {
      record = await live(storage);
      secrets = secretsOf(record);
    });
    after(() => record.tab.close());

    test("the run itself met every kind of secret", () => {
      assert.ok(secrets.refreshTokens.length >= 1 && secrets.accessTokens.length >= 1);
      assert.ok(record.pages[1].thrown.length >= 3, "errors were thrown");
      assert.ok(record.pages[1].logged.length > 0, "the log sink was used");
      assert.ok(record.tab.console.length > 0, "the console was used");
    });

    test("nothing printed, thrown, logged or inspected holds one", () => {
      for (const page of record.pages) {
        for (const [what, value] of Object.entries(page)) search.assertAbsent(what, value, secrets);
      }
      search.assertAbsent("the console", record.tab.console, secrets);
      search.assertAbsent("uncaught errors", record.tab.errors, secrets);
    });

    test("storage holds what it must and no more", () => {
      for (const [when, { session, ...elsewhere }] of record.stored) {
        search.assertAbsent(`other storage, ${when}`, elsewhere, secrets);
        search.assertAbsent(`sessionStorage, ${when}`, session, { password: secrets.password });
        if (storage === "memory" || when === "signed out") assert.deepEqual(session, {}, when);
      }
    });

    test("no address holds one, and each request only the secrets it is for", () => {
      for (const url of record.requests) search.assertAbsent("an address", url, secrets);
      const allowed = { [routes.login]: ["password"], [routes.refresh]: ["refreshTokens"] };
      for (const { route, body, headers } of record.log) {
        search.assertOnly([...(allowed[route] ?? ["accessTokens"])], route, [body, headers], secrets);
      }
    });
  });
}
