// A store of the app's own that breaks the contract: what it says cannot be read, and is not taken for nothing.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { before, describe, test } from "node:test";
import { SignJWT, exportJWK, generateKeyPair } from "jose";
import { installedPackage } from "../package/fixture.mjs";

const ISSUER = "https://op.example";
const ORIGIN = "https://app.example";
const PAGE = { "x-tokenward": "1", "sec-fetch-site": "same-origin", origin: ORIGIN };
const NAVIGATION = { "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };

let edge;
let keys;
before(async () => {
  edge = await import(pathToFileURL(join((await installedPackage()).dir, "edge.node.js")));
  keys = await generateKeyPair("ES256");
});

/** A provider that signs everybody in as alice, with the nonce that it was asked with. */
const provider = (asked) => async (url) => {
  const { pathname } = new URL(url);
  if (pathname === "/jwks") return Response.json({ keys: [{ ...(await exportJWK(keys.publicKey)), kid: "k", alg: "ES256" }] });
  if (pathname === "/token") {
    const token = new SignJWT({ nonce: asked.nonce }).setProtectedHeader({ alg: "ES256", kid: "k" });
    const id_token = await token.setIssuer(ISSUER).setAudience("app").setSubject("alice").setIssuedAt().setExpirationTime("5m").sign(keys.privateKey);
    return Response.json({ access_token: "at", token_type: "Bearer", expires_in: 300, refresh_token: "rt", id_token });
  }
  return Response.json({
    issuer: ISSUER,
    authorization_endpoint: `${ISSUER}/authorize`,
    token_endpoint: `${ISSUER}/token`,
    jwks_uri: `${ISSUER}/jwks`,
    token_endpoint_auth_methods_supported: ["client_secret_basic"],
  });
};

/** Whoever is signed in over this store, and asks further. */
const signedIn = async (store, changes) => {
  const asked = {};
  const bff = edge.createBff({
    issuer: ISSUER,
    clientId: "app",
    clientSecret: "s3cret-of-app",
    origin: ORIGIN,
    apis: [{ path: "/api", target: "https://api.example/v1" }],
    idTokenSignedResponseAlg: "ES256",
    keys: [randomBytes(32).toString("base64url")],
    fetch: provider(asked),
    store,
    ...changes,
  });
  const jar = new Map();
  const ask = async (method, path, headers = PAGE) => {
    const cookie = Array.from(jar, ([name, value]) => `${name}=${value}`).join("; ");
    const answer = await bff.handle(new Request(ORIGIN + path, { method, headers: { ...headers, cookie }, ...(method === "POST" && { body: "{}" }) }));
    for (const set of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]*)=([^;]*)/.exec(set);
      jar.set(name, value);
    }
    return answer;
  };
  const left = new URL((await ask("GET", "/auth/login", NAVIGATION)).headers.get("location"));
  asked.nonce = left.searchParams.get("nonce");
  const back = await ask("GET", `/auth/callback?${new URLSearchParams({ code: "c", state: left.searchParams.get("state"), iss: ISSUER })}`, NAVIGATION);
  return { ask, back, jar };
};

/** A memory store that says something else of each entry, and of each write, once it is told to. */
const broken = (entry, written) => {
  const inner = edge.memoryStore();
  const store = {
    isAtomic: true,
    isBroken: false,
    read: async (names) => (await inner.read(names)).map((found) => (store.isBroken && found ? entry(found) : found)),
    write: async (...how) => {
      const version = await inner.write(...how);
      return store.isBroken && version !== null ? written(version) : version;
    },
    remove: (key) => inner.remove(key),
  };
  return store;
};

const MALFORMED = {
  "versions that are numbers": [({ value }) => ({ value, version: 7 }), () => 7],
  "entries without a version": [({ value }) => ({ value }), () => ({})],
  "bare values": [({ value }) => value, () => true],
  "entries whose version is nothing": [({ value }) => ({ value, version: null }), () => undefined],
};

const failed = async (answer, about) => {
  assert.equal(answer.status, 503, about);
  assert.equal((await answer.json()).error, "store_failed", about);
};

describe("a store that gives", () => {
  for (const [name, [entry, written]] of Object.entries(MALFORMED)) {
    test(name, { timeout: 20_000 }, async () => {
      const store = broken(entry, written);
      const { ask } = await signedIn(store);
      assert.equal((await (await ask("GET", "/auth/session")).json()).status, "signedIn");
      store.isBroken = true;
      await failed(await ask("GET", "/auth/session"), "what is read");
      store.isBroken = false;
      assert.equal((await (await ask("GET", "/auth/session")).json()).status, "signedIn", "it passes");
    });

    test(`${name}, of a session that is over`, { timeout: 20_000 }, async () => {
      const store = broken(entry, written);
      const { ask, jar } = await signedIn(store, { sessionIn: "cookie" });
      const kept = new Map(jar);
      store.isBroken = true;
      await failed(await ask("POST", "/auth/logout"), "what is written");
      for (const [cookie, value] of kept) jar.set(cookie, value);
      await failed(await ask("GET", "/auth/session"), "the mark of the sign-out");
      store.isBroken = false;
      assert.equal((await (await ask("GET", "/auth/session")).json()).status, "signedOut");
    });
  }
});
