// diagnose() against S5, broken in each of the ways of its troubleshooting list: cause, evidence and mend, and no secret.
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { after, before, beforeEach, describe, test } from "node:test";
import { packageFolder } from "../e2e/host.mjs";
import { CLIENT, startGuides } from "./guides.mjs";
import { startGuide } from "./guide.mjs";

const { diagnose } = await import(`${packageFolder}/diagnose.js`);
const { apiKey, clientCredentials } = await import(`${packageFolder}/edge.node.js`);

/** What a client throws, as far as a diagnosis reads it. */
const thrown = (members) => Object.assign(new Error("The provider refused"), { phase: "token", ...members });

/** A client as simple as can be: it asks for a token with its secret, and calls with it. */
function clientOf({ tokenUrl, clientId = CLIENT.id, clientSecret = CLIENT.secret, apis }) {
  const ask = async () => {
    const body = new URLSearchParams({ grant_type: "client_credentials", client_id: clientId, client_secret: clientSecret });
    const response = await fetch(tokenUrl, { method: "POST", body }).catch((cause) => { throw thrown({ code: "network_failed", cause }); });
    const said = await response.json().catch(() => ({}));
    if (!response.ok) throw thrown({ code: "oauth_error", status: response.status, oauth: { error: said.error } });
    return said.access_token;
  };
  return {
    endpoints: [{ url: tokenUrl, option: "tokenUrl", takes: "form" }],
    apis,
    sends: "token",
    attempt: ask,
    call: async (url, init) => {
      const headers = new Headers(init.headers);
      if (!headers.has("authorization") && apis.some((api) => String(url).startsWith(api))) headers.set("authorization", `Bearer ${await ask()}`);
      return fetch(url, { ...init, headers });
    },
  };
}

/** Words that nobody who is new to this would know, where they are not the name of something one has to write. */
const isPlain = (text) => /^([A-Z]|[\w.]+:\d|https?:).*[.]$/s.test(text) && !/\b(undefined|null|NaN|\[object)\b/.test(text.replace("such as undefined", ""));

const secrets = new Set([CLIENT.secret]);
function check(findings, codes) {
  assert.deepEqual(findings.map(({ code }) => code), codes, JSON.stringify(findings, null, 1));
  for (const { code, cause, evidence, mend, ...rest } of findings) {
    assert.deepEqual(rest, {});
    for (const text of [cause, evidence, mend]) assert.ok(isPlain(text), `${code}: ${text}`);
  }
  const all = JSON.stringify(findings);
  for (const secret of secrets) assert.ok(!all.includes(secret), `a secret is in ${all}`);
}

let server;
before(async () => { server = await startGuides(); });
after(() => server.close());
beforeEach(() => {
  server.reset();
  secrets.clear();
  secrets.add(CLIENT.secret);
});
const factsOf = (changes = {}) => clientOf({ tokenUrl: `${server.origin}/oauth2/token`, apis: [`${server.origin}/v1`], ...changes });
const users = () => `${server.origin}/v1/users`;

/** A token of the client, which must not be told. */
const aToken = async () => {
  const body = new URLSearchParams({ grant_type: "client_credentials", client_id: CLIENT.id, client_secret: CLIENT.secret });
  const { access_token } = await (await fetch(`${server.origin}/oauth2/token`, { method: "POST", body })).json();
  secrets.add(access_token);
  return access_token;
};

test("nothing is found where nothing is wrong", async () => {
  check(await diagnose(factsOf()), []);
  check(await diagnose(factsOf(), { url: users() }), []);
  assert.deepEqual(server.refusals.map(({ error }) => error), ["not_found"], "only the API's root was asked in vain");
});

// S54
test("a wrong client_id or client_secret", async () => {
  for (const wrong of [{ clientId: "guides-clinet" }, { clientSecret: "guides-secret-other" }]) {
    if (wrong.clientSecret) secrets.add(wrong.clientSecret);
    const findings = await diagnose(factsOf(wrong), { url: users() });
    check(findings, ["wrong_client"]);
    assert.match(findings[0].evidence, /401.*invalid_client/);
    assert.match(findings[0].mend, /clientId and secret/);
  }
});

// S55
test("an expired token", async () => {
  const token = await aToken();
  server.control({ tokenSeconds: 3600, clockOffsetSeconds: 30 });
  server.revoke(token);
  const old = await aToken();
  server.control({ clockOffsetSeconds: 3631 });
  // The server's clock is what ran ahead here, which is a finding of its own.
  const findings = await diagnose(factsOf(), { url: users(), headers: { authorization: `Bearer ${old}` } });
  check(findings, ["clock_wrong", "token_expired"]);
  assert.match(findings[1].evidence, /answered 401, invalid_token/);
});

// S55
test("an expired token, by what the client knows of it", async () => {
  const token = await aToken();
  server.revoke(token);
  const call = (url, init) => fetch(url, { ...init, headers: { authorization: `Bearer ${token}` } });
  const facts = { ...factsOf(), call };
  check(await diagnose({ ...facts, expiresAt: Date.now() - 1000 }, { url: users() }), ["token_expired"]);
  check(await diagnose({ ...facts, expiresAt: Date.now() + 60_000 }, { url: users() }), ["token_refused"]);
});

// S55
test("a session that gives no more tokens", async () => {
  const error = thrown({ code: "invalid_grant", phase: "refresh", status: 400, oauth: { error: "invalid_grant" } });
  const { attempt: _, ...facts } = factsOf();
  check(await diagnose({ ...facts, error }, {}), ["token_expired"]);
});

// S56
describe("a malformed Authorization header", () => {
  for (const [what, header, said] of [
    ["only the token", (token) => token, /one word, without Bearer/],
    ["another word", (token) => `Token ${token}`, /first word is not Bearer/],
    ["no token", () => "Bearer", /no token after/],
    ["a missing value", () => "Bearer undefined", /name of a missing value/],
    ["an object", () => "Bearer [object Promise]", /name of a missing value/],
    ["Bearer twice", (token) => `Bearer Bearer ${token}`, /in it twice/],
    ["quotes", (token) => `Bearer "${token}"`, /quotes/],
    ["a space in it", (token) => `Bearer ${token.slice(0, 9)} ${token.slice(9)}`, /no token has/],
    ["a line break", (token) => `Bearer ${token.slice(0, 9)}\n${token.slice(9)}`, /no header may have/],
  ]) {
    test(what, async () => {
      const token = await aToken();
      secrets.add(token.slice(0, 9)).add(token.slice(9));
      const findings = await diagnose(factsOf(), { url: users(), headers: { authorization: header(token) } });
      check(findings, ["authorization_malformed"]);
      assert.match(findings[0].evidence, said);
      assert.match(findings[0].mend, /Authorization: Bearer <token>/);
    });
  }

  test("found by the API alone", async () => {
    const token = await aToken();
    const call = (url, init) => fetch(url, { ...init, headers: { authorization: token } });
    check(await diagnose({ ...factsOf(), call }, { url: users() }), ["authorization_malformed"]);
  });
});

// S57
test("a wrong endpoint", async () => {
  const token = await diagnose(factsOf({ tokenUrl: `${server.origin}/oauth/token` }));
  check(token, ["wrong_endpoint"]);
  assert.match(token[0].cause, /tokenUrl/);
  assert.match(token[0].evidence, /\/oauth\/token answered 404/);
  check(await diagnose(factsOf(), { url: `${server.origin}/v1/user` }), ["wrong_endpoint"]);
  check(await diagnose(factsOf(), { url: `${server.origin}/v2/users` }), ["wrong_endpoint", "api_not_listed"]);
});

// S57
describe("a wrong domain", () => {
  test("that does not exist", async () => {
    const findings = await diagnose(factsOf({ tokenUrl: "https://api.exmaple.invalid/oauth2/token" }));
    check(findings, ["wrong_domain"]);
    assert.match(findings[0].cause, /api\.exmaple\.invalid/);
    assert.match(findings[0].evidence, /no server of this name|got no answer/);
  });

  test("where nothing listens", async () => {
    const free = await new Promise((resolve) => {
      const probe = createServer().listen(0, "127.0.0.1", () => {
        const { port } = probe.address();
        probe.close(() => resolve(port));
      });
    });
    const findings = await diagnose(factsOf({ apis: [`http://127.0.0.1:${free}`] }));
    check(findings, ["wrong_domain"]);
    assert.match(findings[0].evidence, /nothing listens at this port \(ECONNREFUSED\)/);
  });

  test("that belongs to something else", async () => {
    const other = await startGuide();
    try {
      check(await diagnose(factsOf({ tokenUrl: `${other.origin}/oauth2/token` })), ["wrong_endpoint"]);
    } finally {
      await other.close();
    }
  });

  test("that is not in apis", async () => {
    const other = await startGuides();
    try {
      const findings = await diagnose(factsOf(), { url: `${other.origin}/v1/users` });
      check(findings, ["api_not_listed"]);
      assert.ok(findings[0].mend.includes(`add ${other.origin} to apis`));
    } finally {
      await other.close();
    }
  });

  test("that speaks no https", async () => {
    const findings = await diagnose(factsOf({ tokenUrl: `${server.origin.replace("http:", "https:")}/oauth2/token` }));
    check(findings, ["wrong_domain"]);
    assert.match(findings[0].evidence, /does not speak https/);
  });
});

// S58
test("a clock that is 10 min off, either way", async () => {
  for (const [offset, said] of [[600, /10 min behind/], [-600, /10 min ahead of/]]) {
    server.control({ clockOffsetSeconds: offset });
    const findings = await diagnose(factsOf(), { url: users() });
    check(findings, ["clock_wrong"]);
    assert.match(findings[0].evidence, said);
    assert.match(findings[0].mend, /NTP/);
  }
  server.control({ clockOffsetSeconds: 50 });
  check(await diagnose(factsOf(), { url: users() }), []);
});

// S58
test("of two servers, the one whose clock is wrong", async () => {
  const other = await startGuides();
  try {
    other.control({ clockOffsetSeconds: 600 });
    const findings = await diagnose({ ...factsOf({ apis: [server.origin, other.origin] }), call: fetch });
    const clock = findings.find(({ code }) => code === "clock_wrong");
    assert.ok(clock.cause.includes(new URL(other.origin).host));
    assert.match(clock.mend, /agree with this device/);
  } finally {
    await other.close();
  }
});

// S59
test("http in place of https, of which nothing is asked", async () => {
  const asked = [];
  const facts = { ...factsOf({ tokenUrl: "http://api.example.com/oauth2/token", apis: ["http://api.example.com/v1"] }), send: (url) => asked.push(url) };
  const { attempt: _, ...rest } = facts;
  const findings = await diagnose(rest);
  check(findings, ["insecure_url", "insecure_url"]);
  assert.match(findings[0].mend, /https:\/\/api\.example\.com\/oauth2\/token/);
  assert.deepEqual(asked, []);
});

describe("what is not on the list", () => {
  test("a scope that is missing", async () => {
    const limited = async (url, init) => {
      const body = new URLSearchParams({ grant_type: "client_credentials", client_id: CLIENT.id, client_secret: CLIENT.secret, scope: "read:data" });
      const { access_token } = await (await fetch(`${server.origin}/oauth2/token`, { method: "POST", body })).json();
      return fetch(url, { ...init, headers: { authorization: `Bearer ${access_token}` } });
    };
    check(await diagnose({ ...factsOf(), call: limited }, { url: users() }), ["permission_missing"]);
  });

  test("an API key that is wrong, in the header and in the URL", async () => {
    const key = "sk_live_0f0f0f0f";
    secrets.add(key);
    const facts = { endpoints: [], apis: [`${server.origin}/v1`], sends: "key" };
    const inHeader = (url, init) => fetch(url, { ...init, headers: { "x-api-key": key } });
    const inUrl = (url, init) => fetch(`${url}?api_key=${key}`, init);
    check(await diagnose({ ...facts, call: inHeader, keyHeader: "X-API-Key" }, { url: `${server.origin}/v1/data` }), ["wrong_api_key"]);
    check(await diagnose({ ...facts, call: inUrl }, { url: `${server.origin}/v1/data?api_key=${key}` }), ["wrong_api_key"]);
  });

  test("a server that fails, wants fewer requests, or is silent", async () => {
    server.failNext("GET /v1/users", { status: 503, body: {} });
    check(await diagnose(factsOf(), { url: users() }), ["server_failing"]);
    server.failNext("GET /v1/users", { status: 429, body: {} });
    check(await diagnose(factsOf(), { url: users() }), ["rate_limited"]);
    const hold = server.hold("GET /v1/users");
    const findings = await diagnose(factsOf(), { url: users() });
    hold.release();
    check(findings, ["server_failing"]);
    assert.match(findings[0].cause, /in time/);
  });

  test("an error that nothing explains is told with its own suggestion", async () => {
    const { attempt: _, ...facts } = factsOf();
    const error = thrown({ code: "pkce_unsupported", phase: "discovery", suggestion: "Ask the provider to turn PKCE on." });
    const findings = await diagnose(facts, { error });
    check(findings, ["last_error"]);
    assert.equal(findings[0].mend, "Ask the provider to turn PKCE on.");
  });

  test("a server that echoes the secret is not quoted", async () => {
    const key = "sklivesecret";
    secrets.add("sk-1234").add(`${key}1`);
    for (const body of [{ error: "sk-1234", message: `no ${key}1` }, { error: { key: "sk-1234" } }, "<html>sk-1234", []]) {
      server.failNext("GET /v1/users", { status: 401, headers: { "www-authenticate": 'Bearer error="sk-1234"' }, body });
      check(await diagnose(factsOf(), { url: users() }), ["token_refused"]);
    }
  });

  test("what is no URL is said, and does not throw", async () => {
    check(await diagnose(factsOf(), { url: "users?secret" }), ["last_error"]);
    check(await diagnose(factsOf({ apis: ["api.example.com"] })), ["last_error"]);
  });
});

describe("clientCredentials", () => {
  /** What a client finds that is given up after it. */
  const found = async (changes = {}, about = undefined) => {
    const client = clientCredentials({
      tokenUrl: `${server.origin}/oauth2/token`, clientId: CLIENT.id, clientSecret: CLIENT.secret, auth: "post", apis: [`${server.origin}/v1`], ...changes,
    });
    try {
      return await client.diagnose(about);
    } finally {
      client.dispose();
    }
  };

  test("nothing is found where nothing is wrong", async () => {
    check(await found(), []);
    check(await found({}, { url: users() }), []);
  });

  // S54
  test("a wrong client_id or client_secret", async () => {
    secrets.add("guides-secret-other");
    for (const wrong of [{ clientId: "guides-clinet" }, { clientSecret: "guides-secret-other" }]) {
      const findings = await found(wrong, { url: users() });
      check(findings, ["wrong_client"]);
      assert.match(findings[0].evidence, /status 401; the server said invalid_client/);
    }
  });

  // S55
  test("an expired token, which the app sent itself", async () => {
    server.control({ tokenSeconds: 30 });
    const old = await aToken();
    // Less than what would be a wrong clock.
    server.control({ clockOffsetSeconds: 31, tokenSeconds: 3600 });
    const findings = await found({}, { url: users(), headers: { authorization: `Bearer ${old}` } });
    check(findings, ["token_expired"]);
    assert.match(findings[0].mend, /client's fetch/);
  });

  // S56
  test("a malformed Authorization header", async () => {
    check(await found({}, { url: users(), headers: { authorization: "Bearer undefined" } }), ["authorization_malformed"]);
  });

  // S57
  test("a wrong endpoint, and a wrong domain", async () => {
    const endpoint = await found({ tokenUrl: `${server.origin}/oauth/token` });
    check(endpoint, ["wrong_endpoint"]);
    assert.match(endpoint[0].evidence, /\/oauth\/token answered 404/);
    const domain = await found({ tokenUrl: "https://api.exmaple.invalid/oauth2/token" });
    check(domain, ["wrong_domain"]);
    check(await found({}, { url: `${server.origin}/v1/user` }), ["wrong_endpoint"]);
  });

  // S58
  test("a clock that is 10 min off", async () => {
    server.control({ clockOffsetSeconds: 600 });
    check(await found(), ["clock_wrong"]);
  });

  // S59
  test("http in place of https", async () => {
    const findings = await found({ tokenUrl: "http://api.example.com/oauth2/token" });
    assert.equal(findings[0].code, "insecure_url");
    assert.match(findings[0].mend, /https:\/\/api\.example\.com\/oauth2\/token/);
  });

  test("options that make no client are told", async () => {
    check(await found({ tokenUrl: "oauth2/token" }), ["last_error"]);
  });
});

test("apiKey: a wrong key, and a right one", async () => {
  const { key } = server.createKey({ name: "diagnosed", scopes: ["read:data"] });
  const url = `${server.origin}/v1/data`;
  const found = (of) => apiKey({ key: of, apis: [`${server.origin}/v1`] }).diagnose({ url });
  check(await found(key), []);
  for (const wrong of [`${key.slice(0, -1)}`, `"${key}"`]) {
    secrets.add(wrong);
    check(await found(wrong), ["wrong_api_key"]);
  }
});
