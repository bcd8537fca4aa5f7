// The provider is correct where it claims to be, and each fault breaks its one rule: a fault that broke nothing would
// make every test that relies on it pass for nothing.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from "jose";
import { authorize, discover, exchange, refresh, revoke } from "./code-flow.mjs";
import { faults } from "./faults.mjs";
import { startFaultProvider } from "./provider.mjs";

let provider;
before(async () => { provider = await startFaultProvider(); });
after(() => provider.close());

const issuerOf = (fault) => `${provider.origin}/${fault}`;

async function tokensOf(fault) {
  const issuer = issuerOf(fault);
  return (await exchange(issuer, await authorize(issuer))).json();
}

async function verify(issuer, idToken) {
  const keys = createLocalJWKSet(await (await fetch(`${issuer}/jwks`)).json());
  return jwtVerify(idToken, keys, { issuer, audience: "spa", algorithms: ["RS256"] });
}

describe("a correct issuer", () => {
  test("names itself and only https or loopback endpoints", async () => {
    const metadata = await discover(issuerOf("ok"));
    assert.equal(metadata.issuer, issuerOf("ok"));
    assert.equal(metadata.token_endpoint, `${issuerOf("ok")}/token`);
  });

  test("gives code, state and iss, then tokens that verify", async () => {
    const issuer = issuerOf("ok");
    const transaction = await authorize(issuer);
    assert.equal(transaction.callback.get("state"), transaction.state);
    assert.equal(transaction.callback.get("iss"), issuer);
    const tokens = await (await exchange(issuer, transaction)).json();
    const { payload } = await verify(issuer, tokens.id_token);
    assert.equal(payload.nonce, transaction.nonce);
    assert.equal(tokens.expires_in, 900);
  });

  test("refuses a wrong verifier and a second use of a code, which ends the family", async () => {
    const issuer = issuerOf("ok");
    const transaction = await authorize(issuer);
    assert.equal((await exchange(issuer, { ...transaction, verifier: "wrong" })).status, 400);
    const fresh = await authorize(issuer);
    const tokens = await (await exchange(issuer, fresh)).json();
    assert.equal((await exchange(issuer, fresh)).status, 400);
    assert.equal((await refresh(issuer, tokens.refresh_token)).status, 400);
  });

  test("rotates refresh tokens and ends the family when an old one comes back", async () => {
    const issuer = issuerOf("ok");
    const first = await tokensOf("ok");
    const second = await (await refresh(issuer, first.refresh_token)).json();
    assert.notEqual(second.refresh_token, first.refresh_token);
    assert.equal((await refresh(issuer, first.refresh_token)).status, 400);
    assert.equal((await refresh(issuer, second.refresh_token)).status, 400);
    const reuse = provider.incidents.filter(({ kind }) => kind === "refresh-token-reused");
    assert.deepEqual(reuse.map(({ refreshToken }) => refreshToken), [first.refresh_token]);
  });

  test("gives no refresh token without offline_access", async () => {
    const issuer = issuerOf("ok");
    const tokens = await (await exchange(issuer, await authorize(issuer, { scope: "openid" }))).json();
    assert.equal(tokens.refresh_token, undefined);
  });

  test("logs method, path, query, body and headers", async () => {
    await tokensOf("ok");
    const { method, path, body, headers } = provider.log.at(-1);
    assert.equal(method, "POST");
    assert.equal(path, "/ok/token");
    assert.equal(body.grant_type, "authorization_code");
    assert.match(headers["content-type"], /^application\/x-www-form-urlencoded/);
  });

  test("sends the browser back from sign-out with its state", async () => {
    const query = new URLSearchParams({ post_logout_redirect_uri: "http://127.0.0.1:9/", state: "s" });
    const response = await fetch(`${issuerOf("ok")}/end-session?${query}`, { redirect: "manual" });
    assert.equal(response.headers.get("location"), "http://127.0.0.1:9/?state=s");
  });

  test("keeps a list of the tokens it gave out", async () => {
    const tokens = await tokensOf("ok");
    const { access_token: access, refresh_token: refreshToken, id_token: idToken } = tokens;
    assert.deepEqual(provider.issued.at(-1), { access, refresh: refreshToken, idToken });
  });

  test("lets loopback origins read answers, and no others", async () => {
    const allowed = await fetch(`${issuerOf("ok")}/jwks`, { headers: { origin: "http://127.0.0.1:9" } });
    assert.equal(allowed.headers.get("access-control-allow-origin"), "http://127.0.0.1:9");
    const refused = await fetch(`${issuerOf("ok")}/jwks`, { headers: { origin: "https://evil.test" } });
    assert.equal(refused.headers.get("access-control-allow-origin"), null);
  });
});

describe("the API", () => {
  const call = (token) => fetch(`${provider.origin}/api/notes`, { headers: { authorization: `Bearer ${token}` } });

  test("lets a live token in and refuses a revoked family", async () => {
    const tokens = await tokensOf("ok");
    assert.equal((await call(tokens.access_token)).status, 200);
    assert.equal((await call("made-up")).status, 401);
    await revoke(issuerOf("ok"), tokens.refresh_token);
    assert.equal((await call(tokens.access_token)).status, 401);
  });

  test("refuses as often as it is told to", async () => {
    const { access_token: token } = await tokensOf("ok");
    provider.control({ apiRefusals: 1 });
    assert.deepEqual([(await call(token)).status, (await call(token)).status], [401, 200]);
  });

  test("forgets tokens on request, over HTTP too", async () => {
    const { access_token: token } = await tokensOf("ok");
    await fetch(`${provider.origin}/_control`, { method: "POST", body: '{"forgetAccessTokens":true}' });
    assert.equal((await call(token)).status, 401);
  });

  test("refuses a token past its lifetime", async () => {
    provider.control({ tokenSeconds: 0 });
    const { access_token: token } = await tokensOf("ok");
    provider.control({ tokenSeconds: 900 });
    assert.equal((await call(token)).status, 401);
  });
});

test("markers start codes and tokens", async () => {
  provider.control({ marker: "find-me-" });
  const issuer = issuerOf("ok");
  const transaction = await authorize(issuer);
  const tokens = await (await exchange(issuer, transaction)).json();
  provider.control({ marker: "" });
  for (const value of [transaction.callback.get("code"), tokens.access_token, tokens.refresh_token]) {
    assert.match(value, /^find-me-/);
  }
});

test("an unknown issuer and an unknown setting are refused", async () => {
  assert.equal((await fetch(`${issuerOf("no-such-fault")}/jwks`)).status, 404);
  assert.throws(() => provider.control({ tokenSecond: 1 }), /tokenSecond/);
});

// What each fault looks like from outside.
const breaks = {
  ok: async () => {},
  "unknown-params": async (issuer) => {
    assert.ok((await authorize(issuer)).callback.has("session_state"));
    assert.ok("extra" in (await tokensOf("unknown-params")));
  },
  "metadata-issuer-foreign": async (issuer) => assert.notEqual((await discover(issuer)).issuer, issuer),
  "metadata-http-endpoint": async (issuer) => assert.match((await discover(issuer)).token_endpoint, /^http:\/\/pro/),
  "state-wrong": async (issuer) => {
    const { state, callback } = await authorize(issuer);
    assert.notEqual(callback.get("state"), state);
  },
  "state-missing": async (issuer) => assert.equal((await authorize(issuer)).callback.has("state"), false),
  "duplicate-state": async (issuer) => assert.equal((await authorize(issuer)).callback.getAll("state").length, 2),
  "duplicate-code": async (issuer) => assert.equal((await authorize(issuer)).callback.getAll("code").length, 2),
  "iss-wrong": async (issuer) => assert.notEqual((await authorize(issuer)).callback.get("iss"), issuer),
  "iss-missing": async (issuer) => assert.equal((await authorize(issuer)).callback.has("iss"), false),
  "code-and-error": async (issuer) => {
    const { callback } = await authorize(issuer);
    assert.ok(callback.has("code") && callback.has("error"));
  },
  "access-denied": async (issuer) => {
    const { callback, state } = await authorize(issuer);
    assert.equal(callback.has("code"), false);
    assert.deepEqual([callback.get("error"), callback.get("state")], ["access_denied", state]);
    assert.equal(callback.get("iss"), issuer);
  },
  "nonce-wrong": async (issuer) => {
    const transaction = await authorize(issuer);
    const { id_token: idToken } = await (await exchange(issuer, transaction)).json();
    assert.notEqual(decodeJwt(idToken).nonce, transaction.nonce);
  },
  "nonce-missing": async (issuer, tokens) => assert.equal("nonce" in decodeJwt(tokens.id_token), false),
  "id-token-iss-foreign": (issuer, tokens) => assert.rejects(verify(issuer, tokens.id_token), { claim: "iss" }),
  "id-token-aud-foreign": (issuer, tokens) => assert.rejects(verify(issuer, tokens.id_token), { claim: "aud" }),
  "id-token-expired": (issuer, tokens) => assert.rejects(verify(issuer, tokens.id_token), { code: "ERR_JWT_EXPIRED" }),
  "id-token-alg-none": async (_, tokens) => assert.equal(decodeProtectedHeader(tokens.id_token).alg, "none"),
  "id-token-alg-other": async (issuer, tokens) => {
    // A valid signature: only the algorithm is not the registered one.
    const keys = createLocalJWKSet(await (await fetch(`${issuer}/jwks`)).json());
    const { protectedHeader } = await jwtVerify(tokens.id_token, keys, { issuer, audience: "spa" });
    assert.equal(protectedHeader.alg, "PS256");
  },
  "id-token-bad-signature": (issuer, tokens) =>
    assert.rejects(verify(issuer, tokens.id_token), { code: "ERR_JWS_SIGNATURE_VERIFICATION_FAILED" }),
  "id-token-missing": async (_, tokens) => assert.equal("id_token" in tokens, false),
  "no-access-token": async (_, tokens) => assert.equal("access_token" in tokens, false),
  "token-type-unknown": async (_, tokens) => assert.equal(tokens.token_type, "mac"),
  "expires-in-missing": async (_, tokens) => assert.equal("expires_in" in tokens, false),
  "expires-in-string": async (_, tokens) => assert.equal(tokens.expires_in, "3600"),
  "expires-in-zero": async (_, tokens) => assert.equal(tokens.expires_in, 0),
  "expires-in-negative": async (_, tokens) => assert.equal(tokens.expires_in, -60),
  "expires-in-nan": async (_, tokens) => assert.equal(tokens.expires_in, "NaN"),
  "expires-in-huge": async (_, tokens) => assert.equal(tokens.expires_in, 1e12),
  "token-html": async (issuer) => {
    const response = await exchange(issuer, await authorize(issuer));
    assert.deepEqual([response.status, response.headers.get("content-type")], [200, "text/html"]);
  },
  "token-redirect": async (issuer) => {
    const response = await exchange(issuer, await authorize(issuer));
    assert.deepEqual([response.status, new URL(response.headers.get("location")).origin], [307, provider.collector.origin]);
  },
  "token-invalid-client": async (issuer) => assert.equal((await exchange(issuer, await authorize(issuer))).status, 401),
  "token-500": async (issuer) => assert.equal((await exchange(issuer, await authorize(issuer))).status, 500),
  "refresh-invalid-grant": async (issuer, tokens) => {
    const response = await refresh(issuer, tokens.refresh_token);
    assert.deepEqual([response.status, (await response.json()).error], [400, "invalid_grant"]);
  },
  "refresh-500-once": async (issuer, tokens) => {
    const statuses = [await refresh(issuer, tokens.refresh_token), await refresh(issuer, tokens.refresh_token)];
    assert.deepEqual(statuses.map(({ status }) => status), [500, 200]);
  },
};

describe("each fault breaks its one rule", () => {
  for (const name of Object.keys(faults)) {
    test(name, async () => {
      assert.ok(breaks[name], "every fault is described above");
      const needsTokens = breaks[name].length === 2;
      await breaks[name](issuerOf(name), needsTokens ? await tokensOf(name) : undefined);
    });
  }
});
