// Gets the wasm compiled, and says in words why it cannot be.

import type { WasmSource } from "./engine.js";
import { failure } from "./error.js";

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

const fromResponse = async (response: Response): Promise<WebAssembly.Module> => {
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  try {
    return await WebAssembly.compileStreaming(response.clone());
  } catch {
    // A server that names another media type: slower, but the same.
    return WebAssembly.compile(await response.arrayBuffer());
  }
};

export const compile = async (source: WasmSource | Response): Promise<WebAssembly.Module> => {
  if (source instanceof WebAssembly.Module) return source;
  try {
    return await (ArrayBuffer.isView(source) ? WebAssembly.compile(source) : fromResponse(source as Response));
  } catch (error) {
    if (await isAllowed()) throw error;
    throw failure("wasm_blocked_by_csp", undefined, error);
  }
};
