// The five systems take what their documents say, and refuse the rest with an error that says why.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, beforeEach, describe, test } from "node:test";
import { CLIENT as CLASSY, startClassy } from "./classy.mjs";
import { CLIENT as GUIDE, LOGIN, PUBLIC_CLIENT, startGuide } from "./guide.mjs";
import { CLIENT as GUIDES, startGuides } from "./guides.mjs";
import { API_KEY, PASSWORD, startKlasstra } from "./klasstra.mjs";
import { ENVIRONMENTS, startStudyteam } from "./studyteam.mjs";

const json = (body, headers = {}) =>
  ({ method: "POST", headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) });
const form = (body, headers = {}) =>
  ({ method: "POST", headers: { "content-type": "application/x-www-form-urlencoded", ...headers }, body: new URLSearchParams(body).toString() });
const bearer = (token) => ({ authorization: `Bearer ${token}` });

/** `[status, error]` of each request, all at once; what is refused must also be in the server's own list. */
async function refusedBy(server, requests) {
  server.refusals.length = 0;
  const said = [];
  for (const [path, init] of requests) {
    const response = await fetch(server.origin + path, init);
    said.push([response.status, (await response.json()).error]);
  }
  assert.deepEqual(server.refusals.map(({ status, error }) => [status, error]), said);
  return said;
}

const callTo = (server) => async (path, init) => {
  const response = await fetch(server.origin + path, init);
  return { status: response.status, body: await response.json() };
};

const started = [];
const start = async (what) => {
  const server = await what();
  started.push(server);
  return server;
};
after(() => Promise.all(started.map((server) => server.close())));

describe("S1 Klasstra", async () => {
  const server = await start(startKlasstra);
  beforeEach(() => server.reset());
  const call = callTo(server);
  const login = { email: "user@example.com", password: PASSWORD };
  const signIn = async () => (await call("/auth/login", json(login))).body;

  test("login gives tokens and the user", async () => {
    const { status, body } = await call("/auth/login", json(login));
    const { access_token, refresh_token, ...rest } = body;
    assert.equal(status, 200);
    assert.match(access_token, /^eyJ/);
    assert.match(refresh_token, /^eyJ/);
    assert.deepEqual(rest, {
      token_type: "Bearer", expires_in: 3600, user: { id: 123, email: "user@example.com", name: "John Doe", role: "teacher" },
    });
  });

  test("wrong credentials are answered as written", async () => {
    assert.deepEqual(await call("/auth/login", json({ ...login, password: "wrong" })), {
      status: 401, body: { error: "invalid_credentials", message: "Invalid email or password" },
    });
  });

  test("refresh gives an access token and nothing else; the refresh token stays good", async () => {
    const { refresh_token } = await signIn();
    for (let times = 0; times < 2; times += 1) {
      const { status, body } = await call("/auth/refresh", json({ refresh_token }));
      assert.equal(status, 200);
      assert.deepEqual(Object.keys(body), ["access_token", "token_type", "expires_in"]);
    }
  });

  test("logout ends the tokens", async () => {
    const { access_token, refresh_token } = await signIn();
    assert.deepEqual(await call("/auth/logout", { method: "POST", headers: bearer(access_token) }), {
      status: 200, body: { message: "Successfully logged out" },
    });
    assert.equal((await call("/auth/profile", { headers: bearer(access_token) })).status, 401);
    assert.equal((await call("/auth/refresh", json({ refresh_token }))).status, 401);
  });

  test("the profile has permissions and the institution", async () => {
    const { access_token } = await signIn();
    assert.deepEqual(await call("/auth/profile", { headers: bearer(access_token) }), {
      status: 200,
      body: {
        id: 123, email: "user@example.com", name: "John Doe", role: "teacher",
        permissions: ["read:students", "write:grades"], institution: { id: 456, name: "Example School" },
      },
    });
  });

  test("students are there for a key or a token", async () => {
    const { access_token } = await signIn();
    for (const headers of [{ "x-api-key": API_KEY, "content-type": "application/json" }, { "x-api-key": API_KEY }, bearer(access_token)]) {
      assert.equal((await call("/students", { headers })).status, 200);
    }
  });

  test("everything else is refused", async () => {
    const { access_token, refresh_token } = await signIn();
    const key = { "x-api-key": API_KEY };
    assert.deepEqual(await refusedBy(server, [
      ["/auth/login", json({ ...login, remember: true })],
      ["/auth/login", json({ email: login.email })],
      ["/auth/login", json({ ...login, password: "" })],
      ["/auth/login", json({ ...login, password: 1 })],
      ["/auth/login", form(login)],
      ["/auth/login", { ...json(login), headers: { "content-type": "text/plain" } }],
      ["/auth/login", { ...json(login), body: "{" }],
      ["/auth/login", { ...json(login), body: "[]" }],
      ["/auth/login", { ...json(login), body: '{"email":"a","email":"b","password":"c"}' }],
      ["/auth/login", json(login, key)],
      ["/auth/login", json(login, bearer(access_token))],
      ["/auth/login?x=1", json(login)],
      ["/auth/login", {}],
      ["/auth/token", json(login)],
      ["/auth/refresh", json({ refresh_token: access_token })],
      ["/auth/refresh", json({ refreshToken: refresh_token })],
      ["/auth/refresh", json({ refresh_token }, bearer(access_token))],
      ["/auth/logout", { method: "POST" }],
      ["/auth/logout", json({}, bearer(access_token))],
      ["/auth/logout", { headers: bearer(access_token) }],
      ["/students", {}],
      ["/students", { headers: { "x-api-key": "wrong" } }],
      ["/students", { headers: { ...key, ...bearer(access_token) } }],
      ["/students", { headers: { authorization: access_token } }],
      ["/students", { headers: { authorization: `bearer ${access_token}` } }],
      ["/students", { headers: bearer("wrong") }],
      ["/students?api_key=x", { headers: key }],
      ["/auth/profile", { headers: key }],
    ]), [
      [400, "unknown_field"], [400, "missing_field"], [400, "invalid_field"], [400, "invalid_field"],
      [415, "unsupported_media_type"], [415, "unsupported_media_type"], [400, "malformed_json"], [400, "malformed_json"],
      [400, "repeated_parameter"], [400, "unexpected_header"], [400, "unexpected_header"], [400, "unknown_field"],
      [405, "method_not_allowed"], [404, "not_found"],
      [401, "invalid_refresh_token"], [400, "unknown_field"], [400, "unexpected_header"],
      [401, "missing_token"], [400, "unexpected_body"], [405, "method_not_allowed"],
      [401, "missing_token"], [401, "invalid_api_key"], [400, "two_credentials"], [400, "invalid_request"],
      [400, "invalid_request"], [401, "invalid_token"], [400, "unknown_field"], [400, "unexpected_header"],
    ]);
  });

  test("a key that was sent twice is refused", async () => {
    const headers = new Headers([["x-api-key", API_KEY], ["x-api-key", API_KEY]]);
    // Two of one name are one with a comma by the time that fetch sends them.
    assert.deepEqual(await refusedBy(server, [["/students", { headers }]]), [[401, "invalid_api_key"]]);
  });

  test("tokens end with their lifetime, and when they are revoked", async () => {
    server.control({ tokenSeconds: 10 });
    const { access_token, expires_in } = await signIn();
    assert.equal(expires_in, 10);
    const status = async (token) => (await call("/auth/profile", { headers: bearer(token) })).status;
    assert.equal(await status(access_token), 200);
    server.control({ clockOffsetSeconds: 10 });
    assert.equal(await status(access_token), 401);
    assert.equal(server.refusals.at(-1).message, "The access token expired");
    const { access_token: other } = await signIn();
    server.revoke(other);
    assert.equal(await status(other), 401);
  });

  test("with rotation, a refresh token is good once, and one used twice ends the session", async () => {
    server.control({ rotate: true });
    const { refresh_token } = await signIn();
    const { body } = await call("/auth/refresh", json({ refresh_token }));
    assert.notEqual(body.refresh_token, refresh_token);
    assert.equal((await call("/auth/refresh", json({ refresh_token }))).status, 401);
    assert.equal((await call("/auth/refresh", json({ refresh_token: body.refresh_token }))).status, 401);
  });

  test("what expires_in states can be anything", async () => {
    for (const [expiresIn, stated] of [[undefined, 3600], ["3600", "3600"], [0, 0]]) {
      server.control({ expiresIn });
      assert.equal((await signIn()).expires_in, stated);
    }
    server.control({ expiresIn: null });
    assert.equal("expires_in" in await signIn(), false);
  });

  test("a storm refuses everything, a failure once, a drop says nothing", async () => {
    const { access_token } = await signIn();
    server.control({ apiRefusals: Infinity });
    for (const headers of [bearer(access_token), { "x-api-key": API_KEY }]) {
      assert.equal((await call("/students", { headers })).status, 401);
    }
    server.control({ apiRefusals: 0 });
    server.failNext("GET /students", { status: 503, headers: { "retry-after": "1" }, body: {} });
    assert.equal((await fetch(`${server.origin}/students`, { headers: bearer(access_token) })).headers.get("retry-after"), "1");
    assert.equal((await call("/students", { headers: bearer(access_token) })).status, 200);
    server.failNext("GET /students", { drop: true });
    await assert.rejects(fetch(`${server.origin}/students`, { headers: bearer(access_token) }), TypeError);
  });

  test("held requests wait until they are let go", async () => {
    const hold = server.hold("POST /auth/login");
    const calls = [signIn(), signIn()];
    await hold.arrived;
    hold.release();
    assert.ok((await Promise.all(calls)).every(({ access_token }) => access_token));
  });

  test("a page of an origin that is allowed may read, another may not", async () => {
    server.control({ allowOrigins: ["http://app.test"] });
    const read = async (origin) => {
      const asked = { origin, "access-control-request-method": "POST", "access-control-request-headers": "content-type" };
      const { headers } = await fetch(`${server.origin}/auth/login`, { method: "OPTIONS", headers: asked });
      return [headers.get("access-control-allow-origin"), headers.get("access-control-allow-headers")];
    };
    assert.deepEqual(await read("http://app.test"), ["http://app.test", "content-type"]);
    assert.deepEqual(await read("http://other.test"), [null, null]);
  });

  test("its clock can be wrong", async () => {
    server.control({ clockOffsetSeconds: 600 });
    const { headers } = await fetch(`${server.origin}/students`);
    assert.ok(Math.abs(Date.parse(headers.get("date")) - Date.now() - 600_000) < 5_000);
  });
});

describe("S2 Classy", async () => {
  const server = await start(startClassy);
  beforeEach(() => server.reset());
  const call = callTo(server);
  const credentials = { grant_type: "client_credentials", client_id: CLASSY.id, client_secret: CLASSY.secret };

  test("client credentials give a token whose type is in lower case", async () => {
    const { status, body } = await call("/oauth2/auth", form(credentials));
    assert.equal(status, 200);
    assert.match(body.access_token, /^[0-9a-f]{32}$/);
    assert.deepEqual({ ...body, access_token: "" }, { access_token: "", token_type: "bearer", expires_in: 3600 });
    assert.equal((await call("/2.0/resource", { headers: bearer(body.access_token) })).status, 200);
  });

  test("a refresh token that was shipped refreshes, with the client's secret", async () => {
    server.control({ shipsRefreshToken: true });
    const { refresh_token } = (await call("/oauth2/auth", form(credentials))).body;
    const refresh = { ...credentials, grant_type: "refresh_token", refresh_token };
    const { status, body } = await call("/oauth2/auth", form(refresh));
    assert.equal(status, 200);
    assert.equal("refresh_token" in body, false);
    const { client_secret: _, ...without } = refresh;
    assert.deepEqual(await refusedBy(server, [
      ["/oauth2/auth", form(without)],
      ["/oauth2/auth", form({ ...refresh, client_secret: "wrong" })],
      ["/oauth2/auth", form({ ...refresh, refresh_token: "wrong" })],
    ]), [[400, "missing_field"], [401, "invalid_client"], [400, "invalid_grant"]]);
  });

  test("everything else is refused", async () => {
    const basic = { authorization: `Basic ${btoa(`${CLASSY.id}:${CLASSY.secret}`)}` };
    assert.deepEqual(await refusedBy(server, [
      ["/oauth2/auth", form({ ...credentials, client_secret: "wrong" })],
      ["/oauth2/auth", form({ ...credentials, client_id: "wrong" })],
      ["/oauth2/auth", form({ ...credentials, scope: "all" })],
      ["/oauth2/auth", form({ ...credentials, grant_type: "password" })],
      ["/oauth2/auth", form({ ...credentials, refresh_token: "x" })],
      ["/oauth2/auth", form({ ...credentials, grant_type: "refresh_token" })],
      ["/oauth2/auth", form([...Object.entries(credentials), ["client_id", CLASSY.id]])],
      ["/oauth2/auth", form(credentials, basic)],
      ["/oauth2/auth", json(credentials)],
      ["/oauth2/auth", {}],
      ["/oauth2/token", form(credentials)],
      ["/2.0/resource", {}],
      ["/2.0/resource", { headers: { authorization: "Basic eA==" } }],
      ["/2.0/resource", { headers: { "x-api-key": "x" } }],
      ["/2.0/resource?access_token=x", {}],
    ]), [
      [401, "invalid_client"], [401, "invalid_client"], [400, "unknown_field"], [400, "unsupported_grant_type"],
      [400, "invalid_request"], [400, "invalid_request"], [400, "repeated_parameter"], [400, "unexpected_header"],
      [415, "unsupported_media_type"], [405, "method_not_allowed"], [404, "not_found"],
      [401, "missing_token"], [400, "invalid_request"], [400, "unexpected_header"], [400, "unknown_field"],
    ]);
  });
});

describe("S3 the guide", async () => {
  const server = await start(startGuide);
  beforeEach(() => server.reset());
  const call = callTo(server);
  const signIn = async () => (await call("/v1/auth/login", json(LOGIN))).body;
  const apiKey = { name: "Production API Key", scopes: ["read:resources", "write:resources"] };

  test("login and refresh are as in the document", async () => {
    const { access_token, refresh_token, ...rest } = await signIn();
    assert.deepEqual(rest, { token_type: "Bearer", expires_in: 3600 });
    const { status, body } = await call("/v1/auth/refresh", json({ refresh_token }));
    assert.equal(status, 200);
    assert.deepEqual(Object.keys(body), ["access_token", "token_type", "expires_in"]);
    assert.equal((await call("/v1/resources", { headers: bearer(access_token) })).status, 200);
  });

  test("an API key is made with a token, works in the header and in the query, and ends when it is deleted", async () => {
    const { access_token } = await signIn();
    const { status, body } = await call("/v1/api-keys", json(apiKey, bearer(access_token)));
    assert.equal(status, 201);
    assert.deepEqual(Object.keys(body), ["id", "name", "key", "scopes", "created_at"]);
    assert.match(body.id, /^key_/);
    assert.match(body.key, /^sk_live_/);
    assert.match(body.created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.equal((await call("/v1/resources", { headers: { "x-api-key": body.key } })).status, 200);
    assert.equal((await call(`/v1/resources?api_key=${body.key}`)).status, 200);
    const { body: listed } = await call("/v1/api-keys", { headers: bearer(access_token) });
    const { key: _, ...shown } = body;
    assert.deepEqual(listed.find(({ id }) => id === body.id), shown);
    const removed = await fetch(`${server.origin}/v1/api-keys/${body.id}`, { method: "DELETE", headers: bearer(access_token) });
    assert.equal(removed.status, 204);
    assert.deepEqual(await refusedBy(server, [["/v1/resources", { headers: { "x-api-key": body.key } }]]), [[401, "invalid_api_key"]]);
  });

  test("a key's scopes are its limits", async () => {
    const { key } = server.createKey({ name: "reader", scopes: ["read:resources"] });
    assert.equal((await call("/v1/resources", { headers: { "x-api-key": key } })).status, 200);
    assert.deepEqual(await refusedBy(server, [["/v1/resources", json({ name: "x" }, { "x-api-key": key })]]), [[403, "insufficient_scope"]]);
  });

  const authorization = (changes = {}) => `/oauth/authorize?${new URLSearchParams({
    response_type: "code", client_id: GUIDE.id, redirect_uri: "https://your-app.com/callback", scope: "read:resources write:resources",
    state: "random_state_string", ...changes,
  })}`;
  const codeFrom = async (path) => {
    const { headers } = await fetch(server.origin + path, { redirect: "manual" });
    return new URL(headers.get("location")).searchParams;
  };

  test("the authorization code flow gives a token, once", async () => {
    const back = await codeFrom(authorization());
    assert.equal(back.get("state"), "random_state_string");
    const exchange = {
      grant_type: "authorization_code", code: back.get("code"), client_id: GUIDE.id, client_secret: GUIDE.secret,
      redirect_uri: "https://your-app.com/callback",
    };
    const { status, body } = await call("/oauth/token", form(exchange));
    assert.equal(status, 200);
    assert.equal((await call("/v1/resources", { headers: bearer(body.access_token) })).status, 200);
    assert.deepEqual(await refusedBy(server, [["/oauth/token", form(exchange)], ["/v1/resources", { headers: bearer(body.access_token) }]]),
      [[400, "invalid_grant"], [401, "invalid_token"]]);
    server.control({ denies: true });
    assert.equal((await codeFrom(authorization())).get("error"), "access_denied");
  });

  test("a client without a secret proves itself with a code verifier", async () => {
    const verifier = "v".repeat(43);
    const challenge = { code_challenge: createHash("sha256").update(verifier).digest("base64url"), code_challenge_method: "S256" };
    const ask = async () => ({
      grant_type: "authorization_code", code: (await codeFrom(authorization({ client_id: PUBLIC_CLIENT.id, ...challenge }))).get("code"),
      client_id: PUBLIC_CLIENT.id, redirect_uri: "https://your-app.com/callback",
    });
    assert.equal((await call("/oauth/token", form({ ...await ask(), code_verifier: verifier }))).status, 200);
    assert.deepEqual(await refusedBy(server, [
      ["/oauth/token", form(await ask())],
      ["/oauth/token", form({ ...await ask(), code_verifier: "w".repeat(43) })],
      ["/oauth/token", form({ ...await ask(), code_verifier: verifier, client_secret: GUIDE.secret })],
      [authorization({ client_id: PUBLIC_CLIENT.id })],
    ]), [[401, "invalid_client"], [400, "invalid_grant"], [401, "invalid_client"], [400, "invalid_request"]]);
  });

  test("client credentials give a token of the scope that was asked for", async () => {
    const credentials = { grant_type: "client_credentials", client_id: GUIDE.id, client_secret: GUIDE.secret, scope: "read:resources" };
    const { access_token } = (await call("/oauth/token", form(credentials))).body;
    assert.equal((await call("/v1/resources", { headers: bearer(access_token) })).status, 200);
    assert.deepEqual(await refusedBy(server, [
      ["/v1/resources", json({ name: "x" }, bearer(access_token))],
      ["/oauth/token", form({ ...credentials, scope: "admin" })],
    ]), [[403, "insufficient_scope"], [400, "invalid_scope"]]);
  });

  const cookiesOf = (response) => response.headers.getSetCookie().map((cookie) => cookie.split(";")[0]).join("; ");
  const logInWithCookie = (headers) => fetch(`${server.origin}/v1/session/login`, json(LOGIN, headers));

  test("a session is a cookie that no script reads, until the logout", async () => {
    const response = await logInWithCookie();
    assert.equal(response.status, 200);
    assert.match(response.headers.get("set-cookie"), /^session=\w+; Path=\/; HttpOnly; SameSite=Lax$/);
    const cookie = cookiesOf(response);
    assert.equal((await call("/v1/resources", { headers: { cookie } })).status, 200);
    assert.deepEqual((await call("/v1/session/user", { headers: { cookie } })).body, { email: LOGIN.email });
    assert.equal((await call("/v1/session/logout", { method: "POST", headers: { cookie } })).status, 200);
    assert.deepEqual(await refusedBy(server, [["/v1/resources", { headers: { cookie } }]]), [[401, "not_signed_in"]]);
  });

  test("with a CSRF token in a cookie, what is not a GET must send it", async () => {
    server.control({ csrf: "cookie" });
    const cookie = cookiesOf(await logInWithCookie());
    const token = /XSRF-TOKEN=(\w+)/.exec(cookie)[1];
    assert.equal((await call("/v1/resources", { headers: { cookie } })).status, 200);
    assert.deepEqual(await refusedBy(server, [
      ["/v1/resources", json({ name: "x" }, { cookie })],
      ["/v1/session/logout", { method: "POST", headers: { cookie, "x-xsrf-token": "wrong" } }],
    ]), [[403, "csrf_failed"], [403, "csrf_failed"]]);
    assert.equal((await call("/v1/resources", json({ name: "x" }, { cookie, "x-xsrf-token": token }))).status, 201);
  });

  test("with a CSRF token from an endpoint, also the login may need it", async () => {
    server.control({ csrf: "endpoint", csrfAtLogin: true });
    const first = await fetch(`${server.origin}/v1/session/csrf`);
    const cookie = cookiesOf(first);
    const { csrf_token } = await first.json();
    assert.deepEqual(await refusedBy(server, [["/v1/session/login", json(LOGIN)], ["/v1/session/login", json(LOGIN, { cookie })]]),
      [[403, "csrf_failed"], [403, "csrf_failed"]]);
    const response = await logInWithCookie({ cookie, "x-csrf-token": csrf_token });
    assert.equal(response.status, 200);
    // Signing in gives another session with another token.
    const mine = cookiesOf(response);
    assert.deepEqual(await refusedBy(server, [["/v1/session/logout", { method: "POST", headers: { cookie: mine, "x-csrf-token": csrf_token } }]]),
      [[403, "csrf_failed"]]);
    const { body } = await call("/v1/session/csrf", { headers: { cookie: mine } });
    assert.equal((await call("/v1/session/logout", { method: "POST", headers: { cookie: mine, "x-csrf-token": body.csrf_token } })).status, 200);
  });

  test("a page may send its cookies where its origin is allowed", async () => {
    server.control({ allowOrigins: ["http://app.test"] });
    const { headers } = await fetch(`${server.origin}/v1/session/user`, { headers: { origin: "http://app.test" } });
    assert.equal(headers.get("access-control-allow-origin"), "http://app.test");
    assert.equal(headers.get("access-control-allow-credentials"), "true");
  });

  test("everything else is refused", async () => {
    const { access_token } = await signIn();
    const { key } = server.createKey(apiKey);
    const code = { grant_type: "authorization_code", code: "x", client_id: GUIDE.id, client_secret: GUIDE.secret, redirect_uri: "https://your-app.com/callback" };
    assert.deepEqual(await refusedBy(server, [
      ["/v1/api-keys", json(apiKey)],
      ["/v1/api-keys", json({ ...apiKey, scopes: [] }, bearer(access_token))],
      ["/v1/api-keys", json({ ...apiKey, scopes: "read:resources" }, bearer(access_token))],
      ["/v1/api-keys", json({ ...apiKey, scopes: ["admin"] }, bearer(access_token))],
      ["/v1/api-keys", json({ ...apiKey, expires: 1 }, bearer(access_token))],
      ["/v1/api-keys", json(apiKey, { "x-api-key": key })],
      ["/v1/resources", { headers: { ...bearer(access_token), "x-api-key": key } }],
      [`/v1/resources?api_key=${key}`, { headers: { "x-api-key": key } }],
      [`/v1/resources?api_key=${key}&api_key=${key}`],
      ["/v1/resources?api_key=wrong"],
      [`/v1/resources?apikey=${key}`],
      ["/v1/resources"],
      [authorization({ state: "" })],
      [authorization({ redirect_uri: "https://your-app.com/other" })],
      [authorization({ response_type: "token" })],
      [authorization({ prompt: "none" })],
      ["/oauth/token", form(code)],
      ["/oauth/token", form({ ...code, client_secret: "wrong" })],
      ["/oauth/token", json(code)],
      ["/oauth/token", form({ ...code, audience: "x" })],
      ["/v1/session/login", json({ ...LOGIN, password: "wrong" })],
      ["/v1/session/logout", { method: "POST" }],
      ["/v1/session/csrf"],
    ]), [
      [401, "missing_token"], [400, "invalid_field"], [400, "invalid_field"], [400, "invalid_scope"], [400, "unknown_field"],
      [400, "unexpected_header"], [400, "two_credentials"], [400, "two_credentials"], [400, "repeated_parameter"],
      [401, "invalid_api_key"], [400, "unknown_field"], [401, "missing_token"],
      [400, "missing_field"], [400, "invalid_request"], [400, "unsupported_response_type"], [400, "unknown_field"],
      [400, "invalid_grant"], [401, "invalid_client"], [415, "unsupported_media_type"], [400, "unknown_field"],
      [401, "invalid_credentials"], [401, "not_signed_in"], [404, "not_found"],
    ]);
  });
});

describe("S4 StudyTeam", async () => {
  const { staging, production } = await start(startStudyteam);
  beforeEach(() => [staging, production].forEach((server) => server.reset()));
  const credentialsOf = ({ clientId, clientSecret, audience }) =>
    ({ client_id: clientId, client_secret: clientSecret, audience, grant_type: "client_credentials" });
  const credentials = credentialsOf(ENVIRONMENTS.staging);
  const token = async (server, of) => (await callTo(server)("/oauth/token", json(credentialsOf(of)))).body.access_token;

  test("four members of JSON give a token of 900 s", async () => {
    const { status, body } = await callTo(staging)("/oauth/token", json(credentials));
    assert.equal(status, 200);
    assert.match(body.access_token, /^eyJ/);
    assert.deepEqual({ ...body, access_token: "" }, { access_token: "", expires_in: 900, token_type: "Bearer" });
    const { status: answered } = await callTo(staging)("/api/something", json({ note: "x" }, bearer(body.access_token)));
    assert.equal(answered, 200);
  });

  test("an environment knows neither the credentials nor the tokens of the other", async () => {
    assert.deepEqual(await refusedBy(production, [
      ["/oauth/token", json(credentials)],
      ["/oauth/token", json({ ...credentialsOf(ENVIRONMENTS.production), audience: ENVIRONMENTS.staging.audience })],
      ["/api/something", { headers: bearer(await token(staging, ENVIRONMENTS.staging)) }],
    ]), [[401, "invalid_client"], [403, "access_denied"], [401, "invalid_token"]]);
    const good = await token(production, ENVIRONMENTS.production);
    assert.equal((await callTo(production)("/api/something", { headers: bearer(good) })).status, 200);
  });

  test("everything else is refused", async () => {
    const { audience: _, ...without } = credentials;
    assert.deepEqual(await refusedBy(staging, [
      ["/oauth/token", json(without)],
      ["/oauth/token", json({ ...credentials, scope: "all" })],
      ["/oauth/token", json({ ...credentials, grant_type: "refresh_token" })],
      ["/oauth/token", form(credentials)],
      ["/oauth/token", json(credentials, { authorization: "Basic eA==" })],
      ["/api/something", json({})],
      ["/api/something", json({ other: 1 }, bearer(await token(staging, ENVIRONMENTS.staging)))],
    ]), [
      [400, "missing_field"], [400, "unknown_field"], [400, "invalid_field"], [415, "unsupported_media_type"],
      [400, "unexpected_header"], [401, "missing_token"], [400, "unknown_field"],
    ]);
  });

  test("a token is over after 900 s", async () => {
    const early = await token(staging, ENVIRONMENTS.staging);
    const status = async () => (await callTo(staging)("/api/something", { headers: bearer(early) })).status;
    staging.control({ clockOffsetSeconds: 899 });
    assert.equal(await status(), 200);
    staging.control({ clockOffsetSeconds: 901 });
    assert.equal(await status(), 401);
  });
});

describe("S5 the authentication guides", async () => {
  const server = await start(startGuides);
  beforeEach(() => server.reset());
  const call = callTo(server);
  const credentials = { grant_type: "client_credentials", client_id: GUIDES.id, client_secret: GUIDES.secret };
  const tokenWith = async (changes = {}) => (await call("/oauth2/token", form({ ...credentials, ...changes }))).body.access_token;

  test("client credentials give a token", async () => {
    const { status, body } = await call("/oauth2/token", form(credentials));
    assert.equal(status, 200);
    assert.equal(body.token_type, "Bearer");
    assert.equal((await call("/v1/users", { headers: bearer(body.access_token) })).status, 200);
  });

  test("a scope limits what a token may do", async () => {
    const token = await tokenWith({ scope: "read:users" });
    assert.equal((await call("/v1/users", { headers: bearer(token) })).status, 200);
    assert.deepEqual(await refusedBy(server, [["/v1/users", json({ name: "x" }, bearer(token))]]), [[403, "insufficient_scope"]]);
    assert.equal((await call("/v1/users", json({ name: "x" }, bearer(await tokenWith())))).status, 201);
  });

  test("an API key works in the header and in the query", async () => {
    const { key } = server.createKey({ name: "older service", scopes: ["read:data"] });
    assert.equal((await call("/v1/data", { headers: { "x-api-key": key } })).status, 200);
    assert.equal((await call(`/v1/data?api_key=${key}`)).status, 200);
  });

  test("the authorization code flow gives a token", async () => {
    const redirect_uri = "https://your-app.com/callback";
    const asked = new URLSearchParams({ response_type: "code", client_id: GUIDES.id, redirect_uri, state: "s" });
    const { headers } = await fetch(`${server.origin}/oauth2/authorize?${asked}`, { redirect: "manual" });
    const code = new URL(headers.get("location")).searchParams.get("code");
    const { grant_type: _, ...client } = credentials;
    assert.equal((await call("/oauth2/token", form({ ...client, grant_type: "authorization_code", code, redirect_uri }))).status, 200);
  });

  test("each mistake of its list is answered in its own way", async () => {
    const token = await tokenWith();
    server.control({ clockOffsetSeconds: 3600 });
    assert.deepEqual(await refusedBy(server, [
      ["/oauth2/token", form({ ...credentials, client_id: "wrong" })],
      ["/oauth2/token", form({ ...credentials, client_secret: "wrong" })],
      ["/v1/users", { headers: bearer(token) }],
      ["/v1/users", { headers: { authorization: token } }],
      ["/v1/users", { headers: { authorization: `Token ${token}` } }],
      ["/v1/users", { headers: { authorization: "Bearer" } }],
      ["/v2/users", { headers: bearer(token) }],
      ["/oauth/token", form(credentials)],
    ]), [
      [401, "invalid_client"], [401, "invalid_client"], [401, "invalid_token"], [400, "invalid_request"], [400, "invalid_request"],
      [400, "invalid_request"], [404, "not_found"], [404, "not_found"],
    ]);
    const expired = await fetch(`${server.origin}/v1/users`, { headers: bearer(token) });
    assert.equal(expired.headers.get("www-authenticate"), 'Bearer error="invalid_token", error_description="The access token expired"');
  });

  test("everything else is refused", async () => {
    const token = await tokenWith();
    assert.deepEqual(await refusedBy(server, [
      ["/oauth2/token", json(credentials)],
      ["/oauth2/token", form({ ...credentials, audience: "x" })],
      ["/oauth2/token", form([...Object.entries(credentials), ["scope", "a"], ["scope", "b"]])],
      ["/oauth2/token", form({ ...credentials, scope: "admin" })],
      ["/oauth2/token", {}],
      ["/v1/data", { headers: bearer(token) }],
      ["/v1/data", { headers: { "x-api-key": "wrong" } }],
      ["/v1/data"],
      ["/v1/users", { headers: { "x-api-key": "x" } }],
    ]), [
      [415, "unsupported_media_type"], [400, "unknown_field"], [400, "repeated_parameter"], [400, "invalid_scope"],
      [405, "method_not_allowed"], [400, "unexpected_header"], [401, "invalid_api_key"], [401, "invalid_api_key"], [400, "unexpected_header"],
    ]);
  });
});
