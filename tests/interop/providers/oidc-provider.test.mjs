// The oidc-provider is configured as its clients' names say, and it enforces it: a provider that let everything pass would
// let every test in the browsers pass.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import { RESOURCES } from "./clients.mjs";
import { startOidcProvider } from "./oidc-provider.mjs";
import {
  REDIRECT_URI, authorizationUrl, exchange, newKey, newRequest, post, prove, refresh, signIn, visit,
} from "./plain-client.mjs";

let provider;
let issuer;
before(async () => {
  provider = await startOidcProvider({ redirectUris: [REDIRECT_URI], postLogoutRedirectUris: ["http://127.0.0.1:9/"] });
  ({ issuer } = provider);
});
after(() => provider.close());
afterEach(() => {
  const faults = provider.refusals.splice(0).filter((refusal) => refusal.startsWith("server_error"));
  assert.deepEqual(faults, []);
});

const errorOf = async (response) => {
  const body = await response.json();
  return `${response.status} ${body.error}`;
};

describe("any client", () => {
  for (const alg of ["RS256", "PS256", "ES256", "EdDSA"]) {
    test(`spa-${alg.toLowerCase()} gets an ID token signed with ${alg}`, async () => {
      const clientId = `spa-${alg.toLowerCase()}`;
      const tokens = await signIn(issuer, clientId);
      assert.equal(decodeProtectedHeader(tokens.id_token).alg, alg);
      await jwtVerify(tokens.id_token, createRemoteJWKSet(new URL(`${issuer}/jwks`)), { issuer, audience: clientId });
      assert.equal((await provider.lookUp(tokens.access_token)).clientId, clientId);
    });
  }

  test("is told its state and the issuer, and the hint deny says no", async () => {
    const { parameters } = newRequest("spa-rs256", { login_hint: "deny" });
    const callback = await visit(authorizationUrl(issuer, parameters));
    assert.deepEqual(Object.fromEntries(callback), {
      error: "access_denied", error_description: "The user said no", state: parameters.state, iss: issuer,
    });
  });

  test("cannot do without the verifier", async () => {
    const request = newRequest("spa-rs256");
    const code = (await visit(authorizationUrl(issuer, request.parameters))).get("code");
    assert.equal(await errorOf(await exchange(issuer, { ...request, verifier: "x".repeat(43) }, code)), "400 invalid_grant");
  });

  test("gets a new refresh token each time, and loses the family with the second use of an old one", async () => {
    const first = await signIn(issuer, "spa-rs256");
    const second = await (await refresh(issuer, "spa-rs256", first.refresh_token)).json();
    assert.notEqual(second.refresh_token, first.refresh_token);
    assert.equal(await errorOf(await refresh(issuer, "spa-rs256", first.refresh_token)), "400 invalid_grant");
    assert.equal(await errorOf(await refresh(issuer, "spa-rs256", second.refresh_token)), "400 invalid_grant");
    assert.deepEqual(provider.refusals, [
      "grant.error: invalid_grant (refresh token already used)", "grant.error: invalid_grant (refresh token not found)",
    ]);
    assert.equal(await provider.lookUp(second.access_token), null);
  });

  test("revokes: the refresh token takes the access tokens with it", async () => {
    const tokens = await signIn(issuer, "spa-rs256");
    const response = await post(`${issuer}/token/revocation`, { client_id: "spa-rs256", token: tokens.refresh_token });
    assert.equal(response.status, 200);
    assert.equal(await provider.lookUp(tokens.access_token), null);
  });

  test("reads across origins what its page needs, and no other origin does", async () => {
    const body = new URLSearchParams({ client_id: "spa-dpop" });
    const from = (origin) => fetch(`${issuer}/token`, { method: "POST", headers: { origin }, body });
    const own = await from(new URL(REDIRECT_URI).origin);
    assert.equal(own.headers.get("access-control-allow-origin"), new URL(REDIRECT_URI).origin);
    assert.equal(own.headers.get("access-control-expose-headers"), "DPoP-Nonce,WWW-Authenticate");
    assert.equal((await from("https://evil.test")).headers.get("access-control-allow-origin"), null);
  });

  test("is logged: method, path, form, headers and when it was answered", async () => {
    await signIn(issuer, "spa-rs256");
    const entry = provider.log.at(-1);
    assert.deepEqual([entry.method, entry.path, entry.status], ["POST", "/token", 200]);
    assert.equal(entry.body.grant_type, "authorization_code");
    assert.match(entry.headers["content-type"], /^application\/x-www-form-urlencoded/);
    assert.ok(entry.answeredAt >= entry.at);
  });
});

describe("userinfo", () => {
  const ask = (token) => fetch(`${issuer}/me`, { headers: { authorization: `Bearer ${token}` } });

  test("is JSON, and has what the ID token has not", async () => {
    const tokens = await signIn(issuer, "spa-rs256", { changes: { scope: "openid email" } });
    assert.deepEqual(await (await ask(tokens.access_token)).json(), {
      sub: "alice", email: "alice@example.com", email_verified: true,
    });
  });

  test("is signed for spa-userinfo-signed", async () => {
    const tokens = await signIn(issuer, "spa-userinfo-signed", { changes: { scope: "openid email" } });
    const response = await ask(tokens.access_token);
    assert.match(response.headers.get("content-type"), /^application\/jwt/);
    const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`));
    const expected = { issuer, audience: "spa-userinfo-signed", algorithms: ["RS256"] };
    const { payload } = await jwtVerify(await response.text(), keys, expected);
    assert.equal(payload.email, "alice@example.com");
  });
});

describe("spa-dpop", () => {
  test("gets a token bound to its key, and refreshes with that key only", async () => {
    const [key, other] = [await newKey(), await newKey()];
    const tokens = await signIn(issuer, "spa-dpop", { key, changes: { dpop_jkt: key.thumbprint } });
    assert.equal(tokens.token_type, "DPoP");
    assert.equal((await provider.lookUp(tokens.access_token)).jkt, key.thumbprint);
    assert.equal(await errorOf(await refresh(issuer, "spa-dpop", tokens.refresh_token, { key: other })), "400 invalid_grant");
    assert.equal(await errorOf(await refresh(issuer, "spa-dpop", tokens.refresh_token)), "400 invalid_grant");
    assert.equal((await refresh(issuer, "spa-dpop", tokens.refresh_token, { key })).status, 200);
  });

  test("cannot redeem a code that was asked for with another key", async () => {
    const [key, other] = [await newKey(), await newKey()];
    await assert.rejects(signIn(issuer, "spa-dpop", { key: other, changes: { dpop_jkt: key.thumbprint } }), /invalid_grant/);
  });

  test("cannot do without a proof", async () => {
    await assert.rejects(signIn(issuer, "spa-dpop"), /invalid_grant/);
  });
});

describe("spa-dpop-nonce", () => {
  test("is asked for a nonce at the token endpoint, which leaves the code good", async () => {
    const key = await newKey();
    const request = newRequest("spa-dpop-nonce");
    const code = (await visit(authorizationUrl(issuer, request.parameters))).get("code");
    const refused = await exchange(issuer, request, code, { key });
    const nonce = refused.headers.get("dpop-nonce");
    assert.equal(await errorOf(refused), "400 use_dpop_nonce");
    assert.equal((await exchange(issuer, request, code, { key, nonce })).status, 200);
  });

  test("and at the userinfo endpoint, where spa-dpop is not", async () => {
    const key = await newKey();
    const url = `${issuer}/me`;
    const ask = async (token, nonce) => fetch(url, {
      headers: { authorization: `DPoP ${token}`, dpop: await prove(key, { url, token, nonce }) },
    });
    const free = await signIn(issuer, "spa-dpop", { key });
    assert.equal((await ask(free.access_token)).status, 200);
    const nonce = (await refresh(issuer, "spa-dpop-nonce", "none", { key })).headers.get("dpop-nonce");
    const tokens = await signIn(issuer, "spa-dpop-nonce", { key, nonce });
    const refused = await ask(tokens.access_token);
    assert.match(refused.headers.get("www-authenticate"), /^DPoP .*error="use_dpop_nonce"/);
    assert.equal((await ask(tokens.access_token, refused.headers.get("dpop-nonce"))).status, 200);
  });
});

describe("spa-par", () => {
  test("must push its request", async () => {
    const request = newRequest("spa-par");
    const plain = await visit(authorizationUrl(issuer, request.parameters));
    assert.equal(plain.get("error"), "invalid_request");
    const pushed = await post(`${issuer}/request`, request.parameters);
    assert.equal(pushed.status, 201);
    const { request_uri } = await pushed.json();
    const callback = await visit(authorizationUrl(issuer, { client_id: "spa-par", request_uri }));
    assert.equal((await exchange(issuer, request, callback.get("code"))).status, 200);
  });
});

describe("authorization details", () => {
  const asked = [{ type: "payment", amount: "12.50" }];
  const changes = { authorization_details: JSON.stringify(asked) };

  test("spa-rar is granted what it asks for, also at a refresh", async () => {
    const tokens = await signIn(issuer, "spa-rar", { changes });
    assert.deepEqual(tokens.authorization_details, asked);
    const refreshed = await (await refresh(issuer, "spa-rar", tokens.refresh_token)).json();
    assert.deepEqual(refreshed.authorization_details, asked);
  });

  test("spa-rar-extra is granted a type more", async () => {
    const tokens = await signIn(issuer, "spa-rar-extra", { changes });
    assert.deepEqual(tokens.authorization_details.map(({ type }) => type), ["payment", "account_information"]);
  });

  test("an unknown type is refused", async () => {
    const { parameters } = newRequest("spa-rar", { authorization_details: '[{"type":"unknown"}]' });
    const callback = await visit(authorizationUrl(issuer, parameters));
    assert.equal(callback.get("error"), "invalid_authorization_details");
  });
});

describe("spa-resource", () => {
  for (const resource of RESOURCES) {
    test(`gets a token for ${resource} alone`, async () => {
      const changes = { resource, scope: "openid read" };
      const tokens = await signIn(issuer, "spa-resource", { changes, tokenChanges: { resource } });
      const { audience, scope } = await provider.lookUp(tokens.access_token);
      assert.deepEqual([audience, scope], [resource, "openid read"]);
    });
  }

  test("gets none for an unknown one", async () => {
    const { parameters } = newRequest("spa-resource", { resource: "https://api.example.com/three" });
    const callback = await visit(authorizationUrl(issuer, parameters));
    assert.equal(callback.get("error"), "invalid_target");
  });
});

test("acr_values is a demand: a session that does not meet it signs in again", async () => {
  const jar = new Map();
  const acrOf = async (changes) => {
    const tokens = await signIn(issuer, "spa-rs256", { changes, jar });
    return (await provider.lookUp(tokens.access_token)).acr;
  };
  assert.equal(await acrOf({}), "bronze");
  assert.equal(await acrOf({ acr_values: "silver" }), "silver");
  assert.equal(await acrOf({}), "silver");
});
