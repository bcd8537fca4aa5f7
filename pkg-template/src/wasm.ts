// Gets the wasm compiled, and says in words why it cannot be.

import type { WasmSource } from "./engine.js";
import { AuthError } from "./error.js";

/** The smallest module there is: where not even this compiles, the page forbids it. */
const EMPTY_MODULE = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);

const isAllowed = async () => {
  try {
    await WebAssembly.compile(EMPTY_MODULE);
    return true;
  } catch {
    return false;
  }
};

const fromUrl = async (url: URL | string): Promise<WebAssembly.Module> => {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  try {
    return await WebAssembly.compileStreaming(response.clone());
  } catch {
    // A server that names another media type: slower, but the same.
    return WebAssembly.compile(await response.arrayBuffer());
  }
};

export const compile = async (source: WasmSource): Promise<WebAssembly.Module> => {
  if (source instanceof WebAssembly.Module) return source;
  try {
    return await (ArrayBuffer.isView(source) ? WebAssembly.compile(source) : fromUrl(source));
  } catch (error) {
    if (await isAllowed()) {
      throw new AuthError(
        {
          name: "NetworkError",
          code: "wasm_load_failed",
          phase: "load",
          retryable: true,
          message: "The wasm file could not be loaded",
          suggestion: "Check that your build ships tokenward_bg.wasm, or name it with the option wasm.",
        },
        error,
      );
    }
    throw new AuthError(
      {
        name: "ConfigError",
        code: "wasm_blocked_by_csp",
        phase: "load",
        retryable: false,
        message: "The page's Content-Security-Policy does not allow WebAssembly",
        suggestion: "Add 'wasm-unsafe-eval' to its script-src directive.",
      },
      error,
    );
  }
};
