// The authorization code flow of S3 and S5 in a page, by createAuth: a page keeps no secret, so PKCE is in its place.
import assert from "node:assert/strict";
import { before, beforeEach, describe, test } from "node:test";
import { leaveForCallback, openPage, setUpPages, toCallback } from "../../e2e/world.mjs";
import { PUBLIC_CLIENT as GUIDE, startGuide } from "../guide.mjs";
import { PUBLIC_CLIENT as GUIDES, startGuides } from "../guides.mjs";

const world = setUpPages(async () => {
  world.S3 = await startGuide();
  world.S5 = await startGuides();
}, {});

const SYSTEMS = [
  { name: "S3", clientId: GUIDE.id, scope: "read:resources", authorize: "GET /oauth/authorize", token: "POST /oauth/token", api: "/v1/resources" },
  { name: "S5", clientId: GUIDES.id, scope: "read:users", authorize: "GET /oauth2/authorize", token: "POST /oauth2/token", api: "/v1/users" },
];

for (const { name, clientId, scope, authorize, token, api } of SYSTEMS) {
  describe(name, () => {
    let server;
    let options;
    before(() => {
      server = world[name];
      options = {
        issuer: server.origin, clientId, redirectUri: `${world.host.origin}/callback.html`, scope: `openid ${scope}`, apis: [server.origin], silent: false,
      };
    });
    beforeEach(() => {
      server.reset();
      server.control({ redirectUris: [`${world.host.origin}/callback.html`], allowOrigins: [world.host.origin] });
    });
    const call = (tab, path, init) => tab.evaluate(
      ([url, given]) => harness.outcome(() => harness.auth.fetch(url, given)), [server.origin + path, init],
    );

    // S34, S51, S53
    test("a code becomes a token that the API takes, limited to its scope", async () => {
      const tab = await world.newTab();
      await toCallback(tab, world, options);
      const session = await tab.evaluate((given) => harness.start(given), options);
      assert.equal(session.status, "signedIn", JSON.stringify(session.error));
      assert.equal(session.user.name, "John Doe");
      assert.deepEqual((await call(tab, api)).value, { status: 200 });
      const body = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ name: "x" }) };
      assert.deepEqual((await call(tab, api, body)).value, { status: 403 });
      assert.deepEqual(server.refusals.map(({ error }) => error), ["insufficient_scope"]);

      const [{ query }] = server.to(authorize);
      assert.equal(query.response_type, "code");
      assert.equal(query.code_challenge_method, "S256");
      const [exchange] = server.to(token);
      assert.equal(exchange.headers["content-type"].split(";")[0], "application/x-www-form-urlencoded");
      assert.deepEqual(Object.keys(exchange.body).sort(), ["client_id", "code", "code_verifier", "grant_type", "redirect_uri"]);
      assert.equal("client_secret" in exchange.body, false);
    });

    // S34
    test("an answer with another state is not used", async () => {
      const tab = await world.newTab();
      const callback = new URL(await toCallback(tab, world, options));
      callback.searchParams.set("state", `${callback.searchParams.get("state").slice(0, -3)}x.t`);
      await openPage(tab, callback.href);
      const session = await tab.evaluate((given) => harness.start(given), options);
      assert.equal(session.status, "signedOut");
      assert.deepEqual(server.to(token), []);
    });

    test("a user who says no is told, and can say yes", async () => {
      server.control({ denies: true });
      const tab = await world.newTab();
      await toCallback(tab, world, options);
      const refused = await tab.evaluate((given) => harness.start(given), options);
      assert.deepEqual([refused.status, refused.error.code], ["signedOut", "access_denied"]);
      assert.deepEqual(server.to(token), []);
      server.control({ denies: false });
      await leaveForCallback(tab);
      assert.equal((await tab.evaluate((given) => harness.start(given), options)).status, "signedIn");
    });
  });
}
