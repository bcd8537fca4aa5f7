// auth.diagnose() in a page: what only a browser does to a request (CORS, the page's policy), and the whole way to createAuth.
import assert from "node:assert/strict";
import { before, beforeEach, describe, test } from "node:test";
import { pageAt } from "../../e2e/host.mjs";
import { openPage, setUpWorld, signedInTab, signIn } from "../../e2e/world.mjs";
import { LOGIN, startGuide } from "../guide.mjs";
import { startGuides } from "../guides.mjs";
import { startKlasstra } from "../klasstra.mjs";

const world = setUpWorld({}, {
  "/own-only.html": () => ({ ...pageAt("/"), headers: { "content-type": "text/html", "content-security-policy": "default-src 'self' 'wasm-unsafe-eval'" } }),
  "/behind.html": () => ({ ...pageAt("/"), headers: { ...pageAt("/").headers, date: new Date(Date.now() + 600_000).toUTCString() } }),
});
before(async () => {
  world.guides = await startGuides();
  world.klasstra = await startKlasstra();
  world.guide = await startGuide();
});
beforeEach(() => {
  for (const server of [world.guides, world.klasstra, world.guide]) {
    server.reset();
    server.control({ allowOrigins: [world.host.origin] });
  }
});

const guideApi = () => `${world.guides.origin}/v1`;

/** What is found on a page where nobody is signed in. */
async function findingsOf(changes, about, path = "/") {
  const tab = await world.newTab();
  await openPage(tab, world.host.origin + path);
  await tab.evaluate((given) => harness.start(given), world.options("ok", changes));
  return diagnose(tab, about);
}

const diagnose = (tab, about) => tab.evaluate((given) => harness.auth.diagnose(given), about);
const codes = (findings) => findings.map(({ code }) => code);

test("nothing is found where nothing is wrong, signed in or not", async () => {
  assert.deepEqual(await findingsOf(), []);
  const tab = await signedInTab(world, world.options("ok"));
  assert.deepEqual(await diagnose(tab, { url: `${world.provider.origin}/api/v1/me` }), []);
  assert.deepEqual(await diagnose(tab), []);
});

// S59
test("CORS blocked", async () => {
  world.guides.control({ allowOrigins: [] });
  const findings = await findingsOf({ apis: [guideApi()] });
  assert.deepEqual(codes(findings), ["cors_blocked"]);
  const [{ cause, evidence, mend }] = findings;
  const { host } = new URL(world.guides.origin);
  assert.equal(cause, `${host} does not let pages of ${world.host.origin} read its answers (CORS).`);
  assert.match(evidence, /answers when a page does not ask to read/);
  assert.ok(mend.includes(`Access-Control-Allow-Origin: ${world.host.origin}`) && mend.includes("authorization, content-type"));
});

// S59
test("CORS that allows the origin is no finding", async () => {
  assert.deepEqual(await findingsOf({ apis: [guideApi()] }), []);
});

test("the page's policy is told from CORS", async () => {
  const findings = await findingsOf({ apis: [guideApi()] }, undefined, "/own-only.html");
  assert.deepEqual([...new Set(codes(findings))], ["csp_blocked"]);
  assert.ok(findings.some(({ mend }) => mend.startsWith(`Add ${world.guides.origin} to connect-src`)), JSON.stringify(findings));
});

// S54
test("a wrong client_id, as the provider says it at the end of a sign-in", async () => {
  const tab = await world.newTab();
  assert.equal((await signIn(tab, world, world.options("token-invalid-client"))).reason, "signInFailed");
  const findings = await diagnose(tab);
  assert.deepEqual(codes(findings), ["wrong_client"]);
  assert.match(findings[0].evidence, /invalid_client/);
});

// S57
test("a wrong domain", async () => {
  const findings = await findingsOf({ issuer: "https://id.exmaple.invalid" });
  assert.deepEqual(codes(findings), ["wrong_domain"]);
  assert.match(findings[0].cause, /id\.exmaple\.invalid/);
});

// S57
test("a wrong endpoint", async () => {
  assert.deepEqual(codes(await findingsOf({ issuer: `${world.provider.origin}/no-such-issuer` })), ["wrong_endpoint"]);
  const tab = await signedInTab(world, world.options("ok", { apis: [world.provider.origin] }));
  assert.deepEqual(codes(await diagnose(tab, { url: `${world.provider.origin}/v1/me` })), ["wrong_endpoint"]);
});

// S58
test("a clock that is 10 min off, by the page's own server", async () => {
  const findings = await findingsOf({}, undefined, "/behind.html");
  assert.deepEqual(codes(findings), ["clock_wrong"]);
  assert.match(findings[0].evidence, /clock is 10 min behind that of 127\.0\.0\.1/);
});

// S59
test("http in place of https", async () => {
  const findings = await findingsOf({ issuer: "http://id.example.com" });
  assert.deepEqual(codes(findings), ["insecure_url"]);
  assert.match(findings[0].mend, /https:\/\/id\.example\.com/);
});

describe("signed in", () => {
  const users = () => `${guideApi()}/users`;

  // S56
  test("a malformed Authorization header", async () => {
    const tab = await signedInTab(world, world.options("ok", { apis: [guideApi()] }));
    const findings = await diagnose(tab, { url: users(), headers: { authorization: "0123456789abcdef" } });
    assert.deepEqual(codes(findings), ["authorization_malformed"]);
    assert.ok(!JSON.stringify(findings).includes("0123456789abcdef"));
  });

  // S55
  test("a token that the API does not take, and a session that is over", async () => {
    const tab = await signedInTab(world, world.options("refresh-invalid-grant", { apis: [guideApi()] }));
    const findings = await diagnose(tab, { url: users() });
    // The 401 made the client refresh, and the provider refused.
    assert.deepEqual(codes(findings), ["token_refused"]);
    assert.deepEqual(codes(await diagnose(tab)), ["token_expired"]);
  });

  test("what is found holds no token", async () => {
    world.provider.control({ marker: "MARKED" });
    try {
      const tab = await signedInTab(world, world.options("ok", { apis: [guideApi()] }));
      const findings = await diagnose(tab, { url: users() });
      assert.deepEqual(codes(findings), ["token_refused"]);
      assert.ok(!JSON.stringify(findings).includes("MARKED"));
    } finally {
      world.provider.control({ marker: "" });
    }
  });
});

describe("passwordLogin", () => {
  const login = async (changes) => {
    const tab = await world.newTab();
    await openPage(tab, `${world.host.origin}/`);
    const { origin } = world.klasstra;
    const options = { loginUrl: `${origin}/auth/login`, refreshUrl: `${origin}/auth/refresh`, ...changes };
    await tab.evaluate((given) => harness.start(given, "passwordLogin"), options);
    return tab;
  };
  const signInWith = (tab, password) => tab.evaluate((given) => harness.auth.signIn({ email: "user@example.com", password: given })
    .then(() => harness.auth.diagnose(), (error) => harness.auth.diagnose({ error })), password);

  test("nothing is found where nothing is wrong, signed in or not", async () => {
    const tab = await login();
    assert.deepEqual(await diagnose(tab), []);
    assert.deepEqual(await signInWith(tab, "securepassword"), []);
    assert.deepEqual(await diagnose(tab, { url: `${world.klasstra.origin}/students` }), []);
  });

  test("a wrong password, which is not told", async () => {
    const findings = await signInWith(await login(), "find-me-wrong");
    assert.deepEqual(codes(findings), ["wrong_login"]);
    assert.ok(!JSON.stringify(findings).includes("find-me"));
  });

  // S57
  test("a wrong endpoint", async () => {
    const findings = await diagnose(await login({ loginUrl: `${world.klasstra.origin}/login` }));
    assert.deepEqual(codes(findings), ["wrong_endpoint"]);
    assert.match(findings[0].cause, /loginUrl/);
  });

  // S59
  test("CORS blocked", async () => {
    world.klasstra.control({ allowOrigins: [] });
    const findings = await diagnose(await login());
    assert.deepEqual([...new Set(codes(findings))], ["cors_blocked"]);
    assert.ok(findings.some(({ evidence }) => evidence.includes("/auth/login")));
  });

  // S59
  test("http in place of https", async () => {
    const findings = await diagnose(await login({ loginUrl: "http://api.klasstra.com/auth/login", refreshUrl: undefined }));
    assert.equal(findings[0].code, "insecure_url");
    assert.match(findings[0].mend, /https:\/\/api\.klasstra\.com\/auth\/login/);
  });
});

describe("cookieSession", () => {
  const session = async () => {
    const tab = await world.newTab();
    await openPage(tab, `${world.host.origin}/`);
    const at = (what) => `${world.guide.origin}/v1/session/${what}`;
    await tab.evaluate((given) => harness.start(given, "cookieSession"), { loginUrl: at("login"), logoutUrl: at("logout"), userUrl: at("user") });
    return tab;
  };
  const resources = () => `${world.guide.origin}/v1/resources`;

  test("nothing is found where nothing is wrong, signed in or not", async () => {
    const tab = await session();
    assert.deepEqual(await diagnose(tab), []);
    await tab.evaluate((given) => harness.auth.signIn(given), LOGIN);
    assert.deepEqual(await diagnose(tab, { url: resources() }), []);
  });

  test("a call that nobody is signed in for, and a session that the server has ended", async () => {
    const tab = await session();
    assert.deepEqual(codes(await diagnose(tab, { url: resources() })), ["not_signed_in"]);
    await tab.evaluate((given) => harness.auth.signIn(given), LOGIN);
    world.guide.endSessions();
    assert.deepEqual(codes(await diagnose(tab, { url: resources() })), ["not_signed_in"]);
  });

  // S59
  test("CORS blocked, with what cookies need as well", async () => {
    const tab = await session();
    world.guide.control({ allowOrigins: [] });
    const findings = await diagnose(tab, { url: resources() });
    assert.equal(findings[0].code, "cors_blocked");
    assert.match(findings[0].mend, /Access-Control-Allow-Credentials: true/);
  });
});
