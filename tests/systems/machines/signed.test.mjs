// A client that signs (RFC 7523), with a key that nobody can read, at an issuer that says itself where it gives tokens.
import assert from "node:assert/strict";
import { generateKeyPairSync, verify } from "node:crypto";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { listen, readBody } from "../../provider/serve.mjs";
import { runtimes } from "./runtimes.mjs";

const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const jwk = { ...privateKey.export({ format: "jwk" }), kid: "key-1", alg: "ES256" };
const seen = [];
let issuer;

const json = (text) => JSON.parse(Buffer.from(text, "base64url").toString());

/** What is wrong with an assertion; nothing where it is as it should be, and new. */
const flawOf = (assertion) => {
  const [header, claims, signature] = assertion.split(".");
  const { iss, sub, aud, jti, exp, iat } = json(claims);
  const options = { key: publicKey, dsaEncoding: "ieee-p1363" };
  if (!verify("sha256", Buffer.from(`${header}.${claims}`), options, Buffer.from(signature, "base64url"))) return "signature";
  if (json(header).kid !== "key-1" || json(header).alg !== "ES256") return "header";
  if (iss !== "signing-client" || sub !== iss || aud !== issuer.origin) return "claims";
  if (seen.includes(jti) || exp - iat > 300 || exp * 1000 < Date.now()) return "time";
  seen.push(jti);
  return undefined;
};

before(async () => {
  issuer = await listen(createServer(async (request, response) => {
    const answer = (status, body) => response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    if (request.url === "/.well-known/openid-configuration") {
      return answer(200, { issuer: issuer.origin, token_endpoint: `${issuer.origin}/token`, token_endpoint_auth_methods_supported: ["private_key_jwt"] });
    }
    if (request.url === "/token") {
      const body = Object.fromEntries(new URLSearchParams(await readBody(request)));
      const flaw = flawOf(body.client_assertion ?? "e30.e30.");
      if (flaw || body.grant_type !== "client_credentials") return answer(401, { error: "invalid_client", error_description: flaw });
      return answer(200, { access_token: "signed-for", token_type: "Bearer", expires_in: 60 });
    }
    return answer(request.headers.authorization === "Bearer signed-for" ? 200 : 401, {});
  }));
});
after(() => issuer.close());

for (const [runtime, run] of Object.entries(runtimes)) {
  test(`${runtime} signs with a CryptoKey and with a JSON Web Key`, async (t) => {
    const { said } = await run(t, "signed", { options: { issuer: issuer.origin, clientId: "signing-client" }, url: `${issuer.origin}/api`, jwk });
    assert.deepEqual(said, [200, 200]);
  });
}
