// recommend(): every line of the guide's table "choosing the right method", and of its table of storages.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { packageFolder } from "../e2e/host.mjs";

const { recommend } = await import(`${packageFolder}/advice.js`);
const { AuthError } = await import(`${packageFolder}/auth.js`);

const page = { runsIn: "page", actsFor: "user", api: "own" };
const server = { runsIn: "server", actsFor: "itself", api: "foreign" };

/** The parts of an advice that decide. */
const brief = (scenario) => {
  const { case: name, call, from, storage } = recommend(scenario);
  return [name, call, from, storage];
};

// S39
describe("choosing the right method", () => {
  const LINES = {
    "Web/Mobile App: JWT": [
      [page, ["webOrMobileApp", "passwordLogin", "tokenward", "memory"]],
      [{ ...page, runsIn: "mobile" }, ["webOrMobileApp", "passwordLogin", "tokenward", "memory"]],
      [{ ...page, signIn: "provider" }, ["webOrMobileApp", "createAuth", "tokenward", "memory"]],
    ],
    "Server-to-Server: API Key or Client Credentials": [
      [server, ["serverToServer", "clientCredentials", "tokenward/edge", "environment"]],
      [{ ...server, runsIn: "edge", api: "own" }, ["serverToServer", "clientCredentials", "tokenward/edge", "environment"]],
      [{ ...server, offers: "keys" }, ["serverToServer", "apiKey", "tokenward/edge", "environment"]],
    ],
    "Third-Party Integration: OAuth 2.0": [
      [{ ...page, api: "foreign" }, ["thirdPartyIntegration", "createAuth", "tokenward", "memory"]],
      [{ ...page, api: "foreign", backend: true }, ["thirdPartyIntegration", "createAuth", "tokenward", "bff"]],
      [{ ...page, runsIn: "server", api: "foreign" }, ["thirdPartyIntegration", "createBff", "tokenward/edge", "cookie"]],
      [{ ...page, runsIn: "edge", api: "foreign" }, ["thirdPartyIntegration", "createBff", "tokenward/edge", "cookie"]],
    ],
    "Traditional Web App: Session-based": [
      [{ ...page, pages: "server" }, ["traditionalWebApp", "cookieSession", "tokenward", "cookie"]],
      [{ ...page, runsIn: "server" }, ["traditionalWebApp", "cookieSession", "tokenward", "cookie"]],
    ],
    "Embedded Devices: API Key": [
      [{ runsIn: "device", actsFor: "itself", api: "own" }, ["embeddedDevice", "apiKey", "tokenward/edge", "environment"]],
    ],
    "Temporary Access: JWT with short expiry": [
      [{ ...page, temporary: true }, ["temporaryAccess", "passwordLogin", "tokenward", "memory"]],
      [{ ...page, temporary: true, signIn: "provider" }, ["temporaryAccess", "createAuth", "tokenward", "memory"]],
    ],
  };
  for (const [line, cases] of Object.entries(LINES)) {
    test(line, () => {
      for (const [scenario, expected] of cases) assert.deepEqual(brief(scenario), expected, JSON.stringify(scenario));
    });
  }

  test("what ends soon is said to need no refresh token", () => {
    assert.match(recommend({ ...page, temporary: true }).warnings.join(" "), /short expires_in/);
  });
});

// S37
describe("token storage", () => {
  test("memory: the default", () => assert.equal(recommend(page).storage, "memory"));

  test("sessionStorage: single-tab applications", () => {
    assert.equal(recommend({ ...page, tabs: "one" }).storage, "session");
    assert.equal(recommend({ ...page, tabs: "one", temporary: true }).storage, "memory");
  });

  test("HttpOnly cookie: server-rendered apps", () => assert.equal(recommend({ ...page, pages: "server" }).storage, "cookie"));

  test("localStorage: never for tokens, and every advice that keeps some in a page says so", () => {
    for (const scenario of [page, { ...page, api: "foreign" }, { ...page, temporary: true }, { ...page, tabs: "one" }]) {
      const advice = recommend(scenario);
      assert.notEqual(advice.storage, "local");
      assert.match(advice.warnings.join(" "), /never go to localStorage/);
    }
  });

  test("what is worth more is kept where no script reads it", () => {
    assert.equal(recommend({ ...page, signIn: "provider", value: "high" }).storage, "worker");
    assert.equal(recommend({ ...page, signIn: "provider", value: "high", tabs: "one" }).storage, "worker");
    // With a backend the tokens are not even in the browser, so nothing is said of a worker.
    for (const value of ["usual", "high"]) {
      const { storage, reasons } = recommend({ ...page, signIn: "provider", tabs: "one", backend: true, value });
      assert.equal(storage, "bff");
      assert.doesNotMatch(reasons.join(" "), /sessionStorage|worker/);
    }
    assert.match(recommend({ ...page, value: "high" }).warnings.join(" "), /cookieSession, or createAuth with storage: "worker"/);
  });
});

test("a page that would act for itself is sent to a server", () => {
  for (const runsIn of ["page", "mobile"]) {
    const advice = recommend({ runsIn, actsFor: "itself", api: "own" });
    assert.deepEqual([advice.case, advice.call, advice.from], ["secretInPage", "clientCredentials", "tokenward/edge"]);
    assert.match(advice.warnings.join(" "), /Not in the page/);
  }
});

test("every scenario there is has an advice, with reasons in whole sentences, always the same", () => {
  const VALUES = {
    runsIn: ["page", "mobile", "server", "edge", "device"], actsFor: ["user", "itself"], api: ["own", "foreign"],
    signIn: [undefined, "login", "provider"], pages: [undefined, "scripts", "server"], offers: [undefined, "tokens", "keys"],
    tabs: [undefined, "many", "one"], value: [undefined, "usual", "high"], temporary: [undefined, false, true],
    backend: [undefined, false, true],
  };
  let scenarios = [{}];
  for (const [name, values] of Object.entries(VALUES)) scenarios = scenarios.flatMap((one) => values.map((value) => ({ ...one, [name]: value })));
  const cases = new Set();
  for (const scenario of scenarios) {
    const advice = recommend(Object.freeze(scenario));
    cases.add(advice.case);
    assert.deepEqual(Object.keys(advice), ["case", "method", "call", "from", "storage", "reasons", "warnings"]);
    assert.ok(advice.reasons.length > 0);
    for (const sentence of [...advice.reasons, ...advice.warnings]) assert.match(sentence, /^[A-Z].*\.$/);
    assert.equal(new Set(advice.warnings).size, advice.warnings.length);
    // What carries a secret never runs in a page.
    assert.equal(advice.from, ["clientCredentials", "apiKey", "createBff"].includes(advice.call) ? "tokenward/edge" : "tokenward");
    assert.deepEqual(recommend(scenario), advice);
  }
  assert.equal(cases.size, 7);
});

test("what is no scenario is an error that names the member", () => {
  const wrong = [
    [{}, "runsIn"], [{ ...page, runsIn: "browser" }, "runsIn"], [{ ...page, actsFor: undefined }, "actsFor"], [{ ...page, store: "local" }, "store"],
    [{ ...page, temporary: "yes" }, "temporary"], [{ ...page, toString: "x" }, "toString"],
  ];
  for (const [scenario, name] of wrong) {
    assert.throws(() => recommend(scenario), (error) => error instanceof AuthError && error.code === "invalid_option" && error.message.endsWith(`: ${name}`));
  }
});
