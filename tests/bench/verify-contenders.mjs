// Ways to verify one access token, by the same rules: what WebCrypto alone takes, jose, and tokenward without and with its
// memory for verdicts. Runs in Node and in workerd.
import * as jose from "jose";

const TOKENS = 100;
const [issuer, audience] = ["https://op.example", "https://api.example"];
const WEBCRYPTO = { RS256: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }, ES256: { name: "ECDSA", hash: "SHA-256" }, EdDSA: { name: "Ed25519" } };

const sign = (alg, key) =>
  new jose.SignJWT({ client_id: "app", scope: "read write", auth_time: 1_700_000_000, acr: "1" })
    .setProtectedHeader({ alg, kid: "key-1", typ: "at+jwt" }).setIssuer(issuer).setAudience(audience).setSubject("user-1234")
    .setJti(crypto.randomUUID()).setIssuedAt().setExpirationTime("1h").sign(key);

/** @returns functions of a number, that give a promise which rejects, or is of false, where a token is refused. */
export async function contendersFor(alg, { createVerifier }) {
  const { publicKey, privateKey } = await jose.generateKeyPair(alg, { extractable: true });
  const jwk = { ...await jose.exportJWK(publicKey), kid: "key-1", alg, use: "sig" };
  const tokens = await Promise.all(Array.from({ length: TOKENS }, () => sign(alg, privateKey)));
  const parts = tokens.map((token) => {
    const end = token.lastIndexOf(".");
    return { signed: new TextEncoder().encode(token.slice(0, end)), signature: jose.base64url.decode(token.slice(end + 1)) };
  });
  const keys = jose.createLocalJWKSet({ keys: [jwk] });
  const rules = { issuer, audience, typ: "at+jwt", algorithms: [alg], requiredClaims: ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"] };
  const options = { issuer, audience, algorithms: [alg], jwks: { keys: [jwk] } };
  const cold = createVerifier({ ...options, verdicts: 0 });
  const remembering = createVerifier(options);
  return {
    floor: (i) => crypto.subtle.verify(WEBCRYPTO[alg], publicKey, parts[i % TOKENS].signature, parts[i % TOKENS].signed),
    jose: (i) => jose.jwtVerify(tokens[i % TOKENS], keys, rules),
    tokenward: (i) => cold(tokens[i % TOKENS]),
    repeated: (i) => remembering(tokens[i % TOKENS]),
  };
}

/** So many in turn. */
export async function run(contender, count) {
  for (let i = 0; i < count; i += 1) if (await contender(i) === false) throw new Error("a good token was refused");
}
