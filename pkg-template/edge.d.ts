/**
 * tokenward/edge: for workers and servers (Cloudflare Workers, Vercel edge, Deno, Bun, Node.js), decided by the same Rust
 * core as the entry for pages. Importing it does nothing; the first call starts the wasm.
 */

import type { IdTokenAlgorithm } from "./index.js";

export { AuthError, version } from "./index.js";
export type { AuthErrorCode, AuthErrorName, AuthErrorPhase } from "./index.js";

/**
 * Signature algorithms (RFC 7518, section 3.1; RFC 8037; RFC 9864), all of a public key. `EdDSA` and `Ed25519` mean the same
 * signature here. HMAC and `none` are not among them.
 */
export type JwsAlgorithm = IdTokenAlgorithm;

/** A public key as a JSON Web Key (RFC 7517): what `exportKey("jwk", …)` gives, or a member of a key set. */
export interface Jwk {
  /** `RSA`, `EC` or `OKP`. */
  readonly kty?: string;
  /** The key's name. A token that names its key is verified with the key of this name only. */
  readonly kid?: string;
  /** The only algorithm that the key is for. Default: any that fits its type. */
  readonly alg?: string;
  /** Must be `sig` where it is there. */
  readonly use?: string;
  /** Must hold `verify` where it is there. */
  readonly key_ops?: readonly string[];
  /** RSA: the modulus, base64url, of 2048 bits at least. */
  readonly n?: string;
  /** RSA: the exponent, base64url, odd and more than 1. */
  readonly e?: string;
  /** EC: `P-256`, `P-384` or `P-521`; OKP: `Ed25519`. */
  readonly crv?: string;
  /** EC and OKP: base64url. */
  readonly x?: string;
  /** EC: base64url. */
  readonly y?: string;
}

/** A key set (RFC 7517, section 5), of 256 keys at most. Keys of unknown kinds are passed over. */
export interface JwkSet {
  readonly keys: readonly Jwk[];
}

/** Options of {@link verifyJws}. A name that is not listed here is refused, so that a typo is not silence. */
export interface VerifyJwsOptions {
  /** The algorithms that the signer is known to use, at least one. Required: neither the token nor the key chooses. */
  algorithms: readonly JwsAlgorithm[];
}

/** What was signed. Nothing of it is known before the signature was found valid. */
export interface VerifiedJws {
  /** The protected header. Its `jwk`, `jku`, `x5c` and `x5u` were not used. */
  readonly header: Readonly<Record<string, unknown>>;
  /** The payload's bytes, of whatever kind: a JWS says nothing about claims, and none were checked. */
  readonly payload: Uint8Array;
}

/**
 * Verifies a JWS in strict compact form (RFC 7515, sections 3.1 and 5.2): three parts in base64url without padding, at most
 * 65536 characters, a header without a member twice, nothing critical (`crit`, `b64`). Makes no request.
 *
 * The key: a token with a `kid` is verified with the key of the set that has this `kid` and fits; one without, with the only
 * key that fits. A key fits an algorithm by `kty`, `crv`, `alg`, `use` and `key_ops`, and where it has no private or
 * symmetric part. One key given without a set and without a `kid` is used whatever the token calls it.
 *
 * @param jws The token. It is not trusted.
 * @param jwkOrSet The keys of whoever is meant to have signed. They are trusted.
 * @throws {AuthError} `invalid_option`, `jws_malformed`, `jws_algorithm_unexpected`, `jws_key_unknown`,
 * `jws_signature_invalid`, `wasm_load_failed`.
 */
export function verifyJws(jws: string, jwkOrSet: Jwk | JwkSet, options: VerifyJwsOptions): Promise<VerifiedJws>;
