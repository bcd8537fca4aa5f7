// The resource server lets a good proof in and refuses each broken one for its own reason: one that let everything in
// would let every DPoP test pass.
import assert from "node:assert/strict";
import { createHash, randomUUID } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { SignJWT } from "jose";
import { RESOURCES } from "./clients.mjs";
import { startOidcProvider } from "./oidc-provider.mjs";
import { REDIRECT_URI, newKey, prove, signIn } from "./plain-client.mjs";
import { startResourceServer } from "./resource-server.mjs";

let provider;
let api;
let key;
let url;
before(async () => {
  provider = await startOidcProvider({ redirectUris: [REDIRECT_URI] });
  api = await startResourceServer(provider.lookUp);
  key = await newKey();
  url = `${api.origin}/notes`;
});
after(() => Promise.all([provider?.close(), api?.close()]));

const boundToken = async () => (await signIn(provider.issuer, "spa-dpop", { key })).access_token;
const bearerToken = async (options) => (await signIn(provider.issuer, "spa-rs256", options)).access_token;

/** `<status> <WWW-Authenticate>` of a call. */
async function call(headers, to = url) {
  const response = await fetch(to, { headers });
  return `${response.status} ${response.headers.get("www-authenticate") ?? ""}`.trim();
}

const bearer = (token) => ({ authorization: `Bearer ${token}` });
const bound = (token, dpop) => ({ authorization: `DPoP ${token}`, ...(dpop === null ? {} : { dpop }) });

describe("Bearer tokens", () => {
  test("a live one is let in, and logged with what is known of it", async () => {
    assert.equal(await call(bearer(await bearerToken())), "200");
    const { path, status, token, proof } = api.log.at(-1);
    assert.deepEqual([path, status, token.clientId, proof], ["/notes", 200, "spa-rs256", undefined]);
  });

  const others = { none: {}, "an unknown one": bearer("made-up"), "one of another scheme": { authorization: "Basic x" } };
  for (const [what, headers] of Object.entries(others)) {
    test(`${what} is refused`, async () => assert.equal(await call(headers), '401 Bearer error="invalid_token"'));
  }

  test("one that is not bound is refused as DPoP and as anything else", async () => {
    const token = await bearerToken();
    assert.match(await call(bound(token, await prove(key, { url, token }))), /^401 Bearer error="invalid_token"/);
    assert.match(await call({ authorization: `Basic ${token}` }), /^401 Bearer error="invalid_token"/);
    assert.equal(await call({ authorization: `bEARER ${token}` }), "200", "the scheme in any case");
  });

  test("one for a resource is good there only, and no other is good there", async () => {
    const [resource] = RESOURCES;
    const changes = { resource };
    const { access_token: token } = await signIn(provider.issuer, "spa-resource", { changes, tokenChanges: changes });
    assert.equal(await call(bearer(token), `${api.origin}/one`), "200");
    for (const path of ["/two", "/notes"]) assert.match(await call(bearer(token), api.origin + path), /^401 .*wrong audience/);
    assert.match(await call(bearer(await bearerToken()), `${api.origin}/one`), /^401 .*wrong audience/);
  });
});

describe("tokens bound to a key", () => {
  test("one with a good proof is let in, and the proof is logged", async () => {
    const token = await boundToken();
    assert.equal(await call(bound(token, await prove(key, { url, token })), `${url}?query=not-part-of-htu`), "200");
    assert.equal(api.log.at(-1).proof.payload.htu, url);
  });

  test("one as Bearer is refused, with a proof or without", async () => {
    const token = await boundToken();
    assert.match(await call(bearer(token)), /^401 DPoP error="invalid_token"/);
    assert.match(await call({ ...bearer(token), dpop: await prove(key, { url, token }) }), /^401 DPoP error="invalid_token"/);
  });

  test("the same proof a second time is refused", async () => {
    const token = await boundToken();
    const headers = bound(token, await prove(key, { url, token }));
    assert.equal(await call(headers), "200");
    assert.match(await call(headers), /jti was used before/);
  });

  const now = () => Math.floor(Date.now() / 1000);
  const hash = (text) => createHash("sha256").update(text).digest("base64url");
  const claims = (changes) => (token) => prove(key, { url, token, claims: changes });
  const header = (changes) => (token) => prove(key, { url, token, header: changes() });
  const broken = {
    "no proof": [() => null, /there is no proof/],
    "two proofs": [
      async (token) => `${await prove(key, { url, token })}, ${await prove(key, { url, token })}`, /not exactly one proof/,
    ],
    "no JWT": [() => "abc", /not exactly one proof/],
    "another typ": [header(() => ({ typ: "JWT" })), /typ/],
    "no key": [header(() => ({ jwk: undefined })), /jwk/i],
    "a private key": [header(() => ({ jwk: key.privateJwk })), /public/],
    "a symmetric algorithm": [
      (token) => new SignJWT({ jti: randomUUID(), htm: "GET", htu: url, iat: now(), ath: hash(token) })
        .setProtectedHeader({ alg: "HS256", typ: "dpop+jwt", jwk: { kty: "oct", k: "AAAA" } }).sign(new Uint8Array(32)),
      /alg/i,
    ],
    "a broken signature": [
      async (token) => {
        const [head, payload] = (await prove(key, { url, token })).split(".");
        return `${head}.${payload}.${(await prove(key, { url, token })).split(".")[2]}`;
      },
      /SIGNATURE/,
    ],
    "another method": [claims({ htm: "POST" }), /htm/],
    "no method": [claims({ htm: undefined }), /htm/],
    "another path": [(token) => claims({ htu: `${api.origin}/other` })(token), /htu/],
    "another origin": [claims({ htu: "https://api.example.com/notes" }), /htu/],
    "a URL with its query": [(token) => claims({ htu: `${url}?a=b` })(token), /htu/],
    "a URL that is not normalized": [(token) => claims({ htu: url.replace("/notes", "/x/../notes") })(token), /htu/],
    "a time long ago": [(token) => claims({ iat: now() - 300 })(token), /iat/],
    "a time to come": [(token) => claims({ iat: now() + 300 })(token), /iat/],
    "no time": [claims({ iat: undefined }), /iat/],
    "no jti": [claims({ jti: undefined }), /jti/],
    "a jti that can be guessed": [claims({ jti: "1" }), /jti/],
    "no ath": [claims({ ath: undefined }), /ath/],
    "the ath of another token": [claims({ ath: hash("other") }), /ath/],
    "another key": [async (token) => prove(await newKey(), { url, token }), /another key/],
  };
  for (const [what, [make, reason]] of Object.entries(broken)) {
    test(`refused: ${what}`, async () => {
      const token = await boundToken();
      const answer = await call(bound(token, await make(token)));
      assert.match(answer, /^401 DPoP error="invalid_dpop_proof"/);
      assert.match(answer, reason);
    });
  }

  test("a nonce, where one is required, is asked for and must be the current one", async (t) => {
    api.control({ requireNonce: true });
    t.after(() => api.control({ requireNonce: false }));
    const token = await boundToken();
    const ask = async (nonce) => fetch(url, { headers: bound(token, await prove(key, { url, token, nonce })) });
    const refused = await ask();
    assert.equal(refused.status, 401);
    assert.match(refused.headers.get("www-authenticate"), /^DPoP error="use_dpop_nonce"/);
    const nonce = refused.headers.get("dpop-nonce");
    assert.equal((await ask(nonce)).status, 200);
    api.rotateNonce();
    assert.equal((await ask(nonce)).status, 401);
  });
});

describe("demands beyond a live token", () => {
  test("the scope", async () => {
    const write = `${api.origin}/write`;
    assert.equal(await call(bearer(await bearerToken()), write), '403 Bearer error="insufficient_scope", scope="write"');
    assert.equal(await call(bearer(await bearerToken({ changes: { scope: "openid write" } })), write), "200");
  });

  test("the authentication", async () => {
    const silver = `${api.origin}/silver`;
    const wanted = '401 Bearer error="insufficient_user_authentication", acr_values="silver", max_age="60"';
    assert.equal(await call(bearer(await bearerToken()), silver), wanted);
    assert.equal(await call(bearer(await bearerToken({ changes: { acr_values: "silver" } })), silver), "200");
  });
});

test("a page may read the challenge and the nonce", async () => {
  const response = await fetch(url, { headers: { origin: "http://127.0.0.1:9" } });
  assert.equal(response.headers.get("access-control-expose-headers"), "www-authenticate, dpop-nonce");
});
