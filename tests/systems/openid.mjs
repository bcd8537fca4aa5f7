// What OpenID Connect adds to a system with the authorization code grant: metadata, keys, and who signed in. Neither document
// mentions it and both leave room for it; a client that insists on knowing who signed in needs it.
import { generateKeyPair, sign } from "node:crypto";
import { promisify } from "node:util";

const KEY_ID = "system-1";

let made;
/** Made once, when somebody asks: it takes a while. */
const keys = () => (made ??= promisify(generateKeyPair)("rsa", { modulusLength: 2048 }));

const base64url = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** An ID token for a client, about the user of the documents. */
export async function issueIdToken({ issuer, clientId, nonce, at }) {
  const now = Math.floor(at / 1000);
  const claims = { iss: issuer, sub: "123", aud: clientId, iat: now, exp: now + 600, ...(nonce && { nonce }), name: "John Doe" };
  const input = `${base64url({ alg: "RS256", kid: KEY_ID, typ: "JWT" })}.${base64url(claims)}`;
  const { privateKey } = await keys();
  return `${input}.${sign("RSA-SHA256", Buffer.from(input), privateKey).toString("base64url")}`;
}

/** The two routes by which a client learns where to go and whom to believe. */
export const openIdRoutes = ({ authorize, token }) => ({
  "GET /.well-known/openid-configuration": {
    handle: ({ headers }) => {
      const issuer = `http://${headers.host}`;
      return {
        body: {
          issuer, authorization_endpoint: issuer + authorize, token_endpoint: issuer + token, jwks_uri: `${issuer}/jwks`,
          response_types_supported: ["code"], subject_types_supported: ["public"], id_token_signing_alg_values_supported: ["RS256"],
          code_challenge_methods_supported: ["S256"], token_endpoint_auth_methods_supported: ["client_secret_post", "none"],
        },
      };
    },
  },
  "GET /jwks": {
    handle: async () => {
      const { publicKey } = await keys();
      return { body: { keys: [{ ...publicKey.export({ format: "jwk" }), kid: KEY_ID, use: "sig" }] } };
    },
  },
});
