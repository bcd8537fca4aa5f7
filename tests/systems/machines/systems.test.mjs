// The five systems with the clients that have a secret, line by line of their documents, in every runtime for servers.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { CLIENT as CLASSY, startClassy } from "../classy.mjs";
import { CLIENT as GUIDE, startGuide } from "../guide.mjs";
import { CLIENT as GUIDES, startGuides } from "../guides.mjs";
import { API_KEY, startKlasstra } from "../klasstra.mjs";
import { ENVIRONMENTS, startStudyteam } from "../studyteam.mjs";
import { runtimes } from "./runtimes.mjs";

let klasstra, classy, guide, studyteam, guides;
const all = () => [klasstra, classy, guide, studyteam.staging, studyteam.production, guides];

before(async () => {
  [klasstra, classy, guide, studyteam, guides] = await Promise.all([startKlasstra(), startClassy(), startGuide(), startStudyteam(), startGuides()]);
});
after(() => Promise.all([klasstra, classy, guide, studyteam, guides].map((system) => system.close())));
beforeEach(() => all().forEach((server) => server.reset()));

const ok = (...statuses) => statuses.map((value) => ({ value }));
const refusedBy = (server) => server.refusals.map(({ status, error }) => [status, error]);

for (const [runtime, run] of Object.entries(runtimes)) {
  describe(runtime, () => {
    // S11
    test("S1: the key is in X-API-Key of every call", async (t) => {
      const { said } = await run(t, "keyed", {
        options: { key: API_KEY, apis: [klasstra.origin] }, urls: [`${klasstra.origin}/students`, `${klasstra.origin}/students`],
      });
      assert.deepEqual(said.answers.map(({ status }) => status), [200, 200]);
      assert.deepEqual(klasstra.to("GET /students").map(({ headers, url }) => [headers["x-api-key"], headers.authorization, url]), [
        [API_KEY, undefined, "/students"], [API_KEY, undefined, "/students"],
      ]);
      assert.ok(!said.printed.includes(API_KEY));
      const wrong = await run(t, "keyed", { options: { key: "wrong", apis: [klasstra.origin] }, urls: [`${klasstra.origin}/students`] });
      assert.deepEqual([wrong.said.answers[0].status, klasstra.to("GET /students").length], [401, 3], "once, as no other key is there");
    });

    const classyOptions = () => ({ tokenUrl: `${classy.origin}/oauth2/auth`, clientId: CLASSY.id, clientSecret: CLASSY.secret, auth: "post" });

    // S21, S22, S23
    test("S2: a form with the secret in it, bearer in lower case, one token for all calls", async (t) => {
      const { said } = await run(t, "calls", { options: classyOptions(), url: `${classy.origin}/2.0/resource`, count: 3 });
      assert.deepEqual(said.all, ok(200, 200, 200));
      const [asked] = classy.to("POST /oauth2/auth");
      assert.deepEqual({ ...asked.body }, { grant_type: "client_credentials", client_id: CLASSY.id, client_secret: CLASSY.secret });
      assert.match(asked.headers["content-type"], /^application\/x-www-form-urlencoded/);
      assert.equal(classy.to("POST /oauth2/auth").length, 1);
      assert.deepEqual([classy.refusals, said.error, said.snapshot.hasToken], [[], null, true]);
    });

    // S23
    test("S2: the next token is fetched by the same call, before the old one ends and after it has ended", async (t) => {
      classy.control({ tokenSeconds: 2 });
      const { said } = await run(t, "callsOverTime", { options: classyOptions(), url: `${classy.origin}/2.0/resource`, waits: [0, 1200, 2200] });
      assert.deepEqual(said.all, ok(200, 200, 200));
      assert.deepEqual(classy.refusals, [], "no call was made with a token that had ended");
      assert.equal(classy.to("POST /oauth2/auth").length, 3);
    });

    // S24
    test("S2: a refresh token that was shipped gives the next token, and is kept where none comes with it", async (t) => {
      classy.control({ tokenSeconds: 1, shipsRefreshToken: true });
      const options = { ...classyOptions(), useRefreshToken: true };
      const { said } = await run(t, "callsOverTime", { options, url: `${classy.origin}/2.0/resource`, waits: [0, 1100, 1100] });
      assert.deepEqual(said.all, ok(200, 200, 200));
      const asked = classy.to("POST /oauth2/auth").map(({ body }) => body);
      assert.deepEqual(asked.map(({ grant_type }) => grant_type), ["client_credentials", "refresh_token", "refresh_token"]);
      assert.deepEqual(asked.slice(1).map(({ client_id, client_secret }) => [client_id, client_secret]), [[CLASSY.id, CLASSY.secret], [CLASSY.id, CLASSY.secret]]);
      assert.equal(asked[1].refresh_token, asked[2].refresh_token);
      assert.equal(said.snapshot.hasRefreshToken, true);
    });

    // S35
    test("S3: client credentials with a scope", async (t) => {
      const options = { tokenUrl: `${guide.origin}/oauth/token`, clientId: GUIDE.id, clientSecret: GUIDE.secret, auth: "post", scope: "read:resources" };
      const { said } = await run(t, "calls", { options, url: `${guide.origin}/v1/resources`, count: 1 });
      assert.deepEqual([said.all, said.snapshot.scope], [ok(200), "read:resources"]);
      const write = await run(t, "calls", { options, url: `${guide.origin}/v1/resources`, count: 1, body: { name: "x" } });
      assert.deepEqual(write.said.all, ok(403), "what was not asked for is not there");
      assert.equal(guide.to("POST /oauth/token").length, 2, "a 403 is no reason for another token");
    });

    const staging = () => ({ tokenUrl: `${studyteam.staging.origin}/oauth/token`, ...ENVIRONMENTS.staging, body: "json" });
    const production = () => ({ tokenUrl: `${studyteam.production.origin}/oauth/token`, ...ENVIRONMENTS.production, body: "json" });

    // S41, S42
    test("S4: a JSON body of exactly four members, and the token on the call", async (t) => {
      const { said } = await run(t, "calls", { options: staging(), url: `${studyteam.staging.origin}/api/something`, count: 2, body: { note: "n" } });
      assert.deepEqual(said.all, ok(200, 200));
      const [asked] = studyteam.staging.to("POST /oauth/token");
      assert.deepEqual({ ...asked.body }, {
        client_id: ENVIRONMENTS.staging.clientId, client_secret: ENVIRONMENTS.staging.clientSecret,
        audience: ENVIRONMENTS.staging.audience, grant_type: "client_credentials",
      });
      assert.equal(asked.headers["content-type"], "application/json");
      assert.equal(said.snapshot.expiresAt - said.snapshot.refreshAt, 300_000);
      assert.deepEqual(studyteam.staging.refusals, []);
    });

    // S43
    test("S4: on a 401 another token is fetched, and the call made once more", async (t) => {
      const { staging: server } = studyteam;
      server.control({ apiRefusals: 1 });
      const { said } = await run(t, "calls", { options: staging(), url: `${server.origin}/api/something`, count: 1, body: { note: "n" } });
      assert.deepEqual(said.all, ok(200));
      assert.deepEqual([server.to("POST /oauth/token").length, server.to("POST /api/something").length], [2, 2]);
    });

    test("S4: every body that can be sent twice is, and a stream is not", async (t) => {
      const { staging: server } = studyteam;
      server.control({ expiresIn: null, apiRefusals: 1 });
      for (const [shape, expected] of Object.entries({ text: 200, bytes: 200, blob: 200, url: 200, stream: 401, request: 401 })) {
        server.control({ apiRefusals: 1 });
        const { said } = await run(t, "body", { options: staging(), url: `${server.origin}/api/something`, json: { note: "n" }, shape });
        assert.equal(said, expected, shape);
      }
    });

    // S44
    test("S4: environments share nothing, and no token goes to another one's API", async (t) => {
      const { said } = await run(t, "environments", {
        clients: [staging(), production()], urls: [`${studyteam.staging.origin}/api/something`, `${studyteam.production.origin}/api/something`],
      });
      assert.deepEqual(said, { matrix: [200, 401, 401, 200], tokensDiffer: true });
      for (const server of [studyteam.staging, studyteam.production]) {
        assert.equal(server.to("POST /oauth/token").length, 1);
        const [own, foreign] = server.to("GET /api/something").map(({ headers }) => headers.authorization).sort();
        assert.match(own, /^Bearer /);
        assert.equal(foreign, undefined, "not even offered");
      }
      const mixed = await run(t, "calls", { options: { ...staging(), tokenUrl: production().tokenUrl }, url: `${studyteam.production.origin}/api/something`, count: 1 });
      assert.deepEqual([mixed.said.all[0].error.oauth.error, mixed.said.all[0].error.phase], ["invalid_client", "token"]);
    });

    // S61, S64, S65
    test("S4: lifetimes that are missing, short, a text, or longer than any timer", async (t) => {
      const { staging: server } = studyteam;
      for (const expiresIn of [null, 1, 299, 300, 301, "900", 30 * 86_400, 1e12]) {
        server.reset();
        server.control({ expiresIn });
        const { said, printed } = await run(t, "calls", { options: staging(), url: `${server.origin}/api/something`, count: 3 });
        assert.deepEqual([said.all, server.to("POST /oauth/token").length], [ok(200, 200, 200), 1], `${expiresIn}`);
        assert.doesNotMatch(printed, /TimeoutOverflow/);
      }
      server.control({ expiresIn: null, apiRefusals: 0 });
      const { said } = await run(t, "calls", { options: staging(), url: `${server.origin}/api/something`, count: 1 });
      assert.deepEqual([said.snapshot.expiresAt, said.snapshot.refreshAt], [null, null]);
    });

    const guidesOptions = () => ({ tokenUrl: `${guides.origin}/oauth2/token`, clientId: GUIDES.id, clientSecret: GUIDES.secret, auth: "post" });

    // S50, S53
    test("S5: the scope is limited to what is asked for", async (t) => {
      const { said } = await run(t, "calls", { options: { ...guidesOptions(), scope: "read:users" }, url: `${guides.origin}/v1/users`, count: 1 });
      assert.deepEqual(said.all, ok(200));
      const write = await run(t, "calls", { options: { ...guidesOptions(), scope: "read:users" }, url: `${guides.origin}/v1/users`, count: 1, body: { name: "x" } });
      assert.deepEqual(write.said.all, ok(403));
      const unlimited = await run(t, "calls", { options: guidesOptions(), url: `${guides.origin}/v1/users`, count: 1, body: { name: "x" } });
      assert.deepEqual(unlimited.said.all, ok(201));
      const unknown = await run(t, "calls", { options: { ...guidesOptions(), scope: "all" }, url: `${guides.origin}/v1/users`, count: 1 });
      assert.equal(unknown.said.all[0].error.oauth.error, "invalid_scope");
    });

    // S32, S52
    test("S5: a key in the header, or in the URL where that is asked for, with a warning", async (t) => {
      const { key } = guides.createKey({ name: "k", scopes: ["read:data"] });
      const url = `${guides.origin}/v1/data`;
      const inHeader = await run(t, "keyed", { options: { key, apis: [guides.origin] }, urls: [url] });
      const inUrl = await run(t, "keyed", { options: { key, apis: [guides.origin], query: "api_key" }, urls: [url] });
      const [first, second] = guides.to("GET /v1/data");
      assert.deepEqual([first.headers["x-api-key"], first.url], [key, "/v1/data"]);
      assert.deepEqual([second.headers["x-api-key"], second.url], [undefined, `/v1/data?api_key=${key}`]);
      assert.deepEqual(inHeader.said.entries, []);
      assert.deepEqual(inUrl.said.entries.map(({ level, event }) => [level, event]), [["warn", "keyInUrl"]]);
      for (const { said, printed } of [inHeader, inUrl]) {
        assert.deepEqual([said.answers[0].status, said.answers[0].url], [200, url], "the app sees no key in the URL of the answer");
        assert.ok(!JSON.stringify(said).includes(key) && !printed.includes(key));
      }
    });

    test("S5: a wrong secret is an error that says so", async (t) => {
      const { said } = await run(t, "calls", { options: { ...guidesOptions(), clientSecret: "wrong" }, url: `${guides.origin}/v1/users`, count: 50 });
      const { error } = said.all[0];
      assert.deepEqual([error.typed, error.code, error.oauth.error, error.status, error.retryable], [true, "oauth_error", "invalid_client", 401, false]);
      assert.ok(said.all.every((one) => one.error?.oauth.error === "invalid_client"));
      assert.ok(guides.to("POST /oauth2/token").length <= 2, "and is not said more often than now and then");
      assert.deepEqual(guides.to("GET /v1/users"), []);
      assert.deepEqual(refusedBy(guides)[0], [401, "invalid_client"]);
    });
  });
}
