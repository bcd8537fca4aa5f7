// The provider's signing keys: made once per process, since making RSA keys is the slowest thing here.
import { exportJWK, generateKeyPair } from "jose";

const KEY_ID = "provider-1";

async function makeKey() {
  const { privateKey, publicKey } = await generateKeyPair("RS256", { extractable: true });
  return {
    kid: KEY_ID,
    privateJwk: await exportJWK(privateKey),
    publicJwk: { ...(await exportJWK(publicKey)), kid: KEY_ID, use: "sig" },
  };
}

const ready = Promise.all([makeKey(), makeKey()]);

/** The key whose public half the JWKS lists. */
export const signingKey = async () => (await ready)[0];

/** Another key under the same key id: what it signs must not verify. */
export const strangerKey = async () => (await ready)[1];

/** The JWKS document. No `alg` member: a client must not need it to refuse an algorithm it did not register. */
export const jwks = async () => ({ keys: [(await signingKey()).publicJwk] });
