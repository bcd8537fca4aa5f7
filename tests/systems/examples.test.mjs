// The README's examples that need no page, run as they are written against the five systems.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { project } from "../package/fixture.mjs";
import { CLIENT as CLASSY, startClassy } from "./classy.mjs";
import { CLIENT as GUIDE, startGuide } from "./guide.mjs";
import { CLIENT as GUIDES, startGuides } from "./guides.mjs";
import { exampleOf, readme } from "./readme.mjs";
import { ENVIRONMENTS, startStudyteam } from "./studyteam.mjs";

const servers = {};
before(async () => Object.assign(servers, {
  classy: await startClassy(), guide: await startGuide(), studyteam: await startStudyteam(), guides: await startGuides(),
}));
after(() => Promise.all(Object.values(servers).map((server) => server.close())));

/** What an example exports, in a project that has nothing but the installed package. */
async function load(t, heading, origins) {
  const root = await project(t, { "example.mjs": await exampleOf(heading, origins) });
  return import(pathToFileURL(join(root, "example.mjs")));
}

// S39
test("the advice prints what it says it prints", async (t) => {
  const source = await exampleOf("Which method?");
  const root = await project(t, { "example.mjs": source });
  const { stdout } = await promisify(execFile)(process.execPath, [join(root, "example.mjs")]);
  assert.ok(readme.includes(`\n// ${stdout.trim()}\n`), stdout);
});

// S21, S22, S23
test("S2: a worker that keeps its token", async (t) => {
  const { default: worker } = await load(t, "Classy", { "https://api.classy.org": servers.classy.origin });
  for (let times = 0; times < 3; times += 1) {
    const response = await worker.fetch(new Request("https://worker.test/"), { CLASSY_ID: CLASSY.id, CLASSY_SECRET: CLASSY.secret });
    assert.deepEqual(await response.json(), { id: 1, name: "Campaign" });
  }
  const [{ body, headers }, ...more] = servers.classy.to("POST /oauth2/auth");
  assert.deepEqual(body, { grant_type: "client_credentials", client_id: CLASSY.id, client_secret: CLASSY.secret });
  assert.equal(headers.authorization, undefined);
  assert.deepEqual(more, []);
  assert.deepEqual(servers.classy.refusals, []);
});

// S31, S32, S33, S35
test("S3: a key that is made, used and replaced, and shown to nobody", async (t) => {
  const { readWithNewKey } = await load(t, "replaced: the guide", { "https://guide.example.com": servers.guide.origin });
  const said = await readWithNewKey({ CLIENT_ID: GUIDE.id, CLIENT_SECRET: GUIDE.secret });
  const inAWeek = new Date(Date.now() + 7 * 86_400_000).toISOString().slice(0, 10);
  assert.equal(said, `200 with [redacted], the old one until ${inAWeek}`);
  assert.equal(servers.guide.to("POST /v1/api-keys").length, 2);
  const [{ headers, query }] = servers.guide.to("GET /v1/resources");
  assert.match(headers["x-api-key"], /^sk_live_/);
  assert.deepEqual(query, {});
  assert.equal(servers.guide.to("POST /oauth/token")[0].body.scope, "read:resources");
  assert.deepEqual(servers.guide.refusals, []);
});

// S41, S42, S44
test("S4: a client for each environment, which share nothing", async (t) => {
  const { studyTeam } = await load(t, "StudyTeam");
  const { staging, production } = servers.studyteam;
  for (const [name, server] of Object.entries({ staging, production })) {
    const client = studyTeam({ origin: server.origin, ...ENVIRONMENTS[name] });
    const post = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ note: name }) };
    assert.deepEqual(await (await client.fetch(`${server.origin}/api/something`, post)).json(), { received: { note: name } });
    const { clientId, clientSecret, audience } = ENVIRONMENTS[name];
    const [{ body }] = server.to("POST /oauth/token");
    assert.deepEqual(body, { client_id: clientId, client_secret: clientSecret, audience, grant_type: "client_credentials" });
    assert.deepEqual(server.refusals, []);
    // What is meant for the other environment goes there without the token.
    const other = server === staging ? production : staging;
    assert.equal((await client.fetch(`${other.origin}/api/something`)).status, 401);
    assert.equal(other.log.at(-1).headers.authorization, undefined);
    other.reset();
    client.dispose();
  }
});

// S50, S53, S54
test("S5: nothing is wrong, and then the secret is", async (t) => {
  const { explain } = await load(t, "The authentication guides", { "https://guides.example.com": servers.guides.origin });
  assert.equal(await explain({ CLIENT_ID: GUIDES.id, CLIENT_SECRET: GUIDES.secret }), "");
  assert.equal(servers.guides.to("POST /oauth2/token")[0].body.scope, "read:users");
  const said = await explain({ CLIENT_ID: GUIDES.id, CLIENT_SECRET: "wrong-secret" });
  assert.match(said, /^wrong_client: The server does not know this client, or its secret is another\. .*invalid_client\. Compare clientId/);
  assert.ok(!said.includes("wrong-secret"));
});
