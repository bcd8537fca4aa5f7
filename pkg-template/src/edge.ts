// The edge entry, for workers and servers. Nothing happens before the first call.

import type { Jwk, JwkSet, VerifiedJws, VerifyJwsOptions } from "../edge.js";
import { initSync, verifyJws as verify } from "../../target/npm/edge/tokenward_edge.js";
import type { WasmSource } from "./engine.js";
import { AuthError, failure, toAuthError } from "./error.js";
import { startOn } from "./wasm.js";

const notLoaded = (cause: unknown) =>
  new AuthError({
    name: "NetworkError", code: "wasm_load_failed", phase: "load", retryable: true,
    message: "The wasm file could not be loaded", suggestion: "Check that your build ships tokenward_edge_bg.wasm.",
  }, cause);

/** What the caller gave, as it is now: whoever changes it afterwards changes nothing. */
const copyOf = <T>(value: T, name: string): T => {
  try {
    return structuredClone(value);
  } catch (error) {
    throw failure("invalid_option", name, error);
  }
};

/** The functions of this entry, over the wasm that the runtime's own way gives. */
export const edgeOn = (source: () => WasmSource | Promise<WasmSource>) => {
  let starting: Promise<void> | undefined;

  const start = async () => {
    const wasm = source();
    // A module that is compiled already is started at once: in a worker, no request may wait for what another one began.
    if (wasm instanceof WebAssembly.Module) return void initSync({ module: wasm });
    const found = await wasm;
    await startOn(found instanceof URL ? await fetch(found) : found, initSync);
  };

  /** Starts the wasm, once. What failed is not kept. */
  const ready = () =>
    (starting ??= start().catch((error: unknown) => {
      starting = undefined;
      throw error instanceof AuthError ? error : notLoaded(error);
    }));

  return {
    async verifyJws(jws: string, jwkOrSet: Jwk | JwkSet, options: VerifyJwsOptions): Promise<VerifiedJws> {
      const keys = copyOf(jwkOrSet, "jwkOrSet");
      const given = copyOf(options, "options");
      await ready();
      try {
        const [header, payload] = await verify(jws, keys, given);
        return { header, payload };
      } catch (error) {
        throw toAuthError(error);
      }
    },
  };
};
