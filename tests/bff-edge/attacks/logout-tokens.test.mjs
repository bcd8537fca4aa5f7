// Logout tokens that the provider did not send, or that say too little or too much. The first are the modules of the OpenID
// conformance suite by their names.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { SignJWT, generateKeyPair, importJWK } from "jose";
import { EACH_RUNTIME, describePlaces } from "../places.mjs";
import { CLIENT } from "../provider.mjs";
import { send } from "../http.mjs";
import { session, setUpWorld, signedIn } from "../world.mjs";

const world = setUpWorld();

const EVENT = "http://schemas.openid.net/event/backchannel-logout";
const now = () => Math.floor(Date.now() / 1000);

const encoded = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
const without = (claims, ...names) => Object.fromEntries(Object.entries(claims).filter(([name]) => !names.includes(name)));

/** A token of these claims, signed as the provider signs where `how` says nothing else. */
async function sign(claims, { header = {}, key, alg = "RS256" } = {}) {
  const signer = key ?? await importJWK({ ...world.provider.key, alg }, alg);
  return new SignJWT(claims).setProtectedHeader({ alg, kid: world.provider.key.kid, typ: "logout+jwt", ...header }).sign(signer);
}

const clientSecret = () => new TextEncoder().encode(CLIENT.clientSecret);

/** By name, how each is made of good claims. */
const FORGED = {
  "rp-backchannel-rpinitlogout-alg-none": (claims) => `${encoded({ alg: "none", typ: "logout+jwt" })}.${encoded(claims)}.`,
  "rp-backchannel-rpinitlogout-wrong-alg": (claims) => sign(claims, { alg: "HS256", key: clientSecret() }),
  "rp-backchannel-rpinitlogout-no-event": (claims) => sign(without(claims, "events")),
  "rp-backchannel-rpinitlogout-wrong-event": (claims) => sign({ ...claims, events: { "http://schemas.openid.net/event/other": {} } }),
  "rp-backchannel-rpinitlogout-with-nonce": (claims) => sign({ ...claims, nonce: "n-1" }),
  "rp-backchannel-rpinitlogout-wrong-aud": (claims) => sign({ ...claims, aud: "another-client" }),
  "rp-backchannel-rpinitlogout-wrong-iss": (claims) => sign({ ...claims, iss: "https://other.example" }),
  "another algorithm of the provider's key": (claims) => sign(claims, { alg: "PS256" }),
  "a stranger's key under the provider's name": async (claims) => sign(claims, { key: (await generateKeyPair("RS256")).privateKey }),
  "a stranger's key in the header": async (claims) => {
    const { privateKey } = await generateKeyPair("RS256");
    return sign(claims, { key: privateKey, header: { kid: "x", jku: "https://evil.example/jwks" } });
  },
  "no issuer": (claims) => sign(without(claims, "iss")),
  "no audience": (claims) => sign(without(claims, "aud")),
  "no jti": (claims) => sign(without(claims, "jti")),
  "no iat": (claims) => sign(without(claims, "iat")),
  "neither sub nor sid": (claims) => sign(without(claims, "sub", "sid")),
  "over": (claims) => sign({ ...claims, iat: now() - 7200, exp: now() - 3600 }),
  "from the future": (claims) => sign({ ...claims, iat: now() + 3600, exp: now() + 7200 }),
  "an event that is no object": (claims) => sign({ ...claims, events: { [EVENT]: true } }),
  "an event that is a list": (claims) => sign({ ...claims, events: [EVENT] }),
  "a nonce that is empty": (claims) => sign({ ...claims, nonce: "" }),
  "of another type": (claims) => sign(claims, { header: { typ: "at+jwt" } }),
  "an ID token": () => world.provider.tokens.filter((token) => token.split(".").length === 3).at(-1),
  "changed after it was signed": async (claims) => {
    const [header, , signature] = (await sign(claims)).split(".");
    return `${header}.${encoded({ ...claims, sub: "alice" })}.${signature}`;
  },
  "no token": () => "x",
  "nothing": () => "",
};

async function tell(body, { method = "POST", type = "application/x-www-form-urlencoded" } = {}) {
  const answer = await send({
    port: world.door.port, method, path: "/auth/backchannel-logout",
    headers: { host: new URL(world.origin).host, ...(type && { "content-type": type }), "content-length": Buffer.byteLength(body) }, body,
  });
  return { status: answer.status, caching: answer.headers["cache-control"], setCookies: answer.setCookies, body: await answer.text() };
}

const form = (token) => String(new URLSearchParams({ logout_token: token }));

describePlaces(world, () => {
  const goodClaims = async (browser) => {
    const { user } = await session(world, browser);
    return { iss: world.provider.issuer, aud: CLIENT.clientId, iat: now(), exp: now() + 120, jti: randomUUID(), sub: user.sub, sid: user.sid, events: { [EVENT]: {} } };
  };
  const isSignedIn = async (browser) => (await session(world, browser)).status === "signedIn";

  for (const [name, make] of Object.entries(FORGED)) {
    // L03, L04
    test(`a logout token is refused: ${name}`, async () => {
      const browser = await signedIn(world, { user: "victim" });
      const { status, caching, setCookies, body } = await tell(form(await make(await goodClaims(browser))));
      assert.deepEqual([status, caching, setCookies], [400, "no-store", []]);
      assert.equal(JSON.parse(body).error, "invalid_request");
      assert.ok(await isSignedIn(browser), "the session lives on");
    });
  }

  // L04
  test("a good token told in another way", async () => {
    const browser = await signedIn(world, { user: "victim" });
    const token = await sign(await goodClaims(browser));
    assert.equal((await tell(form(token), { type: "application/json" })).status, 400);
    assert.equal((await tell(form(token), { type: "text/plain" })).status, 400);
    assert.equal((await tell(`${form(token)}&${form(token)}`)).status, 400);
    assert.equal((await tell("")).status, 400);
    assert.ok([400, 405].includes((await tell("", { method: "GET", type: null })).status));
    assert.ok([400, 405].includes((await tell(form(token), { method: "PUT" })).status));
    assert.ok(await isSignedIn(browser));
  });

  // L03, L05
  test("a good token ends its session and no other, and is good once", async () => {
    const [browser, other] = [await signedIn(world, { user: "victim" }), await signedIn(world, { user: "victim" })];
    const token = await sign(without(await goodClaims(browser), "sub"));
    const { status, caching } = await tell(form(token));
    assert.ok([200, 204].includes(status));
    assert.equal(caching, "no-store");
    assert.deepEqual([await isSignedIn(browser), await isSignedIn(other)], [false, true]);
    assert.equal((await tell(form(token))).status, 400, "a replay is refused");
  });

  // L05
  test("a token for a user ends all of the user's sessions", async () => {
    const browsers = [await signedIn(world, { user: "victim" }), await signedIn(world, { user: "victim" })];
    const bystander = await signedIn(world, { user: "bystander" });
    assert.ok([200, 204].includes((await tell(form(await sign(without(await goodClaims(browsers[0]), "sid"))))).status));
    assert.deepEqual(await Promise.all([...browsers, bystander].map(isSignedIn)), [false, false, true]);
  });
}, { list: EACH_RUNTIME });
