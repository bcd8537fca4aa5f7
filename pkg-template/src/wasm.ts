// Gets the wasm started, and says in words why it cannot be.

import type { WasmSource } from "./engine.js";
import { failure } from "./error.js";

/** The smallest module there is: where not even this starts, the page forbids it. */
const EMPTY_MODULE = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);

const isAllowed = async () => {
  try {
    await WebAssembly.instantiate(EMPTY_MODULE);
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

const compile = (source: WasmSource | Response) => {
  if (source instanceof WebAssembly.Module) return source;
  return ArrayBuffer.isView(source) ? WebAssembly.compile(source) : fromResponse(source as Response);
};

/** Has the glue start the wasm. Where a page forbids it, one engine refuses to compile it, another one to start it. */
export const startOn = async (
  source: WasmSource | Response,
  initSync: (options: { module: WebAssembly.Module }) => unknown,
): Promise<void> => {
  try {
    initSync({ module: await compile(source) });
  } catch (error) {
    if (await isAllowed()) throw error;
    throw failure("wasm_blocked_by_csp", undefined, error);
  }
};
